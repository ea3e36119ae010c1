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
    """The complaint was put right: say how."""

    case_id: int


@dataclass(frozen=True, slots=True)
class DismissCase:
    """It is no complaint: say why."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ChooseCloseReason:
    """How it was put right: the reason at this place of the catalogue's."""

    form_id: int
    reason: int


@dataclass(frozen=True, slots=True)
class TickGiven:
    """The customer was (1) or was not (0) given what stands at this place."""

    form_id: int
    given: int
    ticked: int


@dataclass(frozen=True, slots=True)
class ChoosePool:
    """Give a promo code of the pool at this place."""

    form_id: int
    pool: int


@dataclass(frozen=True, slots=True)
class GoOnInForm:
    """On to the form's next step."""

    form_id: int


@dataclass(frozen=True, slots=True)
class GoBackInForm:
    """Back to the form's step before."""

    form_id: int


@dataclass(frozen=True, slots=True)
class QuickNote:
    """The close reason is note enough."""

    form_id: int


@dataclass(frozen=True, slots=True)
class FinishForm:
    """Close the case as the form says."""

    form_id: int


@dataclass(frozen=True, slots=True)
class CancelForm:
    """Close nothing."""

    form_id: int


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
class ReopenCase:
    """The complaint was not put right after all."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ShowCase:
    """Give a complaint that an outbreak's message tells of a card of its own."""

    case_id: int


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Show me this complaint with its history."""

    case_id: int


@dataclass(frozen=True, slots=True)
class TurnCaseList:
    """Show the part of the list that begins behind so many complaints."""

    offset: int


@dataclass(frozen=True, slots=True)
class OfferHandOver:
    """Who may have this complaint instead?"""

    case_id: int


@dataclass(frozen=True, slots=True)
class HandOverTo:
    """Let this colleague have the complaint."""

    case_id: int
    telegram_id: int


@dataclass(frozen=True, slots=True)
class ReleaseCase:
    """Give the complaint back to the team."""

    case_id: int


@dataclass(frozen=True, slots=True)
class ReferCase:
    """Pass the complaint on to the team this number stands for."""

    case_id: int
    team: int


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Take somebody's role away."""

    telegram_id: int


@dataclass(frozen=True, slots=True)
class ComplainAbout:
    """The message I sent is a complaint."""

    message_id: int


@dataclass(frozen=True, slots=True)
class MakeCase:
    """The customer's message is a complaint, and I take it."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ShowTemplates:
    """What can be answered with one tap?"""

    case_id: int


@dataclass(frozen=True, slots=True)
class SendTemplate:
    """Answer the customer with this template, named by a number of its key."""

    case_id: int
    template: int


@dataclass(frozen=True, slots=True)
class AskPhone:
    """Ask the customer for a number to call."""

    case_id: int


@dataclass(frozen=True, slots=True)
class OfferCall:
    """Ask the customer when to call."""

    case_id: int


@dataclass(frozen=True, slots=True)
class CallMade:
    """The customer was called."""

    request_id: int


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
    | DismissCase
    | ChooseCloseReason
    | TickGiven
    | ChoosePool
    | GoOnInForm
    | GoBackInForm
    | QuickNote
    | FinishForm
    | CancelForm
    | SaySolved
    | SayNotSolved
    | AgreeToOffers
    | ReopenCase
    | ShowCase
    | OfferHandOver
    | HandOverTo
    | ReleaseCase
    | ReferCase
    | OpenCase
    | TurnCaseList
    | RemoveMember
    | ComplainAbout
    | MakeCase
    | ShowTemplates
    | SendTemplate
    | AskPhone
    | OfferCall
    | CallMade
    | WishCall
    | WishCallAbout
    | ChooseCall
    | MoreCallTimes
    | DeclineCall
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
    "cd": DismissCase,
    "wr": ChooseCloseReason,
    "wg": TickGiven,
    "wp": ChoosePool,
    "wn": GoOnInForm,
    "wb": GoBackInForm,
    "wq": QuickNote,
    "wf": FinishForm,
    "wx": CancelForm,
    "sy": SaySolved,
    "sn": SayNotSolved,
    "oa": AgreeToOffers,
    "co": ReopenCase,
    "cs": ShowCase,
    "ho": OfferHandOver,
    "ht": HandOverTo,
    "hl": ReleaseCase,
    "hr": ReferCase,
    "cv": OpenCase,
    "cl": TurnCaseList,
    "mr": RemoveMember,
    "ca": ComplainAbout,
    "to": MakeCase,
    "tt": ShowTemplates,
    "ts": SendTemplate,
    "tp": AskPhone,
    "ko": OfferCall,
    "km": CallMade,
    "kw": WishCall,
    "kr": WishCallAbout,
    "kc": ChooseCall,
    "kt": MoreCallTimes,
    "kn": DeclineCall,
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
