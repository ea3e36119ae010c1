"""Cards and relayed messages: where they go now, what they show, and what a refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import cases, members, schedule
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.case_views import CaseView, chat_name, view_case
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Postponed, SendTo
from surveys.publishing import Catalogues
from surveys.rules.sending import RefusalCause, Refused

_TEAM = "team:"
_REFUSED_CHAT_SECONDS = 30.0
"""How long a team's message waits before its chat is tried again."""

_CARD_FIRST_SECONDS = 1.0
"""A file goes under its card, so it waits until the card is there."""


@dataclass(frozen=True, slots=True)
class PostCard(DueWork):
    """Draw the card of a case: anew, or over the message it is in already.

    `fallback_for` names the team's chat that cannot be reached, when the card goes to an owner instead.
    """

    view: CaseView
    edit_message_id: int | None
    fallback_for: str | None


@dataclass(frozen=True, slots=True)
class RelayMessage(DueWork):
    """Show staff what a customer sent by `channel`: under the card it belongs to, or by itself."""

    case_id: int | None
    reply_to: int | None
    kind: str
    text: str | None
    file_id: str | None
    customer_name: str | None
    language: str
    channel: str = "telegram"


async def decide_card(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: where a card goes now, and what it shows."""
    view = await view_case(transaction, catalogues, row.subject_id)
    if view is None:
        return Dropped("forgotten")
    place = await _place(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    if place.is_team:
        is_here = view.case.card_chat_id == place.chat_id
        return SendTo(place.chat_id, PostCard(view, view.case.card_message_id if is_here else None, None))
    shown_in = await cases.fallback_card(transaction, row.id)
    fallback_for = chat_name(catalogues.in_force.catalogue, view.case.team, view.case.touchpoint)
    return SendTo(place.chat_id, PostCard(view, shown_in, fallback_for))


async def decide_relay(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: where a customer's message goes now, and under which card."""
    message = await cases.message(transaction, row.subject_id)
    if message is None:
        return Dropped("forgotten")
    place = await _place(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    under_card = message.case_id is not None and message.card_chat_id == place.chat_id
    if message.case_id is not None and message.card_message_id is None and place.is_team:
        return Postponed(_CARD_FIRST_SECONDS, "card_first")
    return SendTo(
        place.chat_id,
        RelayMessage(
            case_id=message.case_id,
            reply_to=message.card_message_id if under_card else None,
            kind=message.kind,
            text=message.text,
            file_id=message.file_id,
            customer_name=message.customer_name,
            language=catalogues.language,
            channel=message.channel,
        ),
    )


async def settle_staff_acceptance(transaction: Transaction, due: Due, message_id: int, *, now: datetime) -> None:
    """A step of the loop: the messenger took something for staff."""
    if due.recipient.startswith(_TEAM):
        await members.team_chat_works(transaction, due.chat_id)
        if due.kind == "card":
            await cases.place_card(transaction, due.subject_id, chat_id=due.chat_id, message_id=message_id)
            chat_id = await members.hold_team_chat(transaction, due.recipient.removeprefix(_TEAM))
            if chat_id != due.chat_id:
                # the team moved while its card was under way
                await schedule.request_again(transaction, due.schedule_id)


async def settle_staff_refusal(
    transaction: Transaction, due: Due, refused: Refused, *, now: datetime
) -> Postponed | Dropped:
    """A step of the loop: the messenger will not take something for staff.

    A complaint is never lost: a team's chat that refuses, for whatever reason, is marked as failing, the owners get
    the message in their private chats, and the team's own row stays queued until its chat works again.
    """
    if refused.cause is RefusalCause.MESSAGE_GONE and due.kind == "card":
        await cases.forget_card(transaction, due.subject_id, due.schedule_id)
        return Postponed(0, "card_gone")
    if not due.recipient.startswith(_TEAM):
        return Dropped(refused.cause.value)
    await members.team_chat_failed(transaction, due.chat_id, refused.description or refused.cause.value, now)
    await _tell_owners(transaction, due.kind, due.subject_id, now=now)
    return Postponed(_REFUSED_CHAT_SECONDS, refused.cause.value)


@dataclass(frozen=True, slots=True)
class _Place:
    chat_id: int
    is_team: bool


async def _place(transaction: Transaction, row: DueRow, *, now: datetime) -> _Place | Postponed:
    kind, _, name = row.recipient.partition(":")
    if kind == "chat":
        return _Place(int(name), is_team=False)
    chat = await members.team_chat(transaction, name)
    if chat is None:
        await _tell_owners(transaction, row.kind, row.subject_id, now=now)
        return Postponed(_REFUSED_CHAT_SECONDS, "no_team_chat")
    return _Place(chat.chat_id, is_team=True)


async def _tell_owners(transaction: Transaction, kind: str, subject_id: int, *, now: datetime) -> None:
    owners = await members.owner_ids(transaction)
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind=kind,
                subject_id=subject_id,
                recipient=f"chat:{owner}",
                channel="telegram",
                dedupe_key=f"{kind}:{subject_id}:chat:{owner}",
                due_at=now,
            )
            for owner in owners
        ],
        now=now,
    )
