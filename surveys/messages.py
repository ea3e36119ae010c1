"""What customers write: a typed score, a comment, more about a complaint, or a message that fits nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db import cases, messages, relayed_messages, responses
from db.database import Database, Transaction
from db.messages import UnplacedMessage
from db.people import StoredAccount
from surveys import alerting, corresponding
from surveys.actors import Actor, language_of, meet
from surveys.answer_views import AnswerView, Kept, KeptUnread, NotUsable, Thanks
from surveys.answering import (
    ATTEMPTS,
    ContendedError,
    Recognised,
    ScoreReading,
    current_view,
    read_score,
    recognise,
    so_far,
    store_score,
)
from surveys.publishing import Catalogues
from surveys.rating_again import AGAIN
from surveys.rules.dialogue import (
    ASKABLE_STATES,
    COMMENT_OPEN_FOR,
    SCORE_CHANGEABLE_FOR,
    CommentOn,
    FitsNothing,
    GivenBy,
    MessageKind,
    OpenAnswer,
    OpenQuestion,
    Placement,
    Step,
    TypedScore,
    Unusable,
    WrittenMessage,
    extend_comment,
    place_message,
)

TEXT_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of a private chat; `file_id` is the messenger's own, `reply_to` the id of the message it answers."""

    message_id: int
    kind: MessageKind
    text: str | None = None
    file_id: str | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class _Taking:
    """A message being put where it belongs, in one transaction."""

    transaction: Transaction
    catalogues: Catalogues
    actor: Actor
    account: StoredAccount
    message: IncomingMessage
    now: datetime


