"""What the clock of cases asks stays on its indexes after years of escalations."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from db import cases, escalations, staff_numbers
from db.database import Database, Transaction
from tests.db.test_schedule_plans import NOW, plans


@pytest.fixture
async def filled(database: Database) -> Database:
    """6,000 settled cases of years, 200 open ones, each escalated three times."""
    async with database.transaction() as transaction:
        for statement in (
            "insert into cases (team, cause, state, opened_at, card_at, resolved_at, changed_at, claimed_by,"
            " claimed_by_name)"
            " select 'staff', 'complaint', case when n <= 6000 then 'resolved' else 'open' end,"
            " $1::timestamptz - (6200 - n) * interval '1 hour', $1::timestamptz - (6200 - n) * interval '1 hour',"
            " $1, $1, case when n <= 6000 then n % 40 end, 'Олег' from generate_series(1, 6200) as n",
            "insert into case_moves (case_id, from_state, to_state, moved_at, actor_id, actor_name, move, actor)"
            " select id, null::text, 'open', opened_at, null::bigint, null::text, 'open', 'customer' from cases"
            " union all select id, 'open', 'claimed', opened_at, id % 40, 'Олег', 'claim', 'staff' from cases"
            " where id <= 6000",
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, reason, detail,"
            " created_at)"
            " select 'escalation', id, 'team:staff', 'telegram', 'escalation:' || id || ':1:' || detail, opened_at,"
            " case when id > 6000 then 'due' else 'dropped' end,"
            " case when id % 100 = 0 then 'folded:' || id else 'moved_on' end, detail, $1"
            " from cases, unnest(array['level:1', 'unclaimed:1', 'overdue']) as detail",
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)"
            " select 'card', id, 'team:staff', 'telegram', 'card:' || id, $1, $1 from cases",
        ):
            await transaction.run(statement, NOW) if "$1" in statement else await transaction.run(statement)
    async with database.autocommit() as transaction:
        await transaction.run("analyze")
    return database


async def planned(asked: Awaitable[object]) -> None:
    """What is only planned has no row, which these queries always have."""
    with contextlib.suppress(AssertionError):
        await asked


EXPECTED: list[tuple[str, Callable[[Transaction], Awaitable[object]]]] = [
    (
        "ix_schedule_escalations",
        lambda t: escalations.lock_companions(t, "chat:1001", "level", now=NOW, limit=30),
    ),
    ("ix_schedule_folded", lambda t: escalations.taken_in(t, 17)),
    ("Index Scan", lambda t: escalations.take_in(t, 17, [18, 19], now=NOW)),
    ("pk_cases", lambda t: escalations.hold_cases(t, range(1, 31))),
    # whichever of the small indexes on unsettled cases: there are few of them, however many are settled
    ("Index Scan", lambda t: escalations.waiting_since(t, NOW - timedelta(days=1), NOW)),
    ("ix_cases_unsettled", lambda t: cases.held_by(t, 7, ["claimed", "waiting"])),
    ("ix_case_moves_actor_id", lambda t: planned(staff_numbers.numbers_of(t, 7, NOW - timedelta(days=30)))),
    ("ix_schedule_subject_id", lambda t: planned(escalations.clock_record(t, 7, 1, "team:staff"))),
    ("ix_case_moves_case_id", lambda t: staff_numbers.moves_of(t, 7)),
]


async def test_what_the_clock_asks_stays_on_its_indexes(filled: Database) -> None:
    for index, ask in EXPECTED:
        shown = await plans(filled, ask)
        assert index in shown, shown
        for table in ("schedule", "cases", "case_moves"):
            assert f"Seq Scan on {table}" not in shown, shown
    async with filled.autocommit() as transaction:
        record = await escalations.clock_record(transaction, 6_001, 1, "team:staff")
        assert (record.level, record.repeats, record.reopened_at) == (0, 0, None)
        folded = await escalations.clock_record(transaction, 100, 1, "team:staff")
        assert (folded.level, folded.repeats) == (1, 1)
