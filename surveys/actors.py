"""Who acts: a messenger identity that wrote or tapped, and the account it is known as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import people
from db.database import Transaction
from db.people import StoredAccount
from surveys import intake
from surveys.publishing import Catalogues
from surveys.rules.dialogue import speak


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wrote or tapped: the messenger's own id, and the name and language it shows."""

    channel: str
    external_id: int
    name: str | None = None
    language: str | None = None


async def meet(transaction: Transaction, catalogues: Catalogues, actor: Actor, *, now: datetime) -> StoredAccount:
    """A step: the account of the one who acts, added when it is new, with its person locked.

    Whoever could not be reached until now can be: what waited for them is decided again.
    """
    known = await people.lock_account(transaction, actor.channel, actor.external_id)
    if known is None:
        await people.add_account(
            transaction, actor.channel, actor.external_id, name=actor.name, language=actor.language, now=now
        )
        known = await people.lock_account(transaction, actor.channel, actor.external_id)
        assert known is not None
        return known
    await people.used(transaction, known.id, name=actor.name, language=actor.language, now=now)
    if known.state != "connected":
        await intake.became_reachable(transaction, catalogues, known.person_id, now=now)
    return known


def language_of(catalogues: Catalogues, account: StoredAccount | None, actor: Actor) -> str:
    """The language to answer in: chosen, else the customer's, else the messenger's, else the business's first."""
    languages = catalogues.in_force.catalogue.business.languages
    if account is None:
        return speak(languages, actor.language)
    return speak(languages, account.person_language, account.customer_language, actor.language, account.language)
