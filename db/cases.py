"""Cases and their moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case about to be opened."""

    response_id: int | None
    event_id: int | None
    account_id: int | None
    customer_id: int | None
    touchpoint: str | None
    team: str
    cause: str
    severity: str
    location: str | None
    employee: str | None
    opened_by: str
    opened_by_id: int | None
    opened_by_name: str | None
    opened_at: datetime
    card_at: datetime
    first_response_due: datetime
    resolve_due: datetime
    external_id: str | None = None
    order_id: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case with what is known of the complaint."""

    id: int
    state: str
    team: str
    cause: str
    touchpoint: str | None
    opened_at: datetime
    first_response_due: datetime | None
    resolve_due: datetime | None
    severity: str
    round: int
    location: str | None
    employee: str | None
    outbreak_id: int | None
    card_at: datetime | None
    first_response_at: datetime | None
    solved_asked_at: datetime | None
    solved: bool | None
    folded: bool
    claimed_at: datetime | None
    claimed_by: int | None
    claimed_by_name: str | None
    resolved_at: datetime | None
    card_chat_id: int | None
    card_message_id: int | None
    response_id: int | None
    metric: str | None
    score: int | None
    reasons: tuple[str, ...]
    comment: str | None
    catalogue_version_id: int | None
    survey: str | None
    event_external_id: str | None
    order_id: str | None
    attributes: Mapping[str, object]
    customer_external_id: str | None
    customer_name: str | None
    resolved_by_name: str | None
    close_reason: str | None
    given: tuple[str, ...]
    note: str | None
    attachments: int
    account_id: int | None
    customer_id: int | None
    person_id: int | None
    event_id: int | None
    score_before: int | None
    again_score: int | None
    again_comment: str | None
    customer_reopened_at: datetime | None
    code_undelivered: str | None
    code_to_hand_over: str | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseContext:
    """What a case takes over from the response that opens it."""

    response_id: int
    event_id: int | None
    account_id: int | None
    customer_id: int | None
    touchpoint: str
    metric: str
    score: int
    reasons: tuple[str, ...]
    location: str | None
    employee: str | None


_VIEW = """
select c.id, c.state, c.team, c.cause, c.touchpoint, c.opened_at, c.first_response_due, c.resolve_due,
       c.severity, c.round, c.location, c.employee, c.outbreak_id, c.card_at, c.first_response_at, c.solved_asked_at,
       c.solved, c.folded, c.claimed_at, c.claimed_by, c.claimed_by_name, c.resolved_at,
       c.card_chat_id, c.card_message_id, c.response_id, r.metric, r.score, coalesce(r.reasons, '{}') as reasons,
       coalesce(r.comment, (select o.note from case_moves o where o.case_id = c.id and o.move = 'open')) as comment,
       r.catalogue_version_id, r.survey, e.external_id as event_external_id,
       coalesce(r.order_id, e.order_id, c.order_id) as order_id,
       coalesce(r.attributes, e.attributes, '{}'::jsonb) as attributes,
       u.external_id as customer_external_id, coalesce(u.name, a.name) as customer_name,
       ended.actor_name as resolved_by_name, ended.close_reason, coalesce(ended.given, '{}') as given, ended.note,
       (select count(*) from messages m
         where (m.case_id = c.id or m.response_id = c.response_id) and m.kind in ('voice', 'photo', 'document'))
           as attachments,
       c.account_id, c.customer_id, coalesce(a.person_id, u.person_id) as person_id, c.event_id,
       (select s.score from response_scores s where s.response_id = c.response_id order by s.id limit 1)
           as score_before,
       again.score as again_score, again.comment as again_comment,
       case when back.actor = 'customer' then back.moved_at end as customer_reopened_at,
       offered.undelivered as code_undelivered, offered.code as code_to_hand_over, c.external_id
  from cases c
  left join responses r on r.id = c.response_id
  left join touchpoint_events e on e.id = c.event_id
  left join customers u on u.id = c.customer_id
  left join accounts a on a.id = c.account_id
  left join lateral (
       select m.actor_name, m.close_reason, m.given, m.note
         from case_moves m
        where m.case_id = c.id and m.to_state in ('resolved', 'dismissed')
        order by m.id desc limit 1) ended on true
  left join lateral (
       select m.actor, m.moved_at from case_moves m
        where m.case_id = c.id and m.move = 'reopen' order by m.id desc limit 1) back on true
  left join lateral (
       select r2.score, r2.comment from responses r2
        where r2.event_id = c.event_id and r2.purpose = 'recovery' limit 1) again on true
  left join lateral (
       select s.undelivered, case when s.undelivered = 'in_person' then p.code end as code
         from staff_messages s left join promo_codes p on p.id = s.code_id
        where s.case_id = c.id and s.origin = 'code' order by s.id desc limit 1) offered on true
