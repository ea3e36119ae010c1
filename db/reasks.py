"""The question asked once more after a complaint was put right: one for each event, taken back while it is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class NewReask:
    """Whom to ask again about which event, and when."""

    event_id: int
    account_id: int
    touchpoint: str
    survey: str
    relational: bool
    ask_at: datetime
    ask_by: datetime
    catalogue_version_id: int


async def plan(transaction: Transaction, reask: NewReask, *, now: datetime) -> int | None:
    """Plan it, or plan anew what was taken back; its id, None when the event's second question is out already."""
    invitation_id = await transaction.value(
        """
        with planned as (
            insert into invitations (event_id, purpose, customer_id, account_id, touchpoint, survey, relational,
                                     order_id, state, ask_at, ask_by, catalogue_version_id, changed_at, trial, variant)
            select e.id, 'recovery', e.customer_id, $2, $3, $4, $5, e.order_id, 'planned', $6, $7, $8, $9,
                   f.trial, f.variant
              from touchpoint_events e
              left join invitations f on f.event_id = e.id and f.purpose = 'first'
             where e.id = $1
            on conflict (event_id, purpose) do update
            set account_id = excluded.account_id, survey = excluded.survey, state = 'planned', reason = null,
                ask_at = excluded.ask_at, ask_by = excluded.ask_by, changed_at = excluded.changed_at
            where invitations.state = 'cancelled'
            returning id
        ), noted as (
            insert into invitation_steps (invitation_id, at, step, until) select id, $9, 'planned', $6 from planned
        )
        select id from planned
        """,
        reask.event_id,
        reask.account_id,
        reask.touchpoint,
        reask.survey,
        reask.relational,
        reask.ask_at,
        reask.ask_by,
        reask.catalogue_version_id,
        now,
    )
    assert invitation_id is None or isinstance(invitation_id, int)
    return invitation_id


async def planned(transaction: Transaction, event_id: int) -> int | None:
    """The event's second question, while it has not been sent."""
    invitation_id = await transaction.value(
        """
        select id from invitations where event_id = $1 and purpose = 'recovery' and state in ('planned', 'waiting')
        """,
        event_id,
    )
    assert invitation_id is None or isinstance(invitation_id, int)
    return invitation_id
