"""The story of an event in words: for `/why`, `otklik why` and `GET /api/v1/events/{id}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.screens.case_story import case_lines, describe_moment
from bot.screens.clipping import clip
from bot.screens.reasons import describe_reason
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.rules.languages import pick

if TYPE_CHECKING:
    from datetime import datetime

    from surveys.rules.languages import Texts
    from surveys.story import CaseMoment, EventStory, InvitationStory, StoryStep

_SHOWN_EVENTS = 10
_QUERY_SHOWN = 100
_NO_TITLES: Mapping[str, Mapping[str, str]] = {}


def story_screen(
    stories: Sequence[EventStory],
    language: str,
    zone: ZoneInfo,
    titles: Mapping[str, Texts],
    reasons: Mapping[str, Texts] = _NO_TITLES,
) -> Screen:
    """The stories as paragraphs: what happened, what became of it, each step with its reason.

    `titles` are the touchpoints' by their keys, `reasons` those of answers and of closing; one without goes by its key.
    """
    wording = Wording(language)
    paragraphs: list[tuple[Run, ...]] = []
    for story in stories[:_SHOWN_EVENTS]:
        title = pick(titles.get(story.touchpoint, {}), wording.language) or story.touchpoint
        paragraphs.append(_heading(story, title, wording, zone))
        paragraphs.extend(_steps(invitation, wording, zone) for invitation in story.invitations)
        if not story.invitations:
            paragraphs.append((Run(wording.text("outcomes.never_decided")),))
        answered = _answered(story, wording, zone, reasons)
        if answered:
            paragraphs.append((Run("\n".join(answered)),))
        for case in story.cases:
            state = wording.text(f"cases.state_{case.state}")
            heading = wording.text("story.case", number=case.case_id, state=state)
            lines = case_lines(case, wording, zone, reasons)
            paragraphs.append((Run(heading, Style.BOLD), Run("".join(f"\n{line}" for line in lines))))
    if len(stories) > _SHOWN_EVENTS:
        paragraphs.append((Run(wording.plural("outcomes.more_events", len(stories) - _SHOWN_EVENTS)),))
    return Screen(tuple(paragraphs))


def describe_outcome(invitation: InvitationStory, wording: Wording, zone: ZoneInfo) -> str:
    """What became of a question, in one sentence."""
    match invitation.outcome:
        case "waiting" if invitation.ask_by:
            return wording.text("outcomes.waiting", until=wording.moment(invitation.ask_by, zone, with_year=True))
        case "planned" if invitation.ask_at:
            key = "outcomes.planned_overdue" if invitation.overdue else "outcomes.planned"
            return wording.text(key, at=wording.moment(invitation.ask_at, zone, with_year=True))
        case "sent" if invitation.expires_at:
            return wording.text("outcomes.sent", until=wording.moment(invitation.expires_at, zone, with_year=True))
        case "skipped" | "cancelled" | "rejected":
            return _with_reason(wording.text(f"outcomes.{invitation.outcome}"), invitation, wording, zone)
        case "waiting" | "planned" | "sent":
            return wording.text(f"outcomes.{invitation.outcome}_plainly")
        case outcome:
            return wording.text(f"outcomes.{outcome}")


def build_story_document(story: EventStory, language: str, zone: ZoneInfo) -> dict[str, object]:
    """The story as a JSON document: the values, with a sentence for each outcome and step beside them."""
    wording = Wording(language)
    return {
        "id": story.event_id,
        "touchpoint": story.touchpoint,
        "occurred_at": story.occurred_at.isoformat(),
        "received_at": story.received_at.isoformat(),
        "customer": None if story.customer is None else {"id": story.customer},
        "order_id": story.order_id,
        "amount": None if story.amount is None else str(story.amount),
        "currency": story.currency,
        "attributes": dict(story.attributes),
        "outcome": story.outcome,
        "invitations": [_invitation_document(one, wording, zone) for one in story.invitations],
        "responses": [
            {
                "metric": one.metric,
                "score": one.score,
                "reasons": list(one.reasons),
                "comment": one.comment,
                "answered_at": one.answered_at.isoformat(),
                "purpose": one.purpose,
                "earlier": [
                    {"score": earlier.score, "given_at": earlier.given_at.isoformat()} for earlier in one.earlier
                ],
            }
            for one in story.responses
        ],
        "cases": [
            {
                "id": one.case_id,
                "state": one.state,
                "opened_at": one.opened_at.isoformat(),
                "claimed_by": one.claimed_by,
                "resolved_at": _iso(one.resolved_at),
                "cause": one.cause,
                "history": [_moment_document(moment, wording, zone) for moment in one.moments],
            }
            for one in story.cases
        ],
    }


def _invitation_document(one: InvitationStory, wording: Wording, zone: ZoneInfo) -> dict[str, object]:
    return {
        "purpose": one.purpose,
        "outcome": one.outcome,
        "reason": one.reason,
        "text": describe_outcome(one, wording, zone),
        "asked_instead": one.asked_instead,
        "channel": one.channel,
        "ask_at": _iso(one.ask_at),
        "ask_by": _iso(one.ask_by),
        "eligible_at": _iso(one.eligible_at),
        "sent_at": _iso(one.sent_at),
        "expires_at": _iso(one.expires_at),
        "answered_at": _iso(one.answered_at),
        "trial": one.trial,
        "variant": one.variant,
        "steps": [
            {
                "at": step.at.isoformat(),
                "step": step.step,
                "reason": step.reason,
                "until": _iso(step.until),
                "text": _step(step, wording, zone),
            }
            for step in one.steps
        ],
    }


def _moment_document(moment: CaseMoment, wording: Wording, zone: ZoneInfo) -> dict[str, object]:
    return {
        "at": moment.at.isoformat(),
        "what": moment.what,
        "actor": moment.actor,
        "name": moment.who,
        "detail": moment.detail,
        "given": list(moment.given),
        "text": describe_moment(moment, wording, zone, _NO_TITLES),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _heading(story: EventStory, title: str, wording: Wording, zone: ZoneInfo) -> tuple[Run, ...]:
    happened = wording.text(
        "outcomes.happened", touchpoint=title, at=wording.moment(story.occurred_at, zone, with_year=True)
    )
    order = "" if story.order_id is None else wording.text("outcomes.of_order", order_id=story.order_id)
    return (Run(story.event_id, Style.BOLD), Run(f"\n{happened}{order}"))


def _steps(invitation: InvitationStory, wording: Wording, zone: ZoneInfo) -> tuple[Run, ...]:
    outcome = describe_outcome(invitation, wording, zone)
    if invitation.purpose == "recovery":
        outcome = wording.text("outcomes.asked_again", outcome=outcome)
    if invitation.trial is not None and invitation.variant is not None:
        outcome += "\n" + wording.text("trials.given", trial=invitation.trial, variant=invitation.variant.upper())
    lines = [
        f"{wording.moment(step.at, zone, with_year=True)}: {_step(step, wording, zone)}" for step in invitation.steps
    ]
    return (Run(outcome, Style.BOLD), Run("".join(f"\n{line}" for line in lines)))


def _step(step: StoryStep, wording: Wording, zone: ZoneInfo) -> str:
    key = f"outcomes.step.{step.step}"
    shown = wording.text(key) if step.step in _STEPS else step.step
    if step.reason is not None:
        shown = wording.text("outcomes.because", what=shown, why=describe_reason(step.reason, wording))
    if step.until is None or (step.step == "skipped" and step.reason not in _ASKED_LATER):
        return shown
    until = wording.text(_UNTIL.get(step.step, "outcomes.until"), at=wording.moment(step.until, zone, with_year=True))
    return f"{shown}; {until}"


def _with_reason(outcome: str, invitation: InvitationStory, wording: Wording, zone: ZoneInfo) -> str:
    shown = outcome
    if invitation.reason is not None:
        shown = wording.text("outcomes.because", what=outcome, why=describe_reason(invitation.reason, wording))
    if invitation.asked_instead is not None:
        shown += "; " + wording.text("outcomes.asked_instead", event_id=invitation.asked_instead)
    if invitation.eligible_at is not None and invitation.reason in _ASKED_LATER:
        shown += "; " + wording.text(
            "outcomes.eligible", at=wording.moment(invitation.eligible_at, zone, with_year=True)
        )
    return shown


def _answered(story: EventStory, wording: Wording, zone: ZoneInfo, reasons: Mapping[str, Texts]) -> list[str]:
    lines: list[str] = []
    for answer in story.responses:
        for earlier in answer.earlier:
            at = wording.moment(earlier.given_at, zone, with_year=True)
            lines.append(wording.text("story.earlier_score", at=at, score=earlier.score))
        key = "outcomes.answer" if answer.purpose == "first" else "story.answer_again"
        at = wording.moment(answer.answered_at, zone, with_year=True)
        lines.append(wording.text(key, at=at, score=answer.score, metric=answer.metric.upper()))
        if answer.reasons:
            named = [pick(reasons.get(reason, {}), wording.language) or reason for reason in answer.reasons]
            lines.append(wording.text("story.reasons", reasons=", ".join(named)))
        if answer.comment:
            lines.append(f"«{answer.comment}»")
    return lines


def nothing_known_screen(query: str, suggested: Sequence[str], language: str) -> Screen:
    """Nothing is known under what was asked for; what it may have been."""
    wording = Wording(language)
    paragraphs: list[tuple[Run, ...]] = [(Run(wording.text("story.nothing", query=clip(query, _QUERY_SHOWN)[0])),)]
    if suggested:
        paragraphs.append((Run(wording.text("story.perhaps", found=", ".join(suggested))),))
    else:
        paragraphs.append((Run(wording.text("story.how")),))
    return Screen(tuple(paragraphs))


_ASKED_LATER = frozenset({"quarantine", "daily_limit", "order_already_asked", "lower_priority"})
"""Reasons that pass with time; for the others no moment means anything."""
_UNTIL = {
    "planned": "outcomes.for",
    "moved": "outcomes.for",
    "waiting": "outcomes.until",
    "sent": "outcomes.open_until",
    "skipped": "outcomes.eligible",
}
_STEPS = frozenset(
    {
        "waiting",
        "planned",
        "moved",
        "sending",
        "sent",
        "unknown",
        "reminded",
        "answered",
        "expired",
        "rejected",
        "skipped",
        "cancelled",
        "joined",
    }
)
