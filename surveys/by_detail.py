"""Kinds of the schedule whose rows are about different things, told apart by what their detail begins with.

A detail is `prefix` or `prefix:number`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from db.database import Transaction
from surveys.due import Decision, Dropped, Due, DueRow, Postponed, Settler
from surveys.publishing import Catalogues
from surveys.rules.sending import Refused

Decide = Callable[..., Awaitable[Decision]]


def prefix_of(detail: str | None) -> str:
    """What the detail begins with; empty without one."""
    return (detail or "").partition(":")[0]


def number_of(detail: str | None) -> int:
    """The number behind the prefix; raises ValueError where there is none."""
    return int((detail or "").partition(":")[2])


def decided_by_detail(steps: Mapping[str, Decide], otherwise: Decide | None = None) -> Decide:
    """A step that decides each row by the step of its prefix; a row of none of them by `otherwise`."""

    async def decide(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
        step = steps.get(prefix_of(row.detail), otherwise)
        if step is None:
            return Postponed(60.0, "not_understood")
        return await step(transaction, catalogues, row, now=now)

    return decide


class SettledByDetail:
    """Tells each row's own settler what came of it; a row of none of the prefixes has `otherwise`."""

    def __init__(self, settlers: Mapping[str, Settler], otherwise: Settler | None = None) -> None:
        self._settlers = dict(settlers)
        self._otherwise = otherwise

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """The messenger took it."""
        settler = self._settler(due)
        if settler is not None:
            await settler.accepted(transaction, catalogues, due, message_id, now=now)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """The messenger will not take it."""
        settler = self._settler(due)
        return None if settler is None else await settler.refused(transaction, catalogues, due, refused, now=now)

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """Nobody can tell whether it arrived."""
        settler = self._settler(due)
        if settler is not None:
            await settler.unknown(transaction, catalogues, due, now=now)

    def _settler(self, due: Due) -> Settler | None:
        return self._settlers.get(prefix_of(due.detail), self._otherwise)
