"""What a case's clock made due is decided again: to whom it goes now, with whom it goes together, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from db import case_posts, cases, escalations, members, schedule
from db.case_posts import CasePost
from db.cases import StoredCase
from db.database import Transaction
from db.escalations import EscalationRow
from db.schedule import ScheduleEntry
from surveys.case_views import CaseView, chat_name, view_case, worded
from surveys.due import Decide, Decision, Dropped, Due, DueRow, DueWork, Moved, Postponed, SendTo
from surveys.publishing import Catalogues
from surveys.rules.case_clock import CaseClock, Step, StepKind, read_step
from surveys.rules.cases import Severity
from surveys.rules.journey import Catalogue
from surveys.rules.sending import Refused
from surveys.waiting import (
    BEFORE_CARDS,
    CHAT,
    KIND,
    MORNING,
    TEAM,
    entry_of,
    facts_of,
    recipients,
    shown_again,
    team_of,
)

TOGETHER = 30
"""So many cases at most are told of in one message."""

_TO_THE_TEAM = frozenset({StepKind.WARN_FIRST, StepKind.UNCLAIMED, StepKind.WARN_RESOLVE})

_SHOWN_ON_CARD = frozenset({StepKind.LEVEL, StepKind.OVERDUE})
"""What is overdue by then: the card is redrawn to say so."""

_REFUSED_CHAT_SECONDS = 30.0
_BEING_MOVED_SECONDS = 0.5
"""How long a row waits when somebody is moving its case at this very moment."""

_NOT_UNDERSTOOD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class EscalatedCase:
    """A case that is told of, and of how many times or at which level."""

    view: CaseView
    number: int


@dataclass(frozen=True, slots=True)
class EscalateCases(DueWork):
    """Tell of cases that wait: one under its card when that stands in this chat, several in a list.

    `fallback_for` names the team's chat that cannot be reached, when an owner is told instead. `decided_at` is business
    time.
    """

    kind: StepKind
    cases: tuple[EscalatedCase, ...]
    reply_to: int | None
    fallback_for: str | None
    language: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class OpenMorning(DueWork):
    """The line above the cards that waited for the team's day."""

    views: tuple[CaseView, ...]
    fallback_for: str | None
    language: str
    decided_at: datetime


async def decide_escalation(
    transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime
) -> Decision:
    """A step of the loop: what the row's detail is about decides."""
    decide = DECIDED_BY_DETAIL.get((row.detail or "").partition(":")[0])
    if decide is None:
        return Postponed(_NOT_UNDERSTOOD_SECONDS, "not_understood")
    return await decide(transaction, catalogues, row, now=now)


