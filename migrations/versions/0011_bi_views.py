"""bi views

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EVENTS = """
select e.external_id as event_id, e.touchpoint, e.occurred_at, e.received_at, c.external_id as customer_id, e.order_id,
       e.amount, e.currency, e.attributes, i.survey, i.state as outcome, i.reason,
       (select w.external_id from invitations wi join touchpoint_events w on w.id = wi.event_id
         where wi.id = i.winner_id) as asked_instead,
       (select a.channel from accounts a where a.id = i.account_id) as channel,
       i.eligible_at, i.ask_at, i.ask_by, i.sent_at, i.expires_at, i.answered_at,
       (select again.state from invitations again
         where again.event_id = e.id and again.purpose = 'recovery') as asked_again_outcome
  from touchpoint_events e
  left join invitations i on i.event_id = e.id and i.purpose = 'first'
  left join customers c on c.id = e.customer_id
"""

ANSWERS = """
select r.id as answer_id, r.external_id as shop_answer_id, e.external_id as event_id, r.order_id,
       c.external_id as customer_id, r.touchpoint, r.survey, r.metric, r.score,
       case when (r.metric, r.score) in (('nps', 7), ('nps', 8), ('csat', 3), ('ces', 4)) then 'neutral'
            when r.score <= case r.metric when 'nps' then 6 when 'csat' then 2 else 3 end then 'negative'
            else 'positive' end as sentiment,
       r.purpose, r.given_by,
       (select a.channel from accounts a where a.id = r.account_id) as channel,
       r.language, r.answered_at, r.changed_at, r.reasons, r.comment is not null as has_comment, r.attributes,
       (select max(k.id) from cases k where k.response_id = r.id) as case_id
  from responses r
  left join touchpoint_events e on e.id = r.event_id
  left join customers c on c.id = r.customer_id
"""

ANSWER_REASONS = """
select r.id as answer_id, chosen.reason, r.touchpoint, r.survey, r.metric, r.score, r.purpose, r.answered_at
  from responses r cross join lateral unnest(r.reasons) as chosen (reason)
"""

CASES = """
select k.id as case_id, k.external_id as shop_case_id, k.response_id as answer_id, e.external_id as event_id,
       coalesce(k.order_id, e.order_id) as order_id, c.external_id as customer_id, k.touchpoint, k.team, k.cause, k.state,
       k.severity, k.location, k.employee, k.outbreak_id, k.opened_at, k.first_response_due, k.first_response_at,
       extract(epoch from k.first_response_took)::float8 / 3600 as first_response_hours,
       k.first_response_at > k.first_response_due as first_response_late,
       k.claimed_at, k.resolve_due, k.resolved_at,
       extract(epoch from k.resolve_took)::float8 / 3600 as resolve_hours,
       k.resolved_at > k.resolve_due as resolve_late,
       (select m.close_reason from case_moves m where m.case_id = k.id and m.move = 'resolve'
         order by m.id desc limit 1) as close_reason,
       (select m.given from case_moves m where m.case_id = k.id and m.move = 'resolve'
         order by m.id desc limit 1) as given,
       k.solved_asked_at, k.solved, k.round - 1 as times_reopened
  from cases k
  left join touchpoint_events e on e.id = k.event_id
  left join customers c on c.id = k.customer_id
"""

CASE_MOVES = """
select m.id as move_id, m.case_id, m.move, m.from_state, m.to_state, m.moved_at, m.actor, m.close_reason, m.given
  from case_moves m
"""

DELIVERIES = """
select s.id as delivery_id, s.kind, s.channel, split_part(s.recipient, ':', 1) as recipient_kind, s.subject_id,
       e.external_id as event_id, s.state, s.reason, s.created_at, s.due_at, s.settled_at, s.attempts
  from schedule s
  left join invitations i on i.id = s.subject_id and s.kind in ('invitation', 'reminder')
  left join touchpoint_events e on e.id = i.event_id
