"""Events in, batches of 1,000 with all decisions, against asyncpg COPY of all the rows the same requests end in.

    python tests/benchmarks/events_in.py [--batches 10] [--rounds 3] [--url postgresql://…]

`http` posts JSON to the real API in a process of its own; `use case` calls `take_in`. Half of the customers are known.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import socket
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog
from installation import Installation, installation

from surveys.intake import IncomingCustomer, IncomingEvent, take_in

BATCH = 1000
AT_LEAST = 0.30
KEY = "benchmark"
TABLES = (
    "persons",
    "customers",
    "accounts",
    "touchpoint_events",
    "invitations",
    "invitation_steps",
    "schedule",
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians of events a second."""

    floor: float
    use_case: float
    http: float

    @property
    def ratio(self) -> float:
        """How much of the floor's speed is left over HTTP."""
        return self.http / self.floor

    @property
    def is_met(self) -> bool:
        """Whether DESIGN.md's floor is met."""
        return self.ratio >= AT_LEAST

    def __str__(self) -> str:
        return (
            f"events in: http {self.http:.0f}/s, use case {self.use_case:.0f}/s, COPY {self.floor:.0f}/s:"
            f" ratio {self.ratio:.2f} (at least {AT_LEAST}), use case alone {self.use_case / self.floor:.2f}"
        )


def batch(place: Installation, number: int) -> list[IncomingEvent]:
    """A thousand orders of as many people; every second one has ordered before."""
    first = number * BATCH
    return [
        IncomingEvent(
            id=f"order:{order}",
            touchpoint="delivery",
            occurred_at=place.clock.now(),
            customer=IncomingCustomer(
                id=f"c{customer}", name="Анна", phone="+79001234567", language="ru", telegram_id=customer + 1
            ),
            order_id=str(order),
            amount="1990.00",
            currency="RUB",
            attributes={"location": f"shop-{order % 7}", "employee": f"e-{order % 50}", "product": "cake"},
        )
        for order in range(first, first + BATCH)
        for customer in [order if order % 2 else order % BATCH]
    ]


def body(events: Sequence[IncomingEvent]) -> bytes:
    """The request a shop would send."""
    return json.dumps(
        [
            {
                "id": event.id,
                "touchpoint": event.touchpoint,
                "occurred_at": event.occurred_at.isoformat(),
                "order_id": event.order_id,
                "amount": event.amount,
                "currency": event.currency,
                "customer": {
                    "id": event.customer.id,
                    "name": event.customer.name,
                    "phone": event.customer.phone,
                    "language": event.customer.language,
                    "telegram_id": event.customer.telegram_id,
                },
                "attributes": event.attributes,
            }
            for event in events
        ]
    ).encode()


async def empty(place: Installation) -> None:
    """Start over."""
    async with place.database.transaction() as transaction:
        await transaction.run(f"truncate {', '.join(TABLES)} cascade")


Copied = tuple[str, tuple[str, ...], list[tuple[object, ...]]]


async def rows(place: Installation) -> list[list[Copied]]:
    """Everything each request ended in, table by table; a request is known by its transaction."""
    requests: dict[int, list[Copied]] = {}
    async with place.database.transaction() as transaction:
        for table in TABLES:
            records = await transaction.rows(f"select xmin::text::bigint as written_by, * from {table} order by id")
            by_request: dict[int, list[tuple[object, ...]]] = {}
            for written_by, *values in (record.values() for record in records):
                by_request.setdefault(written_by, []).append(tuple(values))
            for written_by, values in by_request.items():
                columns = tuple(records[0].keys())[1:]
                requests.setdefault(written_by, []).append((table, columns, values))
    return [requests[written_by] for written_by in sorted(requests)]


async def measure_floor(place: Installation, batches: int) -> float:
    """COPY the rows that are there into empty tables, a transaction per request."""
    stored = await rows(place)
    assert len(stored) == batches, "each request is one transaction"
    await empty(place)
    began = time.perf_counter()
    for request in stored:
        async with place.database.transaction() as transaction:
            for table, columns, records in request:
                await transaction.copy(table, columns, records)
    return batches * BATCH / (time.perf_counter() - began)


async def measure_use_case(place: Installation, batches: int) -> float:
    """`take_in` in this process."""
    await empty(place)
    events = [batch(place, number) for number in range(batches)]
    began = time.perf_counter()
    for one in events:
        await take_in(place.database, place.catalogues, one, now=place.clock.now())
    return batches * BATCH / (time.perf_counter() - began)


async def measure_http(place: Installation, batches: int, address: str) -> float:
    """POST to the API, which runs in another process."""
    await empty(place)
    bodies = [body(batch(place, number)) for number in range(batches)]
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        began = time.perf_counter()
        for one in bodies:
            async with session.post(f"{address}/api/v1/events", data=one) as answer:
                results = (await answer.json())["results"]
                assert {result["status"] for result in results} == {"accepted"}
        return batches * BATCH / (time.perf_counter() - began)


@asynccontextmanager
async def api(place: Installation) -> AsyncGenerator[str, None]:
    """The API in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(place.url, port))
    process.start()
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(200):
                try:
                    async with session.get(f"http://127.0.0.1:{port}/healthz"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def serve(url: str, port: int) -> None:
    """Run the API alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_serve(url, port))


async def _serve(url: str, port: int) -> None:
    import gc

    import uvicorn
    from installation import NOON

    from bot.clock import MovableClock
    from bot.web.app import build_web_application
    from bot.web.dependencies import WebDependencies
    from db.database import Database
    from surveys.publishing import Catalogues

    async def no_links(_: str) -> dict[str, str]:
        return {}

    database = await Database.connect(url)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    application = build_web_application(
        WebDependencies(
            database=database,
            catalogues=catalogues,
            clock=MovableClock(NOON, running=False),
            deep_links=no_links,
            api_key=KEY,
        )
    )
    gc.freeze()
    await uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error", access_log=False)
    ).serve()


async def measure(*, batches: int = 10, rounds: int = 3, url: str | None = None) -> Measurement:
    """All three, by turns."""
    floors, use_cases, https = [], [], []
    async with installation(url) as place, api(place) as address:
        await measure_use_case(place, 2)
        for _ in range(rounds):
            https.append(await measure_http(place, batches, address))
            floors.append(await measure_floor(place, batches))
            use_cases.append(await measure_use_case(place, batches))
            floors.append(await measure_floor(place, batches))
    return Measurement(statistics.median(floors), statistics.median(use_cases), statistics.median(https))


def main() -> int:
    """Measure and print; 1 below DESIGN.md's floor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url")
    options = parser.parse_args()
    measured = asyncio.run(measure(batches=options.batches, rounds=options.rounds, url=options.url))
    print(measured)
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
