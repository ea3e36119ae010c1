"""What staff and managers do by tapping a choice."""

from __future__ import annotations

from dataclasses import dataclass


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
class SplitCustomer:
    """Split this record of the shop from whoever it was joined with."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class SplitAccount:
    """Split this account from whoever it was joined with."""

    account_id: int
