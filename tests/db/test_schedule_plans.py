"""The loop's queries stay on their indexes however much lies around them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from db import (
    claims,
    contacts,
    deliveries,
    entry_points,
    events,
    forgetting,
    invitations,
    messages,
    person_moves,
    reach_figures,
    responses,
    staff_messages,
    sweeps,
)
from db.database import Database, Transaction
from surveys.rules.dialogue import ASKABLE_STATES

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


class Explaining(Transaction):
    """Plans what it is asked instead of running it."""

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self.plans: list[str] = []

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        lines = await self._inner.rows(f"explain {query}", *arguments)
        self.plans.append("\n".join(line[0] for line in lines))
        return []

    async def value(self, query: str, *arguments: object) -> object:
        await self.rows(query, *arguments)
        return None

    async def row(self, query: str, *arguments: object) -> None:
        await self.rows(query, *arguments)

    async def run(self, query: str, *arguments: object) -> int:
        await self.rows(query, *arguments)
        return 0


@pytest.fixture
async def filled(database: Database) -> Database:
    """Years of history: 60,000 events asked long ago, 2,000 people waiting, 3,000 questions due, 1,000 in hand."""
    async with database.transaction() as transaction:
        for statement in (
            "insert into catalogue_versions (digest, source, published_at) values ('x', 'x', $1)",
            "insert into persons (created_at) select $1 from generate_series(1, 20000)",
            "insert into customers (external_id, person_id, created_at) select 'c' || id, id, $1 from persons",
            "insert into accounts (channel, external_id, person_id, state, state_since, created_at)"
            " select 'telegram', id, id, 'connected', $1, $1 from persons",
            "insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, customer_id, order_id)"
            " select 'e' || n, 'delivery', $1::timestamptz - n * interval '10 minutes', $1, n % 20000 + 1, n"
            " from generate_series(1, 65000) as n",
            "insert into invitations (event_id, customer_id, account_id, touchpoint, order_id, state, ask_at, ask_by,"
            " sent_at, expires_at, catalogue_version_id, changed_at)"
            " select id, customer_id, case when id <= 63000 then customer_id end, 'delivery', order_id,"
            " case when id <= 60000 then 'expired' when id <= 63000 then 'planned' else 'waiting' end,"
            " occurred_at, occurred_at + interval '2 days', case when id <= 60000 then occurred_at end,"
            " case when id <= 60000 then occurred_at end, 1, $1 from touchpoint_events",
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, claimed_at,"
            " created_at)"
            " select 'invitation', id, 'account:' || customer_id, 'telegram', 'invitation:' || id, $1,"
            " case when id <= 59000 then 'sent' when id <= 60000 then 'sending' else 'due' end,"
            " case when id between 59001 and 60000 then $1::timestamptz + id * interval '1 minute' end, $1"
            " from invitations where id <= 63000",
            "insert into cases (event_id, account_id, customer_id, touchpoint, team, cause, state, opened_at,"
            " resolved_at, changed_at)"
            " select id, customer_id, customer_id, 'delivery', 'staff', 'score',"
            " case when id <= 18000 then 'resolved' else 'open' end, $1, $1, $1 from touchpoint_events"
            " where id <= 20000",
        ):
            await transaction.run(statement, NOW)
    async with database.autocommit() as transaction:
        await transaction.run("analyze")
    return database


async def plans(database: Database, ask: Callable[[Transaction], Awaitable[object]]) -> str:
    async with database.transaction() as transaction:
        explaining = Explaining(transaction)
        await ask(explaining)
    return "\n".join(explaining.plans)


async def _reach(transaction: Transaction) -> None:
    """An hour of events: a short period stays on the index of when they happened."""
    end = NOW - timedelta(days=9)
    with suppress(KeyError):  # nothing is counted, only planned
        await reach_figures.reach_counts(transaction, start=end - timedelta(hours=1), end=end, channels=["telegram"])


EXPECTED: list[tuple[str, Callable[[Transaction], Awaitable[object]]]] = [
    ("ix_schedule_due", lambda t: claims.lock_due(t, "telegram", asking=True, now=NOW, limit=100)),
    (
        "ix_schedule_due_before_questions",
        lambda t: claims.lock_due(t, "telegram", asking=False, now=NOW, limit=100),
    ),
    ("pk_invitations", lambda t: claims.lock_invitations(t, list(range(60001, 60101)))),
    (
        "ix_invitations_account_id_asked",
        lambda t: contacts.contacts(t, range(1, 101), since=NOW - timedelta(days=90), order_ids=["1", "2"]),
    ),
    ("pk_persons", lambda t: contacts.lock_persons(t, range(1, 101))),
    ("uq_touchpoint_events_external_id", lambda t: events.known(t, [f"e{n}" for n in range(100)])),
    ("ix_customers_person_id", lambda t: invitations.lock_waiting(t, 5)),
    ("ix_invitations_open_expires_at", lambda t: sweeps.expire(t, now=NOW, limit=1000)),
    (
        "ix_invitations_waiting_ask_by",
        lambda t: sweeps.give_up_waiting(t, "unreachable", now=NOW - timedelta(days=900), limit=1000),
    ),
    ("ix_schedule_sending", lambda t: claims.rows_left_behind(t, timedelta(seconds=90), 1000)),
    (
        "ix_schedule_due",
        lambda t: sweeps.give_up_planned(t, ["telegram", "vk"], "stale", now=NOW - timedelta(hours=1), limit=1000),
    ),
    (
        "ix_schedule_changed_at",
        lambda t: deliveries.page(t, state=None, since=NOW + timedelta(hours=1), after_id=0, limit=101),
    ),
    ("ix_cases_account_id", lambda t: messages.unsettled_case(t, 5)),
    ("ix_cases_customer_id", lambda t: messages.unsettled_case(t, 5)),
    ("ix_schedule_replies_in_order", lambda t: staff_messages.waits_behind(t, 70_000, "account:5")),
    ("ix_cases_customer_id", lambda t: forgetting.forget(t, 5, now=NOW)),
    ("ix_invitations_entry", lambda t: entry_points.entries_of(t, 5, "delivery")),
    ("ix_invitations_other_account_id", lambda t: responses.unanswered(t, 5, ASKABLE_STATES, now=NOW)),
    ("ix_invitations_account_id_asked", lambda t: person_moves.put_back_strays(t, [5], now=NOW)),
    ("ix_touchpoint_events_occurred_at", _reach),
    ("ix_schedule_due_before_questions", lambda t: sweeps.give_up_reports(t, "2026-W46", now=NOW)),
]


async def test_every_query_of_the_loop_stays_on_its_index(filled: Database) -> None:
    for index, ask in EXPECTED:
        shown = await plans(filled, ask)
        assert index in shown, shown
        for table in ("invitations", "touchpoint_events", "schedule", "persons", "accounts", "cases"):
            assert f"Seq Scan on {table}" not in shown, shown
    claimed = await plans(filled, EXPECTED[0][1])
    assert "Sort" not in claimed, "all rows due at one opening time must not be sorted for each claim"
