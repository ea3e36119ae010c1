"""The catalogue in force: published as a version, followed by every process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from db import catalogue as stored_catalogues
from db import channels
from db.catalogue import StoredCatalogue
from db.database import Database, Transaction
from surveys.catalog.faults import Fault
from surveys.catalog.reading import locate, read_catalogue
from surveys.keeping_trials import changed_trials, keep_trials
from surveys.rules.identity import ALWAYS_IN_USE
from surveys.rules.journey import Catalogue
from surveys.rules.languages import Texts

_KEPT_VERSIONS = 32


@dataclass(frozen=True, slots=True)
class PublishedCatalogue:
    """A catalogue with the id of its version."""

    version_id: int
    catalogue: Catalogue


class NoCatalogueError(LookupError):
    """No catalogue has been published, or none has been loaded yet."""


class FaultyCatalogueError(ValueError):
    """The catalogue has errors and was not published."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"the catalogue has errors: line {first.line}, {first.key}: {first.message}{more}")
        self.faults = faults


class ChangedTrialError(FaultyCatalogueError):
    """The catalogue has no errors of its own and changes a trial that has begun; it was not published."""

    @property
    def fix(self) -> str:
        """What would be right."""
        return self.faults[0].fix


class UnreadableVersionError(RuntimeError):
    """A published version this program cannot read: most likely a newer program wrote it."""

    def __init__(self, version_id: int, faults: tuple[Fault, ...]) -> None:
        first = f": line {faults[0].line}, {faults[0].key}: {faults[0].message}" if faults else ""
        super().__init__(f"version {version_id} of the catalogue cannot be read by this program{first}")
        self.version_id = version_id
        self.faults = faults


async def publish(database: Database, source: str, *, now: datetime) -> PublishedCatalogue:
    """Put a catalogue's YAML in force, as a new version unless it is in force already.

    Any number of processes may publish the same text at once: one version comes of it.
    Raises FaultyCatalogueError, for a change to a trial that has begun ChangedTrialError, and then nothing is stored.
    """
    reading = await asyncio.to_thread(read_catalogue, source, name="catalog.yaml")
    if reading.catalogue is None:
        raise FaultyCatalogueError(reading.errors)
    digest = sha256(source.encode()).hexdigest()
    async with database.transaction() as transaction:
        await stored_catalogues.hold_publishing(transaction)
        in_force = await stored_catalogues.newest(transaction)
        if in_force is not None and in_force.digest == digest:
            return PublishedCatalogue(in_force.id, reading.catalogue)
        changed = await changed_trials(transaction, reading.catalogue, now=now)
        if changed:
            raise ChangedTrialError(locate(source, changed))
        await keep_trials(transaction, reading.catalogue, now=now)
        version_id = await stored_catalogues.add(transaction, digest=digest, source=source, published_at=now)
    return PublishedCatalogue(version_id, reading.catalogue)


async def changes_of_trials(database: Database, source: str, *, now: datetime) -> tuple[Fault, ...]:
    """What `publish` would refuse although the text has no errors of its own; nothing is stored.

    Of a text with errors nothing is said: they are `read_catalogue`'s to tell.
    """
    reading = await asyncio.to_thread(read_catalogue, source, name="catalog.yaml")
    if reading.catalogue is None:
        return ()
    async with database.autocommit() as transaction:
        return locate(source, await changed_trials(transaction, reading.catalogue, now=now))


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """The YAML in force with the id of its version."""

    version_id: int
    source: str


async def published_source(database: Database) -> PublishedSource | None:
    """The YAML in force, whether or not this program can read it."""
    async with database.autocommit() as transaction:
        newest = await stored_catalogues.newest(transaction)
    return None if newest is None else PublishedSource(newest.id, newest.source)


class Catalogues:
    """The catalogue in force as this process knows it, and the versions it has met."""

    def __init__(self) -> None:
        self._in_force: PublishedCatalogue | None = None
        self._unreadable: UnreadableVersionError | None = None
        self._versions: OrderedDict[int, Catalogue] = OrderedDict()
        self._channels = ALWAYS_IN_USE

    @property
    def in_force(self) -> PublishedCatalogue:
        """The catalogue in force; raises NoCatalogueError when none was loaded."""
        if self._in_force is None:
            raise NoCatalogueError("no catalogue is in force: publish one with `otklik run`, and refresh")
        return self._in_force

    @property
    def channels(self) -> frozenset[str]:
        """The channels a question can go out by, as of the last refresh."""
        return self._channels

    @property
    def language(self) -> str:
        """The language of the business, in which staff and managers are spoken to."""
        return self.in_force.catalogue.business.languages[0]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the business."""
        return self.in_force.catalogue.business.timezone

    @property
    def titles(self) -> Mapping[str, Texts]:
        """The touchpoints' titles by their keys."""
        return {name: touchpoint.title for name, touchpoint in self.in_force.catalogue.touchpoints.items()}

    @property
    def reason_titles(self) -> Mapping[str, Texts]:
        """What reasons of answers and of closing are called, by their keys."""
        catalogue = self.in_force.catalogue
        titles: dict[str, Texts] = {one.key: one.title for one in catalogue.recovery.close_reasons}
        for survey in catalogue.surveys.values():
            reasons = (*survey.reasons.negative, *survey.reasons.neutral, *survey.reasons.positive)
            titles.update((reason.key, reason.title) for reason in reasons)
        return titles

    async def refresh(self, database: Database) -> bool:
        """Load the newest version if it is newer than the one in force, whether it was; and the channels in use.

        Raises UnreadableVersionError, each time it is called while the newest version cannot be read;
        the one in force stays in force.
        """
        async with database.autocommit() as transaction:
            newest = await stored_catalogues.newest(transaction, after=self._known())
            self._channels = ALWAYS_IN_USE | await channels.known(transaction)
        if newest is None:
            if self._unreadable is not None:
                raise UnreadableVersionError(self._unreadable.version_id, self._unreadable.faults)
            return False
        try:
            catalogue = await self._read(newest)
        except UnreadableVersionError as error:
            self._unreadable = error
            raise
        if newest.id <= self._known():
            return False
        self._unreadable = None
        self._in_force = PublishedCatalogue(newest.id, catalogue)
        return True

    async def version(self, transaction: Transaction, version_id: int) -> Catalogue:
        """The catalogue of a version; raises NoCatalogueError for an unknown id, and UnreadableVersionError."""
        if self._in_force is not None and self._in_force.version_id == version_id:
            return self._in_force.catalogue
        if version_id in self._versions:
            self._versions.move_to_end(version_id)
            return self._versions[version_id]
        stored = await stored_catalogues.version(transaction, version_id)
        if stored is None:
            raise NoCatalogueError(f"there is no version {version_id} of the catalogue")
        return await self._read(stored)

    def _known(self) -> int:
        in_force = self._in_force.version_id if self._in_force is not None else 0
        return max(in_force, self._unreadable.version_id if self._unreadable is not None else 0)

    async def _read(self, stored: StoredCatalogue) -> Catalogue:
        reading = await asyncio.to_thread(read_catalogue, stored.source, name=f"version {stored.id}")
        if reading.catalogue is None:
            raise UnreadableVersionError(stored.id, reading.errors)
        self._versions[stored.id] = reading.catalogue
        while len(self._versions) > _KEPT_VERSIONS:
            self._versions.popitem(last=False)
        return reading.catalogue
