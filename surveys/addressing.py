"""Whom staff speak to about a case: the account the customer used last, the language, the placeholders' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from db import correspondents
from db.correspondents import CorrespondentAccount
from db.database import Transaction
from surveys.deciding import zone_of
from surveys.publishing import Catalogues
from surveys.rules.dialogue import speak
from surveys.rules.identity import is_reachable
from surveys.rules.placeholders import placeholder_values


class Unreachable(StrEnum):
    """Why nobody can be answered."""

    NOBODY = "nobody"
    """Nobody is known, or they were forgotten."""
    NOT_CONNECTED = "not_connected"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Addressee:
    """The customer of a case, as they are written to; `zone` is their own where it is known."""

    account: CorrespondentAccount
    language: str
    values: Mapping[str, str]
    zone: ZoneInfo
    phone: str | None


async def address(transaction: Transaction, catalogues: Catalogues, case_id: int) -> Addressee | Unreachable:
    """A step: whom an answer about the case goes to, or why to nobody."""
    person = await correspondents.of_case(transaction, case_id)
    if person is None:
        return Unreachable.NOBODY
    accounts = await correspondents.accounts_of(transaction, person.person_id)
    account = next((one for one in accounts if is_reachable(one.channel, one.state, catalogues.channels)), None)
    if account is None:
        lost = any(one.state in ("blocked", "deactivated") for one in accounts)
        return Unreachable.BLOCKED if lost else Unreachable.NOT_CONNECTED
    business = catalogues.in_force.catalogue.business
    return Addressee(
        account,
        speak(business.languages, person.person_language, person.customer_language, account.language),
        placeholder_values(
            business=business.name, name=person.name, order_id=person.order_id, attributes=person.attributes
        ),
        zone_of(catalogues.in_force.catalogue, person.timezone),
        person.phone,
    )