async def decide_step(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: dropped when the case has moved on, moved while the team is away, else sent with the rest."""
    step = read_step(row.detail)
    if step is None:
        return Dropped("not_understood")
    gone = await escalations.folded_into(transaction, row.id)
    if gone is not None:
        return Dropped(gone)
    own = EscalationRow(row.id, row.subject_id, row.dedupe_key, step.detail)
    companions = await escalations.lock_companions(transaction, row.recipient, step.kind, now=now, limit=TOGETHER)
    taken_in = await escalations.taken_in(transaction, row.id) if row.attempts else []
    rows = {one.id: one for one in (own, *taken_in, *companions)}
    held = await escalations.hold_cases(transaction, {one.subject_id for one in rows.values()})
    told = {one.id for one in taken_in}
    looking = _Looking(transaction, catalogues, row.recipient, held, now)
    verdicts = {one.id: await looking.look(one, again=one.id in told) for one in rows.values()}
    await schedule.add(transaction, looking.missing, now=now)
    verdict = verdicts[row.id]
    told_of = [found for key, found in verdicts.items() if key in told and isinstance(found, EscalatedCase)]
    if not isinstance(verdict, EscalatedCase) and not told_of:
        return verdict
    place = await _place(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    found = {key: one for key, one in verdicts.items() if isinstance(one, EscalatedCase)}
    await escalations.take_in(transaction, row.id, [key for key in found if key != row.id], now=now)
    return SendTo(place, _work(catalogues, row, step.kind, place, list(found.values()), now=now))


async def decide_morning(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: the line above the cards, when at least two waited and are still nobody's."""
    catalogue, views = catalogues.in_force.catalogue, []
    day = date.fromisoformat((row.detail or "").partition(":")[2])
    begins_at = datetime.combine(day, time.min, catalogue.business.timezone)
    for case_id in await escalations.waiting_since(transaction, begins_at, now + BEFORE_CARDS):
        view = await view_case(transaction, catalogues, case_id)
        if view is not None and (row.recipient.startswith(CHAT) or TEAM + _chat(catalogue, view.case) == row.recipient):
            views.append(view)
    if len(views) < 2:
        return Dropped("few")
    place = await _place(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    fallback_for = None if row.recipient.startswith(TEAM) else _chat(catalogue, views[0].case)
    return SendTo(place, OpenMorning(tuple(views), fallback_for, catalogues.language, now))


DECIDED_BY_DETAIL: Mapping[str, Decide] = {
    **{kind.value: decide_step for kind in StepKind},
    MORNING: decide_morning,
}
"""Who decides about an escalation, by its detail before the colon."""


@dataclass(frozen=True, slots=True)
class _Looking:
    """Looks at the cases of rows that may go out together; those not in `held` are being moved at this moment.

    `missing` collects rows for those who are to hear of it by now (a new manager, the chat the catalogue now names).
    """

    transaction: Transaction
    catalogues: Catalogues
    recipient: str
    held: set[int]
    now: datetime
    missing: list[ScheduleEntry] = field(default_factory=list)

    async def look(self, row: EscalationRow, *, again: bool) -> EscalatedCase | Decision:
        """Whether this row's case is to be told of now; the case when it is. `again`: a message listed it already."""
        transaction, catalogue, now = self.transaction, self.catalogues.in_force.catalogue, self.now
        case, step = await cases.find(transaction, row.subject_id), read_step(row.detail)
        if case is None or step is None:
            return Dropped("forgotten")
        if row.subject_id not in self.held:
            return Postponed(_BEING_MOVED_SECONDS, "being_moved")
        clock = CaseClock(catalogue, team_of(catalogue, case))
        due_at = None
        if _round(row.dedupe_key) == case.round:
            facts = await facts_of(transaction, case, self.recipient)
            if again:
                facts = replace(facts, repeats=0, repeated_at=None)
            due_at = clock.due_at(facts, step)
        if due_at is None:
            return Dropped("moved_on")
        due_at = max(due_at, clock.waits_until(Severity(case.severity), now))
        if due_at > now:
            return Moved(due_at, "not_yet")
        if not await self._is_told(case, step):
            return Dropped("somebody_else")
        return EscalatedCase(await worded(transaction, self.catalogues, case), step.number)

    async def _is_told(self, case: StoredCase, step: Step) -> bool:
        """Whether the recipient still is one who is to hear of it.

        Owners also hear instead of a chat that refuses and of a manager who cannot be reached.
        """
        wanted = await recipients(self.transaction, self.catalogues.in_force.catalogue, case, step)
        if step.kind not in _TO_THE_TEAM or self.recipient.startswith(TEAM):
            self.missing.extend(entry_of(case, step, one, self.now) for one in wanted if one != self.recipient)
        return self.recipient in wanted or self.recipient in await _owners(self.transaction)


async def _owners(transaction: Transaction) -> list[str]:
    return [f"{CHAT}{owner}" for owner in await members.owner_ids(transaction)]


def _round(dedupe_key: str) -> int:
    return int(dedupe_key.split(":")[2])


def _chat(catalogue: Catalogue, case: StoredCase) -> str:
    return chat_name(catalogue, case.team, case.touchpoint)


def _work(
    catalogues: Catalogues,
    row: DueRow,
    kind: StepKind,
    chat_id: int,
    found: Sequence[EscalatedCase],
    *,
    now: datetime,
) -> EscalateCases:
    """One entry for each case: of several repeats of one case the latest counts."""
    latest: dict[int, EscalatedCase] = {}
    for one in sorted(found, key=lambda one: (one.view.case.id, one.number)):
        latest[one.view.case.id] = one
    told_of = tuple(latest.values())
    first = told_of[0].view.case
    is_under_card = len(told_of) == 1 and first.card_chat_id == chat_id
    is_fallback = row.recipient.startswith(CHAT) and kind in _TO_THE_TEAM
    return EscalateCases(
        kind=kind,
        cases=told_of,
        reply_to=first.card_message_id if is_under_card else None,
        fallback_for=_chat(catalogues.in_force.catalogue, first) if is_fallback else None,
        language=catalogues.language,
        decided_at=now,
    )


class EscalationSettler:
    """What came of telling somebody that cases wait."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """Staff may reply to it; unclaimed cases are shown again after a while."""
        if due.recipient.startswith(TEAM):
            await members.team_chat_works(transaction, due.chat_id)
        if not isinstance(due.work, EscalateCases):
            return
        told_of = due.work.cases
        if due.work.kind in _SHOWN_ON_CARD:
            for one in told_of:
                await schedule.ask_again_for(transaction, "card", one.view.case.id, now=now)
        if len(told_of) == 1:
            post = CasePost(due.chat_id, message_id, told_of[0].view.case.id, None, KIND)
            await case_posts.keep(transaction, post, now=now)
        if due.work.kind is StepKind.UNCLAIMED:
            for one in told_of:
                case = await cases.find(transaction, one.view.case.id)
                if case is not None and case.round == one.view.case.round:
                    catalogue = catalogues.in_force.catalogue
                    await shown_again(transaction, catalogue, case, number=one.number, now=now)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped:
        """The owners hear it instead; a team's own row stays queued until its chat works again."""
        if not due.recipient.startswith(TEAM):
            if due.recipient not in await _owners(transaction):
                await _tell_owners(transaction, due, now=now)
            return Dropped(refused.cause.value)
        await members.team_chat_failed(transaction, due.chat_id, refused.description or refused.cause.value, now)
        await _tell_owners(transaction, due, now=now)
        return Postponed(_REFUSED_CHAT_SECONDS, refused.cause.value)

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It is sent again, marked as a repeat."""


async def _place(transaction: Transaction, row: DueRow, *, now: datetime) -> int | Postponed:
    """The chat it goes to now; the owners are told when the team has none."""
    if row.recipient.startswith(CHAT):
        return int(row.recipient.removeprefix(CHAT))
    chat = await members.team_chat(transaction, row.recipient.removeprefix(TEAM))
    if chat is None:
        await _tell_owners(transaction, row, now=now)
        return Postponed(_REFUSED_CHAT_SECONDS, "no_team_chat")
    return chat.chat_id


async def _tell_owners(transaction: Transaction, told: Due | DueRow, *, now: datetime) -> None:
    """Every owner gets what the recipient could not be told, about all the cases of the message."""
    own = await cases.find(transaction, told.subject_id)
    listed: list[tuple[StoredCase, str | None]] = [] if own is None else [(own, told.detail)]
    if isinstance(told, Due) and isinstance(told.work, EscalateCases):
        listed = [(one.view.case, Step(told.work.kind, one.number).detail) for one in told.work.cases]
    entries = [
        ScheduleEntry(
            kind=KIND,
            subject_id=case.id,
            recipient=owner,
            channel="telegram",
            dedupe_key=f"{KIND}:{case.id}:{case.round}:{detail}:{owner}",
            due_at=now,
            detail=detail,
        )
        for case, detail in listed
        for owner in await _owners(transaction)
    ]
    await schedule.add(transaction, entries, now=now)
