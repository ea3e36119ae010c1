"""What an examination found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Health(StrEnum):
    """How a part is."""

    GOOD = "ok"
    WORRYING = "warning"
    BROKEN = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined; `fix` says what to do about it."""

    part: str
    health: Health
    what: str
    fix: str | None = None


def good(part: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(part, Health.GOOD, what)


def minute(instant: datetime) -> str:
    """The instant as findings name it."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
