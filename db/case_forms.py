"""Forms that staff are filling in: what they are about to say of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredForm:
    """A form as it is filled in so far; `round` is the case's when it was begun."""

    id: int
    case_id: int
    kind: str
    actor_id: int
    chat_id: int
    message_id: int | None
    close_reason: str | None
    given: tuple[str, ...]
    pool: str | None
    note: str | None
    step: str
    round: int


_COLUMNS = "id, case_id, kind, actor_id, chat_id, message_id, close_reason, given, pool, note, step, round"


def _form(row: asyncpg.Record) -> StoredForm:
    return StoredForm(**{**row, "given": tuple(row["given"])})


async def begin(
    transaction: Transaction,
    *,
    case_id: int,
    kind: str,
    actor_id: int,
    chat_id: int,
    step: str,
    round_number: int,
    now: datetime,
) -> StoredForm:
    """Begin a form anew; the one this member of staff had of this kind and case is gone."""
    await transaction.run(
        "delete from case_forms where case_id = $1 and kind = $2 and actor_id = $3", case_id, kind, actor_id
    )
    row = await transaction.row(
        f"""
        insert into case_forms (case_id, kind, actor_id, chat_id, step, round, begun_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning {_COLUMNS}
        """,
        case_id,
        kind,
        actor_id,
        chat_id,
        step,
        round_number,
        now,
    )
    assert row is not None
    return _form(row)


async def find(transaction: Transaction, form_id: int) -> StoredForm | None:
    """The form, if it is still being filled in."""
    row = await transaction.row(f"select {_COLUMNS} from case_forms where id = $1", form_id)
    return None if row is None else _form(row)


async def lock(transaction: Transaction, form_id: int) -> StoredForm | None:
    """The form, locked until the transaction ends; its case must be locked before."""
    row = await transaction.row(f"select {_COLUMNS} from case_forms where id = $1 for update", form_id)
    return None if row is None else _form(row)


async def shown_in(transaction: Transaction, chat_id: int, message_id: int) -> StoredForm | None:
    """The form that this message shows."""
    row = await transaction.row(
        f"select {_COLUMNS} from case_forms where chat_id = $1 and message_id = $2", chat_id, message_id
    )
    return None if row is None else _form(row)


async def store(
    transaction: Transaction,
    form_id: int,
    *,
    step: str,
    close_reason: str | None,
    given: tuple[str, ...],
    pool: str | None,
    note: str | None,
) -> None:
    """Keep what was filled in."""
    await transaction.run(
        "update case_forms set step = $2, close_reason = $3, given = $4, pool = $5, note = $6 where id = $1",
        form_id,
        step,
        close_reason,
        list(given),
        pool,
        note,
    )


async def place(transaction: Transaction, form_id: int, *, chat_id: int, message_id: int) -> None:
    """Remember the message that shows the form."""
    await transaction.run(
        "update case_forms set chat_id = $2, message_id = $3 where id = $1", form_id, chat_id, message_id
    )


async def end(transaction: Transaction, form_id: int) -> None:
    """The form is done with."""
    await transaction.run("delete from case_forms where id = $1", form_id)