"""

SCORES_BY_WEEK = """
with counted as (
    select date_trunc('week', answered_at)::date as week, touchpoint, metric, count(*)::int as n,
           count(*) filter (where sentiment = 'negative')::int as negative,
           count(*) filter (where sentiment = 'neutral')::int as neutral,
           count(*) filter (where sentiment = 'positive')::int as positive,
           avg(score)::float8 as mean
      from bi.answers
     where purpose = 'first'
     group by 1, 2, 3
), measured as (
    select *, 1.959963984540054::float8 as z, positive::float8 / n as share,
           (positive - negative)::float8 / (n + 3) as centre,
           (positive + negative + 1.5)::float8 / (n + 3) as decided
      from counted
)
select week, touchpoint, metric, n, negative, neutral, positive,
       case when n < 5 then null
            when metric = 'nps' then 100 * (positive - negative)::float8 / n
            else 100 * share end as score,
       case when n < 5 then null
            when metric = 'nps' then 100 * greatest(centre - z * sqrt((decided - centre * centre) / (n + 3)), -1)
            when positive = 0 then 0
            else 100 * (share + z * z / (2 * n) - z * sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)))
                 / (1 + z * z / n) end as low,
       case when n < 5 then null
            when metric = 'nps' then 100 * least(centre + z * sqrt((decided - centre * centre) / (n + 3)), 1)
            when positive = n then 100
            else 100 * (share + z * z / (2 * n) + z * sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)))
                 / (1 + z * z / n) end as high,
       case when n < 5 then null else mean end as mean,
       n < 30 as preliminary
  from measured
