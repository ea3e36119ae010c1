"""QR codes and short links: places at which customers begin a survey themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction
from db.invitations import InvitationRecord


@dataclass(frozen=True, slots=True)
class StoredEntryPoint:
    """A QR code's entry point; `opened` counts scans."""

    token: str
    touchpoint: str
    location: str | None
    created_at: datetime
    revoked_at: datetime | None
    opened: int


_COLUMNS = "token, touchpoint, location, created_at, revoked_at, opened"


async def ensure(
    transaction: Transaction, token: str, touchpoint: str, location: str | None, *, now: datetime
) -> StoredEntryPoint:
    """The entry point in force for the touchpoint and place; a new one under this token where there is none."""
    await transaction.run(
        """
        insert into entry_points (token, touchpoint, location, created_at) values ($1, $2, $3, $4)
        on conflict (touchpoint, location) where revoked_at is null do nothing
        """,
        token,
        touchpoint,
        location,
        now,
    )
    row = await transaction.row(
        f"""
        select {_COLUMNS} from entry_points
         where touchpoint = $1 and location is not distinct from $2 and revoked_at is null
        """,
        touchpoint,
        location,
    )
    assert row is not None
    return StoredEntryPoint(*row)


async def listed(transaction: Transaction) -> list[StoredEntryPoint]:
    """All entry points, those revoked too."""
    rows = await transaction.rows(f"select {_COLUMNS} from entry_points order by touchpoint, location, created_at")
    return [StoredEntryPoint(*row) for row in rows]


async def revoke(transaction: Transaction, token: str, *, now: datetime) -> bool:
    """End the entry point; False when there is none in force."""
    return bool(
        await transaction.run(
            "update entry_points set revoked_at = $2 where token = $1 and revoked_at is null", token, now
        )
    )


async def opened(transaction: Transaction, token: str) -> StoredEntryPoint | None:
    """Somebody scanned it: the entry point, if it is in force; counted."""
    row = await transaction.row(
        f"update entry_points set opened = opened + 1 where token = $1 and revoked_at is null returning {_COLUMNS}",
        token,
    )
    return None if row is None else StoredEntryPoint(*row)


@dataclass(frozen=True, slots=True)
class LastEntry:
    """What somebody began last at a touchpoint by scanning."""

    invitation_id: int
    account_id: int
    token: str
    state: str
    expires_at: datetime | None
    answered_at: datetime | None


async def entries_of(transaction: Transaction, person_id: int, touchpoint: str) -> list[LastEntry]:
    """What the person began at the touchpoint by scanning, the last first; at most ten."""
    rows = await transaction.rows(
        """
        select i.id, i.account_id, i.entry_token, i.state, i.expires_at, i.answered_at
          from accounts a
          join invitations i on i.account_id = a.id and i.touchpoint = $2 and i.entry_token is not null
         where a.person_id = $1
         order by i.id desc limit 10
        """,
        person_id,
        touchpoint,
    )
    return [LastEntry(*row) for row in rows]


async def count_entries(transaction: Transaction, account_id: int, token: str) -> int:
    """How often the account began a survey there."""
    count = await transaction.value(
        "select count(*) from invitations where account_id = $1 and entry_token = $2", account_id, token
    )
    assert isinstance(count, int)
    return count


async def begin(
    transaction: Transaction,
    record: InvitationRecord,
    *,
    token: str,
    language: str,
    question: str,
    expires_at: datetime,
    catalogue_version_id: int,
    now: datetime,
) -> None:
    """Store the invitation of who began it; nobody knows yet whether the question reached them."""
    await transaction.run(
        """
        insert into invitations (id, event_id, customer_id, account_id, touchpoint, survey, relational, priority, state,
                                 ask_at, sent_at, expires_at, catalogue_version_id, language, question, entry_token,
                                 changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'unknown', $9, $9, $10, $11, $12, $13, $14, $9)
        """,
        record.id,
        record.event_id,
        record.customer_id,
        record.account_id,
        record.touchpoint,
        record.survey,
        record.relational,
        record.priority,
        now,
        expires_at,
        catalogue_version_id,
        language,
        question,
        token,
    )


async def shown(transaction: Transaction, invitation_id: int, message_id: int, *, now: datetime) -> None:
    """The question of one who began it reached them."""
    await transaction.run(
        """
        with told as (
            update invitations
               set message_id = $2, state = case when state = 'unknown' then 'sent' else state end, changed_at = $3
             where id = $1 and entry_token is not null
            returning id, expires_at, (select state from invitations before where before.id = $1) as before
        )
        insert into invitation_steps (invitation_id, at, step, until)
        select id, $3, 'sent', expires_at from told where before = 'unknown'
        """,
        invitation_id,
        message_id,
        now,
    )
