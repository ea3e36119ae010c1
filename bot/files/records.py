"""Rows of a file become events, past answers and owners of links, as the mapping says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.files.converting import Cells, RowFaultError, RowReader
from bot.files.mapping import FileMapping
from surveys.history import PastAnswer
from surveys.rules.incoming import IncomingCustomer, IncomingEvent


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """Whose link a row asks for: the order's where there is one, else the customer's."""

    customer_id: str
    order_id: str | None


def event_reader(
    mapping: FileMapping, header: Sequence[str], zone: ZoneInfo
) -> Callable[[Cells], IncomingEvent | None]:
    """Makes an event of a row; None for a row without an instant. Raises RowFaultError."""
    reader = RowReader(mapping, header, zone)
    event_id, touchpoint = reader.required_text("id"), reader.required_text("touchpoint")
    occurred_at = reader.instant("occurred_at")
    order_id, amount, currency = reader.text("order_id"), reader.amount("amount"), reader.text("currency")
    attributes = reader.attributes()
    customer_of = _customer_reader(reader)
    skips = mapping.skips_empty_instants

    def event(cells: Cells) -> IncomingEvent | None:
        moment = occurred_at(cells)
        if moment is None:
            if skips:
                return None
            raise RowFaultError("occurred_at: is empty; every row needs one")
        return IncomingEvent(
            id=event_id(cells),
            touchpoint=touchpoint(cells),
            occurred_at=moment,
            customer=customer_of(cells),
            order_id=order_id(cells),
            amount=amount(cells),
            currency=currency(cells),
            attributes=attributes(cells),
        )

    return event


def _customer_reader(reader: RowReader) -> Callable[[Cells], IncomingCustomer]:
    customer_id = reader.required_text("customer.id")
    if not any(
        reader.has(f"customer.{name}")
        for name in ("name", "phone", "language", "timezone", "telegram_id", "vk_id", "offers")
    ):
        return lambda cells: IncomingCustomer(customer_id(cells))
    name, phone = reader.text("customer.name"), reader.text("customer.phone")
    language, timezone = reader.text("customer.language"), reader.text("customer.timezone")
    telegram_id, vk_id = reader.integer("customer.telegram_id"), reader.integer("customer.vk_id")
    offers = reader.flag("customer.offers")

    def customer(cells: Cells) -> IncomingCustomer:
        return IncomingCustomer(
            customer_id(cells),
            name(cells),
            phone(cells),
            language(cells),
            timezone(cells),
            telegram_id(cells),
            vk_id(cells),
            offers(cells),
        )

    return customer


def answer_reader(mapping: FileMapping, header: Sequence[str], zone: ZoneInfo) -> Callable[[Cells], PastAnswer | None]:
    """Makes a past answer of a row; None for a row without an instant. Raises RowFaultError."""
    reader = RowReader(mapping, header, zone)
    answer_id, touchpoint = reader.required_text("id"), reader.required_text("touchpoint")
    answered_at, score = reader.instant("answered_at"), reader.integer("score")
    comment, reasons = reader.text("comment"), reader.text("reasons")
    order_id, customer_id = reader.text("order_id"), reader.text("customer.id")
    attributes = reader.attributes()
    skips = mapping.skips_empty_instants

    def answer(cells: Cells) -> PastAnswer | None:
        moment = answered_at(cells)
        if moment is None:
            if skips:
                return None
            raise RowFaultError("answered_at: is empty; every row needs one")
        given = score(cells)
        if given is None:
            raise RowFaultError("score: is empty; every row needs one")
        return PastAnswer(
            id=answer_id(cells),
            touchpoint=touchpoint(cells),
            answered_at=moment,
            score=given,
            comment=comment(cells),
            reasons=tuple(part.strip() for part in (reasons(cells) or "").split("|") if part.strip()),
            order_id=order_id(cells),
            customer_id=customer_id(cells),
            attributes=attributes(cells),
        )

    return answer


def link_reader(mapping: FileMapping, header: Sequence[str], zone: ZoneInfo) -> Callable[[Cells], LinkOwner]:
    """Finds out whose link a row asks for. Raises RowFaultError."""
    reader = RowReader(mapping, header, zone)
    customer_id, order_id = reader.required_text("customer.id"), reader.text("order_id")
    return lambda cells: LinkOwner(customer_id(cells), order_id(cells))
