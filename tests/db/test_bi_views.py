"""The views for BI tools: documented, right, and all that a read-only role sees."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from db.database import Database
from surveys.rules.journey import Metric
from surveys.rules.metrics import measure, scale, sentiment
from tests.surveys.recovery_world import make_world, store

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bi.md"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
VIEWS = ("answer_reasons", "answers", "case_moves", "cases", "deliveries", "events", "scores_by_week")


def _as(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


def _role_statements() -> str:
    """What the page tells an administrator to run."""
    (block,) = re.findall(r"```sql\n(create role .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return block


@pytest_asyncio.fixture
async def reader(database: Database, database_url: str) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record], None]:
    """A connection of the role the page describes."""
    role, password = f"bi_reader_{secrets.token_hex(4)}", secrets.token_hex(8)
    name = urlsplit(database_url).path[1:]
    statements = _role_statements().replace("bi_reader", role).replace("A-LONG-PASSWORD", password)
    statements = statements.replace("database otklik ", f"database {name} ")
    assert role in statements
    assert password in statements
    async with database.autocommit() as transaction:
        await transaction.run(statements)
    connection = await asyncpg.connect(_as(database_url, role, password))
    yield connection
    await connection.close()
    async with database.autocommit() as transaction:
        await transaction.run(f"drop owned by {role}; drop role {role}")


async def test_the_page_names_every_column_as_the_database_does(database: Database) -> None:
    async with database.autocommit() as transaction:
        rows = await transaction.rows(
            """
            select c.relname as view, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
                   col_description(c.oid, a.attnum) as meaning, obj_description(c.oid) as view_meaning
              from pg_class c join pg_attribute a on a.attrelid = c.oid
             where c.relnamespace = 'bi'::regnamespace and c.relkind = 'v' and a.attnum > 0
             order by c.relname, a.attnum
            """
        )
    assert sorted({row["view"] for row in rows}) == list(VIEWS)
    described = [(row["view"], row["name"], row["type"], row["meaning"]) for row in rows]
    documented = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## bi.")[1:]:
        view = section.partition("\n")[0]
        documented += [
            (view, *(cell.strip(" `") for cell in line.strip("|").split("|")))
            for line in section.splitlines()
            if line.startswith("| `")
        ]
        (meaning,) = {row["view_meaning"] for row in rows if row["view"] == view}
        assert meaning.lower() in section.lower()
    assert sorted(documented) == sorted(described)


async def test_the_role_reads_the_views_and_nothing_else(
    database: Database, reader: asyncpg.Connection[asyncpg.Record]
) -> None:
    await store(database, make_world(1, NOW))
    for view in VIEWS:
        assert await reader.fetchval(f"select count(*) from bi.{view}") is not None
        for write in (
            f"delete from bi.{view}",
            f"insert into bi.{view} default values",
            f"create view bi.own_{view} as select 1",
        ):
            with pytest.raises(asyncpg.PostgresError, match=r"permission denied|cannot|read-only"):
                await reader.execute(f"set transaction read write; {write}")
    assert await reader.fetchval("select count(*) from bi.answers") > 0
    assert await reader.fetchval("show timezone") == "Europe/Moscow"
    tables = await reader.fetch("select tablename from pg_tables where schemaname = 'public'")
    assert len(tables) > 30
    for (table,) in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute(f"select count(*) from public.{table}")


async def test_no_view_shows_who_anybody_is(database: Database, reader: asyncpg.Connection[asyncpg.Record]) -> None:
    await store(database, make_world(2, NOW))
    secret = "Секрет-9161234567"
    async with database.transaction() as transaction:
        await transaction.run("update customers set name = $1, phone = $1", secret)
        await transaction.run("update accounts set name = $1, external_id = 770000000 + id", secret)
        await transaction.run("update responses set comment = $1, question = $1, reasons = array['late']", secret)
        await transaction.run("update cases set claimed_by = 770000000, claimed_by_name = $1", secret)
        await transaction.run("update case_moves set note = $1, actor_name = $1, actor_id = 770000000", secret)
        await transaction.run(
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)"
            " values ('card', 1, 'chat:770000000', 'telegram', 'x', $1, $1)",
            NOW,
        )
    for view in VIEWS:
        shown = await reader.fetchval(f"select string_agg(row_to_json(v)::text, '') from bi.{view} v")
        assert shown
        assert "Секрет" not in shown
        assert not re.search(r"\b77000\d{4}\b", shown), view


async def test_scores_of_weeks_are_those_of_the_rules(
    database: Database, reader: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Every score of every metric, in weeks that begin at midnight in the role's zone."""
    given: dict[tuple[date, str], dict[int, int]] = {}
    rows = []
    monday = datetime(2026, 11, 2, tzinfo=UTC) - timedelta(hours=3)
    for week in range(4):
        for metric in Metric:
            for score in scale(metric):
                count = (score * 7 + week * 3) % 5 if week else int(score == 1)
                at = monday + timedelta(days=7 * week, seconds=score)
                rows.extend([(f"at-{metric}", metric.value, score, at)] * count)
                if count:
                    key = ((monday + timedelta(hours=3, days=7 * week)).date(), metric.value)
                    given.setdefault(key, {})[score] = count
    async with database.transaction() as transaction:
        for touchpoint, metric_name, score, at in rows:
            await transaction.run(
                "insert into responses (touchpoint, survey, metric, score, given_by, answered_at, changed_at)"
                " values ($1, 's', $2, $3, 'import', $4, $4)",
                touchpoint,
                metric_name,
                score,
                at,
            )
        await transaction.run(
            "insert into responses (touchpoint, survey, metric, score, given_by, answered_at, changed_at, purpose)"
            " select touchpoint, survey, metric, score, given_by, answered_at, changed_at, 'recovery' from responses"
        )
    sentiments = await reader.fetch("select distinct metric, score, sentiment from bi.answers")
    assert len(sentiments) > 15
    for row in sentiments:
        assert row["sentiment"] == sentiment(Metric(row["metric"]), row["score"]).value
    found = {(row["week"], row["metric"]): row for row in await reader.fetch("select * from bi.scores_by_week")}
    assert found.keys() == given.keys()
    for key, counts in given.items():
        measured, row = measure(Metric(key[1]), counts), found[key]
        assert (row["n"], row["preliminary"]) == (measured.n, measured.preliminary)
        assert (row["negative"], row["neutral"], row["positive"]) == (
            measured.answers.negative,
            measured.answers.neutral,
            measured.answers.positive,
        )
        interval = measured.interval
        expected = (measured.score, interval and interval.low, interval and interval.high, measured.mean)
        assert (row["score"], row["low"], row["high"], row["mean"]) == pytest.approx(expected)
