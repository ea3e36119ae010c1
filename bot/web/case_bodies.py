"""Bodies of the case routes: what opens a case, and what moves one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config

from bot.web.parameters import LONGEST_ID, check_id
from bot.web.problems import ProblemError
from surveys.moving import Colleague, Ending
from surveys.rules.cases import CaseMove
from surveys.shop_cases import ShopCase, ShopMove

LONGEST_TEXT = 4_000
"""Characters of a comment or a note."""

Id = Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(check_id)]
Words = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(check_id)]
_STRICT = ConfigDict(extra="forbid", strict=True)
Body = TypeVar("Body")


class AllowedMove(StrEnum):
    """What staff may do to a case, and so may the shop."""

    CLAIM = "claim"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    REFER = "refer"
    AWAIT_CUSTOMER = "await_customer"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    REOPEN = "reopen"


class Given(StrEnum):
    """What the customer got; a promo code is given by the form under the card alone."""

    APOLOGY = "apology"
    REFUND = "refund"
    REPEAT = "repeat"
    CODE = "code"


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class ShopPerson:
    """Somebody of the shop; with the Telegram id they are the same as in the team's chat."""

    name: Id
    telegram_id: Annotated[int | None, Field(ge=1, le=2**52)] = None

    def known(self) -> Colleague:
        """The same for the use cases."""
        return Colleague(self.telegram_id, self.name.strip())


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class CaseCustomer:
    """Who complained."""

    id: Id


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class CaseToOpen:
    """A complaint that reached the shop itself. `id` is the shop's own: the same id opens one case."""

    customer: CaseCustomer
    comment: Words
    touchpoint: Id | None = None
    order_id: Id | None = None
    id: Id | None = None
    by: ShopPerson | None = None

    def wanted(self) -> ShopCase:
        """The same for the use case."""
        return ShopCase(
            customer_id=self.customer.id,
            comment=self.comment,
            touchpoint=self.touchpoint,
            order_id=self.order_id,
            id=self.id,
            by=None if self.by is None else self.by.known(),
        )


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class MoveToMake:
    """What somebody of the shop does to a case; `to` goes with hand_over, `to_team` with refer."""

    move: AllowedMove
    by: ShopPerson
    to: ShopPerson | None = None
    to_team: Id | None = None
    close_reason: Id | None = None
    given: tuple[Given, ...] = ()
    note: Annotated[str | None, Field(max_length=LONGEST_TEXT), AfterValidator(check_id)] = None

    def wanted(self) -> ShopMove:
        """The same for the use case."""
        return ShopMove(
            move=CaseMove(self.move.value),
            by=self.by.known(),
            to=None if self.to is None else self.to.known(),
            to_team=self.to_team,
            ending=Ending(self.close_reason, tuple(dict.fromkeys(one.value for one in self.given)), self.note),
        )


OPENING = TypeAdapter(CaseToOpen)
MOVING = TypeAdapter(MoveToMake)
_SHOWN = {
    CaseToOpen: '{"customer": {"id": "c-7"}, "comment": "…"}',
    MoveToMake: '{"move": "claim", "by": {"name": "…"}}',
}


def read_case_body(kind: TypeAdapter[Body], body: bytes) -> Body:
    """The body, whatever type it is said to be of; raises ProblemError that names the field."""
    try:
        return kind.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        like = _SHOWN[CaseToOpen] if kind is OPENING else _SHOWN[MoveToMake]
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise ProblemError(400, f"the body is not JSON; send something like {like}") from None
        told = (f"{'.'.join(str(part) for part in fault['loc']) or 'the body'}: {fault['msg']}" for fault in faults)
        raise ProblemError(422, "; ".join(told) + f"; send something like {like}") from None


def case_schemas(ref_template: str) -> dict[str, object]:
    """The JSON Schemas of the bodies, by their names."""
    _, found = TypeAdapter.json_schemas(
        [("open", "validation", OPENING), ("move", "validation", MOVING)], ref_template=ref_template
    )
    return dict(found["$defs"])
