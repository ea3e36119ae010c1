"""One human in several messengers: a shared telephone number and a one-time code join what is theirs.

What may join whom, and what is refused, is told in docs/decisions/0020-joining-and-splitting.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime

from db import connections, contacts, join_codes, people, person_moves
from db.database import Database, Transaction
from db.people import StoredAccount
from surveys import intake
from surveys.actors import Actor, language_of, meet
from surveys.publishing import Catalogues
from surveys.rules.join_codes import LASTS, LENGTH, WRONG_COUNTED_FOR, make_code, may_try, read_code
from surveys.rules.phones import COMPARED_DIGITS, is_placeholder, normalise_phone

_CODES_TRIED = 50


@dataclass(frozen=True, slots=True)
class CodeOffer:
    """A code to be typed in the other messenger within ten minutes."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Their accounts are one person's now; `customers` records of the shop are theirs as well."""

    language: str
    accounts: int
    customers: int


@dataclass(frozen=True, slots=True)
class JoinedAlready:
    """Nothing had to be joined: it is one person's already."""

    language: str


@dataclass(frozen=True, slots=True)
class OwnCode:
    """They typed the code where they got it; it belongs into the other messenger."""

    language: str


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """There is no such code, or no more."""

    language: str


@dataclass(frozen=True, slots=True)
class TooManyCodes:
    """They typed too many wrong codes and have to wait for an hour."""

    language: str


@dataclass(frozen=True, slots=True)
class PhoneJoined:
    """The records of the shop with this number are theirs: so many were joined."""

    language: str
    customers: int


@dataclass(frozen=True, slots=True)
class PhoneForeign:
    """It is somebody else's contact card, which proves nothing."""

    language: str


@dataclass(frozen=True, slots=True)
class PhoneUnknown:
    """The shop knows nobody with this number, or it is no number of one human."""

    language: str


@dataclass(frozen=True, slots=True)
class PhoneTaken:
    """Somebody else in this messenger is known by this number already."""

    language: str


CodeView = CodeOffer | Joined | JoinedAlready | OwnCode | CodeWrong | TooManyCodes
PhoneView = PhoneJoined | JoinedAlready | PhoneForeign | PhoneUnknown | PhoneTaken


@dataclass(frozen=True, slots=True)
class SharedContact:
    """A contact card somebody sent; `user_id` is whose it is, as the messenger vouches."""

    phone: str
    user_id: int | None


