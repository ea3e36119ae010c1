"""What a shop reports, and whether it makes sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from surveys.rules.hours import zone_named
from surveys.rules.journey import Catalogue

OWN_EVENT_PREFIX = "relationship:"
"""Begins the ids of the relational events the loop creates itself."""

ENTRY_EVENT_PREFIX = "entry:"
"""Begins the ids of the events that scanning a QR code makes."""

MAX_AHEAD = timedelta(days=1)
"""How far a shop's clock may run ahead of ours."""

MAX_TEXT = 200
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE_TEXT = 1000

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MAX_AMOUNT = Decimal(10) ** 12
_MAX_MESSENGER_ID = 2**52
_LARGEST_EXACT_NUMBER = 2**53
_EARLIEST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class IncomingCustomer:
    """The one it happened to, as the shop knows them; only `id` is required.

    `offers` says whether they agreed to be sent offers; None: the shop says nothing about it.
    """

    id: str
    name: str | None = None
    phone: str | None = None
    language: str | None = None
    timezone: str | None = None
    telegram_id: int | None = None
    vk_id: int | None = None
    offers: bool | None = None


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """One touchpoint event as reported; `attributes` are scalars and ISO-8601 strings."""

    id: str
    touchpoint: str
    occurred_at: datetime
    customer: IncomingCustomer
    order_id: str | None = None
    amount: Decimal | str | int | None = None
    currency: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


def amount_of(event: IncomingEvent) -> Decimal | None:
    """The amount as stored: two decimals; None when there is none. Raises InvalidOperation for what is no number."""
    return None if event.amount is None else Decimal(str(event.amount).strip()).quantize(Decimal("0.01"))


def fault_of(event: IncomingEvent, catalogue: Catalogue, *, now: datetime) -> str | None:
    """What is wrong with the event, naming the field and the fix; None for a good one."""
    return (
        _text_fault("id", event.id, required=True)
        or _touchpoint_fault(event, catalogue)
        or _instant_fault(event.occurred_at, now)
        or _customer_fault(event.customer)
        or _text_fault("order_id", event.order_id)
        or _amount_fault(event.amount)
        or _currency_fault(event.currency)
        or _attributes_fault(event.attributes)
    )


def _text_fault(name: str, value: str | None, *, required: bool = False, longest: int = MAX_TEXT) -> str | None:
    if value is None:
        return f"{name}: is required" if required else None
    if not value.strip():
        return f"{name}: is empty; " + ("it is required" if required else "leave it out when there is none")
    if len(value) > longest:
        return f"{name}: has {len(value)} characters; at most {longest} are kept"
    return _character_fault(name, value)


def _character_fault(name: str, value: str) -> str | None:
    if value.isascii() and value.isprintable():
        return None
    if "\x00" in value:
        return f"{name}: contains a NUL character (\\u0000); remove it"
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return f"{name}: contains half of a surrogate pair; send the text as UTF-8"
    return None


def _touchpoint_fault(event: IncomingEvent, catalogue: Catalogue) -> str | None:
    for prefix in (OWN_EVENT_PREFIX, ENTRY_EVENT_PREFIX):
        if event.id.startswith(prefix):
            return f"id: ids that begin with “{prefix}” are the loop's own; choose another"
    touchpoint = catalogue.touchpoints.get(event.touchpoint)
    if touchpoint is None:
        known = ", ".join(sorted(name for name, one in catalogue.touchpoints.items() if one.every is None))
        return f"touchpoint: “{str(event.touchpoint)[:MAX_TEXT]}” is not in the catalogue; it knows {known}"
    if touchpoint.every is not None:
        return f"touchpoint: “{event.touchpoint}” is asked every so often and takes no events of its own"
    return None


