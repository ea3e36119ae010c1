"""The dialogue with one who answers: what a tap or a message means, given what was asked and said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from surveys.rules.journey import Metric, Reason, ReasonChoices, Sentiment, SentimentTexts, Survey
from surveys.rules.languages import Texts
from surveys.rules.metrics import SCALES, sentiment
from surveys.rules.typed_scores import typed_score

SCORE_CHANGEABLE_FOR = timedelta(hours=24)
"""Counted from the first answer."""

COMMENT_OPEN_FOR = timedelta(hours=24)
"""Counted from the score in force."""

COMMENT_LENGTH = 10_000
"""Characters of a comment that are kept together; what is over stays in the single messages."""


class Step(StrEnum):
    """What an answer waits for."""

    REASONS = "reasons"
    COMMENT = "comment"
    DONE = "done"


class GivenBy(StrEnum):
    """How a score was given: by a choice under the message, by one under the input field, or in words."""

    TAP = "tap"
    KEYBOARD = "keyboard"
    TYPED = "typed"


class MessageKind(StrEnum):
    """What a customer sent."""

    TEXT = "text"
    VOICE = "voice"
    PHOTO = "photo"
    DOCUMENT = "document"
    OTHER = "other"


ASKABLE_STATES = ("sending", "sent", "unknown")
"""Invitations that may be on the customer's screen: a tap on any of them is an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the invitation's state and until when it may be answered (None: not known yet)."""

    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What was answered so far; `scored_at` is when the score in force was given."""

    score: int
    step: Step
    reasons: tuple[str, ...]
    answered_at: datetime
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class FirstScore:
    """The question is answered; the dialogue goes on at `step`."""

    step: Step


@dataclass(frozen=True, slots=True)
class ChangedScore:
    """Another score replaces the earlier one."""

    step: Step
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SameScore:
    """Said already: nothing to store."""


@dataclass(frozen=True, slots=True)
class LateScore:
    """The invitation has expired: no score is stored."""


@dataclass(frozen=True, slots=True)
class LockedScore:
    """The score can no longer be changed."""


@dataclass(frozen=True, slots=True)
class OffScale:
    """The metric has no such score."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nothing was asked that could be answered."""


ScoreDecision = FirstScore | ChangedScore | SameScore | LateScore | LockedScore | OffScale | NotAsked


def receive_score(
    survey: Survey, question: Question, given: GivenAnswer | None, score: int, now: datetime
) -> ScoreDecision:
    """What a score means to this question now."""
    scale = SCALES[survey.metric]
    if not scale.lowest <= score <= scale.highest:
        return OffScale()
    if given is not None:
        return _receive_again(survey, given, score, now)
    if question.state == "expired" or _has_passed(question, now):
        return LateScore()
    if question.state not in ASKABLE_STATES:
        return NotAsked()
    return FirstScore(first_step(survey, score))


def _receive_again(survey: Survey, given: GivenAnswer, score: int, now: datetime) -> ScoreDecision:
    if score == given.score:
        return SameScore()
    if not may_change(given, now):
        return LockedScore()
    if sentiment(survey.metric, score) is sentiment(survey.metric, given.score):
        return ChangedScore(given.step, given.reasons)
    return ChangedScore(first_step(survey, score), ())


def _has_passed(question: Question, now: datetime) -> bool:
    return question.state in ASKABLE_STATES and question.expires_at is not None and question.expires_at <= now


def first_step(survey: Survey, score: int) -> Step:
    """What follows a score: the reasons that fit it, or, where there are none, the comment."""
    return Step.REASONS if offered_reasons(survey, score) else Step.COMMENT


def may_change(given: GivenAnswer, now: datetime) -> bool:
    """Whether the score may still be replaced."""
    return now < given.answered_at + SCORE_CHANGEABLE_FOR


def may_comment(scored_at: datetime, now: datetime) -> bool:
    """Whether what the customer writes still belongs to this answer."""
    return now < scored_at + COMMENT_OPEN_FOR


def step_now(given: GivenAnswer, now: datetime) -> Step:
    """The step the dialogue is at: after the comment's time it is done, whatever was left open."""
    return given.step if may_comment(given.scored_at, now) else Step.DONE


def offered_reasons(survey: Survey, score: int) -> tuple[Reason, ...]:
    """The reasons that fit the score."""
    return _reasons_of(survey.reasons, sentiment(survey.metric, score))


def comment_prompt(survey: Survey, score: int) -> Texts:
    """The business's words that ask for a comment, empty when it has none of its own."""
    return _text_of(survey.comment, sentiment(survey.metric, score))


def thanks(survey: Survey, score: int) -> Texts:
    """The business's thanks for the score, empty when it has none of its own."""
    return _text_of(survey.thanks, sentiment(survey.metric, score))


