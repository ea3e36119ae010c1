"""Customers and accounts named by events: who they are, and what the shop now says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db import consents, contacts
from db.contacts import AccountRow, BindingRow, CustomerRow
from db.database import Transaction
from surveys.rules.identity import Identities, Identity, identify, named_identities
from surveys.rules.incoming import IncomingCustomer, IncomingEvent

NAMED_BY_SHOP = "named_by_shop"
"""The cause noted with a move that an event led to."""


class MovedMeanwhileError(Exception):
    """Somebody joined or split a person while its lock was waited for: read again."""


@dataclass(frozen=True, slots=True)
class Pointers:
    """Who belongs to whom, as read."""

    customers: Mapping[str, CustomerRow]
    accounts: Mapping[Identity, AccountRow]
    bindings: Mapping[tuple[int, str], BindingRow]

    def persons(self) -> set[int]:
        """Every person pointed to."""
        return (
            {customer.person_id for customer in self.customers.values()}
            | {account.person_id for account in self.accounts.values()}
            | {binding.person_id for binding in self.bindings.values()}
        )


@dataclass(frozen=True, slots=True)
class Joined:
    """The customers of a batch with their persons; `reached` are known persons that got an account."""

    customers: Mapping[str, CustomerRow]
    bindings: Mapping[tuple[int, str], BindingRow]
    new_accounts: Sequence[AccountRow]
    known_persons: set[int]
    reached: set[int]


async def read_pointers(transaction: Transaction, events: Sequence[IncomingEvent]) -> Pointers:
    """What is known of the customers, accounts and orders that the events name."""
    known = await contacts.customers(transaction, {event.customer.id for event in events})
    customers = {row.external_id: row for row in known}
    named = {identity for event in events for identity in named_identities(event.customer)}
    accounts = {(row.channel, row.external_id): row for row in await contacts.accounts(transaction, named)}
    orders = {
        (customers[event.customer.id].id, event.order_id)
        for event in events
        if event.order_id is not None and event.customer.id in customers
    }
    bindings = {(row.customer_id, row.order_id): row for row in await contacts.bindings(transaction, orders)}
    return Pointers(customers, accounts, bindings)


async def join(transaction: Transaction, events: Sequence[IncomingEvent], *, now: datetime) -> Joined:
    """A step of intake: lock the persons, add who is new, move who turned out to be somebody else.

    Raises MovedMeanwhileError or asyncpg.UniqueViolationError when another transaction was faster.
    """
    pointers = await read_pointers(transaction, events)
    locked = pointers.persons()
    if locked:
        await contacts.lock_persons(transaction, locked)
        pointers = await read_pointers(transaction, events)
        if not pointers.persons() <= locked:
            raise MovedMeanwhileError
    incoming = [event.customer for event in events]
    found = identify(
        incoming,
        {external_id: row.person_id for external_id, row in pointers.customers.items()},
        {identity: row.person_id for identity, row in pointers.accounts.items()},
        await _separated(transaction, pointers),
    )
    new_ids = await _take_ids(transaction, found)
    customers, new_accounts = await _add_new(transaction, found, new_ids, incoming, pointers, now=now)
    targets = set()
    for move in found.moves:
        customer = customers[move.customer]
        targets.add(customer.person_id)
        await contacts.move_customer(
            transaction, customer.id, move.from_person, customer.person_id, cause=NAMED_BY_SHOP, now=now
        )
    agreed = {customers[said.id].person_id: said.offers for said in incoming if said.offers is not None}
    await consents.shop_says(transaction, agreed, now=now)
    known_persons = locked | targets
    reached = {account.person_id for account in new_accounts} & known_persons
    return Joined(customers, pointers.bindings, new_accounts, known_persons, reached | targets)


async def _separated(transaction: Transaction, pointers: Pointers) -> set[tuple[str, Identity]]:
    """Which of the customers and accounts are not one person; read only where an account could draw a customer."""
    if not pointers.accounts:
        return set()
    customers = {row.id: external_id for external_id, row in pointers.customers.items()}
    accounts = {row.id: identity for identity, row in pointers.accounts.items()}
    return {
        (customers[customer_id], accounts[account_id])
        for customer_id, account_id in await contacts.separated(transaction, list(customers))
        if account_id in accounts
    }


@dataclass(frozen=True, slots=True)
class _NewIds:
    persons: Mapping[int, int]
    customers: Mapping[str, int]
    accounts: Mapping[Identity, int]


async def _take_ids(transaction: Transaction, found: Identities) -> _NewIds:
    new_persons = sorted(found.new_persons | {move.to_person for move in found.moves if move.to_person < 0})
    ids = await contacts.take_ids(
        transaction,
        persons=len(new_persons),
        customers=len(found.new_customers),
        accounts=len(found.new_accounts),
    )
    return _NewIds(
        dict(zip(new_persons, ids.persons, strict=True)),
        dict(zip(found.new_customers, ids.customers, strict=True)),
        dict(zip(found.new_accounts, ids.accounts, strict=True)),
    )


async def _add_new(
    transaction: Transaction,
    found: Identities,
    ids: _NewIds,
    incoming: Sequence[IncomingCustomer],
    pointers: Pointers,
    *,
    now: datetime,
) -> tuple[dict[str, CustomerRow], list[AccountRow]]:
    def owner(person: int) -> int:
        return ids.persons.get(person, person)

    customers = {
        external_id: replace(row, person_id=owner(found.customers[external_id]))
        for external_id, row in pointers.customers.items()
    }
    for external_id, customer_id in ids.customers.items():
        person_id = owner(found.new_customers[external_id])
        customers[external_id] = CustomerRow(customer_id, external_id, person_id, None, None, None, None)
    changed = _described(customers, incoming)
    accounts = [
        AccountRow(account_id, *identity, owner(found.new_accounts[identity]), "presumed", None, None, None)
        for identity, account_id in ids.accounts.items()
    ]
    await contacts.add_persons(transaction, list(ids.persons.values()), now=now)
    await contacts.add_customers(transaction, [customers[one] for one in ids.customers], now=now)
    await contacts.add_presumed_accounts(transaction, accounts, now=now)
    await contacts.update_customers(transaction, [customers[one] for one in sorted(changed - ids.customers.keys())])
    return customers, accounts


def _described(customers: dict[str, CustomerRow], incoming: Sequence[IncomingCustomer]) -> set[str]:
    """Take over what the shop says of its customers, the last word counting; those that changed."""
    changed = set()
    for said in incoming:
        row = customers[said.id]
        name, phone = said.name or row.name, said.phone or row.phone
        language, timezone = said.language or row.language, said.timezone or row.timezone
        if (name, phone, language, timezone) != (row.name, row.phone, row.language, row.timezone):
            customers[said.id] = CustomerRow(row.id, row.external_id, row.person_id, name, phone, language, timezone)
            changed.add(said.id)
    return changed
