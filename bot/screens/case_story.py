"""What happened to a complaint, moment by moment, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.screens.clipping import clip
from bot.screens.reasons import describe_reason
from bot.screens.wording import Wording
from surveys.offering import IN_DOUBT, IN_PERSON
from surveys.rules.languages import pick

if TYPE_CHECKING:
    from surveys.rules.languages import Texts
    from surveys.story import CaseMoment, CaseStory

_NOTE_SHOWN: Final = 200
_MOVES: Final = frozenset(
    {
        "open",
        "claim",
        "hand_over",
        "release",
        "refer",
        "await_customer",
        "customer_replied",
        "resolve",
        "confirm",
        "reopen",
        "dismiss",
    }
)
_CAUSES: Final = frozenset({"score", "complaint", "message", "incident", "staff"})
_ORIGINS: Final = frozenset({"reply", "template", "code", "apology", "api"})
_WRITTEN: Final = frozenset({"text", "voice", "photo", "document"})
_ESCALATIONS: Final = frozenset(
    {"warn_first", "level", "unclaimed", "warn_resolve", "overdue", "reopened", "call", "missed_call"}
)
_ENDED: Final = frozenset({"called", "declined", "withdrawn"})
_GIVEN: Final = frozenset({"apology", "refund", "repeat", "code"})


def case_lines(case: CaseStory, wording: Wording, zone: ZoneInfo, titles: Mapping[str, Texts]) -> list[str]:
    """A line for each moment, with its time; `titles` are those of the reasons of closing."""
    return [
        wording.text(
            "story.line",
            at=wording.moment(moment.at, zone, with_year=True),
            what=describe_moment(moment, wording, zone, titles),
        )
        for moment in case.moments
    ]


def describe_moment(moment: CaseMoment, wording: Wording, zone: ZoneInfo, titles: Mapping[str, Texts]) -> str:
    """What happened, in words; a kind of a later version is shown as it is."""
    if moment.what in _MOVES:
        return _move(moment, wording, titles)
    detail = moment.detail or ""
    said = moment.what
    match moment.what:
        case "in_outbreak":
            said = wording.text("story.in_outbreak", number=detail)
        case "customer_wrote":
            said = wording.text(f"story.customer_wrote.{detail if detail in _WRITTEN else 'other'}")
        case "staff_wrote":
            said = _staff_wrote(moment, detail, wording)
        case "code_given":
            said = wording.text("story.code_given", pool=detail)
        case "call_offered":
            said = _call(moment, wording, zone)
        case "call_ended" if detail in _ENDED:
            said = wording.text(f"story.call_ended.{detail}")
        case "escalated" if detail.partition(":")[0] in _ESCALATIONS:
            kind, _, number = detail.partition(":")
            said = wording.text(f"story.escalated.{kind}", number=number)
        case "solved_asked":
            said = wording.text("story.solved_asked")
    return said


def _staff_wrote(moment: CaseMoment, origin: str, wording: Wording) -> str:
    if origin == "code" and moment.note == IN_PERSON:
        return wording.text("story.staff_wrote.code_in_person", name=_name(moment, wording))
    known = origin if origin in _ORIGINS else "reply"
    said = wording.text(f"story.staff_wrote.{known}", name=_name(moment, wording))
    if moment.note is None:
        return said
    if moment.note == IN_DOUBT:
        return wording.text("story.in_doubt", what=said)
    return wording.text("story.undelivered", what=said, why=describe_reason(moment.note, wording))


def _move(moment: CaseMoment, wording: Wording, titles: Mapping[str, Texts]) -> str:
    if moment.what == "open":
        return wording.text(f"story.open.{moment.detail if moment.detail in _CAUSES else 'staff'}")
    said = wording.text(f"story.move.{moment.what}", name=_name(moment, wording))
    more = []
    if moment.detail is not None:
        more.append(pick(titles.get(moment.detail, {}), wording.language) or moment.detail)
    given = [wording.text(f"story.given.{one}") for one in moment.given if one in _GIVEN]
    if given:
        more.append(wording.text("story.given", what=", ".join(given)))
    if moment.note:
        more.append(f"«{clip(moment.note, _NOTE_SHOWN)[0]}»")
    return wording.text("story.with_more", what=said, more="; ".join(more)) if more else said


def _call(moment: CaseMoment, wording: Wording, zone: ZoneInfo) -> str:
    asked = wording.text("story.call_wished" if moment.actor == "customer" else "story.call_offered")
    if moment.since is None or moment.until is None:
        return asked
    window = f"{wording.moment(moment.since, zone)} – {moment.until.astimezone(zone):%H:%M}"
    return wording.text("story.call_window", what=asked, window=window)


def _name(moment: CaseMoment, wording: Wording) -> str:
    actor = moment.actor if moment.actor in ("product", "staff", "customer", "shop") else "staff"
    return moment.who or wording.text(f"story.actor.{actor}")
