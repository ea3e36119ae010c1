"""What a trial reads, it reads through its index, however many invitations there are."""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from db import trials
from db.database import Database
from surveys.publishing import publish
from tests.benchmarks.report_data import CATALOGUE, END, Amount, fill
from tests.db.test_report_plans import GROWING, Explained

TRIAL = """\
trials:
  later:
    touchpoint: touchpoint-3
    measure: response_rate
    from: 2024-01-01
    variants: {b: {ask_after: PT4H}}
    planned: 400
"""
PEOPLE = """
    set session_replication_role = replica;
    insert into persons (id, created_at) overriding system value select i, now() from generate_series(1, 3000) i
    on conflict do nothing;
    insert into accounts (id, channel, external_id, person_id, state, state_since, created_at) overriding system value
    select i, 'telegram', i, i, 'connected', now(), now() from generate_series(1, 3000) i
    on conflict do nothing;
    update invitations set account_id = id % 3000 + 1, order_id = null;
    update invitations
       set trial = 'later', variant = case id % 2 when 0 then 'a' else 'b' end, counts_in_trial = true
     where touchpoint = 'touchpoint-3' and sent_at is not null;
    set session_replication_role = default
"""


async def test_a_trial_is_read_through_its_index(database: Database, database_url: str) -> None:
    await publish(database, CATALOGUE + TRIAL, now=END)
    connection = await asyncpg.connect(database_url)
    try:
        await fill(connection, Amount(answers_a_week=200, weeks=20, event_weeks=100))
        await connection.execute(PEOPLE)
        for table in ("persons", "accounts", "invitations", "responses"):
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()
    async with database.transaction() as transaction:
        explained = Explained(transaction)
        for only_answered in (False, True):
            found = await trials.final(
                explained, "later", "b", expired_by=END - timedelta(days=1), only_answered=only_answered, limit=400
            )
            assert found.n == 400
        assert set(await trials.gathered(explained, "later")) == {"a", "b"}
        assert "ix_invitations_trial" in explained.indexes
        assert explained.indexes <= {"ix_invitations_trial", "uq_responses_invitation_id"}
        assert explained.read_whole & GROWING == set()
        given = await trials.variants_given(explained, range(100, 140), ["later"])
        assert given
        assert {"ix_accounts_person_id", "ix_invitations_account_id_asked"} <= explained.indexes
        assert explained.read_whole & GROWING == set()
