"""What customers wrote: each message once, and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as it is stored."""

    id: int
    response_id: int | None
    case_id: int | None


async def keep(
    transaction: Transaction,
    *,
    channel: str,
    chat_id: int,
    message_id: int,
    account_id: int,
    kind: str,
    text: str | None,
    file_id: str | None,
    now: datetime,
    reply_to: int | None = None,
) -> int | None:
    """Store a message; its id, None when it is stored already."""
    kept = await transaction.value(
        """
        insert into messages (channel, chat_id, message_id, account_id, kind, text, file_id, received_at, reply_to)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (channel, chat_id, message_id) do nothing
        returning id
        """,
        channel,
        chat_id,
        message_id,
        account_id,
        kind,
        text,
        file_id,
        now,
        reply_to,
    )
    assert kept is None or isinstance(kept, int)
    return kept


async def find(transaction: Transaction, *, channel: str, chat_id: int, message_id: int) -> KeptMessage | None:
    """A message that was stored earlier."""
    row = await transaction.row(
        "select id, response_id, case_id from messages where channel = $1 and chat_id = $2 and message_id = $3",
        channel,
        chat_id,
        message_id,
    )
    return None if row is None else KeptMessage(*row)


@dataclass(frozen=True, slots=True)
class LockedMessage:
    """A message as it is stored, locked; whose it is, and where it belongs."""

    id: int
    account_id: int | None
    kind: str
    text: str | None
    file_id: str | None
    response_id: int | None
    case_id: int | None


_LOCKED = "select id, account_id, kind, text, file_id, response_id, case_id from messages"


async def lock(transaction: Transaction, kept_id: int) -> LockedMessage | None:
    """One message, locked."""
    row = await transaction.row(_LOCKED + " where id = $1 for update", kept_id)
    return None if row is None else LockedMessage(*row)


async def lock_written(
    transaction: Transaction, *, channel: str, chat_id: int, message_id: int
) -> LockedMessage | None:
    """The message the messenger knows under this id, locked."""
    row = await transaction.row(
        _LOCKED + " where channel = $1 and chat_id = $2 and message_id = $3 for update", channel, chat_id, message_id
    )
    return None if row is None else LockedMessage(*row)


async def edit(
    transaction: Transaction, kept_id: int, *, kind: str, text: str | None, file_id: str | None, now: datetime
) -> None:
    """The customer changed it."""
    await transaction.run(
        "update messages set kind = $2, text = $3, file_id = $4, edited_at = $5 where id = $1",
        kept_id,
        kind,
        text,
        file_id,
        now,
    )


async def belongs_to_response(transaction: Transaction, kept_id: int, response_id: int) -> None:
    """The message is a comment on this answer."""
    await transaction.run("update messages set response_id = $2 where id = $1", kept_id, response_id)


async def answered(transaction: Transaction, kept_id: int, invitation_id: int) -> None:
    """The message is the answer to this invitation, typed."""
    await transaction.run(
        """
        update messages m set response_id = r.id from responses r where m.id = $1 and r.invitation_id = $2
        """,
        kept_id,
        invitation_id,
    )


@dataclass(frozen=True, slots=True)
class UnplacedMessage:
    """A message that belongs to no answer and no case."""

    id: int
    channel: str
    kind: str
    text: str | None
    account_name: str | None
    received_at: datetime


async def unplaced(transaction: Transaction, *, after_id: int = 0, limit: int = 100) -> list[UnplacedMessage]:
    """Messages that belong nowhere, at most `limit` behind `after_id`."""
    rows = await transaction.rows(
        """
        select m.id, m.channel, m.kind, m.text, a.name, m.received_at
          from messages m
          left join accounts a on a.id = m.account_id
         where m.response_id is null and m.case_id is null and m.id > $1
         order by m.id
         limit $2
        """,
        after_id,
        limit,
    )
    return [UnplacedMessage(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnsettledCase:
    """A complaint of somebody who writes, which staff still work on."""

    id: int
    touchpoint: str | None
    response_id: int | None
    event_id: int | None


async def unsettled_case(
    transaction: Transaction, account_id: int, *, event_id: int | None = None
) -> UnsettledCase | None:
    """The newest complaint of the account's person that staff still work on; of this event alone when one is named."""
    row = await transaction.row(
        """
        select theirs.id, theirs.touchpoint, theirs.response_id, theirs.event_id
          from (select c.* from accounts mine
                  join accounts a on a.person_id = mine.person_id
                  join cases c on c.account_id = a.id
                 where mine.id = $1
                union all
                select c.* from accounts mine
                  join customers u on u.person_id = mine.person_id
                  join cases c on c.customer_id = u.id and coalesce(c.account_id, 0) = 0
                 where mine.id = $1) theirs
         where theirs.state in ('open', 'claimed', 'waiting') and ($2::bigint is null or theirs.event_id = $2)
         order by theirs.id desc
         limit 1
        """,
        account_id,
        event_id,
    )
    return None if row is None else UnsettledCase(*row)


async def case_awaiting_words(transaction: Transaction, account_id: int, *, since: datetime) -> UnsettledCase | None:
    """The complaint the account brought back after that instant, while nothing was written about it yet."""
    row = await transaction.row(
        """
        select c.id, c.touchpoint, c.response_id, c.event_id
          from cases c
          join lateral (
               select m.actor, m.moved_at from case_moves m
                where m.case_id = c.id and m.move = 'reopen' order by m.id desc limit 1) back
            on back.actor = 'customer' and back.moved_at > $2
         where c.account_id = $1 and c.state in ('open', 'claimed', 'waiting')
           and not exists (select from messages w
                            where w.case_id = c.id and w.account_id = $1 and w.received_at >= back.moved_at)
         order by c.id desc
         limit 1
        """,
        account_id,
        since,
    )
    return None if row is None else UnsettledCase(*row)
