"""The journey of a period with 100,000 answers, ten million in store: counted anew, and read as it was kept.

    python tests/benchmarks/journey.py [--answers 10000000] [--in-range 100000] [--rounds 7] [--filled postgresql://…]

Without --filled an own server is started and filled, which takes minutes; with it a database that is filled already.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from report_data import CATALOGUE, END, WEEK, Amount, fill

from db.database import Database
from surveys.publishing import Catalogues, publish
from surveys.rules.weeks import Period
from surveys.tracing import trace_journey

DAYS = 30
READ_WITHIN_MS = 150.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians in milliseconds; `answers` were in range."""

    answers: int
    counted: float
    read: float

    @property
    def is_met(self) -> bool:
        """Whether a kept journey is read within its limit."""
        return self.read <= READ_WITHIN_MS

    def __str__(self) -> str:
        return (
            f"journey of {self.answers:,} answers: counted anew {self.counted:.0f} ms, read as kept {self.read:.1f} ms"
            f" (at most {READ_WITHIN_MS:.0f})"
        )


async def fill_store(url: str, *, answers: int, in_range: int) -> None:
    """Answers of years, the last of them with events and customers."""
    database = await Database.connect(url)
    await publish(database, CATALOGUE, now=END)
    await database.close()
    weekly = in_range * 7 // DAYS
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, Amount(weekly, max(answers // weekly, 13), 13))
    finally:
        await connection.close()


async def measure(url: str, *, rounds: int) -> Measurement:
    """Time both ways on a filled database."""
    database = await Database.connect(url)
    try:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        period = Period((END - timedelta(days=DAYS)).date(), END.date())
        now = END + 5 * WEEK

        async def count(keep: float) -> object:
            return await trace_journey(database, catalogues, period, now=now, worth_keeping=keep)

        async with database.transaction() as transaction:
            await transaction.run("delete from journey_counts")
            answers = await transaction.value(
                "select count(*) from responses where answered_at >= $1 and answered_at < $2",
                END - timedelta(days=DAYS),
                END,
            )
        assert isinstance(answers, int)
        counted = [await _timed(lambda: count(3600.0)) for _ in range(3)]
        await count(-1.0)
        read = [await _timed(lambda: count(3600.0)) for _ in range(rounds + 2)]
    finally:
        await database.close()
    return Measurement(answers, statistics.median(counted), statistics.median(read[2:]))


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await way()
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    """Measure and print; 1 when the limit is not met."""
    from db.embedded import open_throwaway_server
    from db.migrating import upgrade

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=10_000_000)
    parser.add_argument("--in-range", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--filled", help="the URL of a database this benchmark has filled before")
    asked = parser.parse_args()
    if asked.filled is not None:
        upgrade(asked.filled)
        measured = asyncio.run(measure(asked.filled, rounds=asked.rounds))
    else:
        with open_throwaway_server() as server:
            upgrade(server.url)
            asyncio.run(fill_store(server.url, answers=asked.answers, in_range=asked.in_range))
            measured = asyncio.run(measure(server.url, rounds=asked.rounds))
    print(measured)
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