"""

VIEWS = (
    ("events", EVENTS, "what happened to customers, and what became of the question about it"),
    ("answers", ANSWERS, "answers without their comments"),
    ("answer_reasons", ANSWER_REASONS, "a row for each reason chosen in an answer"),
    ("cases", CASES, "complaints, from the opening to the customer's word"),
    ("case_moves", CASE_MOVES, "each move of a complaint"),
    ("deliveries", DELIVERIES, "everything that was to be sent, and what came of it"),
    ("scores_by_week", SCORES_BY_WEEK, "scores with 95 % intervals, by ISO week of the session's time zone"),
)

CUSTOMER = "the shop's own id of the customer; null once forgotten"
ORDER = "the shop's own id of the order"
EVENT = "the shop's own id of the event"
TOUCHPOINT = "the touchpoint's key in the catalogue"
METRIC = "nps, csat or ces"
ATTRIBUTES = "what the shop reported with the event, as JSON"

COMMENTS = {
    "events": {
        "event_id": EVENT,
        "touchpoint": TOUCHPOINT,
        "occurred_at": "when it happened",
        "received_at": "when the shop reported it",
        "customer_id": CUSTOMER,
        "order_id": ORDER,
        "amount": "what the order came to",
        "currency": "of the amount, ISO 4217",
        "attributes": ATTRIBUTES,
        "survey": "the survey that asks about it; null when the touchpoint has none",
        "outcome": "waiting, planned, sending, sent, unknown, answered, expired, rejected, skipped or cancelled",
        "reason": "why skipped, rejected or cancelled",
        "asked_instead": "the event asked about instead of this one",
        "channel": "by which messenger they are asked",
        "eligible_at": "from when the person may be asked about this touchpoint again",
        "ask_at": "when the question is, or was, to go out",
        "ask_by": "after this it is not asked any more",
        "sent_at": "when the question went out",
        "expires_at": "until when it may be answered",
        "answered_at": "when it was answered",
        "asked_again_outcome": "what became of the question asked again after a complaint; null when there was none",
    },
    "answers": {
        "answer_id": "number of the answer",
        "shop_answer_id": "the shop's own id of an imported answer",
        "event_id": EVENT,
        "order_id": ORDER,
        "customer_id": CUSTOMER,
        "touchpoint": TOUCHPOINT,
        "survey": "the survey's key in the catalogue",
        "metric": METRIC,
        "score": "as given: nps 0 to 10, csat 1 to 5, ces 1 to 7",
        "sentiment": "negative, neutral or positive",
        "purpose": "first, or recovery: asked again after a complaint; scores count the first alone",
        "given_by": "tap, typed or import",
        "channel": "the messenger it came by; null for an imported one and once forgotten",
        "language": "in which the question was asked",
        "answered_at": "when it was first given; a later change does not move it",
        "changed_at": "when it was last changed",
        "reasons": "keys of the reasons chosen",
        "has_comment": "whether they wrote a comment, which is not shown here",
        "attributes": ATTRIBUTES + ", as it was then",
        "case_id": "the latest complaint this answer opened",
    },
    "answer_reasons": {
        "answer_id": "number of the answer",
        "reason": "key of a reason chosen",
        "touchpoint": TOUCHPOINT,
        "survey": "the survey's key in the catalogue",
        "metric": METRIC,
        "score": "as given: nps 0 to 10, csat 1 to 5, ces 1 to 7",
        "purpose": "first, or recovery: asked again after a complaint",
        "answered_at": "when the answer was first given",
    },
    "cases": {
        "case_id": "number of the case, as staff see it",
        "shop_case_id": "the shop's own id of a case it opened",
        "answer_id": "the answer that opened it",
        "event_id": EVENT,
        "order_id": ORDER,
        "customer_id": CUSTOMER,
        "touchpoint": TOUCHPOINT,
        "team": "the team's key in the catalogue",
        "cause": "score, complaint, message, incident or staff",
        "state": "open, claimed, waiting, resolved, confirmed or dismissed",
        "severity": "normal or urgent",
        "location": "of the event, as it was when the case opened",
        "employee": "the shop's own id of who the event names",
        "outbreak_id": "number of the outbreak it is told of in",
        "opened_at": "when it opened",
        "first_response_due": "until when somebody was to react",
        "first_response_at": "when somebody reacted for the first time",
        "first_response_hours": "working hours of the team from the opening until then",
        "first_response_late": "whether that was later than promised; null while nobody reacted",
        "claimed_at": "when it was taken by whoever has it",
        "resolve_due": "until when it was to be put right",
        "resolved_at": "when it was put right",
        "resolve_hours": "working hours of the team from the opening until then",
        "resolve_late": "whether that was later than promised; null while it is not put right",
        "close_reason": "how it was put right: a key of the catalogue",
        "given": "what the customer was given: apology, refund, repeat, code",
        "solved_asked_at": "when the customer was asked whether it is solved",
        "solved": "the customer's word; null when there is none",
        "times_reopened": "how often it was reopened",
    },
    "case_moves": {
        "move_id": "number of the move; they are in its order",
        "case_id": "number of the case",
        "move": "open, claim, hand_over, release, refer, await_customer, customer_replied, resolve, confirm, reopen or"
        " dismiss",
        "from_state": "state before; null when it opened",
        "to_state": "state after",
        "moved_at": "when",
        "actor": "who did it: product, staff, customer or shop",
        "close_reason": "of a resolve: a key of the catalogue",
        "given": "of a resolve: apology, refund, repeat, code",
    },
    "deliveries": {
        "delivery_id": "number of the row in the schedule",
        "kind": "what was to be sent: invitation, reminder, card, reply, solved, webhook and others",
        "channel": "telegram, vk or webhook",
        "recipient_kind": "account, team, chat or webhook",
        "subject_id": "number of what it is about, by kind",
        "event_id": "the shop's own id of the event an invitation or a reminder is about",
        "state": "due, sending, sent, unknown, rejected or dropped",
        "reason": "why dropped, rejected or postponed",
        "created_at": "when it was put into the schedule",
        "due_at": "when it is, or was, to go out",
        "settled_at": "when its outcome was known",
        "attempts": "how often it was tried",
    },
    "scores_by_week": {
        "week": "the Monday the week begins with, in the session's time zone",
        "touchpoint": TOUCHPOINT,
        "metric": METRIC,
        "n": "answers first given in the week, those asked again after a complaint not counted",
        "negative": "of them negative: nps 0 to 6, csat 1 to 2, ces 1 to 3",
        "neutral": "of them neutral: nps 7 to 8, csat 3, ces 4",
        "positive": "of them positive: nps 9 to 10, csat 4 to 5, ces 5 to 7",
        "score": "nps in points, else the share of positive ones in per cent; null under five answers",
        "low": "lower end of the 95 % interval of the score",
        "high": "upper end of the 95 % interval of the score",
        "mean": "mean score; null under five answers",
        "preliminary": "whether there are fewer than 30 answers",
    },
}


def upgrade() -> None:
    op.create_index(
        "ix_promo_codes_case_id",
        "promo_codes",
        ["case_id"],
        unique=False,
        postgresql_where=sa.text("case_id is not null"),
    )
    op.execute("create schema if not exists bi")
    for name, query, meaning in VIEWS:
        op.execute(f"create view bi.{name} as {query}")
        op.execute(f"comment on view bi.{name} is {_quoted(meaning)}")
        for column, told in COMMENTS[name].items():
            op.execute(f"comment on column bi.{name}.{column} is {_quoted(told)}")


def downgrade() -> None:
    for name, _, _ in reversed(VIEWS):
        op.execute(f"drop view bi.{name}")
    op.execute("drop schema bi")
    op.drop_index(
        "ix_promo_codes_case_id", table_name="promo_codes", postgresql_where=sa.text("case_id is not null")
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
