"""Feeds the rows of a file to a use case in batches, in bounded memory, and keeps account of what came of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.files.converting import Cells, RowFaultError
from bot.files.rejects import RejectsFile
from bot.files.table import Row, Table

Item = TypeVar("Item")
BATCH = 1_000


class ItemResult(Protocol):
    """What came of one item, as the use cases tell it."""

    @property
    def status(self) -> str:
        """accepted, duplicate or rejected."""
        ...

    @property
    def error(self) -> str | None:
        """Why it was rejected, or which fields of a duplicate differ."""
        ...


@dataclass(slots=True)
class ImportCounts:
    """What came of the rows so far; `outcomes` counts whatever the use case tells beyond the status."""

    rows: int = 0
    without_instant: int = 0
    accepted: int = 0
    duplicates: int = 0
    differing_duplicates: int = 0
    rejected: int = 0
    outcomes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    reject_reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Batch(Generic[Item]):
    rows: Sequence[Row]
    items: Sequence[Item]
    faults: Sequence[tuple[Row, str]]
    read: int
    without_instant: int


def convert_rows(
    table: Table, convert: Callable[[Cells], Item | None]
) -> Iterator[tuple[Row, Item | None, str | None]]:
    """Each row with its item, None for one without an instant, or with the reason why there is no item."""
    for row in table.rows():
        if row.fault is not None:
            yield row, None, row.fault
            continue
        try:
            yield row, convert(row.cells), None
        except RowFaultError as error:
            yield row, None, str(error)


async def import_table(
    table: Table,
    convert: Callable[[Cells], Item | None],
    store: Callable[[Sequence[Item]], Awaitable[Sequence[ItemResult]]],
    rejects: RejectsFile,
    *,
    counts: ImportCounts,
    on_progress: Callable[[], None],
) -> None:
    """Store all rows of the table, whole batch by whole batch; `counts` is right after each of them.

    The next batch is read while the database works on the one before.
    """
    converted = convert_rows(table, convert)

    def next_batch() -> _Batch[Item]:
        return _next_batch(converted)

    batch = await asyncio.to_thread(next_batch)
    while batch.read:
        storing = asyncio.ensure_future(store(batch.items)) if batch.items else None
        try:
            following = await asyncio.to_thread(next_batch)
            results = await storing if storing is not None else ()
        except BaseException:
            if storing is not None:
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
            raise
        _account(batch, results, rejects, counts)
        on_progress()
        batch = following


def _next_batch(converted: Iterator[tuple[Row, Item | None, str | None]]) -> _Batch[Item]:
    rows: list[Row] = []
    items: list[Item] = []
    faults: list[tuple[Row, str]] = []
    read = without_instant = 0
    for row, item, fault in converted:
        read += 1
        if fault is not None:
            faults.append((row, fault))
        elif item is None:
            without_instant += 1
        else:
            rows.append(row)
            items.append(item)
        if len(items) == BATCH or read == 10 * BATCH:
            break
    return _Batch(rows, items, faults, read, without_instant)


def _account(batch: _Batch[Item], results: Sequence[ItemResult], rejects: RejectsFile, counts: ImportCounts) -> None:
    refused = list(batch.faults)
    for row, result in zip(batch.rows, results, strict=True):
        if result.status == "rejected":
            refused.append((row, result.error or "was rejected"))
        elif result.status == "duplicate":
            counts.duplicates += 1
            counts.differing_duplicates += result.error is not None
        else:
            counts.accepted += 1
            outcome = getattr(result, "outcome", None)
            if outcome is not None:
                counts.outcomes[outcome, getattr(result, "reason", None)] += 1
    refused.sort(key=lambda fault: fault[0].line)
    for row, reason in refused:
        rejects.add(row, reason)
        counts.reject_reasons[_kind_of(reason)] += 1
    rejects.flush()
    counts.rejected += len(refused)
    counts.rows += batch.read
    counts.without_instant += batch.without_instant


def _kind_of(reason: str) -> str:
    """The reason without what this one row holds, so that equal reasons are counted together."""
    before, mark, rest = reason.partition("“")
    return before + "…" + rest.partition("”")[2] if mark else reason
