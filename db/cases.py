"""Cases and their moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """A score the same person gave before."""

    touchpoint: str
    metric: str
    score: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the person besides this case: their latest scores, and their other complaints."""

    answers: tuple[EarlierAnswer, ...]
    cases: int
    unsettled: tuple[int, ...]


async def earlier(transaction: Transaction, case: StoredCase, *, answers: int) -> Earlier:
    """The person's latest scores and their other complaints, as far as the shop or a messenger tells who it is."""
    given = await transaction.rows(
        """
        select touchpoint, metric, score, answered_at from responses
         where id in (select id from responses
                       where account_id in (select id from accounts where person_id = $1)
                      union
                      select id from responses
                       where customer_id in (select id from customers where person_id = $1))
           and id is distinct from $2
         order by answered_at desc, id desc
         limit $3
        """,
        case.person_id,
        case.response_id,
        answers,
    )
    others = await transaction.rows(
        """
        select id, state in ('open', 'claimed', 'waiting') as unsettled from cases
         where id in (select id from cases where account_id in (select id from accounts where person_id = $1)
                      union
                      select id from cases where customer_id in (select id from customers where person_id = $1))
           and id <> $2
         order by id
        """,
        case.person_id,
        case.id,
    )
    return Earlier(
        tuple(EarlierAnswer(*row) for row in given),
        len(others),
        tuple(row["id"] for row in others if row["unsettled"]),
    )


@dataclass(frozen=True, slots=True)
class KnownColleague:
    """Somebody who worked cases of the team lately."""

    telegram_id: int
    name: str


async def colleagues(transaction: Transaction, team: str, *, since: datetime, limit: int) -> list[KnownColleague]:
    """Who moved cases of the team since then, the busiest first, under the name they last had."""
    rows = await transaction.rows(
        """
        select m.actor_id, (array_agg(m.actor_name order by m.id desc))[1] as name
          from case_moves m
          join cases c on c.id = m.case_id
         where m.moved_at >= $2 and m.actor = 'staff' and m.actor_id is not null and c.team = $1
         group by m.actor_id
         order by count(*) desc, m.actor_id
         limit $3
        """,
        team,
        since,
        limit,
    )
    return [KnownColleague(row["actor_id"], row["name"] or str(row["actor_id"])) for row in rows]


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


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """A move that was decided under the case's lock, and what the case is after it.

    `claimed_by` and `team` are as they are from now on. `first_response_took` and `resolve_took` are working time,
    None where this move is neither the first reaction nor a solution.
    """

    case_id: int
    move: str
    from_state: str
    to_state: str
    actor: str
    actor_id: int | None
    actor_name: str | None
    team: str
    claimed_by: int | None
    claimed_by_name: str | None
    close_reason: str | None = None
    given: tuple[str, ...] = ()
    note: str | None = None
    first_response_took: timedelta | None = None
    resolve_took: timedelta | None = None
    resolve_due: datetime | None = None


async def move(transaction: Transaction, record: MoveRecord, *, now: datetime) -> int:
    """Store a move; its id. Reopening begins a new round: the customer's word about the last one does not count."""
    move_id = await transaction.value(
        """
        with changed as (
            update cases
               set state = $4,
                   changed_at = $17,
                   team = $8,
                   claimed_at = case when $9::bigint is null and $10::text is null then null
                                     when claimed_by is not distinct from $9
                                          and ($9 is not null or claimed_by_name = $10) then claimed_at
                                     else $17 end,
                   claimed_by = $9,
                   claimed_by_name = $10,
                   first_response_at = coalesce(first_response_at, case when $14::interval is not null then $17 end),
                   first_response_took = coalesce(first_response_took, $14),
                   resolve_took = case when $2 = 'reopen' then null else coalesce($15, resolve_took) end,
                   resolve_due = coalesce($16, resolve_due),
                   resolved_at = case when $4 = 'resolved' then $17
                                      when $2 = 'confirm' then coalesce(resolved_at, $17)
                                      when $2 = 'reopen' then null
                                      else resolved_at end,
                   folded = false,
                   round = round + case when $2 = 'reopen' then 1 else 0 end,
                   solved = case $2 when 'confirm' then true when 'reopen' then null else solved end,
                   solved_asked_at = case when $2 = 'reopen' then null else solved_asked_at end
             where id = $1
        )
        insert into case_moves (case_id, move, from_state, to_state, actor, actor_id, actor_name,
                                close_reason, given, note, moved_at)
        values ($1, $2, $3, $4, $5, $6, $7, $11, $12, $13, $17)
        returning id
        """,
        record.case_id,
        record.move,
        record.from_state,
        record.to_state,
        record.actor,
        record.actor_id,
        record.actor_name,
        record.team,
        record.claimed_by,
        record.claimed_by_name,
        record.close_reason,
        list(record.given),
        record.note,
        record.first_response_took,
        record.resolve_took,
        record.resolve_due,
        now,
    )
    assert isinstance(move_id, int)
    return move_id


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


