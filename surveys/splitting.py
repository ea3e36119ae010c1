"""Somebody turns out to be two people: the log of moves says who came from where, and back they go.

Nothing of what happened is rewritten: docs/decisions/0020-joining-and-splitting.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from db import people, person_moves
from db.database import Database, Transaction
from db.person_moves import LinkedAccount, LinkedCustomer, LoggedMove
from surveys import intake
from surveys.actors import Actor, language_of, meet
from surveys.publishing import Catalogues
from surveys.rules.identity import MESSENGER_CHANNELS
from surveys.rules.splitting import PersonMove, SplitPlan, Subject, plan_split

__all__ = ["LinkedAccount", "LinkedCustomer", "LoggedMove", "Subject"]


class UnknownPersonError(LookupError):
    """Nobody is known by what was asked for; the message names what would do."""


class SeveralPersonsError(LookupError):
    """The order belongs to several customers; `customers` are their ids."""

    def __init__(self, query: str, customers: tuple[str, ...]) -> None:
        super().__init__(f"{query} is an order of several customers: {', '.join(customers)}; name one of them")
        self.customers = customers


@dataclass(frozen=True, slots=True)
class Linked:
    """All that is one person's: accounts, records at the shop, and the log of how they came together."""

    person_id: int
    accounts: tuple[LinkedAccount, ...]
    customers: tuple[LinkedCustomer, ...]
    moves: tuple[LoggedMove, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Everything that can be split from the rest."""
        return (
            *(Subject("account", account.id) for account in self.accounts),
            *(Subject("customer", customer.id) for customer in self.customers),
        )


@dataclass(frozen=True, slots=True)
class Disowned:
    """It is not theirs any more."""

    language: str


@dataclass(frozen=True, slots=True)
class NotLinked:
    """It was not linked with them (any more)."""

    language: str


@dataclass(frozen=True, slots=True)
class Split:
    """What stayed together, and who left."""

    stayed: Linked
    left: Linked


async def linked_with(transaction: Transaction, person_id: int) -> Linked:
    """A step: all that is this person's."""
    accounts = await person_moves.accounts_of(transaction, person_id)
    customers = await person_moves.customers_of(transaction, person_id)
    moves = await person_moves.moves_of(
        transaction, [account.id for account in accounts], [customer.id for customer in customers]
    )
    return Linked(person_id, tuple(accounts), tuple(customers), tuple(moves))


async def show_person(database: Database, query: str) -> Linked:
    """Who is who behind a customer's id, an order, or an account such as `vk:333`.

    Raises UnknownPersonError and SeveralPersonsError.
    """
    async with database.transaction() as transaction:
        _, person_id = await find_subject(transaction, query)
        return await linked_with(transaction, person_id)


async def disown(
    database: Database, catalogues: Catalogues, actor: Actor, subject: Subject, *, now: datetime
) -> Disowned | NotLinked:
    """ "This is not me": the one who acts is split from an account or a record of the shop."""
    async with database.transaction() as transaction:
        await people.add_account(
            transaction, actor.channel, actor.external_id, name=actor.name, language=actor.language, now=now
        )
        account = await people.account(transaction, actor.channel, actor.external_id)
        assert account is not None
        own = Subject("account", account.id)
        split = await _split(transaction, catalogues, subject, own, by=account.id, now=now)
        met = await meet(transaction, catalogues, actor, now=now)
        language = language_of(catalogues, met, actor)
        return NotLinked(language) if split is None else Disowned(language)


async def split_person(database: Database, catalogues: Catalogues, query: str, *, now: datetime) -> Split | None:
    """The owner undoes the last join of a customer (by id or order) or an account; None when it stands alone.

    Raises UnknownPersonError and SeveralPersonsError.
    """
    async with database.transaction() as transaction:
        subject, _ = await find_subject(transaction, query)
        return await _split(transaction, catalogues, subject, None, by=None, now=now)


async def split_subject(database: Database, catalogues: Catalogues, subject: Subject, *, now: datetime) -> Split | None:
    """As `split_person`, of one that was shown."""
    async with database.transaction() as transaction:
        return await _split(transaction, catalogues, subject, None, by=None, now=now)


async def join_persons(database: Database, catalogues: Catalogues, query: str, other: str, *, now: datetime) -> Linked:
    """The owner joins two: everything of the second one's person moves to the first one's.

    Raises UnknownPersonError and SeveralPersonsError.
    """
    async with database.transaction() as transaction:
        (first, _), (second, _) = await find_subject(transaction, query), await find_subject(transaction, other)

        async def persons() -> set[int]:
            found = [await _person_of(transaction, subject) for subject in (first, second)]
            return {person for person in found if person is not None}

        await _lock(transaction, persons)
        to_person, from_person = await _person_of(transaction, first), await _person_of(transaction, second)
        if to_person is None or from_person is None:
            raise UnknownPersonError(f"{query} or {other} is not known any more")
        if to_person != from_person:
            await people.move_everything(transaction, from_person, to_person, cause="owner", now=now)
            await intake.became_reachable(transaction, catalogues, to_person, now=now)
        return await linked_with(transaction, to_person)


async def find_subject(transaction: Transaction, query: str) -> tuple[Subject, int]:
    """A step: whom a customer's id, an order or an account such as `vk:333` names, and their person."""
    channel, _, external_id = query.partition(":")
    if channel in MESSENGER_CHANNELS and external_id.isdecimal():
        account = await people.account(transaction, channel, int(external_id))
        if account is not None:
            return Subject("account", account.id), account.person_id
    found = await person_moves.person_of_customer(transaction, query)
    if found is None:
        customers = await person_moves.customers_of_order(transaction, query)
        if len(customers) > 1:
            raise SeveralPersonsError(query, tuple(customers))
        found = await person_moves.person_of_customer(transaction, customers[0]) if customers else None
    if found is None:
        raise UnknownPersonError(
            f"nobody is known as {query}: name a customer's id, an order, or an account like telegram:111 or vk:222"
        )
    customer_id, person_id = found
    return Subject("customer", customer_id), person_id


async def _split(
    transaction: Transaction,
    catalogues: Catalogues,
    subject: Subject,
    other: Subject | None,
    *,
    by: int | None,
    now: datetime,
) -> Split | None:
    planned = await _plan(transaction, subject, other)
    person_id, plan = planned
    if person_id is None or plan is None:
        return None
    to_person = plan.to_person
    if to_person is None or to_person == person_id:
        to_person = await person_moves.add_person(transaction, now=now)
    accounts, customers = _ids(plan.leaving, "account"), _ids(plan.leaving, "customer")
    await person_moves.move_apart(transaction, accounts, customers, person_id, to_person, by_account_id=by, now=now)
    stayed, left = await linked_with(transaction, person_id), await linked_with(transaction, to_person)
    for one, another in ((stayed, left), (left, stayed)):
        await person_moves.keep_apart(
            transaction,
            [account.id for account in one.accounts],
            [customer.id for customer in another.customers],
            now=now,
        )
    strays = await person_moves.put_back_strays(transaction, [person_id, to_person], now=now)
    for affected in sorted({person_id, to_person} | strays):
        await intake.became_reachable(transaction, catalogues, affected, now=now)
    return Split(stayed, left)


async def _plan(
    transaction: Transaction, subject: Subject, other: Subject | None
) -> tuple[int | None, SplitPlan | None]:
    """What is undone, read again under the locks of all whom it is about."""
    person_id: int | None = None
    plan: SplitPlan | None = None

    async def persons() -> set[int]:
        nonlocal person_id, plan
        person_id, plan = await _person_of(transaction, subject), None
        if person_id is None:
            return set()
        linked = await linked_with(transaction, person_id)
        plan = plan_split(linked.subjects, [_move(move) for move in linked.moves], subject, other)
        return {person_id} if plan is None or plan.to_person is None else {person_id, plan.to_person}

    await _lock(transaction, persons)
    return person_id, plan


async def _lock(transaction: Transaction, persons: Callable[[], Awaitable[set[int]]]) -> None:
    locked: set[int] = set()
    while not (wanted := await persons()) <= locked:
        await people.lock_persons(transaction, sorted(wanted | locked))
        locked |= wanted


async def _person_of(transaction: Transaction, subject: Subject) -> int | None:
    return await person_moves.person_of(transaction, subject.kind, subject.id)


def _ids(subjects: tuple[Subject, ...], kind: str) -> list[int]:
    return [subject.id for subject in subjects if subject.kind == kind]


def _move(move: LoggedMove) -> PersonMove:
    subject = (
        Subject("account", move.account_id)
        if move.account_id is not None
        else Subject("customer", move.customer_id or 0)
    )
    return PersonMove(
        move.id, subject, move.from_person_id, move.to_person_id, move.cause, move.moved_at, move.by_account_id
    )
