"""Promo codes as an apology: kept to their budget, sent to those who agreed to offers, otherwise handed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db import case_customers, codes, schedule, staff_messages
from db.case_customers import CaseCustomer
from db.cases import StoredCase
from db.database import Transaction
from db.schedule import ScheduleEntry
from db.staff_messages import NewOffer, SentCode
from surveys.membership import report_chats
from surveys.publishing import Catalogues
from surveys.rules.cases import Mover
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick
from surveys.rules.offers import CodeRefusal, PoolUse, code_refusal, is_low, may_send_offer
from surveys.rules.placeholders import fill
from surveys.rules.putting_right import CodePool
from surveys.rules.weeks import day_start, local_day
from surveys.speaking import can_be_written_to, language_of_customer, values_for

IN_PERSON = "in_person"
"""Why a code's message is not sent: staff hand the code over themselves."""

WITHDRAWN = "no_consent"
"""Why a code's message was not sent after all: the customer took the agreement back meanwhile."""

IN_DOUBT = "may_have_arrived"
"""Why a code's message is not sent again: an earlier try may have arrived, and the customer keeps the code."""

LOW_CODES = "low_codes:"
"""Begins the detail of a notice that a pool is running out; the pool's name follows."""


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """A code that is the customer's now; `in_person` when staff hand it over, and see it for that."""

    pool: CodePool
    code: str
    in_person: bool


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """No code is given, and why; `pool` is its name."""

    pool: str
    refusal: CodeRefusal


async def goes_in_person(transaction: Transaction, catalogues: Catalogues, case_id: int) -> bool:
    """A step: whether a code of this case would be handed over by staff: nothing is stored."""
    return not _may_send(await case_customers.of_case(transaction, case_id), catalogues.channels)


async def give_code(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, pool_name: str, *, by: Mover, now: datetime
) -> CodeGiven | CodeRefused:
    """A step: reserve a code for the customer of a locked case and queue the message with it.

    The pool is held until the transaction ends, so that neither its budget nor the customer's is ever exceeded.
    """
    catalogue = catalogues.in_force.catalogue
    pool = catalogue.recovery.pools.get(pool_name)
    if pool is None:
        return CodeRefused(pool_name, CodeRefusal.UNKNOWN_POOL)
    zone = catalogue.business.timezone
    today = local_day(now, zone)
    await codes.hold_pool(transaction, pool_name)
    free = await codes.count_free(transaction, pool_name)
    given_today = await codes.count_given(transaction, pool_name, since=day_start(today, zone))
    given_to_customer = 0
    if case.person_id is not None:
        since = now - pool.every
        given_to_customer = await codes.count_given_to(transaction, pool_name, case.person_id, since=since)
    refusal = code_refusal(pool, PoolUse(free, given_today, given_to_customer))
    if refusal is not None:
        return CodeRefused(pool_name, refusal)
    code = await codes.give(transaction, pool_name, case_id=case.id, person_id=case.person_id, given_by=by.id, now=now)
    if code is None:
        return CodeRefused(pool_name, CodeRefusal.EMPTY)
    if is_low(pool, free - 1):
        await _warn_managers(transaction, pool_name, code.id, today.isoformat(), now=now)
    customer = await case_customers.of_case(transaction, case.id)
    in_person = not _may_send(customer, catalogues.channels)
    offer = NewOffer(
        case_id=case.id,
        account_id=None if in_person or customer is None else customer.account_id,
        author_id=by.id,
        author_name=by.name,
        text=None if in_person or customer is None else _text(catalogue, pool, customer, code.code),
        code_id=code.id,
        undelivered=IN_PERSON if in_person else None,
    )
    message_id = await staff_messages.add_offer(transaction, offer, now=now)
    if not in_person and customer is not None:
        await _queue(transaction, customer, message_id, now=now)
    return CodeGiven(pool, code.code, in_person)


async def end_offer(
    transaction: Transaction, message_id: int, code: SentCode, why: str, *, row_id: int, now: datetime
) -> None:
    """A step: the message with the code is not sent (again), and the card says so.

    The code can be given to somebody else, unless an earlier try of this row of the schedule may have arrived.
    """
    in_doubt = await schedule.may_have_arrived(transaction, row_id)
    await staff_messages.undelivered(transaction, message_id, IN_DOUBT if in_doubt else why)
    if not in_doubt:
        await codes.take_back(transaction, code.code_id)
    await schedule.ask_again_for(transaction, "card", code.case_id, now=now)


async def still_agreed(transaction: Transaction, catalogues: Catalogues, case_id: int) -> bool:
    """A step: whether the customer may still be sent an offer that is due now."""
    return _may_send(await case_customers.of_case(transaction, case_id), catalogues.channels)


def _may_send(customer: CaseCustomer | None, channels: Collection[str]) -> bool:
    return customer is not None and may_send_offer(
        agreed=customer.agreed_to_offers,
        opted_out=customer.opted_out_at is not None,
        reachable=can_be_written_to(customer, channels),
    )


def _text(catalogue: Catalogue, pool: CodePool, customer: CaseCustomer, code: str) -> str:
    values = {**values_for(catalogue, customer), "code": code}
    return fill(pick(pool.text, language_of_customer(catalogue, customer)), values)


async def _queue(transaction: Transaction, customer: CaseCustomer, message_id: int, *, now: datetime) -> None:
    await schedule.add(
        transaction,
        [ScheduleEntry.to_account("reply", message_id, customer.account_id, customer.channel, now)],
        now=now,
    )


async def _warn_managers(transaction: Transaction, pool: str, code_id: int, day: str, *, now: datetime) -> None:
    """Once a day and pool."""
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind="notice",
                subject_id=code_id,
                recipient=f"chat:{chat_id}",
                channel="telegram",
                dedupe_key=f"notice:{LOW_CODES}{pool}:{day}:chat:{chat_id}",
                due_at=now,
                detail=f"{LOW_CODES}{pool}",
            )
            for chat_id in await report_chats(transaction)
        ],
        now=now,
    )