async def offer_code(database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime) -> CodeOffer:
    """A fresh code for ten minutes; earlier ones of this account are good no more."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        for _ in range(_CODES_TRIED):
            code = make_code(secrets.token_bytes(LENGTH))
            if code is not None and await join_codes.add(
                transaction, code, account.id, now=now, expires_at=now + LASTS
            ):
                return CodeOffer(language_of(catalogues, account, actor), code)
    raise RuntimeError("no free code was found")


async def redeem_code(
    database: Database, catalogues: Catalogues, actor: Actor, written: str, *, now: datetime
) -> CodeView:
    """Join the account that acts with the one that got the code: everything of the acting person moves there."""
    code = read_code(written) or ""
    async with database.transaction() as transaction:
        await _lock_with(transaction, actor, now, lambda: _person_of_code(transaction, code, now))
        account = await meet(transaction, catalogues, actor, now=now)
        return await _redeem(transaction, catalogues, actor, account, code=code, now=now)


async def redeem_written(
    database: Database, catalogues: Catalogues, actor: Actor, written: str, *, now: datetime
) -> CodeView | None:
    """A message that may be a code; None when it is none that is good, and so is a message like any other.

    Each one that looked like a code counts as a try.
    """
    code = read_code(written)
    if code is None:
        return None
    view = await redeem_code(database, catalogues, actor, code, now=now)
    return None if isinstance(view, CodeWrong | TooManyCodes) else view


async def _redeem(
    transaction: Transaction, catalogues: Catalogues, actor: Actor, account: StoredAccount, *, code: str, now: datetime
) -> CodeView:
    language, since = language_of(catalogues, account, actor), now - WRONG_COUNTED_FOR
    if not may_try(await join_codes.count_wrong(transaction, account.id, since=since)):
        return TooManyCodes(language)
    found = await join_codes.lock(transaction, code, now=now) if code else None
    if found is None:
        await join_codes.note_wrong(transaction, account.id, since=since, now=now)
        return CodeWrong(language)
    if found.account_id == account.id:
        return OwnCode(language)
    await join_codes.used(transaction, found.id, account.id, now=now)
    await connections.add(transaction, account.id, "code", now=now)
    if found.person_id == account.person_id:
        return JoinedAlready(language)
    await people.move_everything(
        transaction, account.person_id, found.person_id, cause="code", by_account_id=account.id, now=now
    )
    await intake.became_reachable(transaction, catalogues, found.person_id, now=now)
    accounts = await person_moves.accounts_of(transaction, found.person_id)
    customers = await person_moves.customers_of(transaction, found.person_id)
    return Joined(language, len(accounts), len(customers))


async def share_phone(
    database: Database, catalogues: Catalogues, actor: Actor, contact: SharedContact, *, now: datetime
) -> PhoneView:
    """Join the account with the shop's customers of its own number; somebody else's card joins nobody.

    Customers of somebody who writes to us from another account of the same messenger stay theirs.
    """
    digits = normalise_phone(contact.phone)
    async with database.transaction() as transaction:
        if contact.user_id != actor.external_id:
            account = await meet(transaction, catalogues, actor, now=now)
            return PhoneForeign(language_of(catalogues, account, actor))
        await _lock_with(transaction, actor, now, lambda: _persons_of_phone(transaction, digits))
        account = await meet(transaction, catalogues, actor, now=now)
        return await _join_phone(transaction, catalogues, actor, account, digits=digits, now=now)


async def _join_phone(
    transaction: Transaction,
    catalogues: Catalogues,
    actor: Actor,
    account: StoredAccount,
    *,
    digits: str | None,
    now: datetime,
) -> PhoneView:
    language = language_of(catalogues, account, actor)
    found = await _customers_of_phone(transaction, digits)
    if not found or is_placeholder(found):
        return PhoneUnknown(language)
    others = {customer_id: person_id for customer_id, person_id in found.items() if person_id != account.person_id}
    held = await person_moves.persons_connected_by(transaction, others.values(), actor.channel)
    free = {customer_id: person_id for customer_id, person_id in others.items() if person_id not in held}
    if others and not free and len(others) == len(found):
        return PhoneTaken(language)
    await connections.add(transaction, account.id, "phone", now=now)
    if not free:
        return JoinedAlready(language)
    for customer_id, person_id in free.items():
        await contacts.move_customer(
            transaction,
            customer_id,
            person_id,
            account.person_id,
            cause="phone",
            by_account_id=account.id,
            now=now,
        )
    strays = await person_moves.put_back_strays(transaction, sorted(set(free.values())), now=now)
    for person_id in sorted({account.person_id, *strays}):
        await intake.became_reachable(transaction, catalogues, person_id, now=now)
    return PhoneJoined(language, len(free))


async def _lock_with(
    transaction: Transaction,
    actor: Actor,
    now: datetime,
    persons: Callable[[], Coroutine[None, None, Collection[int]]],
) -> None:
    """Lock the acting person with these others in the one order everybody locks persons in."""
    await people.add_account(
        transaction, actor.channel, actor.external_id, name=actor.name, language=actor.language, now=now
    )
    locked: set[int] = set()
    while True:
        wanted = set(await persons())
        account = await people.account(transaction, actor.channel, actor.external_id)
        if account is not None:
            wanted.add(account.person_id)
        if wanted <= locked:
            return
        await people.lock_persons(transaction, sorted(wanted | locked))
        locked |= wanted


async def _person_of_code(transaction: Transaction, code: str, now: datetime) -> Collection[int]:
    found = await join_codes.find(transaction, code, now=now) if code else None
    return () if found is None else (found.person_id,)


async def _persons_of_phone(transaction: Transaction, digits: str | None) -> Collection[int]:
    return set((await _customers_of_phone(transaction, digits)).values())


async def _customers_of_phone(transaction: Transaction, digits: str | None) -> dict[int, int]:
    """The customers of the number, with their persons."""
    if digits is None:
        return {}
    candidates = await person_moves.customers_with_phone_end(transaction, digits[-COMPARED_DIGITS:])
    return {customer.id: person_id for customer, person_id in candidates if normalise_phone(customer.phone) == digits}