"""


def _stored(row: asyncpg.Record) -> StoredCase:
    return StoredCase(**{**row, "reasons": tuple(row["reasons"]), "given": tuple(row["given"])})


async def insert(transaction: Transaction, case: NewCase) -> int | None:
    """Store a case in state open; None when its response or event has an unsettled one, or the shop's id is taken."""
    case_id = await transaction.value(
        """
        with opened as (
            insert into cases (response_id, event_id, account_id, customer_id, touchpoint, team, cause, severity,
                               location, employee, state, opened_at, card_at, first_response_due, resolve_due,
                               changed_at, external_id, order_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12, $13, $14, $11, $18, $19)
            on conflict do nothing
            returning id
        ), moved as (
            insert into case_moves (case_id, move, from_state, to_state, moved_at, actor, actor_id, actor_name, note)
            select id, 'open', null, 'open', $11, $15, $16, $17, $20 from opened
        )
        select id from opened
        """,
        case.response_id,
        case.event_id,
        case.account_id,
        case.customer_id,
        case.touchpoint,
        case.team,
        case.cause,
        case.severity,
        case.location,
        case.employee,
        case.opened_at,
        case.card_at,
        case.first_response_due,
        case.resolve_due,
        case.opened_by,
        case.opened_by_id,
        case.opened_by_name,
        case.external_id,
        case.order_id,
        case.comment,
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def response_context(transaction: Transaction, response_id: int) -> ResponseContext | None:
    """What a case about this response takes over."""
    row = await transaction.row(
        """
        select id as response_id, event_id, account_id, customer_id, touchpoint, metric, score, reasons,
               attributes ->> 'location' as location, attributes ->> 'employee' as employee
          from responses where id = $1
        """,
        response_id,
    )
    if row is None:
        return None
    return ResponseContext(**{**row, "reasons": tuple(row["reasons"])})


@dataclass(frozen=True, slots=True)
class EventContext:
    """What a case takes over from the event it is about."""

    location: str | None
    employee: str | None


async def event_context(transaction: Transaction, event_id: int) -> EventContext | None:
    """Where the event happened and who was there, as the shop reported it."""
    row = await transaction.row(
        "select attributes ->> 'location', attributes ->> 'employee' from touchpoint_events where id = $1", event_id
    )
    return None if row is None else EventContext(*row)


async def unsettled_of_event(transaction: Transaction, event_id: int) -> int | None:
    """The case about this event that staff still work on; locked."""
    case_id = await transaction.value(
        "select id from cases where event_id = $1 and state in ('open', 'claimed', 'waiting') for update", event_id
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def join_response(transaction: Transaction, case_id: int, response_id: int) -> bool:
    """Put an answer under the case about its event, unless the case has one; whether that was done."""
    return bool(
        await transaction.run(
            """
            update cases c set response_id = $2, account_id = coalesce(r.account_id, c.account_id)
            from responses r
            where c.id = $1 and c.response_id is null and r.id = $2
            """,
            case_id,
            response_id,
        )
    )


async def find(transaction: Transaction, case_id: int) -> StoredCase | None:
    """One case as it stands."""
    row = await transaction.row(_VIEW + " where c.id = $1", case_id)
    return None if row is None else _stored(row)


async def lock(transaction: Transaction, case_id: int) -> StoredCase | None:
    """One case, locked against other moves until the transaction ends."""
    if await transaction.value("select id from cases where id = $1 for update", case_id) is None:
        return None
    return await find(transaction, case_id)


async def lock_all(transaction: Transaction, case_ids: Collection[int]) -> None:
    """Lock cases in one order, before their rows of the schedule: two who change both never block each other."""
    if case_ids:
        await transaction.rows(
            "select id from cases where id = any($1::bigint[]) order by id for no key update", sorted(set(case_ids))
        )


async def of_response(transaction: Transaction, response_id: int) -> list[int]:
    """The cases this response opened, oldest first; of one asked for again, the case it was asked again about."""
    rows = await transaction.rows(
        """
        select id from cases where response_id = $1
        union
        (select c.id from responses r join cases c on c.event_id = r.event_id
          where r.id = $1 and r.purpose = 'recovery' order by c.id desc limit 1)
        order by id
        """,
        response_id,
    )
    return [row["id"] for row in rows]


async def newest_of_event(transaction: Transaction, event_id: int) -> int | None:
    """The latest case about this event."""
    case_id = await transaction.value("select id from cases where event_id = $1 order by id desc limit 1", event_id)
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def asked_solved(transaction: Transaction, case_id: int, *, round_number: int, now: datetime) -> bool:
    """The customer was asked in this round whether it is solved; whether that was news."""
    return bool(
        await transaction.run(
            "update cases set solved_asked_at = $3 where id = $1 and round = $2 and solved_asked_at is null",
            case_id,
            round_number,
            now,
        )
    )


Belonging = tuple[str, str | None]
"""The team that got a case, and the touchpoint it is about: together they say in which chat it is worked."""

_BELONGS = """
    and ($2::text[] is null or exists (
        select from unnest($2::text[], $3::text[]) as wanted (team, touchpoint)
         where wanted.team = c.team and wanted.touchpoint is not distinct from c.touchpoint))
"""


async def belongings_in_states(transaction: Transaction, states: Sequence[str]) -> list[Belonging]:
    """To whom the cases in these states belong."""
    rows = await transaction.rows(
        "select distinct team, touchpoint from cases where state = any($1::text[])", list(states)
    )
    return [(row["team"], row["touchpoint"]) for row in rows]


async def list_in_states(
    transaction: Transaction,
    states: Sequence[str],
    *,
    of: Sequence[Belonging] | None = None,
    team: str | None = None,
    touchpoint: str | None = None,
    after_id: int = 0,
    offset: int = 0,
    limit: int = 200,
) -> list[StoredCase]:
    """Cases in these states by id, everybody's unless `of` says whose, at most `limit` behind `after_id`.

    `offset` of those are passed over.
    """
    rows = await transaction.rows(
        f"""
        {_VIEW} where c.state = any($1::text[]) {_BELONGS} and c.id > $4
            and ($7::text is null or c.team = $7) and ($8::text is null or c.touchpoint = $8)
         order by c.id limit $5 offset $6
        """,
        *_wanted(states, of),
        after_id,
        limit,
        offset,
        team,
        touchpoint,
    )
    return [_stored(row) for row in rows]


async def held_by(transaction: Transaction, telegram_id: int, states: Sequence[str]) -> list[StoredCase]:
    """The cases in these states that somebody of staff has, oldest first."""
    rows = await transaction.rows(
        f"{_VIEW} where c.claimed_by = $1 and c.state = any($2::text[]) order by c.opened_at, c.id",
        telegram_id,
        list(states),
    )
    return [_stored(row) for row in rows]


async def count_in_states(transaction: Transaction, states: Sequence[str], of: Sequence[Belonging] | None) -> int:
    """How many cases are in these states; everybody's unless `of` says whose."""
    count = await transaction.value(
        f"select count(*) from cases c where c.state = any($1::text[]) {_BELONGS}", *_wanted(states, of)
    )
    assert isinstance(count, int)
    return count


def _wanted(states: Sequence[str], of: Sequence[Belonging] | None) -> tuple[list[str], list[str] | None, object]:
    if of is None:
        return list(states), None, None
    return list(states), [team for team, _ in of], [touchpoint for _, touchpoint in of]


async def raise_severity(
    transaction: Transaction, case_id: int, severity: str, *, card_at: datetime, first_response_due: datetime
) -> None:
    """The complaint turned out more urgent than it seemed: its card is not waited for, its answer is due sooner."""
    await transaction.run(
        """
        update cases
           set severity = $2, card_at = least(card_at, $3), first_response_due = least(first_response_due, $4)
         where id = $1
        """,
        case_id,
        severity,
        card_at,
        first_response_due,
    )
