"""/forget: the person goes, scores that nobody can be recognised by stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import forgetting, people, schedule
from db.database import Database
from surveys.actors import Actor, language_of
from surveys.publishing import Catalogues


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Nothing is known of the person any more; `scores` stay without a name."""

    language: str
    scores: int


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """There was nothing to forget."""

    language: str


async def forget(
    database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime
) -> Forgotten | NothingKnown:
    """Erase the one who acts, in every messenger and at every customer number they are known by.

    What stays is told in docs/decisions/0004-forgetting.md.
    """
    async with database.transaction() as transaction:
        account = await people.lock_account(transaction, actor.channel, actor.external_id)
        language = language_of(catalogues, account, actor)
        if account is None:
            return NothingKnown(language)
        gone = await forgetting.forget(transaction, account.person_id, now=now)
        for case_id in gone.cases:
            await schedule.ask_again_for(transaction, "card", case_id, now=now)
        return Forgotten(language, len(gone.responses))
