"""Comments are read in the background: what each is about, by the catalogue's themes, and which words say it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from db import comments
from db.comments import StoredReading, UnreadComment
from db.database import Database, Transaction
from surveys.morphology import morphology
from surveys.publishing import Catalogues
from surveys.rules.journey import Metric, Sentiment
from surveys.rules.metrics import sentiment
from surveys.rules.themes import Dictionary, Theme, build_dictionary, read_comment

READER: Final = 1
"""The version of how comments are read; a greater one reads all of them again."""

AT_ONCE: Final = 200
"""Comments held while they are read: some 20 ms, for which an edit of one of them may have to wait."""

IN_A_ROUND: Final = 5_000


_FELT: Final = {Sentiment.NEGATIVE: -1, Sentiment.NEUTRAL: 0, Sentiment.POSITIVE: 1}


@dataclass(frozen=True, slots=True)
class DictionaryInForce:
    """The dictionary by which comments are read; `is_ours` is false while this process follows an older catalogue."""

    id: int
    is_ours: bool


async def read_comments(
    database: Database,
    catalogues: Catalogues,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    most: int | None = IN_A_ROUND,
    now: datetime,
) -> int:
    """Read comments nobody has read by the themes in force, of answers given in [start, end) where that is said.

    The number read, at most `most`. Any number of processes may do so at once; one that follows an older catalogue than
    others leaves it to them.
    """
    async with database.transaction() as transaction:
        dictionary = await dictionary_in_force(transaction, catalogues, now=now)
        if not dictionary.is_ours or not await comments.has_unread(transaction, dictionary.id):
            return 0
    themes = catalogues.in_force.catalogue.themes
    words = await asyncio.to_thread(_dictionary_of, themes)
    done = 0
    while most is None or done < most:
        limit = AT_ONCE if most is None else min(AT_ONCE, most - done)
        async with database.transaction() as transaction:
            held = await comments.claim_unread(transaction, dictionary.id, start=start, end=end, limit=limit)
            found = await asyncio.to_thread(_read, held, words)
            await comments.store_readings(transaction, dictionary.id, found)
        done += len(held)
        if len(held) < limit:
            break
    return done


async def dictionary_in_force(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> DictionaryInForce:
    """The newest dictionary, begun here when this process's catalogue has other themes than the one before.

    It goes by what the themes are and not by the version of the catalogue: a new question reads no comment again.
    """
    published = catalogues.in_force
    digest = digest_of(published.catalogue.themes)
    newest = await comments.newest_dictionary(transaction)
    if newest is None or (
        (newest.reader, newest.digest) != (READER, digest)
        and (newest.catalogue_version_id, newest.reader) < (published.version_id, READER)
    ):
        await comments.add_dictionary(
            transaction, catalogue_version_id=published.version_id, reader=READER, digest=digest, now=now
        )
        newest = await comments.newest_dictionary(transaction)
    assert newest is not None
    return DictionaryInForce(newest.id, (newest.reader, newest.digest) == (READER, digest))


@lru_cache(maxsize=4)
def digest_of(themes: tuple[Theme, ...]) -> str:
    """The same for themes that find the same; titles do not matter."""
    meant = [(theme.key, theme.words.phrases, theme.not_words.phrases) for theme in themes]
    return sha256(repr(meant).encode()).hexdigest()


@lru_cache(maxsize=2)
def _dictionary_of(themes: tuple[Theme, ...]) -> Dictionary:
    return build_dictionary(themes, morphology().lemmas)


def _read(held: Sequence[UnreadComment], dictionary: Dictionary) -> list[StoredReading]:
    found: list[StoredReading] = []
    for one in held:
        reading = read_comment(one.comment, dictionary, morphology().lemmas)
        felt = _FELT[sentiment(Metric(one.metric), one.score)]
        found.append(StoredReading(one.response_id, felt, reading.themes, reading.lemmas))
    return found
