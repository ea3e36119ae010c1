"""Answering: each tap of the dialogue is stored at once and tells what to show next.

Reading takes no lock: every write names what was read and is repeated from the reading when that has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from db import contacts, entry_points, responses
from db.database import Database, Transaction
from db.responses import AskedInvitation, StoredResponse
from surveys import alerting
from surveys.actors import Actor
from surveys.answer_views import (
    AnswerSoFar,
    AnswerView,
    AskComment,
    AskedQuestion,
    AskReasons,
    AskScore,
    Closed,
    CountedAlready,
    NotYours,
    ScoreLocked,
    Thanks,
    TooLate,
)
from surveys.publishing import Catalogues
from surveys.rating_again import AGAIN, take_rating
from surveys.rules.cases import opens_case
from surveys.rules.dialogue import (
    ASKABLE_STATES,
    ChangedScore,
    FirstScore,
    GivenAnswer,
    GivenBy,
    LateScore,
    LockedScore,
    NotAsked,
    OffScale,
    Question,
    SameScore,
    Step,
    choose_reason,
    may_change,
    receive_score,
    speak,
    step_now,
)
from surveys.rules.entering import is_counted
from surveys.rules.journey import Catalogue, Touchpoint
from surveys.rules.languages import pick
from surveys.rules.placeholders import fill, placeholder_values
from surveys.rules.varying import in_force, varied_survey
from surveys.team_hours import WorksAgain, is_urgent, works_again

ATTEMPTS = 50


class ContendedError(RuntimeError):
    """The same answer kept changing under every attempt to store a step of it."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """An invitation of the one who acts, with the survey as it was when they were asked."""

    row: AskedInvitation
    question: AskedQuestion
    touchpoint: Touchpoint | None
    catalogue: Catalogue

    @property
    def stored(self) -> StoredResponse:
        """The response as it is stored; only where there is one."""
        assert self.row.response is not None
        return self.row.response

    @property
    def given(self) -> GivenAnswer | None:
        """What was answered so far."""
        stored = self.row.response
        if stored is None:
            return None
        return GivenAnswer(stored.score, Step(stored.step), stored.reasons, stored.answered_at, stored.changed_at)


@dataclass(frozen=True, slots=True)
class ScoreReading:
    """A score that is to be stored, decided on what was read."""

    asked: Recognised
    decision: FirstScore | ChangedScore
    score: int
    opens_case: bool

    @property
    def is_one_statement(self) -> bool:
        """Whether storing it takes no more than one statement, which needs no BEGIN and COMMIT around it."""
        begun = self.asked.row.entry_token is not None
        return isinstance(self.decision, FirstScore) and not (self.opens_case or self.is_asked_again or begun)

    @property
    def is_asked_again(self) -> bool:
        """Whether it answers the question asked once more after a complaint, which concerns the case there is."""
        return self.asked.row.purpose == AGAIN


async def give_score(
    database: Database,
    catalogues: Catalogues,
    actor: Actor,
    invitation_id: int,
    score: int,
    *,
    given_by: GivenBy = GivenBy.TAP,
    now: datetime,
) -> AnswerView:
    """Store a chosen score, or replace the earlier one; a low one opens a case in the same transaction."""
    for _ in range(ATTEMPTS):
        async with database.autocommit() as statement:
            reading = await read_score(statement, catalogues, actor, invitation_id, score, now=now)
            if not isinstance(reading, ScoreReading):
                return reading
            if reading.is_one_statement:
                view = await store_score(statement, catalogues, reading, given_by=given_by, now=now)
                if view is not None:
                    return view
                continue
        async with database.transaction() as transaction:
            view = await store_score(transaction, catalogues, reading, given_by=given_by, now=now)
        if view is not None:
            return view
    raise ContendedError(f"invitation {invitation_id}")


async def read_score(
    transaction: Transaction, catalogues: Catalogues, actor: Actor, invitation_id: int, score: int, *, now: datetime
) -> ScoreReading | AnswerView:
    """A step: what this score would mean now; a view when there is nothing to store."""
    asked = await recognise(transaction, catalogues, actor, await responses.asked(transaction, invitation_id))
    if not isinstance(asked, Recognised):
        return asked
    survey, row = asked.question.survey, asked.row
    low = opens_case(survey.metric, score, catalogues.in_force.catalogue.recovery.open_at)
    match receive_score(survey, Question(row.state, row.expires_at), asked.given, score, now):
        case FirstScore() | ChangedScore() as decision:
            return ScoreReading(asked, decision, score, low)
        case SameScore():
            return current_view(asked, now)
        case LockedScore():
            return ScoreLocked(so_far(asked, asked.stored, now))
        case LateScore():
            await prove_delivery(transaction, asked, now)
            return TooLate(asked.question, low)
        case OffScale() | NotAsked():
            return Closed(asked.question.language)


async def _counts_already(transaction: Transaction, asked: Recognised, now: datetime) -> bool:
    """Whether the person began this themselves, and answered at another code of the touchpoint of late."""
    row, touchpoint = asked.row, asked.touchpoint
    if row.entry_token is None or touchpoint is None:
        return False
    # of two taps at the same moment, by whichever account, the second sees the first
    await contacts.lock_persons(transaction, [row.person_id])
    entries = await entry_points.entries_of(transaction, row.person_id, row.touchpoint)
    return is_counted((one.answered_at for one in entries if one.invitation_id != row.id), touchpoint.quarantine, now)


async def store_score(
    transaction: Transaction, catalogues: Catalogues, reading: ScoreReading, *, given_by: GivenBy, now: datetime
) -> AnswerView | None:
    """A step: store what was decided; None when meanwhile something else was stored and it must be read again."""
    asked, decision, score = reading.asked, reading.decision, reading.score
    survey = asked.question.survey
    stored = asked.row.response
    if stored is None:
        if await _counts_already(transaction, asked, now):
            return CountedAlready(asked.question.language)
        response_id = await responses.add(
            transaction,
            asked.row,
            metric=survey.metric.value,
            score=score,
            step=decision.step.value,
            given_by=given_by.value,
            language=asked.question.language,
            question=asked.question.text,
            now=now,
        )
        if response_id is None:
            return None
        after = StoredResponse(response_id, score, decision.step.value, (), None, now, now, reading.opens_case)
    else:
        reasons = decision.reasons if isinstance(decision, ChangedScore) else ()
        step = decision.step.value
        if not await responses.change_score(
            transaction, stored, score=score, step=step, reasons=reasons, given_by=given_by.value, now=now
        ):
            return None
        has_case = stored.has_case or reading.opens_case
        after = replace(stored, score=score, step=step, reasons=reasons, changed_at=now, has_case=has_case)
    if reading.is_asked_again:
        has_case = await take_rating(
            transaction,
            catalogues,
            event_id=asked.row.event_id,
            metric=survey.metric,
            score=score,
            now=now,
        )
        return _view_at(decision.step, so_far(asked, replace(after, has_case=has_case), now))
    if reading.opens_case:
        await alerting.open_for_response(
            transaction,
            catalogues.in_force.catalogue,
            response_id=after.id,
            metric=survey.metric,
            score=score,
            now=now,
        )
    if stored is not None and stored.has_case:
        await alerting.card_changed(transaction, catalogues.in_force.catalogue, after.id, now=now)
    return _view_at(decision.step, so_far(asked, after, now))


async def toggle_reason(
    database: Database,
    catalogues: Catalogues,
    actor: Actor,
    response_id: int,
    reason_index: int,
    *,
    chosen: bool,
    now: datetime,
) -> AnswerView:
    """Tick or untick a reason, named by its place among all reasons of the survey."""

    def choose(asked: Recognised, given: GivenAnswer) -> _Change | None:
        reasons = choose_reason(asked.question.survey, given, reason_index, chosen=chosen)
        return None if reasons is None or reasons == given.reasons else _Change(given.step, reasons)

    return await _step(database, catalogues, actor, response_id, choose, now=now)


async def finish_reasons(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int, *, now: datetime
) -> AnswerView:
    """No more reasons: on to the comment."""

    def finish(asked: Recognised, given: GivenAnswer) -> _Change | None:
        return _Change(Step.COMMENT, given.reasons) if given.step is Step.REASONS else None

    return await _step(database, catalogues, actor, response_id, finish, now=now)


async def skip_comment(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int, *, now: datetime
) -> AnswerView:
    """No comment: the dialogue is done, and a comment written later within its time is still taken."""

    def skip(asked: Recognised, given: GivenAnswer) -> _Change | None:
        return _Change(Step.DONE, given.reasons) if given.step is Step.COMMENT else None

    return await _step(database, catalogues, actor, response_id, skip, now=now)


async def show_scale_again(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int, *, now: datetime
) -> AnswerView:
    """Offer the scale once more, while the score may be changed; stores nothing."""
    asked = await _own_response(database, catalogues, actor, response_id)
    if not isinstance(asked, Recognised) or asked.given is None:
        return asked if not isinstance(asked, Recognised) else Closed(asked.question.language)
    answer = so_far(asked, asked.stored, now)
    return AskScore(asked.question, answer) if answer.changeable else ScoreLocked(answer)


async def show_answer(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int, *, now: datetime
) -> AnswerView:
    """Where the dialogue stands; stores nothing."""
    asked = await _own_response(database, catalogues, actor, response_id)
    return current_view(asked, now) if isinstance(asked, Recognised) else asked


@dataclass(frozen=True, slots=True)
class _Change:
    step: Step
    reasons: tuple[str, ...]


async def _step(
    database: Database,
    catalogues: Catalogues,
    actor: Actor,
    response_id: int,
    decide: Callable[[Recognised, GivenAnswer], _Change | None],
    *,
    now: datetime,
) -> AnswerView:
    for _ in range(ATTEMPTS):
        asked = await _own_response(database, catalogues, actor, response_id)
        if not isinstance(asked, Recognised):
            return asked
        given, stored = asked.given, asked.stored
        assert given is not None
        change = decide(asked, replace(given, step=step_now(given, now)))
        if change is None:
            return current_view(asked, now)
        opened = database.transaction() if stored.has_case else database.autocommit()
        async with opened as transaction:
            is_stored = await responses.move_on(
                transaction, stored, step=change.step.value, reasons=change.reasons, comment=stored.comment, now=now
            )
            if is_stored and stored.has_case:
                await alerting.card_changed(transaction, catalogues.in_force.catalogue, response_id, now=now)
        if is_stored:
            after = replace(stored, step=change.step.value, reasons=change.reasons)
            return _view_at(change.step, so_far(asked, after, now))
    raise ContendedError(f"response {response_id}")


async def _own_response(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int
) -> Recognised | Closed | NotYours:
    async with database.autocommit() as statement:
        return await recognise(statement, catalogues, actor, await responses.asked_of_response(statement, response_id))


async def recognise(
    transaction: Transaction, catalogues: Catalogues, actor: Actor, row: AskedInvitation | None
) -> Recognised | Closed | NotYours:
    """A step: the invitation with its survey, when it was sent to the one who acts."""
    languages = catalogues.in_force.catalogue.business.languages
    if row is None:
        return Closed(speak(languages, actor.language))
    if (row.channel, row.external_id) != (actor.channel, actor.external_id):
        moved = await _asked_here_too(transaction, actor, row)
        if not isinstance(moved, AskedInvitation):
            return moved(speak(languages, actor.language))
        row = moved
    language = speak(
        languages, row.person_language, row.language, row.customer_language, row.account_language, actor.language
    )
    asked_under = await catalogues.version(transaction, row.catalogue_version_id)
    survey = None if row.survey is None else asked_under.surveys.get(row.survey)
    if survey is None:
        return Closed(language)
    survey = varied_survey(asked_under, survey, in_force(asked_under, row.touchpoint, row.trial, row.variant))
    values = placeholder_values(
        business=asked_under.business.name, name=row.shown_name, order_id=row.order_id, attributes=row.attributes
    )
    # Whoever taps within the moment between the sending and its recording sees what was sent all the same.
    text = row.question or fill(pick(survey.question, row.language or language, languages[0]), values)
    question = AskedQuestion(row.id, row.touchpoint, survey, language, text, values, row.message_id)
    return Recognised(row, question, asked_under.touchpoints.get(row.touchpoint), catalogues.in_force.catalogue)


async def _asked_here_too(
    transaction: Transaction, actor: Actor, row: AskedInvitation
) -> AskedInvitation | type[Closed] | type[NotYours]:
    """The invitation as asked of the one who acts, when both their accounts were; an answer counts once."""
    if (row.other_channel, row.other_external_id) != (actor.channel, actor.external_id):
        return NotYours
    if not await responses.answer_elsewhere(transaction, row.id):
        return Closed
    moved = await responses.asked(transaction, row.id)
    if moved is None or (moved.channel, moved.external_id) != (actor.channel, actor.external_id):
        return Closed
    return moved


async def prove_delivery(transaction: Transaction, asked: Recognised, now: datetime) -> None:
    """A step: whoever reacts to an invitation of unknown outcome has received it."""
    if asked.row.state == "unknown":
        lasts = asked.touchpoint.expires_after if asked.touchpoint is not None else Touchpoint().expires_after
        await responses.prove_delivery(transaction, asked.row.id, expires_at=now + lasts, now=now)


def current_view(asked: Recognised, now: datetime) -> AnswerView:
    """What the one who was asked should see now, answered or not."""
    given = asked.given
    if given is not None:
        return _view_at(step_now(given, now), so_far(asked, asked.stored, now))
    expires_at = asked.row.expires_at
    if asked.row.state in ASKABLE_STATES and (expires_at is None or now < expires_at):
        return AskScore(asked.question)
    return Closed(asked.question.language)


def so_far(asked: Recognised, stored: StoredResponse, now: datetime) -> AnswerSoFar:
    """The answer as it is stored."""
    given = GivenAnswer(stored.score, Step(stored.step), stored.reasons, stored.answered_at, stored.changed_at)
    return AnswerSoFar(
        asked.question,
        stored.id,
        stored.score,
        stored.reasons,
        stored.comment,
        changeable=may_change(given, now),
        has_case=stored.has_case,
        works_again=_works_again(asked, stored, now) if stored.has_case else None,
    )


def _works_again(asked: Recognised, stored: StoredResponse, now: datetime) -> WorksAgain | None:
    if is_urgent(asked.catalogue, asked.question.survey.metric, stored.score, stored.reasons):
        return None
    return works_again(asked.catalogue, asked.row.touchpoint, asked.row.timezone, now=now)


def _view_at(step: Step, answer: AnswerSoFar) -> AnswerView:
    match step:
        case Step.REASONS:
            return AskReasons(answer)
        case Step.COMMENT:
            return AskComment(answer)
        case Step.DONE:
            return Thanks(answer)
