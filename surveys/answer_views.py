"""What one who answers is shown: values, worded elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.rules.journey import Survey
from surveys.rules.languages import Texts
from surveys.team_hours import WorksAgain


@dataclass(frozen=True, slots=True)
class TouchpointChoice:
    """A touchpoint they may not want to be asked about; `number` stands for its name in every catalogue."""

    number: int
    title: Texts
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The question the dialogue is about; `text` is as shown, `values` fill the placeholders of what follows.

    `message_id` is the messenger's id of the message that asked it, None while that is not recorded yet.
    """

    invitation_id: int
    touchpoint: str
    survey: Survey
    language: str
    text: str
    values: Mapping[str, str]
    message_id: int | None


@dataclass(frozen=True, slots=True)
class AnswerSoFar:
    """What was answered until now; `has_case` when staff have a card of it, `works_again` when they are away."""

    question: AskedQuestion
    response_id: int
    score: int
    reasons: tuple[str, ...]
    comment: str | None
    changeable: bool
    has_case: bool
    works_again: WorksAgain | None = None


@dataclass(frozen=True, slots=True)
class AskScore:
    """The question with its scale; `answer` when the score is about to be changed."""

    question: AskedQuestion
    answer: AnswerSoFar | None = None


@dataclass(frozen=True, slots=True)
class AskReasons:
    """The score is stored; which reasons fit?"""

    answer: AnswerSoFar


@dataclass(frozen=True, slots=True)
class AskComment:
    """The score is stored; anything in their own words?"""

    answer: AnswerSoFar


@dataclass(frozen=True, slots=True)
class Thanks:
    """The dialogue is done; `added` when something was added to it after that."""

    answer: AnswerSoFar
    added: bool = False


@dataclass(frozen=True, slots=True)
class NotUsable:
    """What was sent (a sticker, say) cannot be passed on; words, voice or photo can."""

    answer: AnswerSoFar


@dataclass(frozen=True, slots=True)
class ScoreLocked:
    """The score stays as it is: the time to change it has passed."""

    answer: AnswerSoFar


@dataclass(frozen=True, slots=True)
class TooLate:
    """The question has expired and no score was stored; a `low` one may still tell what was wrong."""

    question: AskedQuestion
    low: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """A person will look into it: what is written next reaches them. `question` when it began with one.

    `works_again` when the team is away; `is_told` when they have said already what happened.
    """

    language: str
    question: AskedQuestion | None = None
    works_again: WorksAgain | None = None
    case_id: int | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """They are asked no more; it was said under this question. `touchpoints` could be stopped alone instead."""

    language: str
    question: AskedQuestion
    touchpoints: tuple[TouchpointChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """The message is with the staff; `case_id` when it belongs to a complaint, else `message_id` may become one."""

    language: str
    case_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class KeptUnread:
    """A sticker or the like outside any question: kept, and nothing to pass on."""

    language: str


@dataclass(frozen=True, slots=True)
class CountedAlready:
    """Their answer at another code of the touchpoint counts; this one would count twice."""

    language: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The question is not (or no longer) one that can be answered."""

    language: str


@dataclass(frozen=True, slots=True)
class NotYours:
    """The question was asked of somebody else."""

    language: str


AnswerView = (
    AskScore
    | AskReasons
    | AskComment
    | Thanks
    | NotUsable
    | ScoreLocked
    | TooLate
    | Telling
    | Stopped
    | Kept
    | KeptUnread
    | CountedAlready
    | Closed
    | NotYours
)