async def place_card(transaction: Transaction, case_id: int, *, chat_id: int | None, message_id: int | None) -> None:
    """Remember where the case's card is; None when it is gone."""
    await transaction.run(
        "update cases set card_chat_id = $2, card_message_id = $3 where id = $1", case_id, chat_id, message_id
    )


async def fallback_card(transaction: Transaction, schedule_id: int) -> int | None:
    """The message in which an owner's copy of a card is shown."""
    message_id = await transaction.value("select message_id from schedule where id = $1", schedule_id)
    assert message_id is None or isinstance(message_id, int)
    return message_id


async def forget_card(transaction: Transaction, case_id: int, schedule_id: int) -> None:
    """The message that showed the card is gone: the next drawing posts a new one."""
    await transaction.run("update schedule set message_id = null where id = $1", schedule_id)
    await place_card(transaction, case_id, chat_id=None, message_id=None)


async def post_cards_anew(transaction: Transaction, chat_id: int) -> int:
    """Have the cards of unsettled cases that stand in this chat, which the team has left, posted again; how many."""
    return await transaction.run(
        """
        update schedule s set state = 'due', settled_at = null, reason = null
        from cases c
        where c.card_chat_id = $1 and c.state in ('open', 'claimed', 'waiting')
          and s.kind = 'card' and s.subject_id = c.id and s.recipient like 'team:%' and s.state = 'sent'
        """,
        chat_id,
    )


async def leave_card_behind(
    transaction: Transaction, case_id: int, *, chat_id: int, message_id: int, now: datetime
) -> None:
    """The card in this chat, whose team passed the case on, is drawn once more where it is."""
    await transaction.run(
        """
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, detail, message_id, created_at)
        values ('card', $1, 'chat:' || $2::bigint, 'telegram', 'card:' || $1::bigint || ':left:' || $2::bigint, $4,
                'left', $3, $4)
        on conflict (dedupe_key) do update set state = 'due', due_at = excluded.due_at, message_id = excluded.message_id
        """,
        case_id,
        chat_id,
        message_id,
        now,
    )


async def send_card_to(transaction: Transaction, case_id: int, team_chat: str, *, now: datetime) -> None:
    """The case goes to another team's chat: a card is posted there."""
    await transaction.run(
        """
        update schedule set recipient = $2, message_id = null,
               requested_again = requested_again or state = 'sending',
               state = case state when 'sending' then 'sending' else 'due' end, due_at = $3, retry_at = null
         where dedupe_key = 'card:' || $1::bigint
        """,
        case_id,
        f"team:{team_chat}",
        now,
    )
    await place_card(transaction, case_id, chat_id=None, message_id=None)


async def attach_message(transaction: Transaction, message_id: int, case_id: int) -> None:
    """Put a customer's message under a case."""
    await transaction.run("update messages set case_id = $2 where id = $1", message_id, case_id)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What a customer sent, and the case it belongs to."""

    id: int
    channel: str
    kind: str
    text: str | None
    file_id: str | None
    customer_name: str | None
    case_id: int | None
    team: str | None
    card_chat_id: int | None
    card_message_id: int | None
    case_state: str | None
    card_at: datetime | None
    edited_at: datetime | None
    folded: bool


async def message(transaction: Transaction, message_id: int) -> StoredMessage | None:
    """A customer's message with the newest case of its response, if there is one."""
    row = await transaction.row(
        """
        select m.id, m.channel, m.kind, m.text, m.file_id, a.name as customer_name,
               c.id as case_id, c.team, c.card_chat_id, c.card_message_id, c.state, c.card_at, m.edited_at,
               coalesce(c.folded, false)
          from messages m
          left join accounts a on a.id = m.account_id
          left join lateral (
               select * from cases c where c.id = m.case_id or c.response_id = m.response_id
               order by c.id desc limit 1) c on true
         where m.id = $1
        """,
        message_id,
    )
    return None if row is None else StoredMessage(*row)
