"""Not being asked about some things: a choice for each touchpoint somebody met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from db import opt_outs, people
from db.database import Database, Transaction
from surveys.actors import Actor, language_of, meet
from surveys.answer_views import TouchpointChoice
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue
from surveys.rules.languages import Texts

__all__ = [
    "StoppedSome",
    "TouchpointChoice",
    "resume_touchpoint",
    "stop_touchpoint",
    "stopped_titles",
    "touchpoints_of",
]

MOST_CHOICES = 6
"""So many touchpoints are offered; more would bury the way out of all of them."""


@dataclass(frozen=True, slots=True)
class StoppedSome:
    """They are asked about some things only: `touchpoints` says which not; none stopped means about all."""

    language: str
    touchpoints: tuple[TouchpointChoice, ...]


def touchpoint_number(name: str) -> int:
    """A number that always stands for the touchpoint of this name."""
    return crc32(name.encode())


async def stop_touchpoint(
    database: Database, catalogues: Catalogues, actor: Actor, number: int, *, now: datetime
) -> StoppedSome:
    """Ask them no more about this touchpoint, but about the others again."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        name = _name_of(catalogues.in_force.catalogue, number)
        if name is not None:
            await people.set_opted_out(transaction, account.person_id, None)
            await opt_outs.add(transaction, account.person_id, name, now=now)
        had = await touchpoints_of(transaction, catalogues, account.person_id)
        return StoppedSome(language_of(catalogues, account, actor), had)


async def resume_touchpoint(
    database: Database, catalogues: Catalogues, actor: Actor, number: int, *, now: datetime
) -> StoppedSome:
    """They may be asked about this touchpoint again."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        name = _name_of(catalogues.in_force.catalogue, number)
        if name is not None:
            await opt_outs.remove(transaction, account.person_id, name)
        had = await touchpoints_of(transaction, catalogues, account.person_id)
        return StoppedSome(language_of(catalogues, account, actor), had)


async def touchpoints_of(
    transaction: Transaction, catalogues: Catalogues, person_id: int, *, first: str | None = None
) -> tuple[TouchpointChoice, ...]:
    """A step: the touchpoints somebody met and may be asked about, those stopped among them, `first` in front."""
    catalogue = catalogues.in_force.catalogue
    stopped = (await opt_outs.of_persons(transaction, [person_id])).get(person_id, frozenset())
    met = {*await opt_outs.touchpoints_had(transaction, person_id), *stopped}
    asked = [name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.survey and name in met]
    asked.sort(key=lambda name: (name != first, name not in stopped))
    return tuple(
        TouchpointChoice(touchpoint_number(name), _title(catalogue, name), name in stopped)
        for name in asked[:MOST_CHOICES]
    )


async def stopped_titles(transaction: Transaction, catalogues: Catalogues, person_id: int) -> tuple[Texts, ...]:
    """A step: what somebody does not want to be asked about."""
    catalogue = catalogues.in_force.catalogue
    stopped = (await opt_outs.of_persons(transaction, [person_id])).get(person_id, frozenset())
    return tuple(_title(catalogue, name) for name in sorted(stopped))


def _name_of(catalogue: Catalogue, number: int) -> str | None:
    return next((name for name in catalogue.touchpoints if touchpoint_number(name) == number), None)


def _title(catalogue: Catalogue, name: str) -> Texts:
    touchpoint = catalogue.touchpoints.get(name)
    if touchpoint is not None and touchpoint.title:
        return touchpoint.title
    return dict.fromkeys(catalogue.business.languages, name)