async def take_message(
    database: Database, catalogues: Catalogues, actor: Actor, message: IncomingMessage, *, now: datetime
) -> AnswerView:
    """Keep the message and put it where it belongs; one that was taken already changes nothing."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        taking = _Taking(transaction, catalogues, actor, account, message, now)
        kept_id = await messages.keep(
            transaction,
            channel=actor.channel,
            chat_id=actor.external_id,
            message_id=message.message_id,
            account_id=account.id,
            kind=message.kind.value,
            text=None if message.text is None else message.text[:TEXT_LENGTH],
            file_id=message.file_id,
            reply_to=message.reply_to,
            now=now,
        )
        if kept_id is None:
            return await _taken_already(taking)
        answered = await corresponding.case_answered(transaction, account.id, message.reply_to, now=now)
        if answered is not None:
            return await _continue(taking, kept_id, answered)
        match await _place(taking):
            case TypedScore(invitation_id, score):
                return await _take_score(taking, kept_id, invitation_id, score)
            case CommentOn(response_id):
                return await _take_comment(taking, kept_id, response_id)
            case Unusable(response_id):
                asked = await _answered(taking, response_id)
                return NotUsable(so_far(asked, asked.stored, now))
            case FitsNothing():
                return await _keep_for_staff(taking, kept_id)


async def unplaced_messages(database: Database, *, after_id: int = 0, limit: int = 100) -> tuple[UnplacedMessage, ...]:
    """Messages that belong to no answer and no complaint, oldest first."""
    async with database.autocommit() as statement:
        return tuple(await messages.unplaced(statement, after_id=after_id, limit=limit))


async def _place(taking: _Taking) -> Placement:
    transaction, catalogues, message, now = taking.transaction, taking.catalogues, taking.message, taking.now
    questions = []
    for row in await responses.unanswered(transaction, taking.account.id, ASKABLE_STATES, now=now):
        survey = (await catalogues.version(transaction, row.catalogue_version_id)).surveys.get(row.survey)
        if survey is not None:
            questions.append(OpenQuestion(row.invitation_id, survey.metric, row.message_ids))
    if await _replies_to_another_question(taking, questions):
        questions = []
    since = now - SCORE_CHANGEABLE_FOR - COMMENT_OPEN_FOR
    answers = [
        OpenAnswer(row.response_id, Step(row.step), row.changed_at, row.message_ids)
        for row in await responses.answered_since(transaction, taking.account.id, since)
    ]
    written = WrittenMessage(message.kind, message.text, message.reply_to)
    placement = place_message(written, questions, answers, now)
    if isinstance(placement, CommentOn) and message.reply_to is None:
        finished = {answer.response_id for answer in answers if answer.step is Step.DONE}
        if placement.response_id in finished and await _is_asked_what_is_wrong(taking):
            return FitsNothing()
    return placement


async def _is_asked_what_is_wrong(taking: _Taking) -> bool:
    """Whether they just said that their complaint is not solved, and not yet what is still wrong."""
    since = taking.now - COMMENT_OPEN_FOR
    return await messages.case_awaiting_words(taking.transaction, taking.account.id, since=since) is not None


async def _replies_to_another_question(taking: _Taking, questions: Sequence[OpenQuestion]) -> bool:
    """Whether a number in it would be about a question that is closed, and not about the one that is open."""
    reply_to = taking.message.reply_to
    if reply_to is None or any(reply_to in question.message_ids for question in questions):
        return False
    return await responses.is_question(taking.transaction, taking.account.id, reply_to)


async def _take_score(taking: _Taking, kept_id: int, invitation_id: int, score: int) -> AnswerView:
    transaction, now = taking.transaction, taking.now
    for _ in range(ATTEMPTS):
        reading = await read_score(transaction, taking.catalogues, taking.actor, invitation_id, score, now=now)
        if not isinstance(reading, ScoreReading):
            return reading
        view = await store_score(transaction, taking.catalogues, reading, given_by=GivenBy.TYPED, now=now)
        if view is not None:
            await messages.answered(transaction, kept_id, invitation_id)
            return view
    raise ContendedError(f"invitation {invitation_id}")


async def _take_comment(taking: _Taking, kept_id: int, response_id: int) -> AnswerView:
    transaction, message, now = taking.transaction, taking.message, taking.now
    for _ in range(ATTEMPTS):
        asked = await _answered(taking, response_id)
        seen = asked.stored
        comment = extend_comment(seen.comment, message.text)
        case = await corresponding.conversation_of(transaction, taking.account.id)
        if case is not None and seen.step == Step.DONE:
            return await _continue(taking, kept_id, case.id)
        is_stored = await responses.move_on(
            transaction, seen, step=Step.DONE.value, reasons=seen.reasons, comment=comment, now=now
        )
        if not is_stored:
            continue
        await messages.belongs_to_response(transaction, kept_id, response_id)
        if asked.row.purpose == AGAIN:
            for case_id in await cases.of_response(transaction, response_id):
                await relayed_messages.attach_message(transaction, kept_id, case_id)
        if case is not None and case.response_id == response_id:
            await corresponding.customer_wrote(transaction, taking.catalogues, case.id, kept_id, now=now)
        elif seen.has_case:
            await alerting.card_changed(transaction, taking.catalogues.in_force.catalogue, response_id, now=now)
            if message.file_id is not None:
                catalogue = taking.catalogues.in_force.catalogue
                await alerting.relay(transaction, catalogue, kept_id, response_id, now=now)
        after = replace(seen, step=Step.DONE.value, comment=comment)
        return Thanks(so_far(asked, after, now), added=seen.step == Step.DONE)
    raise ContendedError(f"response {response_id}")


async def _keep_for_staff(taking: _Taking, kept_id: int) -> AnswerView:
    transaction, message = taking.transaction, taking.message
    language = language_of(taking.catalogues, taking.account, taking.actor)
    since = taking.now - COMMENT_OPEN_FOR
    asked_about = await messages.case_awaiting_words(transaction, taking.account.id, since=since)
    case = asked_about or await messages.unsettled_case(transaction, taking.account.id)
    if case is not None:
        return await _continue(taking, kept_id, case.id)
    if message.text is None and message.file_id is None:
        return KeptUnread(language)
    await alerting.show_message(transaction, taking.catalogues.in_force.catalogue, kept_id, now=taking.now)
    return Kept(language, message_id=kept_id)


async def _continue(taking: _Taking, kept_id: int, case_id: int) -> AnswerView:
    """The message goes on with a complaint: under its card, whatever else was asked meanwhile."""
    message = taking.message
    readable = message.text is not None or message.file_id is not None
    await corresponding.customer_wrote(
        taking.transaction, taking.catalogues, case_id, kept_id, readable=readable, now=taking.now
    )
    language = language_of(taking.catalogues, taking.account, taking.actor)
    return Kept(language, case_id) if readable else KeptUnread(language)


async def _taken_already(taking: _Taking) -> AnswerView:
    actor = taking.actor
    kept = await messages.find(
        taking.transaction, channel=actor.channel, chat_id=actor.external_id, message_id=taking.message.message_id
    )
    if kept is not None and kept.response_id is not None:
        return current_view(await _answered(taking, kept.response_id), taking.now)
    language = language_of(taking.catalogues, taking.account, actor)
    return Kept(language, None if kept is None else kept.case_id)


async def _answered(taking: _Taking, response_id: int) -> Recognised:
    row = await responses.asked_of_response(taking.transaction, response_id)
    asked = await recognise(taking.transaction, taking.catalogues, taking.actor, row)
    # It was found as an answer of this very account, in this transaction.
    assert isinstance(asked, Recognised)
    return asked
