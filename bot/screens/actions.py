"""What tapping a choice means, as a compact string that every messenger carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TypeAlias

from bot.screens.customer_actions import (
    AgreeToOffers,
    AskAfterAll,
    ChangeScore,
    ChooseCall,
    ChooseLanguage,
    ChooseReason,
    Complain,
    ComplainAbout,
    DeclineCall,
    DisownAccount,
    DisownCustomer,
    FinishReasons,
    ForgetMe,
    KeepMe,
    KeepScore,
    MoreCallTimes,
    Rate,
    Resume,
    ResumeTouchpoint,
    SayNotSolved,
    SaySolved,
    SkipComment,
    StopAll,
    StopAsking,
    StopTouchpoint,
    TellUs,
    WishCall,
    WishCallAbout,
)
from bot.screens.manager_actions import (
    DrillBack,
    DrillInto,
    OpenDrill,
    PauseReport,
    SetReportDay,
    SetReportHour,
    SetReportTheme,
)
from bot.screens.staff_actions import (
    AskPhone,
    CallMade,
    CancelForm,
    ChooseCloseReason,
    ChoosePool,
    ClaimCase,
    DismissCase,
    FinishForm,
    GoBackInForm,
    GoOnInForm,
    HandOverTo,
    MakeCase,
    OfferCall,
    OfferHandOver,
    OpenCase,
    QuickNote,
    ReferCase,
    ReleaseCase,
    RemoveMember,
    ReopenCase,
    ResolveCase,
    SendTemplate,
    ShowCase,
    ShowTemplates,
    SplitAccount,
    SplitCustomer,
    TickGiven,
    TurnCaseList,
)

_LONGEST = 64
_LARGEST_NUMBER = 2**63 - 1

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
    | StopTouchpoint
    | ResumeTouchpoint
    | StopAll
    | DisownCustomer
    | DisownAccount
    | SplitCustomer
    | SplitAccount
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
    "st": StopTouchpoint,
    "sr": ResumeTouchpoint,
    "sa": StopAll,
    "dc": DisownCustomer,
    "da": DisownAccount,
    "pc": SplitCustomer,
    "pa": SplitAccount,
    "sp": PauseReport,
    "sd": SetReportDay,
    "sh": SetReportHour,
    "sm": SetReportTheme,
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
