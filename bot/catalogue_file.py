"""The catalogue's file while the product runs: published when it changed and is sound."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue
from surveys.publishing import ChangedTrialError, FaultyCatalogueError, publish

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

_FAULTS_LOGGED: Final = 10

_Look = tuple[int, int, int]
"""When it was written, its size, which file it is: an editor or a mount may put another in its place."""


class CatalogueFile:
    """A file and what of it was dealt with.

    Only a change since the last look is published. What another process published from a file of its own stays in force
    until then, so that two processes with different files do not take turns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: _Look | None = None
        self._source: str | None = None

    def read(self) -> str:
        """Its text as it is now, which counts as dealt with; raises CatalogueFileError and FaultyCatalogueError."""
        look = _look(self.path)
        source = load_source(self.path)
        reading = read_catalogue(source, name=str(self.path))
        if reading.catalogue is None:
            raise FaultyCatalogueError(reading.errors)
        self._seen, self._source = look, source
        return source

    async def publish_when_changed(self, database: Database, *, now: datetime) -> None:
        """Publish the file if it is another than at the last look.

        When it cannot be read or has errors, these are logged once and the version in force stays. Raises the
        database's errors, and then looks at the same change again.
        """
        look = await asyncio.to_thread(_look, self.path)
        if look == self._seen:
            return
        try:
            source = await asyncio.to_thread(load_source, self.path)
            if source != self._source:
                published = await publish(database, source, now=now)
                log.info("catalogue_published", path=str(self.path), version=published.version_id)
        except CatalogueFileError as error:
            log.error("catalogue_file_unreadable", path=str(self.path), why=str(error), stays="the version in force")
        except FaultyCatalogueError as error:
            self._log_faults(error)
        else:
            self._source = source
        self._seen = look

    def _log_faults(self, error: FaultyCatalogueError) -> None:
        faults = error.faults
        # a check of the file alone does not know which trials have begun
        fix = "otklik doctor" if isinstance(error, ChangedTrialError) else f"otklik check {self.path}"
        log.error("catalogue_file_faulty", faults=len(faults), fix=fix, stays="the version in force")
        for fault in faults[:_FAULTS_LOGGED]:
            place = f"{self.path}:{fault.line}:{fault.column}"
            log.error("catalogue_fault", place=place, key=fault.key, why=fault.message, fix=fault.fix)


def _look(path: Path) -> _Look | None:
    """None when there is nothing to look at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
