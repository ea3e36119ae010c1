"""What webhooks cost stays on indexes however much lies around: at each look, at each tap, in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from db import webhook_log, webhook_messages, webhooks
from db.database import Database, Transaction
from tests.db.test_schedule_plans import plans

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


@pytest.fixture
async def filled(database: Database) -> Database:
    """A webhook told seldom, one told often, 40,000 messages with their log; 2,000 wait, and 40,000 questions."""
    async with database.transaction() as transaction:
        for statement in (
            "insert into webhooks (name, url, secret, events, created_at)"
            " select 'w' || n, 'https://crm.example', 'whsec_eA==', '{case.opened,response.changed}', $1"
            " from generate_series(1, 2) n",
            "insert into cases (touchpoint, team, cause, state, opened_at, changed_at)"
            " select 'delivery', 'staff', 'score', 'open', $1, $1 from generate_series(1, 40000)",
            "insert into webhook_messages (type, case_id, happened_at)"
            " select 'case.opened', id, $1::timestamptz - id * interval '1 minute' from cases",
            "insert into webhook_attempts (webhook_id, message_id, at, attempt, status)"
            " select case when id % 500 = 0 then 1 else 2 end, id, happened_at, 1, 204 from webhook_messages",
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, created_at)"
            " select 'webhook', id, 'webhook:' || case when id % 500 = 0 then 1 else 2 end, "
            " 'webhook', 'webhook:' || id, happened_at,"
            " case when id <= 2000 then 'due' when id <= 2100 then 'rejected' else 'sent' end, $1"
            " from webhook_messages",
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)"
            " select 'invitation', n, 'account:' || n, 'telegram', 'invitation:' || n, $1, $1"
            " from generate_series(1, 40000) n",
        ):
            await transaction.run(statement, *([NOW] if "$1" in statement else []))
    async with database.autocommit() as transaction:
        await transaction.run("analyze")
    return database


async def replay(transaction: Transaction, *, since: datetime | None) -> None:
    webhook = webhooks.StoredWebhook(
        1, "w1", "", "", None, None, ("case.opened",), False, NOW, None, None, 0, None, None
    )
    await webhook_messages.replay(transaction, webhook, message_id=None, since=since, now=NOW)


EXPECTED: list[tuple[str, Callable[[Transaction], Awaitable[object]]]] = [
    ("ix_schedule_webhooks", lambda t: webhook_messages.lock_due(t, busy=[2], each=4, now=NOW)),
    ("pk_webhook_messages", lambda t: webhook_messages.facts(t, 5)),
    ("ix_webhook_attempts_webhook_id", lambda t: webhook_log.attempts(t, 1, before_id=30_000, limit=50)),
    ("ix_schedule_webhooks", lambda t: webhooks.drop_due(t, 1, "removed", now=NOW)),
    (
        "ix_webhook_messages_happened_at",
        lambda t: webhook_messages.forget_old(t, NOW - timedelta(days=27), now=NOW, limit=1000),
    ),
    ("ix_webhook_messages_happened_at", lambda t: replay(t, since=NOW - timedelta(hours=2))),
    ("ix_schedule_state_id", lambda t: replay(t, since=None)),
    (
        "ix_webhook_messages_response_id",
        lambda t: t.run(
            "with changed as (select id from responses where id = $1 and score = $3), "
            + webhook_messages.told_of_change("changed", "$2")
            + " select from changed",
            5,
            NOW,
            1,
        ),
    ),
]


async def test_every_query_of_webhooks_stays_on_its_index(filled: Database) -> None:
    for index, ask in EXPECTED:
        shown = await plans(filled, ask)
        assert index in shown, shown
        for table in ("schedule", "webhook_messages", "webhook_attempts", "cases"):
            assert f"Seq Scan on {table}" not in shown, (index, shown)
