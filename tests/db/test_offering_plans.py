"""What giving a code and closing a case read stays on its indexes however much lies around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db import case_forms, cases, codes, messages, reasks
from db.database import Database
from tests.db.test_report_plans import Explained

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


async def test_neither_codes_nor_cases_are_read_whole(database: Database) -> None:
    async with database.transaction() as transaction:
        for statement in (
            "insert into persons (created_at) select $1 from generate_series(1, 5000)",
            "insert into customers (external_id, person_id, created_at) select 'c' || id, id, $1 from persons",
            "insert into accounts (channel, external_id, person_id, state, state_since, created_at)"
            " select 'telegram', id, id, 'connected', $1, $1 from persons",
            "insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, customer_id)"
            " select 'e' || id, 'delivery', $1, $1, id from customers",
            "insert into cases (event_id, account_id, customer_id, touchpoint, team, cause, state, opened_at,"
            " resolved_at, changed_at)"
            " select id, id, id, 'delivery', 'staff', 'score', 'resolved', $1, $1, $1 from touchpoint_events",
            "insert into case_moves (case_id, move, actor, from_state, to_state, moved_at)"
            " select id, 'resolve', 'staff', 'open', 'resolved', $1 from cases",
            "insert into case_forms (case_id, kind, actor_id, chat_id, message_id, begun_at)"
            " select id, 'resolve', 1, -1, id, $1 from cases",
            "insert into promo_codes (pool, code, imported_at, state, given_at, case_id, person_id)"
            " select 'sorry', n, $1, case when n % 2 = 0 then 'free' else 'given' end,"
            " case when n % 2 = 1 then $1::timestamptz - n * interval '1 hour' end,"
            " case when n % 2 = 1 then n % 5000 + 1 end, case when n % 2 = 1 then n % 5000 + 1 end"
            " from generate_series(1, 20000) as n",
        ):
            await transaction.run(statement, NOW)
    async with database.autocommit() as statement:
        await statement.run("analyze")
    async with database.transaction() as transaction:
        explained = Explained(transaction)
        await codes.give(explained, "sorry", case_id=7, person_id=7, given_by=1, now=NOW)
        await codes.count_given(explained, "sorry", since=NOW - timedelta(hours=12))
        await codes.count_given_to(explained, "sorry", 7, since=NOW - timedelta(days=3))
        assert {"ix_promo_codes_free", "ix_promo_codes_given"} <= explained.indexes
        await cases.find(explained, 7)
        await cases.newest_of_event(explained, 7)
        await case_forms.shown_in(explained, -1, 7)
        await reasks.planned(explained, 7)
        await messages.case_awaiting_words(explained, 7, since=NOW - timedelta(days=1))
        assert {"ix_cases_event_id", "ix_case_forms_message"} <= explained.indexes
        assert explained.read_whole & {"cases", "case_moves", "case_forms", "promo_codes"} == set()
