"""What staff told customers, and whether it arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class NewStaffMessage:
    """Something staff say; `chat_id` and `message_id` tell where they wrote or tapped it, if anywhere."""

    case_id: int
    account_id: int
    origin: str
    kind: str
    text: str | None
    file_id: str | None = None
    chat_id: int | None = None
    message_id: int | None = None
    author_id: int | None = None
    author_name: str | None = None


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """Something staff said, and whom it is for; `delivered_message_id` is the messenger's in the customer's chat."""

    id: int
    case_id: int
    origin: str
    chat_id: int | None
    message_id: int | None
    author_name: str | None
    kind: str
    text: str | None
    file_id: str | None
    delivered_message_id: int | None
    undelivered: str | None
    team: str
    touchpoint: str | None
    account_external_id: int | None
    account_language: str | None
    person_language: str | None
    customer_language: str | None


async def keep(transaction: Transaction, message: NewStaffMessage, *, now: datetime) -> int | None:
    """Store a message; its id, None when what was written or tapped there is stored already."""
    kept = await transaction.value(
        """
        insert into staff_messages (case_id, account_id, origin, kind, text, file_id, chat_id, message_id, author_id,
                                    author_name, written_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (chat_id, message_id) do nothing
        returning id
        """,
        message.case_id,
        message.account_id,
        message.origin,
        message.kind,
        message.text,
        message.file_id,
        message.chat_id,
        message.message_id,
        message.author_id,
        message.author_name,
        now,
    )
    assert kept is None or isinstance(kept, int)
    return kept


async def find(transaction: Transaction, message_id: int) -> StaffMessage | None:
    """One message with whom it is for."""
    row = await transaction.row(
        """
        select s.id, s.case_id, s.origin, s.chat_id, s.message_id, s.author_name, s.kind, s.text, s.file_id,
               s.delivered_message_id, s.undelivered, c.team, c.touchpoint, a.external_id,
               a.language as account_language, p.language as person_language,
               (select u.language from customers u
                 where u.person_id = a.person_id and u.language is not null order by u.id limit 1)
          from staff_messages s
          join cases c on c.id = s.case_id
          left join accounts a on a.id = s.account_id
          left join persons p on p.id = a.person_id
         where s.id = $1
        """,
        message_id,
    )
    return None if row is None else StaffMessage(*row)


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message as staff wrote it, locked."""

    id: int
    case_id: int
    kind: str
    text: str | None
    file_id: str | None


async def case_of_written(transaction: Transaction, chat_id: int, message_id: int) -> int | None:
    """The case about which staff wrote this message of theirs, if it went to a customer."""
    case_id = await transaction.value(
        "select case_id from staff_messages where chat_id = $1 and message_id = $2", chat_id, message_id
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def lock_written(transaction: Transaction, chat_id: int, message_id: int) -> WrittenMessage | None:
    """What staff wrote in this message of theirs, locked, if it went to a customer."""
    row = await transaction.row(
        """
        select id, case_id, kind, text, file_id from staff_messages
         where chat_id = $1 and message_id = $2 and origin = 'reply'
           for update
        """,
        chat_id,
        message_id,
    )
    return None if row is None else WrittenMessage(*row)


async def edit(
    transaction: Transaction,
    message_id: int,
    *,
    kind: str,
    text: str | None,
    file_id: str | None,
    anew: bool,
    now: datetime,
) -> None:
    """The author changed it; `anew` says that what the customer has cannot be redrawn into it."""
    await transaction.run(
        """
        update staff_messages
           set kind = $2, text = $3, file_id = $4, edited_at = $5,
               delivered_message_id = case when $6 then null else delivered_message_id end
         where id = $1
        """,
        message_id,
        kind,
        text,
        file_id,
        now,
        anew,
    )


async def delivered(transaction: Transaction, message_id: int, delivered_message_id: int) -> int | None:
    """It arrived in the customer's chat under this id; its case."""
    case_id = await transaction.value(
        """
        update staff_messages set delivered_message_id = $2, undelivered = null where id = $1 returning case_id
        """,
        message_id,
        delivered_message_id,
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def undelivered(transaction: Transaction, message_id: int, why: str) -> int | None:
    """It will never arrive, unless it has before; its case."""
    case_id = await transaction.value(
        """
        update staff_messages set undelivered = case when delivered_message_id is null then $2 end
         where id = $1
        returning case_id
        """,
        message_id,
        why,
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def case_of_delivered(
    transaction: Transaction, account_id: int, delivered_message_id: int, *, settled_since: datetime
) -> int | None:
    """The case about which staff sent this message of the customer's chat; None when it was settled before that."""
    case_id = await transaction.value(
        """
        select s.case_id from staff_messages s join cases c on c.id = s.case_id
         where s.account_id = $1 and s.delivered_message_id = $2
           and (c.state in ('open', 'claimed', 'waiting') or c.changed_at >= $3)
        """,
        account_id,
        delivered_message_id,
        settled_since,
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


async def speaks_with(transaction: Transaction, case_id: int) -> bool:
    """Whether staff have told the customer anything about the case."""
    return await transaction.value("select exists (select from staff_messages where case_id = $1)", case_id) is True


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What staff told the customer last; it has arrived, will never (`undelivered` says why), or is on its way."""

    author_name: str | None
    origin: str
    written_at: datetime
    delivered: bool
    undelivered: str | None


async def last_answer(transaction: Transaction, case_id: int) -> LastAnswer | None:
    """The newest of what staff told the customer about the case.

    Neither the apology before it is one of those, nor a code that is handed over in person.
    """
    row = await transaction.row(
        """
        select author_name, origin, written_at, delivered_message_id is not null, undelivered
          from staff_messages
         where case_id = $1 and origin <> 'apology' and undelivered is distinct from 'in_person'
         order by id desc limit 1
        """,
        case_id,
    )
    return None if row is None else LastAnswer(*row)


async def last_of_customer(transaction: Transaction, case_id: int) -> datetime | None:
    """When the customer last wrote about the case."""
    received_at = await transaction.value("select max(received_at) from messages where case_id = $1", case_id)
    assert received_at is None or isinstance(received_at, datetime)
    return received_at


async def waits_behind(transaction: Transaction, row_id: int, recipient: str) -> bool:
    """Whether an earlier answer to the same customer is not settled yet."""
    found = await transaction.value(
        """
        select exists (
            select from schedule
             where kind = 'reply' and state in ('due', 'sending') and recipient = $2 and id < $1)
        """,
        row_id,
        recipient,
    )
    return found is True


async def release(transaction: Transaction, recipient: str) -> None:
    """An answer to the customer is settled: what waits behind it need not wait any longer."""
    await transaction.run(
        """
        update schedule set retry_at = null
         where kind = 'reply' and state = 'due' and recipient = $1 and retry_at is not null and reason = 'in_order'
        """,
        recipient,
    )


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A message that carries a promo code; `undelivered` says why it is not sent at all."""

    case_id: int
    account_id: int | None
    author_id: int | None
    author_name: str | None
    text: str | None
    code_id: int
    undelivered: str | None = None


async def add_offer(transaction: Transaction, offer: NewOffer, *, now: datetime) -> int:
    """Store it; its id."""
    message_id = await transaction.value(
        """
        insert into staff_messages (case_id, account_id, origin, author_id, author_name, kind, text, code_id,
                                    written_at, undelivered)
        values ($1, $2, 'code', $3, $4, 'text', $5, $6, $7, $8)
        returning id
        """,
        offer.case_id,
        offer.account_id,
        offer.author_id,
        offer.author_name,
        offer.text,
        offer.code_id,
        now,
        offer.undelivered,
    )
    assert isinstance(message_id, int)
    return message_id


@dataclass(frozen=True, slots=True)
class SentCode:
    """The promo code that a message carries."""

    case_id: int
    code_id: int


async def code_of(transaction: Transaction, message_id: int) -> SentCode | None:
    """The code in the message, if it carries one."""
    row = await transaction.row(
        "select case_id, code_id from staff_messages where id = $1 and code_id is not null", message_id
    )
    return None if row is None else SentCode(*row)
