"""Comments as they were read: what each is about and says, and the comments that are still to be read.

A row of `comment_readings` goes with each comment. Whoever writes a comment marks its row as not read in the same
statement (`mark_unread`); whoever reads holds the row while doing so. So no reading outlives the words it was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.database import Transaction

_DICTIONARIES: Final = 0x6F746B6C696B02
"""Key of the advisory lock that lets one process begin a dictionary at a time."""


def mark_unread(changed: str, *, condition: str = "true") -> str:
    """A part of a statement's `with`: the comments of the part `changed` have to be read (again).

    That part returns `id`, `answered_at`, `touchpoint`, `purpose` and `comment` of answers; `condition` says whether
    the comment is another now.
    """
    return f"""
    unread as (
        insert into comment_readings (response_id, answered_at, touchpoint)
        select id, answered_at, touchpoint from {changed}
         where comment is not null and purpose = 'first' and {condition}
        on conflict (response_id) do update set dictionary_id = 0, themes = '{{}}', lemmas = '{{}}'
    )
    """


def mark_rated_again(changed: str) -> str:
    """Another part: the answers of the part `changed` have another score, which is kept with what was read."""
    return f"""
    rated_again as (
        update comment_readings k set dictionary_id = 0, themes = '{{}}', lemmas = '{{}}'
          from {changed} where k.response_id = {changed}.id
    )
    """


def mark_unsaid(changed: str) -> str:
    """Another part: the answers of the part `changed` that have no comment (any more) have nothing to be read."""
    return f"""
    unsaid as (
        delete from comment_readings k using {changed} where k.response_id = {changed}.id and {changed}.comment is null
    )
    """


async def forget_readings(transaction: Transaction, response_ids: Sequence[int]) -> None:
    """Erase what was read in comments of these answers that are gone."""
    await transaction.run(
        """
        delete from comment_readings k using responses r
         where k.response_id = any($1::bigint[]) and r.id = k.response_id and r.comment is null
        """,
        list(response_ids),
    )


@dataclass(frozen=True, slots=True)
class StoredDictionary:
    """The dictionary in force: since which version of the catalogue, and for which way of reading."""

    id: int
    catalogue_version_id: int
    reader: int
    digest: str


async def newest_dictionary(transaction: Transaction) -> StoredDictionary | None:
    """The dictionary in force; None before the first."""
    row = await transaction.row(
        "select id, catalogue_version_id, reader, digest from theme_dictionaries order by id desc limit 1"
    )
    return None if row is None else StoredDictionary(*row)


async def add_dictionary(
    transaction: Transaction, *, catalogue_version_id: int, reader: int, digest: str, now: datetime
) -> None:
    """Begin a dictionary; nothing when this one or one of a later catalogue was begun in the meantime."""
    # one after the other: a later dictionary must not get the smaller id
    await transaction.run("select pg_advisory_xact_lock($1)", _DICTIONARIES)
    await transaction.run(
        """
        insert into theme_dictionaries (catalogue_version_id, reader, digest, began_at)
        select $1::bigint, $2::int, $3, $4
         where not exists (select from theme_dictionaries where (catalogue_version_id, reader) >= ($1, $2))
        """,
        catalogue_version_id,
        reader,
        digest,
        now,
    )


@dataclass(frozen=True, slots=True)
class UnreadComment:
    """A comment that nobody has read by the dictionary in force, with the score it came with."""

    response_id: int
    comment: str
    metric: str
    score: int


async def claim_unread(
    transaction: Transaction,
    dictionary_id: int,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int,
) -> list[UnreadComment]:
    """Comments to be read, of answers given in [start, end) where that is said; held until the transaction ends.

    Those never read come first, the newest before the others; what another process holds is left to it.
    """
    within = "" if start is None else " and k.answered_at >= $3 and k.answered_at < $4"
    held = await transaction.rows(
        f"""
        select k.response_id from comment_readings k
         where k.dictionary_id < $1{within}
         order by k.dictionary_id, k.answered_at desc limit $2
        for no key update skip locked
        """,
        dictionary_id,
        limit,
        *(() if start is None else (start, end)),
    )
    # what was written while the rows were being locked is seen by a statement of its own alone
    rows = await transaction.rows(
        "select id, comment, metric, score::int from responses where id = any($1::bigint[]) and comment is not null",
        [row["response_id"] for row in held],
    )
    return [UnreadComment(*row) for row in rows]


async def has_unread(transaction: Transaction, dictionary_id: int) -> bool:
    """Whether any comment is to be read."""
    found = await transaction.value(
        "select exists (select from comment_readings where dictionary_id < $1)", dictionary_id
    )
    return found is True


@dataclass(frozen=True, slots=True)
class StoredReading:
    """Whether the comment's score is negative (-1), neutral or positive (1), what it is about, its telling lemmas."""

    response_id: int
    sentiment: int
    themes: tuple[str, ...]
    lemmas: tuple[str, ...]


async def store_readings(transaction: Transaction, dictionary_id: int, readings: Sequence[StoredReading]) -> None:
    """Keep what was read in the comments this transaction holds."""
    await transaction.run(
        """
        update comment_readings k
           set dictionary_id = $1,
               sentiment = read.sentiment,
               themes = array(select jsonb_array_elements_text(read.found -> 'themes')),
               lemmas = array(select jsonb_array_elements_text(read.found -> 'lemmas'))
          from unnest($2::bigint[], $3::smallint[], $4::jsonb[]) as read(response_id, sentiment, found)
         where k.response_id = read.response_id
        """,
        dictionary_id,
        [reading.response_id for reading in readings],
        [reading.sentiment for reading in readings],
        [{"themes": reading.themes, "lemmas": reading.lemmas} for reading in readings],
    )