def all_reasons(survey: Survey) -> tuple[Reason, ...]:
    """Every reason of the survey in one order, so that a number names one whatever the score is now."""
    return (*survey.reasons.negative, *survey.reasons.neutral, *survey.reasons.positive)


def choose_reason(survey: Survey, given: GivenAnswer, index: int, *, chosen: bool) -> tuple[str, ...] | None:
    """The reasons after choosing (or dropping) one, in the order offered; None when it is not on offer."""
    reasons = all_reasons(survey)
    offered = offered_reasons(survey, given.score)
    if given.step is not Step.REASONS or not 0 <= index < len(reasons) or not _is_offered(survey, given.score, index):
        return None
    key = reasons[index].key
    return tuple(reason.key for reason in offered if (chosen if reason.key == key else reason.key in given.reasons))


def reason_numbers(survey: Survey, score: int) -> range:
    """The numbers, among all reasons of the survey, of those that fit the score."""
    start = 0
    here = sentiment(survey.metric, score)
    for feeling in (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE):
        count = len(_reasons_of(survey.reasons, feeling))
        if feeling is here:
            return range(start, start + count)
        start += count
    raise AssertionError(here)


def _is_offered(survey: Survey, score: int, index: int) -> bool:
    return index in reason_numbers(survey, score)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An unanswered question, and the messages it was shown in."""

    invitation_id: int
    metric: Metric
    message_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """An answer that what the customer writes may belong to, and the messages of its dialogue."""

    response_id: int
    step: Step
    scored_at: datetime
    message_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """What a customer sent, as far as it decides where it belongs."""

    kind: MessageKind
    text: str | None
    reply_to: int | None


@dataclass(frozen=True, slots=True)
class TypedScore:
    """The message is a score."""

    invitation_id: int
    score: int


@dataclass(frozen=True, slots=True)
class CommentOn:
    """The message belongs to an answer."""

    response_id: int


@dataclass(frozen=True, slots=True)
class Unusable:
    """The answer waits for words, and this (a sticker, a location) says nothing that can be passed on."""

    response_id: int


@dataclass(frozen=True, slots=True)
class FitsNothing:
    """The message is kept for the staff."""


Placement = TypedScore | CommentOn | Unusable | FitsNothing


def place_message(
    message: WrittenMessage, questions: Sequence[OpenQuestion], answers: Sequence[OpenAnswer], now: datetime
) -> Placement:
    """Where a message belongs; `answers` newest first."""
    replied = [question for question in questions if message.reply_to in question.message_ids]
    if replied:
        return _as_score(message, replied[0]) or FitsNothing()
    commentable = [answer for answer in answers if may_comment(answer.scored_at, now)]
    addressed = [answer for answer in commentable if message.reply_to in answer.message_ids]
    if not addressed:
        score = _as_score(message, questions[0]) if len(questions) == 1 else None
        if score is not None:
            return score
        waiting = [answer for answer in commentable if answer.step is not Step.DONE]
        addressed = waiting or commentable
    if not addressed:
        return FitsNothing()
    if message.kind is MessageKind.OTHER:
        return Unusable(addressed[0].response_id)
    return CommentOn(addressed[0].response_id)


def _as_score(message: WrittenMessage, question: OpenQuestion) -> TypedScore | None:
    if message.kind is not MessageKind.TEXT or message.text is None:
        return None
    score = typed_score(message.text, question.metric)
    return None if score is None else TypedScore(question.invitation_id, score)


def extend_comment(comment: str | None, addition: str | None) -> str | None:
    """The comment with a further message under it, at most COMMENT_LENGTH characters."""
    parts = [part for part in (comment, (addition or "").strip()) if part]
    return "\n".join(parts)[:COMMENT_LENGTH] or None


def speak(languages: Sequence[str], *wishes: str | None) -> str:
    """The first wished language the business speaks (`en-US` is English), otherwise its first."""
    for wish in wishes:
        code = (wish or "").replace("_", "-").lower()
        for wanted in (code, code.partition("-")[0]):
            if wanted in languages:
                return wanted
    return languages[0]


def _reasons_of(choices: ReasonChoices, feeling: Sentiment) -> tuple[Reason, ...]:
    match feeling:
        case Sentiment.NEGATIVE:
            return choices.negative
        case Sentiment.NEUTRAL:
            return choices.neutral
        case Sentiment.POSITIVE:
            return choices.positive


def _text_of(texts: SentimentTexts, feeling: Sentiment) -> Texts:
    match feeling:
        case Sentiment.NEGATIVE:
            return texts.negative
        case Sentiment.NEUTRAL:
            return texts.neutral
        case Sentiment.POSITIVE:
            return texts.positive
