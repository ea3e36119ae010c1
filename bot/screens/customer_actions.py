"""What customers do by tapping a choice."""

from __future__ import annotations

from dataclasses import dataclass


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
class SaySolved:
    """It is solved: my complaint can be closed."""

    case_id: int
    round: int


@dataclass(frozen=True, slots=True)
class SayNotSolved:
    """It is not solved."""

    case_id: int
    round: int


@dataclass(frozen=True, slots=True)
class AgreeToOffers:
    """You may send me offers (1), or not (0)."""

    agreed: int


@dataclass(frozen=True, slots=True)
class ComplainAbout:
    """The message I sent is a complaint."""

    message_id: int


@dataclass(frozen=True, slots=True)
class WishCall:
    """Call me about this complaint."""

    case_id: int


@dataclass(frozen=True, slots=True)
class WishCallAbout:
    """Call me about the complaint that this answer opened."""

    response_id: int


@dataclass(frozen=True, slots=True)
class ChooseCall:
    """Call me in the window that begins at this minute since the epoch."""

    request_id: int
    minute: int


@dataclass(frozen=True, slots=True)
class MoreCallTimes:
    """Another time suits me better."""

    request_id: int


@dataclass(frozen=True, slots=True)
class DeclineCall:
    """No call is needed."""

    request_id: int


@dataclass(frozen=True, slots=True)
class StopTouchpoint:
    """Do not ask me about the touchpoint this number stands for; about the others you may."""

    touchpoint: int


@dataclass(frozen=True, slots=True)
class ResumeTouchpoint:
    """You may ask me about the touchpoint this number stands for again."""

    touchpoint: int


@dataclass(frozen=True, slots=True)
class StopAll:
    """Do not ask me about anything."""


@dataclass(frozen=True, slots=True)
class DisownCustomer:
    """This record of the shop is not me."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class DisownAccount:
    """This account in a messenger is not me."""

    account_id: int
