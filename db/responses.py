"""Answers: what was asked with what was answered, and each step stored under a guard.

Every write names what the reader saw and touches nothing when that is no longer so; the caller reads again.
So two taps at one instant need no lock between reading and writing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.comments import mark_rated_again, mark_unread, mark_unsaid
from db.database import Transaction
from db.webhook_messages import told_of_answer, told_of_change


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer so far; `changed_at` is when the score in force was given."""

    id: int
    score: int
    step: str
    reasons: tuple[str, ...]
    comment: str | None
    answered_at: datetime
    changed_at: datetime
    has_case: bool


@dataclass(frozen=True, slots=True)
class AskedInvitation:
    """An invitation with all that an answer to it needs."""

    id: int
    state: str
    event_id: int
    customer_id: int | None
    account_id: int
    channel: str
    external_id: int
    person_id: int
    touchpoint: str
    survey: str | None
    order_id: str | None
    sent_at: datetime | None
    expires_at: datetime | None
    catalogue_version_id: int
    language: str | None
    question: str | None
    message_id: int | None
    person_language: str | None
    customer_language: str | None
    customer_name: str | None
    customer_person_id: int | None
    account_name: str | None
    account_language: str | None
    opted_out_at: datetime | None
    attributes: Mapping[str, object]
    timezone: str | None
    purpose: str
    other_channel: str | None
    other_external_id: int | None
    trial: str | None
    variant: str | None
    entry_token: str | None
    response: StoredResponse | None

    @property
    def shown_name(self) -> str | None:
        """How the one who was asked is addressed: never by the name of somebody else, who ordered the parcel."""
        return self.customer_name if self.person_id == self.customer_person_id else self.account_name


_ASKED = """
select i.id, i.state, i.event_id, i.customer_id, i.account_id, a.channel, a.external_id, a.person_id,
       i.touchpoint, i.survey, i.order_id, i.sent_at, i.expires_at, i.catalogue_version_id, i.language,
       i.question, i.message_id, p.language, c.language, c.name, c.person_id, a.name,
       a.language, p.opted_out_at, e.attributes, c.timezone, i.purpose, o.channel, o.external_id,
       i.trial, i.variant, i.entry_token,
       r.id, r.score, r.step, r.reasons, r.comment, r.answered_at, r.changed_at,
       r.id is not null and case when r.purpose = 'recovery' then exists (select from cases where event_id = r.event_id)
                                 else exists (select from cases where cases.response_id = r.id) end
  from invitations i
  join accounts a on a.id = i.account_id
  join persons p on p.id = a.person_id
  join touchpoint_events e on e.id = i.event_id
  left join customers c on c.id = i.customer_id
  left join accounts o on o.id = i.other_account_id
  left join responses r on r.invitation_id = i.id
"""
_INVITATION_COLUMNS = 32

_TOLD = told_of_answer("added", "$3")
_TOLD_OF_SCORE = told_of_change("changed", "$7")
_TOLD_OF_MORE = told_of_change("changed", "$9", condition="($3::text[] <> $7::text[] or $4 is distinct from $8)")
_UNREAD = mark_unread("changed", condition="$4 is distinct from $8")
_RATED_AGAIN = mark_rated_again("changed")
_UNSAID = mark_unsaid("changed")


async def asked(transaction: Transaction, invitation_id: int) -> AskedInvitation | None:
    """The invitation, if somebody was (or is to be) asked by it."""
    return _asked(await transaction.row(_ASKED + " where i.id = $1", invitation_id))


async def asked_of_response(transaction: Transaction, response_id: int) -> AskedInvitation | None:
    """The invitation a response answers."""
    return _asked(await transaction.row(_ASKED + " where r.id = $1", response_id))


def _asked(row: asyncpg.Record | None) -> AskedInvitation | None:
    if row is None:
        return None
    values = list(row.values())
    response_id, score, step, reasons, *others = values[_INVITATION_COLUMNS:]
    response = None if response_id is None else StoredResponse(response_id, score, step, tuple(reasons), *others)
    fields = [*values[:_INVITATION_COLUMNS], response]
    return AskedInvitation(*fields)


async def add(
    transaction: Transaction,
    invitation: AskedInvitation,
    *,
    metric: str,
    score: int,
    step: str,
    given_by: str,
    language: str,
    question: str,
    now: datetime,
) -> int | None:
    """Store the first score of an invitation and mark it answered: the response's id.

    None when the invitation is no longer as it was read (someone else's tap, an expiry, a forgotten person).
    """
    response_id = await transaction.value(
        f"""
        with answered as (
            update invitations
               set state = 'answered', answered_at = $3, sent_at = coalesce(sent_at, $3), changed_at = $3
             where id = $1 and state = $2 and account_id = $4
            returning id, event_id, account_id, customer_id, order_id, touchpoint, survey, catalogue_version_id,
                      language, question, purpose
        ), noted as (
            insert into invitation_steps (invitation_id, at, step) select id, $3, 'answered' from answered
        ), used as (
            update accounts a
               set last_used_at = $3, state = 'connected',
                   state_since = case when a.state = 'connected' then a.state_since else $3 end
              from answered
             where a.id = answered.account_id
               and (a.state <> 'connected' or a.last_used_at is null or a.last_used_at < $3 - interval '1 hour')
        ), added as (
            insert into responses (invitation_id, event_id, account_id, customer_id, order_id, touchpoint, survey,
                                   metric, score, given_by, answered_at, changed_at, step, attributes,
                                   catalogue_version_id, language, question, purpose)
            select id, event_id, account_id, customer_id, order_id, touchpoint, survey, $5, $6, $7, $3, $3, $8, $9,
                   catalogue_version_id, coalesce(language, $10), coalesce(question, $11), purpose
              from answered
            returning id
        ), {_TOLD}
        select id from added
        """,
        invitation.id,
        invitation.state,
        now,
        invitation.account_id,
        metric,
        score,
        given_by,
        step,
        invitation.attributes,
        language,
        question,
    )
    assert response_id is None or isinstance(response_id, int)
    return response_id


