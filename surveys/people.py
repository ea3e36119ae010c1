"""What people settle about themselves: being asked or not, the language, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db import consents, opt_outs, people, person_moves
from db.database import Database
from db.people import KnownAnswer, KnownCustomer
from db.person_moves import LinkedAccount
from surveys.actors import Actor, language_of, meet
from surveys.forgetting import Forgotten, NothingKnown, forget
from surveys.linking import (
    Connected,
    ConnectView,
    CustomerLinks,
    LinkRequest,
    LinkTaken,
    LinkUnknown,
    Welcome,
    connect,
    make_link_keys,
    make_links,
)
from surveys.opting_out import TouchpointChoice, stopped_titles, touchpoints_of
from surveys.publishing import Catalogues
from surveys.rules.languages import Texts

__all__ = [
    "Actor",
    "ConnectView",
    "Connected",
    "CustomerLinks",
    "Forgotten",
    "KnownCustomer",
    "LinkRequest",
    "LinkTaken",
    "LinkUnknown",
    "NothingKnown",
    "Welcome",
    "connect",
    "forget",
    "make_link_keys",
    "make_links",
]

_SHOWN_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Nobody asks them any more; `touchpoints` are what they could stop alone instead."""

    language: str
    touchpoints: tuple[TouchpointChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class OptedIn:
    """They may be asked again."""

    language: str


@dataclass(frozen=True, slots=True)
class LanguageOffer:
    """The languages the business speaks, and the one in use."""

    language: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """From now on they are spoken to in this language."""

    language: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is kept, for how long a person is left alone, and how to leave, as it is configured here."""

    language: str
    business: str
    quarantine: timedelta
    stopped: tuple[Texts, ...] = ()
    has_offers: bool = False
    agreed_to_offers: bool | None = None


@dataclass(frozen=True, slots=True)
class OffersSettled:
    """Whether they are sent offers from now on, by their own word."""

    language: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class MyData:
    """What is stored about the one who asks."""

    language: str
    zone: ZoneInfo
    name: str | None
    opted_out: bool
    customers: tuple[KnownCustomer, ...]
    answers: tuple[KnownAnswer, ...]
    messages: int
    stopped: tuple[Texts, ...] = ()
    accounts: tuple[LinkedAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgetOffer:
    """Are they sure?"""

    language: str


@dataclass(frozen=True, slots=True)
class ForgetRefused:
    """They thought better of it: nothing was forgotten."""

    language: str


async def opt_out(database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime) -> OptedOut:
    """Ask them no more: what is planned is dropped when it becomes due."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        await people.set_opted_out(transaction, account.person_id, now)
        had = await touchpoints_of(transaction, catalogues, account.person_id)
        return OptedOut(language_of(catalogues, account, actor), had)


async def opt_in(database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime) -> OptedIn:
    """They may be asked again, about what happens from now on."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        await people.set_opted_out(transaction, account.person_id, None)
        await opt_outs.clear(transaction, account.person_id)
        return OptedIn(language_of(catalogues, account, actor))


async def offer_languages(database: Database, catalogues: Catalogues, actor: Actor) -> LanguageOffer:
    """The languages to choose from."""
    return LanguageOffer(await _language(database, catalogues, actor), catalogues.in_force.catalogue.business.languages)


async def choose_language(
    database: Database, catalogues: Catalogues, actor: Actor, language_index: int, *, now: datetime
) -> LanguageChosen | LanguageOffer:
    """Speak the language at this place among the business's; the offer again when there is none."""
    languages = catalogues.in_force.catalogue.business.languages
    if not 0 <= language_index < len(languages):
        return await offer_languages(database, catalogues, actor)
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        await people.set_language(transaction, account.person_id, languages[language_index])
    return LanguageChosen(languages[language_index])


async def describe_privacy(database: Database, catalogues: Catalogues, actor: Actor) -> Privacy:
    """What they are told about their data, built from the settings in force."""
    catalogue = catalogues.in_force.catalogue
    async with database.autocommit() as statement:
        account = await people.account(statement, actor.channel, actor.external_id)
        agreed = None if account is None else await consents.agreed_to_offers(statement, account.person_id)
        stopped = () if account is None else await stopped_titles(statement, catalogues, account.person_id)
    return Privacy(
        language_of(catalogues, account, actor),
        catalogue.business.name,
        catalogue.contact_rules.quarantine.any,
        stopped,
        has_offers=bool(catalogue.recovery.pools),
        agreed_to_offers=agreed,
    )


async def settle_offers(
    database: Database, catalogues: Catalogues, actor: Actor, *, agreed: bool, now: datetime
) -> OffersSettled:
    """Their own word on being sent offers; it outranks what the shop reports."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        await consents.customer_says(transaction, account.person_id, given=agreed, now=now)
        return OffersSettled(language_of(catalogues, account, actor), agreed)


async def my_data(database: Database, catalogues: Catalogues, actor: Actor) -> MyData:
    """What is stored about them."""
    zone = catalogues.in_force.catalogue.business.timezone
    async with database.transaction() as transaction:
        account = await people.account(transaction, actor.channel, actor.external_id)
        language = language_of(catalogues, account, actor)
        if account is None:
            return MyData(language, zone, None, opted_out=False, customers=(), answers=(), messages=0)
        return MyData(
            language,
            zone,
            account.name,
            opted_out=account.opted_out_at is not None,
            customers=tuple(await people.customers_of(transaction, account.person_id)),
            answers=tuple(await people.answers_of(transaction, account.person_id, limit=_SHOWN_ANSWERS)),
            messages=await people.count_messages(transaction, account.person_id),
            stopped=await stopped_titles(transaction, catalogues, account.person_id),
            accounts=tuple(
                other
                for other in await person_moves.accounts_of(transaction, account.person_id)
                if other.id != account.id
            ),
        )


async def offer_to_forget(database: Database, catalogues: Catalogues, actor: Actor) -> ForgetOffer:
    """Ask before everything is erased."""
    return ForgetOffer(await _language(database, catalogues, actor))


async def keep_after_all(database: Database, catalogues: Catalogues, actor: Actor) -> ForgetRefused:
    """They do not want to be forgotten."""
    return ForgetRefused(await _language(database, catalogues, actor))


async def speak_to(database: Database, catalogues: Catalogues, actor: Actor) -> str:
    """The language to answer in."""
    return await _language(database, catalogues, actor)


async def note_blocked(database: Database, channel: str, external_ids: Sequence[int], *, now: datetime) -> None:
    """They blocked the bot: nothing can be sent to them until they come back."""
    async with database.transaction() as transaction:
        for external_id in external_ids:
            account = await people.lock_account(transaction, channel, external_id)
            if account is not None:
                await people.set_state(transaction, account.id, "blocked", now=now)


async def note_unblocked(database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime) -> None:
    """They let the bot write again: what waited for them is decided again."""
    async with database.transaction() as transaction:
        await meet(transaction, catalogues, actor, now=now)


async def note_buttons(database: Database, channel: str, external_id: int, lacking: str | None) -> None:
    """Remember what the program they write with cannot show (text, keyboard or none; None: it can show everything)."""
    async with database.autocommit() as statement:
        await people.set_buttons(statement, channel, external_id, lacking)


async def lacking_buttons(database: Database, channel: str, external_id: int) -> str | None:
    """What the program they last wrote with cannot show; None for one that can show everything, and for strangers."""
    async with database.autocommit() as statement:
        return await people.buttons(statement, channel, external_id)


async def _language(database: Database, catalogues: Catalogues, actor: Actor) -> str:
    async with database.autocommit() as statement:
        account = await people.account(statement, actor.channel, actor.external_id)
    return language_of(catalogues, account, actor)
