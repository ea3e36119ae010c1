"""When customers wish to be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction

_COLUMNS = "id, case_id, state, asked_by, asked_at, window_start, window_end, ended_at"


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call that was offered or wished for; `asked_by` is of staff, None when the customer wished it."""

    id: int
    case_id: int
    state: str
    asked_by: int | None
    asked_at: datetime
    window_start: datetime | None
    window_end: datetime | None
    ended_at: datetime | None


async def add(transaction: Transaction, case_id: int, *, asked_by: int | None, now: datetime) -> int | None:
    """Offer a call about the case; its id, None when one is open already."""
    added = await transaction.value(
        """
        insert into call_requests (case_id, state, asked_by, asked_at) values ($1, 'offered', $2, $3)
        on conflict (case_id) where state in ('offered', 'chosen') do nothing
        returning id
        """,
        case_id,
        asked_by,
        now,
    )
    assert added is None or isinstance(added, int)
    return added


async def find(transaction: Transaction, request_id: int) -> CallRequest | None:
    """One request."""
    row = await transaction.row(f"select {_COLUMNS} from call_requests where id = $1", request_id)
    return None if row is None else CallRequest(*row)


async def lock(transaction: Transaction, request_id: int) -> CallRequest | None:
    """One request, locked; its case is to be locked before."""
    row = await transaction.row(f"select {_COLUMNS} from call_requests where id = $1 for update", request_id)
    return None if row is None else CallRequest(*row)


async def open_of_case(transaction: Transaction, case_id: int) -> CallRequest | None:
    """The request of the case that is neither done nor given up."""
    row = await transaction.row(
        f"select {_COLUMNS} from call_requests where case_id = $1 and state in ('offered', 'chosen')", case_id
    )
    return None if row is None else CallRequest(*row)


async def newest_of_case(transaction: Transaction, case_id: int) -> CallRequest | None:
    """The case's newest request, whatever became of it."""
    row = await transaction.row(
        f"""
        select {_COLUMNS} from call_requests where case_id = $1
         order by (state in ('offered', 'chosen')) desc, id desc limit 1
        """,
        case_id,
    )
    return None if row is None else CallRequest(*row)


async def choose(transaction: Transaction, request_id: int, start: datetime, end: datetime) -> None:
    """The customer wishes to be called in [start, end)."""
    await transaction.run(
        "update call_requests set state = 'chosen', window_start = $2, window_end = $3 where id = $1",
        request_id,
        start,
        end,
    )


async def end(transaction: Transaction, request_id: int, state: str, *, now: datetime) -> None:
    """The request ends: called, declined or withdrawn."""
    await transaction.run("update call_requests set state = $2, ended_at = $3 where id = $1", request_id, state, now)


async def was_asked(transaction: Transaction, request_id: int) -> bool:
    """Whether the question when to call has arrived, or is on its way."""
    found = await transaction.value(
        """
        select exists (
            select from schedule where kind = 'call_back' and subject_id = $1 and state in ('due', 'sending', 'sent'))
        """,
        request_id,
    )
    return found is True
