"""Upkeep in bulk: what time alone has changed. Rows somebody else holds are left for the next sweep."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


async def expire(transaction: Transaction, *, now: datetime, limit: int) -> int:
    """Close questions whose time has passed; the number closed."""
    return await transaction.run(
        """
        with due as (
            select id from invitations
            where state = 'sent' and expires_at <= $1
            order by expires_at limit $2
            for no key update skip locked
        ), expired as (
            update invitations i set state = 'expired', changed_at = $1 from due where i.id = due.id returning i.id
        )
        insert into invitation_steps (invitation_id, at, step) select id, $1, 'expired' from expired
        """,
        now,
        limit,
    )


async def give_up_waiting(transaction: Transaction, reason: str, *, now: datetime, limit: int) -> int:
    """Skip events nobody could be reached about in time; the number skipped."""
    return await transaction.run(
        """
        with due as (
            select id from invitations
            where state = 'waiting' and ask_by < $1
            order by ask_by limit $3
            for no key update skip locked
        ), skipped as (
            update invitations i set state = 'skipped', reason = $2, changed_at = $1
            from due where i.id = due.id returning i.id
        )
        insert into invitation_steps (invitation_id, at, step, reason) select id, $1, 'skipped', $2 from skipped
        """,
        now,
        reason,
        limit,
    )


async def give_up_planned(
    transaction: Transaction, channels: Sequence[str], reason: str, *, now: datetime, limit: int
) -> int:
    """Skip planned questions whose time has passed while nobody took them for sending; the number skipped.

    They are found through their rows of the schedule: no more of those are overdue than nobody sends.
    """
    return await transaction.run(
        """
        with due as (
            select s.id as row_id, i.id
            from schedule s
            join invitations i on i.id = s.subject_id and i.state = 'planned' and i.ask_by < $1
            where s.channel = any($4::text[]) and s.state = 'due' and s.due_at < $1 and s.kind = 'invitation'
            order by s.due_at limit $3
            for no key update of s, i skip locked
        ), dropped as (
            update schedule s set state = 'dropped', reason = $2, settled_at = $1, retry_at = null
            from due where s.id = due.row_id
        ), skipped as (
            update invitations i set state = 'skipped', reason = $2, changed_at = $1
            from due where i.id = due.id returning i.id
        )
        insert into invitation_steps (invitation_id, at, step, reason) select id, $1, 'skipped', $2 from skipped
        """,
        now,
        reason,
        limit,
        list(channels),
    )


async def first_published_at(transaction: Transaction) -> datetime | None:
    """Since when there has been a catalogue."""
    published_at = await transaction.value("select published_at from catalogue_versions order by id limit 1")
    assert published_at is None or isinstance(published_at, datetime)
    return published_at


async def give_up_reports(transaction: Transaction, current_week: str, *, now: datetime) -> int:
    """Drop weekly reports of other weeks than this one that are still due; the number dropped."""
    return await transaction.run(
        """
        update schedule set state = 'dropped', reason = 'superseded', settled_at = $2, retry_at = null
        where id in (
            select id from schedule
            where channel = 'telegram' and state = 'due' and kind = 'weekly_report'
              and dedupe_key not like '%:' || $1
            for no key update skip locked
        )
        """,
        current_week,
        now,
    )


async def begin_round(transaction: Transaction, name: str, every: timedelta, *, now: datetime) -> bool:
    """Whether a regular round of the loop is due by business time; if so it counts as begun now."""
    row = await transaction.row(
        """
        insert into rounds as r (name, begun_at) values ($1, $2)
        on conflict (name) do update set begun_at = excluded.begun_at
        where r.begun_at <= $2 - $3::interval or r.begun_at > $2
        returning name
        """,
        name,
        now,
        every,
    )
    return row is not None


async def repeat_round(transaction: Transaction, name: str) -> None:
    """The round found more than it could do: let it begin again at once."""
    await transaction.run("delete from rounds where name = $1", name)


@dataclass(frozen=True, slots=True)
class RelationshipDue:
    """A person who is due for a relational question, by the customer something happened to last."""

    person_id: int
    customer: str


async def relationship_due(
    transaction: Transaction,
    touchpoint: str,
    after: list[str],
    channels: Collection[str],
    *,
    since: datetime,
    now: datetime,
    limit: int,
) -> list[RelationshipDue]:
    """Persons reachable by one of the channels who had one of the touchpoints since then, but not this one."""
    rows = await transaction.rows(
        """
        with recent as (
            select distinct on (c.person_id) c.person_id, c.external_id
            from touchpoint_events e
            join customers c on c.id = e.customer_id
            where e.occurred_at > $3 and e.occurred_at <= $4 and e.touchpoint = any($2::text[])
            order by c.person_id, e.occurred_at desc, e.id desc
        )
        select r.person_id, r.external_id
        from recent r
        join persons p on p.id = r.person_id and p.opted_out_at is null
        where exists (
                select from accounts a
                where a.person_id = r.person_id and a.state in ('connected', 'presumed') and a.channel = any($6::text[])
            )
          and not exists (
                select from customers c
                join touchpoint_events asked on asked.customer_id = c.id
                where c.person_id = r.person_id and asked.touchpoint = $1 and asked.occurred_at > $3
            )
        order by r.person_id
        limit $5
        """,
        touchpoint,
        after,
        since,
        now,
        limit,
        list(channels),
    )
    return [RelationshipDue(*row) for row in rows]


async def relationship_numbers(
    transaction: Transaction, person_ids: list[int], touchpoints: list[str], prefix: str
) -> dict[int, int]:
    """The largest number used so far in these persons' relational event ids."""
    rows = await transaction.rows(
        """
        select c.person_id, max(split_part(e.external_id, ':', 3)::bigint) as number
        from customers c
        join touchpoint_events e on e.customer_id = c.id
        where c.person_id = any($1::bigint[]) and e.touchpoint = any($2::text[])
          and e.external_id ~ ('^' || $3 || '[0-9]{1,18}:[0-9]{1,18}$')
        group by c.person_id
        """,
        person_ids,
        touchpoints,
        prefix,
    )
    return {row["person_id"]: row["number"] for row in rows}