async def change_score(
    transaction: Transaction,
    seen: StoredResponse,
    *,
    score: int,
    step: str,
    reasons: Sequence[str],
    given_by: str,
    now: datetime,
) -> bool:
    """Replace the score and keep the earlier one in the history; False when it is no longer as it was read."""
    return bool(
        await transaction.run(
            f"""
            with changed as (
                update responses
                   set score = $3, step = $4, reasons = $5, given_by = $6, changed_at = $7
                 where id = $1 and score = $2 and step = $8 and reasons = $9 and changed_at = $10
                returning id
            ), {_RATED_AGAIN}, {_TOLD_OF_SCORE}
            insert into response_scores (response_id, score, given_at) select id, $2, $10 from changed
            """,
            seen.id,
            seen.score,
            score,
            step,
            list(reasons),
            given_by,
            now,
            seen.step,
            list(seen.reasons),
            seen.changed_at,
        )
    )


async def move_on(
    transaction: Transaction,
    seen: StoredResponse,
    *,
    step: str,
    reasons: Sequence[str],
    comment: str | None,
    now: datetime,
) -> bool:
    """Store a step of the dialogue; False when the response is no longer as it was read."""
    return bool(
        await transaction.run(
            f"""
            with changed as (
                update responses
                   set step = $2, reasons = $3, comment = $4
                 where id = $1 and score = $5 and step = $6 and reasons = $7 and comment is not distinct from $8
                returning id, answered_at, touchpoint, purpose, comment
            ), {_UNREAD}, {_UNSAID}, {_TOLD_OF_MORE}
            select from changed
            """,
            seen.id,
            step,
            list(reasons),
            comment,
            seen.score,
            seen.step,
            list(seen.reasons),
            seen.comment,
            now,
        )
    )


async def prove_delivery(transaction: Transaction, invitation_id: int, *, expires_at: datetime, now: datetime) -> None:
    """A tap shows that an invitation nobody knew about did arrive."""
    await transaction.run(
        """
        with proven as (
            update invitations
               set state = 'sent', sent_at = coalesce(sent_at, $2), expires_at = coalesce(expires_at, $3),
                   changed_at = $2
             where id = $1 and state = 'unknown'
            returning id
        )
        insert into invitation_steps (invitation_id, at, step, reason) select id, $2, 'sent', 'proven' from proven
        """,
        invitation_id,
        now,
        expires_at,
    )


async def answer_elsewhere(transaction: Transaction, invitation_id: int) -> bool:
    """The question is answered by the other of the two accounts that were asked; False once there is an answer."""
    return bool(
        await transaction.run(
            """
            update invitations
               set account_id = other_account_id, other_account_id = account_id, message_id = null
             where id = $1 and other_account_id is not null and state in ('sent', 'unknown', 'expired')
            """,
            invitation_id,
        )
    )


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question an account may still answer, and the messages it was shown in."""

    invitation_id: int
    survey: str
    catalogue_version_id: int
    message_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class RecentResponse:
    """An answer an account may still add to, and the messages of its dialogue."""

    response_id: int
    step: str
    changed_at: datetime
    message_ids: frozenset[int]


_MESSAGES_OF = """
    array(select shown.message_id
            from (select i.message_id
                  union all
                  select s.message_id from schedule s where s.kind = 'reminder' and s.subject_id = i.id) as shown
           where shown.message_id is not null) as message_ids
"""


async def unanswered(
    transaction: Transaction, account_id: int, states: Collection[str], *, now: datetime
) -> list[UnansweredQuestion]:
    """The account's questions that stand in one of the states and whose time has not passed, oldest first."""
    rows = await transaction.rows(
        f"""
        select i.id, i.survey, i.catalogue_version_id, {_MESSAGES_OF}
          from invitations i
         where i.id in (select id from invitations where account_id = $1 and state = any($3::text[])
                        union all
                        select id from invitations where other_account_id = $1 and state = any($3::text[]))
           and i.survey is not null
           and (i.expires_at is null or i.expires_at > $2)
         order by i.id
        """,
        account_id,
        now,
        list(states),
    )
    return [
        UnansweredQuestion(row["id"], row["survey"], row["catalogue_version_id"], frozenset(row["message_ids"]))
        for row in rows
    ]


async def is_question(transaction: Transaction, account_id: int, message_id: int) -> bool:
    """Whether this message asked (or reminded) the account something, open or not."""
    found = await transaction.value(
        """
        select exists (
            select from invitations i
             where i.account_id = $1 and i.state in ('sending', 'sent', 'unknown', 'answered', 'expired')
               and (i.message_id = $2
                    or exists (select from schedule s
                                where s.kind = 'reminder' and s.subject_id = i.id and s.message_id = $2)))
        """,
        account_id,
        message_id,
    )
    return found is True


async def answered_since(transaction: Transaction, account_id: int, since: datetime) -> list[RecentResponse]:
    """The account's answers given since then, the one scored last first."""
    rows = await transaction.rows(
        f"""
        select r.id, r.step, r.changed_at, {_MESSAGES_OF}
          from responses r
          join invitations i on i.id = r.invitation_id
         where r.account_id = $1 and r.answered_at > $2
         order by r.changed_at desc, r.id desc
        """,
        account_id,
        since,
    )
    return [RecentResponse(row["id"], row["step"], row["changed_at"], frozenset(row["message_ids"])) for row in rows]
