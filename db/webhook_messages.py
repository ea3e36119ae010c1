"""What happened, for webhooks: noted with what it is about, queued for each that wants to know, told again on wish."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.claims import ClaimedRow
from db.database import Transaction
from db.webhooks import StoredWebhook


async def tell_of_case(
    transaction: Transaction,
    type_: str,
    case_id: int,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    now: datetime,
) -> None:
    """Note what happened to a case and have each webhook that wants to know told of it; nothing when none does."""
    await transaction.run(
        """
        with wanted as (
            select id from webhooks where disabled_at is null and $1 = any(events)
        ), told as (
            insert into webhook_messages (type, case_id, from_state, to_state, happened_at)
            select $1, $2, $3, $4, $5 where exists (select from wanted)
            returning id
        )
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)
        select 'webhook', told.id, 'webhook:' || wanted.id, 'webhook', 'webhook:' || told.id || ':' || wanted.id, $5, $5
          from told, wanted
        """,
        type_,
        case_id,
        from_state,
        to_state,
        now,
    )


ANSWER_SETTLES = "interval '10 minutes'"
"""So long after a score, or a later change, the answer is told: what is added within it is told with it."""


def _queued(type_: str, now: str) -> str:
    return f"""
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)
        select 'webhook', told.id, 'webhook:' || w.id, 'webhook', 'webhook:' || told.id || ':' || w.id,
               {now}::timestamptz + {ANSWER_SETTLES}, {now}
          from told, webhooks w
         where w.disabled_at is null and '{type_}' = any(w.events)
    """


def told_of_answer(stored: str, now: str) -> str:
    """Parts of a statement's `with`: tell of the answer whose id the part `stored` returns; `now` is a parameter.

    They go with the statement that stores the answer, so a tap takes no further round trip.
    """
    return f"""
    told as (
        insert into webhook_messages (type, response_id, happened_at)
        select 'response.received', id, {now} from {stored}
         where exists (select from webhooks
                        where disabled_at is null
                          and events && array['response.received', 'response.changed']::text[])
        returning id
    ), queued as ({_queued("response.received", now)})
    """


def told_of_change(changed: str, now: str, *, condition: str = "true") -> str:
    """The same for an answer that changed after it was told of; changes close to each other are told once."""
    return f"""
    told as (
        insert into webhook_messages (type, response_id, happened_at)
        select 'response.changed', id, {now} from {changed}
         where {condition}
           and exists (select from webhooks where disabled_at is null and 'response.changed' = any(events))
           and exists (select from webhook_messages m
                        where m.response_id = {changed}.id and m.type = 'response.received')
           and not exists (select from webhook_messages m
                            where m.response_id = {changed}.id
                              and m.happened_at > {now}::timestamptz - {ANSWER_SETTLES})
        returning id
    ), queued as ({_queued("response.changed", now)})
    """


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a message is about, as it stands now; whatever names a forgotten customer is None."""

    key: str
    type: str
    happened_at: datetime
    from_state: str | None
    to_state: str | None
    case_id: int | None
    case_state: str | None
    cause: str | None
    team: str | None
    opened_at: datetime | None
    first_response_due: datetime | None
    resolve_due: datetime | None
    resolved_at: datetime | None
    response_id: int | None
    survey: str | None
    metric: str | None
    score: int | None
    reasons: tuple[str, ...]
    comment: str | None
    answered_at: datetime | None
    touchpoint: str | None
    event_id: str | None
    order_id: str | None
    customer_id: str | None


async def facts(transaction: Transaction, message_id: int) -> MessageFacts | None:
    """What is told of a message; None when it is no longer kept."""
    row = await transaction.row(
        """
        select 'msg_' || replace(m.key::text, '-', '') as key, m.type, m.happened_at, m.from_state, m.to_state,
               c.id as case_id, c.state as case_state, c.cause, c.team, c.opened_at, c.first_response_due,
               c.resolve_due, c.resolved_at,
               r.id as response_id, r.survey, r.metric, r.score, coalesce(r.reasons, '{}') as reasons, r.comment,
               r.answered_at, coalesce(c.touchpoint, r.touchpoint) as touchpoint,
               case when u.id is not null then e.external_id end as event_id,
               case when r.id is not null then r.order_id when u.id is not null then e.order_id end as order_id,
               u.external_id as customer_id
          from webhook_messages m
          left join cases c on c.id = m.case_id
          left join responses r on r.id = coalesce(m.response_id, c.response_id)
          left join touchpoint_events e on e.id = coalesce(c.event_id, r.event_id)
          left join customers u on u.id = coalesce(c.customer_id, r.customer_id)
         where m.id = $1
        """,
        message_id,
    )
    return None if row is None else MessageFacts(**{**row, "reasons": tuple(row["reasons"])})


