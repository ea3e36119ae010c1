"""Invitations: what becomes of each event, and the steps that led there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(slots=True)
class InvitationRecord:
    """What is stored of an invitation when it is decided; the id was taken before or is a stored one's."""

    id: int
    event_id: int
    customer_id: int | None
    account_id: int | None
    touchpoint: str
    survey: str | None
    relational: bool
    priority: int
    order_id: str | None
    state: str
    reason: str | None = None
    winner_id: int | None = None
    eligible_at: datetime | None = None
    ask_at: datetime | None = None
    ask_by: datetime | None = None
    trial: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A move of an invitation, for its story."""

    invitation_id: int
    at: datetime
    step: str
    reason: str | None = None
    until: datetime | None = None


async def take_ids(transaction: Transaction, count: int) -> tuple[list[int], list[int]]:
    """Ids for so many new events and as many new invitations."""
    row = await transaction.row(
        """
        select array(select nextval('touchpoint_events_id_seq') from generate_series(1, $1::int))
                   as event_ids,
               array(select nextval('invitations_id_seq') from generate_series(1, $1::int))
                   as invitation_ids
        """,
        count,
    )
    assert row is not None
    return row[0], row[1]


async def add(
    transaction: Transaction, records: Sequence[InvitationRecord], *, catalogue_version_id: int, now: datetime
) -> None:
    """Store new invitations by COPY."""
    await transaction.copy(
        "invitations",
        (
            "id",
            "event_id",
            "customer_id",
            "account_id",
            "touchpoint",
            "survey",
            "relational",
            "priority",
            "order_id",
            "state",
            "reason",
            "winner_id",
            "eligible_at",
            "ask_at",
            "ask_by",
            "trial",
            "variant",
            "catalogue_version_id",
            "changed_at",
        ),
        [
            (
                record.id,
                record.event_id,
                record.customer_id,
                record.account_id,
                record.touchpoint,
                record.survey,
                record.relational,
                record.priority,
                record.order_id,
                record.state,
                record.reason,
                record.winner_id,
                record.eligible_at,
                record.ask_at,
                record.ask_by,
                record.trial,
                record.variant,
                catalogue_version_id,
                now,
            )
            for record in records
        ],
    )


async def store_decisions(
    transaction: Transaction, records: Sequence[InvitationRecord], *, catalogue_version_id: int, now: datetime
) -> None:
    """Store what was decided about invitations that are there; they must be locked."""
    if not records:
        return
    await transaction.run(
        """
        update invitations i
        set account_id = decided.account_id, survey = decided.survey, relational = decided.relational,
            priority = decided.priority, state = decided.state, reason = decided.reason,
            winner_id = decided.winner_id, eligible_at = decided.eligible_at, ask_at = decided.ask_at,
            ask_by = decided.ask_by, trial = decided.trial, variant = decided.variant, counts_in_trial = false,
            catalogue_version_id = $14, changed_at = $15
        from unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[], $5::int[], $6::text[], $7::text[],
                    $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
            as decided (id, account_id, survey, relational, priority, state, reason, winner_id, eligible_at,
                        ask_at, ask_by, trial, variant)
        where i.id = decided.id
        """,
        [record.id for record in records],
        [record.account_id for record in records],
        [record.survey for record in records],
        [record.relational for record in records],
        [record.priority for record in records],
        [record.state for record in records],
        [record.reason for record in records],
        [record.winner_id for record in records],
        [record.eligible_at for record in records],
        [record.ask_at for record in records],
        [record.ask_by for record in records],
        [record.trial for record in records],
        [record.variant for record in records],
        catalogue_version_id,
        now,
    )


async def add_steps(transaction: Transaction, steps: Sequence[Step]) -> None:
    """Write down moves, in order."""
    await transaction.copy(
        "invitation_steps",
        ("invitation_id", "at", "step", "reason", "until"),
        [(step.invitation_id, step.at, step.step, step.reason, step.until) for step in steps],
    )


@dataclass(frozen=True, slots=True)
class Replaced:
    """A planned invitation that gives way to a better event of its order."""

    id: int
    winner_id: int
    eligible_at: datetime


async def replace(transaction: Transaction, replaced: Sequence[Replaced], *, reason: str, now: datetime) -> None:
    """Skip planned invitations in favour of better ones, named by `name_winners` once those are stored."""
    if not replaced:
        return
    await transaction.run(
        """
        update invitations i
        set state = 'skipped', reason = $3, eligible_at = given.eligible_at, changed_at = $4
        from unnest($1::bigint[], $2::timestamptz[]) as given (id, eligible_at)
        where i.id = given.id and i.state = 'planned'
        """,
        [one.id for one in replaced],
        [one.eligible_at for one in replaced],
        reason,
        now,
    )


async def name_winners(transaction: Transaction, replaced: Sequence[Replaced]) -> None:
    """Say which invitations are asked instead of these."""
    if not replaced:
        return
    await transaction.run(
        """
        update invitations i set winner_id = given.winner_id
        from unnest($1::bigint[], $2::bigint[]) as given (id, winner_id)
        where i.id = given.id
        """,
        [one.id for one in replaced],
        [one.winner_id for one in replaced],
    )


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An invitation that waits for somebody to become reachable, with what a decision about it needs."""

    id: int
    event_id: int
    event_external_id: str
    touchpoint: str
    occurred_at: datetime
    customer_id: int
    person_id: int
    order_id: str | None
    timezone: str | None


