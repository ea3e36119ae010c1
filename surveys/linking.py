"""Personal links: made for a shop's customers and orders, opened by whoever holds them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connections, links, people
from db.database import Database, Transaction
from db.links import StoredLink
from db.people import StoredAccount
from surveys import intake
from surveys.actors import Actor, language_of, meet
from surveys.publishing import Catalogues

KEY_BYTES = 24
"""192 bits, which are 32 characters of A-Z a-z 0-9 _ -; messengers carry up to 64."""


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A link to a customer, or with `order_id` to one of their orders."""

    customer_id: str
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerLinks:
    """The keys of a customer's links: their own, and one for each order."""

    customer_key: str
    order_keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Welcome:
    """They wrote without a link: what the bot is, and how to go on."""

    language: str
    business: str
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The link is theirs: they are asked about their purchases, or about this order alone."""

    language: str
    business: str
    opted_out: bool
    order_id: str | None = None
    customer_name: str | None = None


@dataclass(frozen=True, slots=True)
class LinkTaken:
    """Somebody else opened the link first."""

    language: str


@dataclass(frozen=True, slots=True)
class LinkUnknown:
    """There is no such link."""

    language: str


ConnectView = Welcome | Connected | LinkTaken | LinkUnknown


async def make_links(
    database: Database, customer_external_id: str, order_ids: Sequence[str] = (), *, now: datetime
) -> CustomerLinks:
    """The customer's links, made where there are none yet; an unknown customer is added."""
    requests = [LinkRequest(customer_external_id), *(LinkRequest(customer_external_id, order) for order in order_ids)]
    customer_key, *order_keys = await make_link_keys(database, requests, now=now)
    return CustomerLinks(customer_key, dict(zip(order_ids, order_keys, strict=True)))


async def make_link_keys(database: Database, requests: Sequence[LinkRequest], *, now: datetime) -> tuple[str, ...]:
    """The key of each wanted link in order; asking again gives the same ones."""
    if not requests:
        return ()
    customers = [request.customer_id for request in requests]
    orders = [request.order_id for request in requests]
    fresh = [secrets.token_urlsafe(KEY_BYTES) for _ in requests]
    async with database.transaction() as transaction:
        await links.ensure_customers(transaction, customers, now=now)
        return tuple(await links.add(transaction, customers, orders, fresh, now=now))


async def connect(
    database: Database, catalogues: Catalogues, actor: Actor, key: str | None, *, now: datetime
) -> ConnectView:
    """Somebody wrote /start: with a link's key they are bound to its order, or to its customer's person.

    The first account that opens a link has it; opening it again repeats the result.
    """
    async with database.transaction() as transaction:
        if key is not None:
            await _lock_both(transaction, actor, key, now)
        account = await meet(transaction, catalogues, actor, now=now)
        language = language_of(catalogues, account, actor)
        business = catalogues.in_force.catalogue.business.name
        if key is None:
            return Welcome(language, business, account.opted_out_at is not None)
        link = await links.lock(transaction, key)
        if link is None:
            return LinkUnknown(language)
        if link.opened_at is not None and link.account_id != account.id:
            return LinkTaken(language)
        await links.opened(transaction, key, account.id, now=now)
        cause = "customer_link" if link.order_id is None else "order_link"
        await connections.add(transaction, account.id, cause, now=now)
        await _bind(transaction, catalogues, account, link, now)
        joined = await people.account(transaction, actor.channel, actor.external_id)
        assert joined is not None
        return Connected(
            language_of(catalogues, joined, actor),
            business,
            joined.opted_out_at is not None,
            order_id=link.order_id,
            customer_name=link.customer_name if link.order_id is None else None,
        )


async def _lock_both(transaction: Transaction, actor: Actor, key: str, now: datetime) -> None:
    """Lock the persons of the link and of the account in the one order everybody locks persons in."""
    await people.add_account(
        transaction, actor.channel, actor.external_id, name=actor.name, language=actor.language, now=now
    )
    locked: set[int] = set()
    while True:
        link = await links.find(transaction, key)
        account = await people.account(transaction, actor.channel, actor.external_id)
        wanted = {found.person_id for found in (link, account) if found is not None}
        if wanted <= locked:
            return
        await people.lock_persons(transaction, list(wanted))
        locked = wanted


async def _bind(
    transaction: Transaction, catalogues: Catalogues, account: StoredAccount, link: StoredLink, now: datetime
) -> None:
    person_id = account.person_id
    if link.order_id is not None:
        await links.bind_order(transaction, link.customer_id, link.order_id, account.id, now=now)
    elif link.person_id != account.person_id:
        await people.move_everything(
            transaction,
            account.person_id,
            link.person_id,
            cause="customer_link",
            by_account_id=account.id,
            now=now,
        )
        person_id = link.person_id
    await intake.became_reachable(transaction, catalogues, person_id, now=now)
