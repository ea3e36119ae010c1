"""What tapping a choice means, as a compact string that every messenger carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

_LONGEST = 64
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Rate:
    """Give this score to the question."""

    invitation_id: int
    score: int


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Do not ask me any more."""

    invitation_id: int


@dataclass(frozen=True, slots=True)
class AskAfterAll:
    """Undo "do not ask me", with the question back on the screen."""

    invitation_id: int


@dataclass(frozen=True, slots=True)
class TellUs:
    """It is too late for the score, but something was wrong."""

    invitation_id: int


@dataclass(frozen=True, slots=True)
class ChooseReason:
    """Tick (1) or untick (0) a reason; `reason` is its place among all reasons of the survey.

    It says what is wanted instead of "the other way round", so that a repeated update changes nothing.
    """

    response_id: int
    reason: int
    chosen: int


@dataclass(frozen=True, slots=True)
class FinishReasons:
    """No more reasons."""

    response_id: int


@dataclass(frozen=True, slots=True)
class SkipComment:
    """No comment."""

    response_id: int


@dataclass(frozen=True, slots=True)
class ChangeScore:
    """Show the scale once more."""

    response_id: int


@dataclass(frozen=True, slots=True)
class KeepScore:
    """Leave the score and show where the dialogue stands."""

    response_id: int


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Speak to me in the language at this place among the business's languages."""

    language: int


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Yes, forget everything about me."""


@dataclass(frozen=True, slots=True)
class KeepMe:
    """No, forget nothing."""


@dataclass(frozen=True, slots=True)
class Resume:
    """You may ask me again."""


@dataclass(frozen=True, slots=True)
class Complain:
    """Something is wrong, let a person look."""


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """I take this complaint."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ResolveCase:
    """The complaint was put right."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """The complaint was not put right after all."""

    case_id: int


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Take somebody's role away."""

    telegram_id: int


@dataclass(frozen=True, slots=True)
class PauseReport:
    """Send me no weekly report (1), or send it again (0)."""

    paused: int


@dataclass(frozen=True, slots=True)
class SetReportDay:
    """Send my weekly report on this day; Monday is 0."""

    weekday: int


@dataclass(frozen=True, slots=True)
class SetReportHour:
    """Send my weekly report at this hour."""

    hour: int


@dataclass(frozen=True, slots=True)
class SetReportTheme:
    """Draw my weekly report on light (0) or dark (1) paper."""

    theme: int


@dataclass(frozen=True, slots=True)
class OpenDrill:
    """Let me look into these days, given as ordinals of the proleptic Gregorian calendar; `end` is not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DrillInto:
    """Go on with the choice at this place of the step."""

    view_id: int
    place: int


@dataclass(frozen=True, slots=True)
class DrillBack:
    """Back to this step."""

    view_id: int


Action: TypeAlias = (
    Rate
    | StopAsking
    | AskAfterAll
    | TellUs
    | ChooseReason
    | FinishReasons
    | SkipComment
    | ChangeScore
    | KeepScore
    | ChooseLanguage
    | ForgetMe
    | KeepMe
    | Resume
    | Complain
    | ClaimCase
    | ResolveCase
    | ReopenCase
    | RemoveMember
    | PauseReport
    | SetReportDay
    | SetReportHour
    | SetReportTheme
    | OpenDrill
    | DrillInto
    | DrillBack
)

_TAGS: Mapping[str, type[Action]] = {
    "r": Rate,
    "n": StopAsking,
    "y": AskAfterAll,
    "u": TellUs,
    "t": ChooseReason,
    "f": FinishReasons,
    "k": SkipComment,
    "g": ChangeScore,
    "h": KeepScore,
    "l": ChooseLanguage,
    "fg": ForgetMe,
    "fk": KeepMe,
    "rs": Resume,
    "cp": Complain,
    "cc": ClaimCase,
    "cr": ResolveCase,
    "co": ReopenCase,
    "mr": RemoveMember,
    "sp": PauseReport,
    "sd": SetReportDay,
    "sh": SetReportHour,
    "st": SetReportTheme,
    "do": OpenDrill,
    "di": DrillInto,
    "db": DrillBack,
}
_TAG_OF = {kind: tag for tag, kind in _TAGS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _TAGS.values()}


def encode(action: Action) -> str:
    """The action as a string of at most 64 bytes: its tag and numbers, as in `r:12:9`."""
    kind = type(action)
    return ":".join((_TAG_OF[kind], *(str(getattr(action, name)) for name in _FIELDS[kind])))


def decode(data: str) -> Action | None:
    """The action of a string, None for anything that `encode` never made."""
    if len(data) > _LONGEST:
        return None
    tag, *written = data.split(":")
    kind = _TAGS.get(tag)
    if kind is None or len(written) != len(_FIELDS[kind]):
        return None
    if not all(number.isascii() and number.isdecimal() for number in written):
        return None
    numbers = [int(number) for number in written]
    if any(number > _LARGEST_NUMBER or str(number) != shown for number, shown in zip(numbers, written, strict=True)):
        return None
    return kind(*numbers)
