"""What became of an event, step by step, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from db import case_stories, stories
from db.database import Database
from surveys.rules.quoting import conceal

MOST_EVENTS = 100
"""So many events of one order are told."""

LONGEST_SUGGESTED = 100
SUGGESTED = 5
"""So many ids are named when nothing is known under the one asked for."""


@dataclass(frozen=True, slots=True)
class StoryStep:
    """A move of an invitation: a state it came to, or moved, reminded; `until` is what the step names."""

    at: datetime
    step: str
    reason: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationStory:
    """What became of a question; `overdue` says that it is due and has not gone out.

    `trial` and `variant`: what it was planned, and asked, under.
    """

    purpose: str
    outcome: str
    reason: str | None
    asked_instead: str | None
    channel: str | None
    eligible_at: datetime | None
    ask_at: datetime | None
    ask_by: datetime | None
    sent_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    overdue: bool
    steps: tuple[StoryStep, ...]
    trial: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierScore:
    """A score that was replaced by a later one."""

    score: int
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ResponseStory:
    """An answer about the event; its comment comes without what leads to a person.

    `purpose` is recovery when it was asked again after a complaint.
    """

    metric: str
    score: int
    reasons: tuple[str, ...]
    comment: str | None
    answered_at: datetime
    purpose: str = "first"
    earlier: tuple[EarlierScore, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseMoment:
    """Something that happened to a complaint, as `db.case_stories.CaseHappeningRow` tells it."""

    at: datetime
    what: str
    actor: str
    who: str | None
    detail: str | None
    given: tuple[str, ...]
    note: str | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CaseStory:
    """A complaint about the event; `moments` is all that happened to it, the earliest first."""

    case_id: int
    state: str
    opened_at: datetime
    claimed_by: str | None
    resolved_at: datetime | None
    cause: str = "score"
    moments: tuple[CaseMoment, ...] = ()


@dataclass(frozen=True, slots=True)
class EventStory:
    """An event with all that followed; `customer` is None once forgotten."""

    event_id: str
    touchpoint: str
    occurred_at: datetime
    received_at: datetime
    customer: str | None
    order_id: str | None
    amount: Decimal | None
    currency: str | None
    attributes: Mapping[str, object]
    invitations: tuple[InvitationStory, ...]
    responses: tuple[ResponseStory, ...]
    cases: tuple[CaseStory, ...]

    @property
    def outcome(self) -> str | None:
        """What became of the event's first question; None for an event that only came with an imported answer."""
        return next((one.outcome for one in self.invitations if one.purpose == "first"), None)


class _OfEvent(Protocol):
    @property
    def event_id(self) -> int: ...


_Row = TypeVar("_Row", bound=_OfEvent)


def _by_event(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    grouped: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        grouped[row.event_id].append(row)
    return grouped


async def tell(database: Database, event_or_order: str, *, now: datetime) -> tuple[EventStory, ...]:
    """The stories of the event of this id and of the events of this order; the earliest first, none when unknown.

    A sign people write before a number (№ 42, #42) may stand before it.
    """
    key = event_or_order.replace("\x00", "").strip()
    async with database.transaction() as transaction:
        found = await stories.events(transaction, key, MOST_EVENTS)
        if not found and (bare := _bare(key)) != key:
            found = await stories.events(transaction, bare, MOST_EVENTS)
        ids = [event.id for event in found]
        asked = await stories.invitations(transaction, ids)
        steps: dict[int, list[StoryStep]] = defaultdict(list)
        for row in await stories.steps(transaction, [one.id for one in asked]):
            steps[row.invitation_id].append(StoryStep(row.at, row.step, row.reason, row.until))
        invitations = _by_event(asked)
        answers = await stories.responses(transaction, ids)
        complaints = await stories.cases(transaction, ids)
        responses, cases = _by_event(answers), _by_event(complaints)
        earlier: dict[int, list[EarlierScore]] = defaultdict(list)
        for score in await case_stories.earlier_scores(transaction, [one.id for one in answers]):
            earlier[score.response_id].append(EarlierScore(score.score, score.given_at))
        moments: dict[int, list[CaseMoment]] = defaultdict(list)
        for moment in await case_stories.happenings(transaction, [one.id for one in complaints]):
            moments[moment.case_id].append(_moment(moment))
    return tuple(
        EventStory(
            event.external_id,
            event.touchpoint,
            event.occurred_at,
            event.received_at,
            event.customer,
            event.order_id,
            event.amount,
            event.currency,
            event.attributes,
            tuple(_invitation(row, tuple(steps[row.id]), now) for row in invitations.get(event.id, ())),
            tuple(
                ResponseStory(
                    row.metric,
                    row.score,
                    tuple(row.reasons),
                    _concealed(row.comment),
                    row.answered_at,
                    row.purpose,
                    tuple(earlier[row.id]),
                )
                for row in responses.get(event.id, ())
            ),
            tuple(
                CaseStory(
                    row.id,
                    row.state,
                    row.opened_at,
                    row.claimed_by_name,
                    row.resolved_at,
                    row.cause,
                    tuple(moments[row.id]),
                )
                for row in cases.get(event.id, ())
            ),
        )
        for event in found
    )


def _invitation(row: stories.InvitationRow, steps: tuple[StoryStep, ...], now: datetime) -> InvitationStory:
    return InvitationStory(
        row.purpose,
        row.state,
        row.reason,
        row.winner,
        row.channel,
        row.eligible_at,
        row.ask_at,
        row.ask_by,
        row.sent_at if row.state != "sending" else None,
        row.expires_at,
        row.answered_at,
        row.state == "planned" and row.ask_at is not None and row.ask_at < now,
        steps,
        row.trial,
        row.variant,
    )


def _concealed(comment: str | None) -> str | None:
    return None if comment is None else conceal(comment)


async def suggest(database: Database, event_or_order: str, *, limit: int = SUGGESTED) -> tuple[str, ...]:
    """Ids of orders and events that begin with what was asked for, or with at least half of it; the closest first."""
    key = _bare(event_or_order.replace("\x00", "").strip())[:LONGEST_SUGGESTED]
    async with database.transaction() as transaction:
        for length in range(len(key), max(len(key) // 2, 1) - 1, -1):
            if key and (found := await stories.near(transaction, key[:length], limit)):
                return tuple(found)
    return ()


def _bare(key: str) -> str:
    return key.lstrip("#№ ").removeprefix("No.").strip()


def _moment(row: case_stories.CaseHappeningRow) -> CaseMoment:
    return CaseMoment(
        row.at, row.what, row.actor, row.who, row.detail, tuple(row.given), row.note, row.since, row.until
    )