async def lock_due(transaction: Transaction, *, busy: Collection[int], each: int, now: datetime) -> list[ClaimedRow]:
    """Up to `each` due rows of every webhook that is neither busy nor held, locked; others' rows are passed over."""
    rows = await transaction.rows(
        """
        select s.id, s.kind, s.subject_id, s.recipient, s.channel, s.dedupe_key, s.due_at, s.attempts, s.reason,
               s.detail, s.message_id, s.created_at, clock_timestamp() - s.first_tried_at as tried_for
        from webhooks w
        cross join lateral (
            select * from schedule s
            where s.channel = 'webhook' and s.state = 'due' and s.recipient = 'webhook:' || w.id and s.due_at <= $1
              and (s.retry_at is null or s.retry_at <= clock_timestamp())
            order by s.due_at
            limit $3
            for no key update of s skip locked
        ) s
        where w.disabled_at is null and not w.id = any($2::bigint[])
          and (w.held_until is null or w.held_until <= clock_timestamp())
        """,
        now,
        list(busy),
        each,
    )
    return [ClaimedRow(*row) for row in rows]


async def message_of_key(transaction: Transaction, key: str) -> int | None:
    """The message of this webhook-id; None when it is not kept, or when this is no such id."""
    message_id = await transaction.value(
        "select id from webhook_messages where key = $1::text::uuid", key.removeprefix("msg_")
    )
    assert message_id is None or isinstance(message_id, int)
    return message_id


async def replay(
    transaction: Transaction,
    webhook: StoredWebhook,
    *,
    message_id: int | None,
    since: datetime | None,
    now: datetime,
) -> int:
    """Have the webhook told once more: one message, all since then, or without either those it was given up on.

    What is on its way or still to be tried is not added again, but tried at once; the number of both.
    """
    # the webhook first, as settling locks it
    await transaction.run("update webhooks set held_until = null where id = $1", webhook.id)
    added = await transaction.run(
        """
        with chosen as (
            select m.id from webhook_messages m
            where m.id = $3
            union
            select m.id from webhook_messages m
            where m.happened_at >= $4 and m.type = any($2::text[]) and m.happened_at <= $5
            union
            select s.subject_id from schedule s join webhook_messages m on m.id = s.subject_id
            where $3::bigint is null and $4::timestamptz is null
              and s.state = 'rejected' and s.channel = 'webhook' and s.recipient = 'webhook:' || $1::bigint
              and not exists (select from schedule later
                               where later.subject_id = s.subject_id and later.kind = 'webhook'
                                 and later.recipient = s.recipient and later.id > s.id)
        )
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)
        select 'webhook', chosen.id, 'webhook:' || $1::bigint, 'webhook',
               'webhook:' || chosen.id || ':' || $1::bigint || ':' || extract(epoch from $5::timestamptz), $5, $5
          from chosen
         where not exists (select from schedule s
                            where s.subject_id = chosen.id and s.kind = 'webhook'
                              and s.recipient = 'webhook:' || $1::bigint and s.state in ('due', 'sending'))
         order by chosen.id
        on conflict (dedupe_key) do nothing
        """,
        webhook.id,
        list(webhook.events),
        message_id,
        since,
        now,
    )
    hurried = await transaction.run(
        """
        update schedule set retry_at = null
        where channel = 'webhook' and state = 'due' and recipient = 'webhook:' || $1::bigint and retry_at is not null
        """,
        webhook.id,
    )
    return added + hurried


async def forget_old(transaction: Transaction, before: datetime, *, now: datetime, limit: int) -> int:
    """Delete what happened before then with its log, and take back what was never told of it; how much was deleted."""
    await transaction.run(
        """
        update schedule set state = 'dropped', reason = 'too_old', settled_at = $2, retry_at = null
        where id = any(array(
            select id from schedule where channel = 'webhook' and state = 'due' and due_at < $1
            order by due_at limit $3 for no key update skip locked
        ))
        """,
        before,
        now,
        limit,
    )
    deleted = await transaction.run(
        """
        delete from webhook_attempts where id = any(array(
            select id from webhook_attempts where at < $1 order by at limit $2
        ))
        """,
        before,
        limit,
    )
    return deleted + await transaction.run(
        """
        delete from webhook_messages where id = any(array(
            select id from webhook_messages where happened_at < $1 order by happened_at limit $2
        ))
        """,
        before,
        limit,
    )
