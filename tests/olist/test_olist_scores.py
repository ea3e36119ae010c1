"""Real answers through the command line: the report says what the CSV says, computed by other means."""

from __future__ import annotations

import csv
import json
import os
import secrets
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from bot.screens.report_json import Document, build_report_document
from db.database import Database
from surveys.publishing import Catalogues
from surveys.reporting import weekly_report

OLIST = os.environ.get("OTKLIK_TEST_OLIST")
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NOW = datetime(2026, 11, 23, tzinfo=UTC)

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not OLIST or not Path(OLIST, "reviews.csv").exists(),
        reason="OTKLIK_TEST_OLIST does not name the folder of Olist's orders.csv and reviews.csv",
    ),
]


@dataclass(frozen=True, slots=True)
class Review:
    """An answer as the CSV has it; all instants are local, so a week is a matter of dates alone."""

    day: date
    score: int
    late: bool | None


def read_csv(name: str) -> list[dict[str, str]]:
    with Path(OLIST or "", name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    late = {}
    for order in read_csv("orders.csv"):
        if order["delivered_at"]:
            # Dates in ISO form compare as text.
            late[order["order_id"]] = order["delivered_at"][:10] > order["estimated_at"][:10]
    return [
        Review(date.fromisoformat(row["answered_at"][:10]), int(row["score"]), late.get(row["order_id"]))
        for row in read_csv("reviews.csv")
    ]


@dataclass(frozen=True, slots=True)
class Shop:
    """The imported data: the program's own view of it, and its command line."""

    database: Database
    catalogues: Catalogues
    environment: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `otklik` to its end."""
        return subprocess.run(
            [Path(sys.executable).parent / "otklik", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    async def entry(self, start: date, end: date, by: str | None = None) -> Document:
        """The only touchpoint's part of the JSON."""
        report = await weekly_report(self.database, self.catalogues, start=start, end=end, by=by, now=NOW)
        (entry,) = build_report_document(report)["touchpoints"]
        return entry


@pytest_asyncio.fixture(scope="module")
async def shop(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Shop, None]:
    name = f"otklik_olist_{secrets.token_hex(4)}"
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    server = await asyncpg.connect(server_url)
    await server.execute(f"create database {name} template {template}")
    environment = os.environ | {
        "OTKLIK_DATABASE_URL": url,
        "OTKLIK_CATALOG": str(EXAMPLES / "olist-catalogue.yaml"),
        "OTKLIK_DATA_DIR": str(tmp_path_factory.mktemp("olist")),
    }
    database = await Database.connect(url)
    shop = Shop(database, Catalogues(), environment)
    try:
        for what, file in (("events", "orders"), ("answers", "reviews")):
            mapping = str(EXAMPLES / f"olist-{what}.yaml")
            done = shop.run("import", what, str(Path(OLIST or "", f"{file}.csv")), "--mapping", mapping)
            assert done.returncode == 0, done.stdout + done.stderr
        await shop.catalogues.refresh(database)
        yield shop
    finally:
        await database.close()
        await server.execute(f"drop database {name} with (force)")
        await server.close()


def wilson_by_bisection(successes: int, n: int) -> tuple[float, float]:
    """The shares whose distance to the observed one is exactly 1.959964 of their own standard errors."""

    def limit(low: float, high: float, *, rising: bool) -> float:
        for _ in range(100):
            middle = (low + high) / 2
            inside = abs(successes / n - middle) < 1.959963984540054 * (middle * (1 - middle) / n) ** 0.5
            if inside == rising:
                high = middle
            else:
                low = middle
        return 100 * (low + high) / 2

    share = successes / n
    return (
        limit(0.0, share, rising=True) if successes else 0.0,
        limit(share, 1.0, rising=False) if successes < n else 100.0,
    )


async def test_every_week_agrees_with_the_csv(shop: Shop, reviews: list[Review]) -> None:
    weeks: defaultdict[date, Counter[int]] = defaultdict(Counter)
    for review in reviews:
        weeks[review.day - timedelta(days=review.day.weekday())][review.score] += 1
    first, last = min(weeks), max(weeks)
    monday, compared = first, 0
    while monday <= last + timedelta(days=7):
        counts = weeks.get(monday, Counter())
        n, positive = counts.total(), counts[4] + counts[5]
        entry = await shop.entry(monday, monday + timedelta(days=7))
        assert entry["n"] == n
        assert entry["distribution"] == {str(score): counts[score] for score in range(1, 6)}
        if n < 5:
            assert (entry["score"], entry["low"], entry["high"], entry["mean"]) == (None, None, None, None)
        else:
            low, high = wilson_by_bisection(positive, n)
            shown = (entry["score"], entry["low"], entry["high"], entry["mean"])
            mean = sum(score * count for score, count in counts.items()) / n
            assert shown == pytest.approx((100 * positive / n, low, high, mean), abs=0.00501)
            compared += 1
        before = weeks.get(monday - timedelta(days=7), Counter()).total()
        assert entry["previous"]["n"] == before
        monday += timedelta(days=7)
    assert compared > 80


async def test_late_parcels_are_rated_far_worse_than_punctual_ones(shop: Shop, reviews: list[Review]) -> None:
    entry = await shop.entry(date(2016, 9, 1), date(2018, 12, 1), by="late")
    segments = {segment["value"]: segment for segment in entry["by"]["segments"]}
    expected = Counter(review.late for review in reviews)
    assert {value: segment["n"] for value, segment in segments.items()} == expected
    assert (expected[True], expected[False], expected[None]) == (200, 2933, 1777)
    pleased = Counter(review.late for review in reviews if review.score >= 4)
    for late, n in expected.items():
        assert segments[late]["score"] == pytest.approx(100 * pleased[late] / n, abs=0.00501)
    assert segments[True]["score"] == pytest.approx(26.0, abs=0.06)
    assert segments[False]["score"] == pytest.approx(82.9, abs=0.06)
    assert entry["n"] == len(reviews) == 4910


async def test_answers_take_customer_and_attributes_from_their_order(shop: Shop) -> None:
    async with shop.database.transaction() as transaction:
        row = await transaction.row(
            """
            select count(*) as answers, count(event_id) as with_event, count(customer_id) as with_customer,
                   count(*) filter (where attributes ? 'seller') as with_seller,
                   count(*) filter (where given_by = 'import' and invitation_id is null) as imported
              from responses
            """
        )
        cases = await transaction.value("select count(*) from cases")
        schedule = await transaction.value("select count(*) from schedule")
    assert row is not None
    assert dict(row) == {
        "answers": 4910,
        "with_event": 3133,
        "with_customer": 3133,
        "with_seller": 3133,
        "imported": 4910,
    }
    assert (cases, schedule) == (0, 0)


async def test_ten_reviews_stand_with_two_orders_each(shop: Shop) -> None:
    repeated = [count for count in Counter(row["review_id"] for row in read_csv("reviews.csv")).values() if count > 1]
    assert repeated == [2] * 10
    async with shop.database.transaction() as transaction:
        twice = await transaction.value(
            """
            select count(*) from (
                select split_part(external_id, ':', 1) from responses group by 1 having count(*) = 2) as review
            """
        )
    assert twice == 10


async def test_importing_again_changes_nothing(shop: Shop) -> None:
    done = shop.run(
        "import",
        "answers",
        str(Path(OLIST or "", "reviews.csv")),
        "--mapping",
        str(EXAMPLES / "olist-answers.yaml"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    async with shop.database.transaction() as transaction:
        assert await transaction.value("select count(*) from responses") == 4910


async def test_the_command_prints_the_same_document(shop: Shop) -> None:
    done = shop.run("report", "--from", "2018-02-05", "--to", "2018-02-12", "--by", "late", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    entry = await shop.entry(date(2018, 2, 5), date(2018, 2, 12), by="late")
    assert document["touchpoints"] == [entry]
    week = shop.run("report", "--week", "2018-W06", "--by", "late", "--json")
    assert json.loads(week.stdout) == document
    text = shop.run("report", "--week", "2018-W06", "--language", "ru")
    assert text.returncode == 0, text.stderr
    assert "неделя 6" in text.stdout