async def lock_waiting(transaction: Transaction, person_id: int) -> list[WaitingRow]:
    """What waits for this person, by its customers or by the orders bound to its accounts; locked.

    An order that is planned to be asked of somebody else, although this person opened its link, is among them.
    """
    rows = await transaction.rows(
        """
        select i.id, i.event_id, e.external_id, i.touchpoint, e.occurred_at, i.customer_id, c.person_id, i.order_id,
               c.timezone
        from invitations i
        join touchpoint_events e on e.id = i.event_id
        join customers c on c.id = i.customer_id
        left join order_bindings b on b.customer_id = i.customer_id and b.order_id = i.order_id
        left join accounts bound on bound.id = b.account_id
        left join accounts asked on asked.id = i.account_id
        where i.purpose = 'first'
          and (i.state = 'waiting'
               or (i.state = 'planned' and bound.person_id = $1 and asked.person_id <> bound.person_id))
          and i.customer_id in (
              select id from customers where person_id = $1
              union all
              select ob.customer_id from order_bindings ob join accounts a on a.id = ob.account_id
              where a.person_id = $1
          )
          and (c.person_id = $1 or bound.person_id = $1)
        order by i.id
        for update of i
        """,
        person_id,
    )
    return [WaitingRow(*row) for row in rows]


async def lock(transaction: Transaction, invitation_ids: Collection[int]) -> dict[int, str]:
    """The states of these invitations, locked in one order."""
    if not invitation_ids:
        return {}
    rows = await transaction.rows(
        "select id, state from invitations where id = any($1::bigint[]) order by id for no key update",
        sorted(invitation_ids),
    )
    return {row["id"]: row["state"] for row in rows}


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation as cancelling sees it; `person_id` decides about it."""

    id: int
    event_external_id: str
    state: str
    person_id: int | None


async def of_events(
    transaction: Transaction, *, event: str | None = None, order_id: str | None = None
) -> list[OpenInvitation]:
    """The invitations of one event or of all events of an order."""
    rows = await transaction.rows(
        """
        select i.id, e.external_id, i.state, coalesce(a.person_id, c.person_id)
        from touchpoint_events e
        join invitations i on i.event_id = e.id
        left join accounts a on a.id = i.account_id
        left join customers c on c.id = i.customer_id
        where ($1::text is not null and e.external_id = $1) or ($2::text is not null and e.order_id = $2)
        order by i.id
        """,
        event,
        order_id,
    )
    return [OpenInvitation(*row) for row in rows]


async def cancel(transaction: Transaction, invitation_ids: Sequence[int], reason: str, *, now: datetime) -> list[int]:
    """Cancel those that were not yet sent, with their steps; the ids of those cancelled."""
    rows = await transaction.rows(
        """
        with cancelled as (
            update invitations set state = 'cancelled', reason = $2, changed_at = $3
            where id = any($1::bigint[]) and state in ('planned', 'waiting')
            returning id
        ), noted as (
            insert into invitation_steps (invitation_id, at, step, reason) select id, $3, 'cancelled', $2 from cancelled
        )
        select id from cancelled order by id
        """,
        list(invitation_ids),
        reason,
        now,
    )
    return [row["id"] for row in rows]
