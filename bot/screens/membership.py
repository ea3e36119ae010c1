"""Roles, one-time links and team chats in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.screens.actions import encode
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.staff_actions import RemoveMember
from bot.screens.wording import Wording
from surveys.membership import Crew, InviteUse


def notice(key: str, language: str, **values: object) -> Screen:
    """A plain sentence of the membership messages."""
    return Screen(((Run(Wording(language).text(f"membership.{key}", **values)),),))


def invite_screen(link: str, expires_at: datetime, language: str, zone: ZoneInfo) -> Screen:
    """A one-time link and until when it works."""
    until = Wording(language).moment(expires_at, zone)
    return notice("invited", language, link=link, until=until)


def invite_use_screen(use: InviteUse, language: str) -> Screen:
    """What became of opening a one-time link."""
    return notice(use.value, language)


def crew_screen(crew: Crew, language: str, zone: ZoneInfo, *, removable: bool) -> Screen:
    """Everybody with a role and every team chat; owners see buttons that take a role away."""
    wording = Wording(language)
    people = [
        wording.text(
            "membership.line",
            name=member.name or member.telegram_id,
            role=wording.text(f"membership.{member.role}"),
            since=wording.day(member.since.astimezone(zone).date()),
        )
        for member in crew.members
    ]
    chats = [
        wording.text("membership.chat_line", chat=chat.chat, title=chat.title or chat.chat_id)
        if chat.failing_since is None
        else wording.text(
            "membership.chat_failing",
            chat=chat.chat,
            title=chat.title or chat.chat_id,
            since=wording.moment(chat.failing_since, zone),
        )
        for chat in crew.team_chats
    ]
    removals = tuple(
        Choice(
            wording.text("membership.remove", name=member.name or member.telegram_id),
            encode(RemoveMember(member.telegram_id)),
            tone=Tone.NEGATIVE,
        )
        for member in crew.members
        if removable and member.role == "manager"
    )
    return Screen(
        (
            (Run(wording.text("membership.people"), Style.BOLD),),
            *_lines(people, wording.text("membership.nobody")),
            (Run(wording.text("membership.chats"), Style.BOLD),),
            *_lines(chats, wording.text("membership.no_chats")),
        ),
        (ChoiceGroup(Arrangement.LIST, removals),) if removals else (),
    )


def _lines(lines: Sequence[str], otherwise: str) -> tuple[tuple[Run, ...], ...]:
    return ((Run("\n".join(lines) if lines else otherwise),),)