def _instant_fault(occurred_at: datetime, now: datetime) -> str | None:
    if occurred_at.utcoffset() is None:
        return "occurred_at: has no time zone; add one, as in 2026-11-20T14:05:00+03:00"
    if occurred_at.year < _EARLIEST_YEAR:
        return f"occurred_at: {occurred_at.isoformat()} is before {_EARLIEST_YEAR}; check the year"
    if occurred_at - now > MAX_AHEAD:
        return f"occurred_at: {occurred_at.isoformat()} is more than a day ahead; report it when it has happened"
    return None


def _customer_fault(customer: IncomingCustomer) -> str | None:
    return (
        _text_fault("customer.id", customer.id, required=True)
        or _text_fault("customer.name", customer.name)
        or _text_fault("customer.phone", customer.phone, longest=50)
        or _language_fault(customer.language)
        or _zone_fault(customer.timezone)
        or _messenger_fault("customer.telegram_id", customer.telegram_id)
        or _messenger_fault("customer.vk_id", customer.vk_id)
    )


def _language_fault(language: str | None) -> str | None:
    if language is None or (len(language) <= 35 and _LANGUAGE.fullmatch(language)):
        return None
    return f"customer.language: “{str(language)[:40]}” is no language code; write ru, en or pt-BR"


def _zone_fault(name: str | None) -> str | None:
    if name is None or (len(name) <= 64 and zone_named(name) is not None):
        return None
    return f"customer.timezone: “{str(name)[:64]}” is no IANA time zone; write Europe/Moscow or Asia/Omsk"


def _messenger_fault(name: str, value: int | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not 0 < value < _MAX_MESSENGER_ID:
        return f"{name}: must be the person's numeric id, a positive whole number"
    return None


def _currency_fault(currency: str | None) -> str | None:
    if currency is None or _CURRENCY.fullmatch(currency):
        return None
    return f"currency: “{currency[:20]}” is no currency code; write three capitals such as RUB"


def _amount_fault(amount: Decimal | str | int | None) -> str | None:
    if amount is None:
        return None
    shown = str(amount)[:40]
    try:
        exact = Decimal(str(amount).strip())
    except InvalidOperation:
        exact = Decimal("nan")
    if not exact.is_finite() or isinstance(amount, bool):
        return f"amount: “{shown}” is no decimal number; write 1990.00"
    if abs(exact) >= _MAX_AMOUNT:
        return "amount: is too large; at most 12 digits before the point are kept"
    if exact != exact.quantize(Decimal("0.01")):
        return f"amount: “{shown}” has more than two decimals; round it"
    return None


def _attributes_fault(attributes: Mapping[str, object]) -> str | None:
    if len(attributes) > MAX_ATTRIBUTES:
        return f"attributes: has {len(attributes)} entries; at most {MAX_ATTRIBUTES} are kept"
    for key, value in attributes.items():
        fault = _attribute_fault(key, value)
        if fault is not None:
            return fault
    return None


def _attribute_fault(key: str, value: object) -> str | None:
    if isinstance(value, str) and value.isprintable() and key.isidentifier() and len(key) <= MAX_TEXT >= len(value):
        return None  # what nearly every attribute is
    name = f"attributes.{key[:MAX_TEXT]}"
    if not key or len(key) > MAX_TEXT:
        return f"{name}: names have 1 to {MAX_TEXT} characters"
    return _character_fault(name, key) or _value_fault(name, value)


def _value_fault(name: str, value: object) -> str | None:
    if not isinstance(value, str | int | float | None):
        return f"{name}: must be a string, a number, true, false or null; write instants as ISO-8601 strings"
    if isinstance(value, float | int) and not abs(value) <= _LARGEST_EXACT_NUMBER:
        return f"{name}: is outside the numbers JSON keeps exactly; send it as a string"
    if not isinstance(value, str):
        return None
    if len(value) > MAX_ATTRIBUTE_TEXT:
        return f"{name}: has {len(value)} characters; at most {MAX_ATTRIBUTE_TEXT} are kept"
    return _character_fault(name, value)
