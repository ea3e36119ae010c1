"""What a report on comments counts: themes, words and examples of one period.

Each query reads the comments of the period through their index. Where a score is negative or positive is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Borders:
    """Where negative ends and positive begins (both included), for each metric."""

    metrics: tuple[str, ...]
    negative_to: tuple[int, ...]
    positive_from: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommentScope:
    """The comments of [start, end), of one touchpoint or all, as read by a dictionary."""

    dictionary_id: int
    start: datetime
    end: datetime
    touchpoint: str | None = None


@dataclass(frozen=True, slots=True)
class ThemesCount:
    """How many comments with scores of this sentiment are about exactly these themes; None: not read yet.

    `sentiment` is -1, 0 or 1; `current` tells the period from the one just before.
    """

    current: bool
    sentiment: int
    themes: tuple[str, ...] | None
    count: int


@dataclass(frozen=True, slots=True)
class LemmaCount:
    """How many negative and positive comments have the lemma."""

    lemma: str
    negative: int
    positive: int


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """A comment that is an example of a theme, with the score it came with."""

    theme: str
    response_id: int
    comment: str
    touchpoint: str
    metric: str
    score: int
    answered_at: datetime


_SENTIMENT = """
    join (select * from unnest($1::text[], $2::int[], $3::int[]) as b(metric, negative_to, positive_from)) b
      on b.metric = r.metric
    cross join lateral (
        select case when r.score <= b.negative_to then -1 when r.score >= b.positive_from then 1 else 0 end
    ) as s(sentiment)
"""


async def themes_counts(
    transaction: Transaction, scope: CommentScope, borders: Borders, *, previous_start: datetime
) -> list[ThemesCount]:
    """The comments of the period and of [previous_start, start) by sentiment and themes."""
    arguments = [*_borders(borders), scope.dictionary_id, previous_start, scope.end, scope.start]
    rows = await transaction.rows(
        f"""
        select k.answered_at >= $7 as current, s.sentiment,
               case when k.dictionary_id = $4 then k.themes end as themes, count(*)
          from comment_readings k
          join responses r on r.id = k.response_id
          {_SENTIMENT}
         where k.answered_at >= $5 and k.answered_at < $6{_narrow(arguments, scope)}
         group by 1, 2, 3
        """,
        *arguments,
    )
    return [
        ThemesCount(current, sentiment, None if themes is None else tuple(themes), count)
        for current, sentiment, themes, count in rows
    ]


async def lemma_counts(
    transaction: Transaction, scope: CommentScope, borders: Borders, *, at_least: int
) -> list[LemmaCount]:
    """In how many negative and positive comments each lemma is; of those that `at_least` so many together have."""
    arguments = [*_borders(borders), scope.dictionary_id, scope.start, scope.end, at_least]
    rows = await transaction.rows(
        f"""
        select lemma, count(*) filter (where s.sentiment < 0) as negative,
               count(*) filter (where s.sentiment > 0) as positive
          from comment_readings k
          join responses r on r.id = k.response_id
          {_SENTIMENT}
          cross join lateral unnest(k.lemmas) as lemma
         where k.answered_at >= $5 and k.answered_at < $6 and k.dictionary_id = $4 and s.sentiment <> 0
               {_narrow(arguments, scope)}
         group by lemma
        having count(*) >= $7
        """,
        *arguments,
    )
    return [LemmaCount(*row) for row in rows]


async def quotes(
    transaction: Transaction, scope: CommentScope, borders: Borders, themes: Sequence[str], *, most: int
) -> list[StoredQuote]:
    """Examples of each theme: the negative first, of those the newest; at most so many."""
    arguments = [*_borders(borders), scope.dictionary_id, scope.start, scope.end, list(themes), most]
    rows = await transaction.rows(
        f"""
        with ranked as (
            select theme, k.response_id,
                   row_number() over (
                       partition by theme order by s.sentiment < 0 desc, k.answered_at desc, k.response_id desc
                   ) as place
              from comment_readings k
              join responses r on r.id = k.response_id
              {_SENTIMENT}
              cross join lateral unnest(k.themes) as theme
             where k.answered_at >= $5 and k.answered_at < $6 and k.dictionary_id = $4 and theme = any($7::text[])
                   {_narrow(arguments, scope)}
        )
        select ranked.theme, r.id, r.comment, r.touchpoint, r.metric, r.score::int, r.answered_at
          from ranked join responses r on r.id = ranked.response_id
         where ranked.place <= $8 and r.comment is not null
         order by ranked.theme, ranked.place
        """,
        *arguments,
    )
    return [StoredQuote(*row) for row in rows]


async def comments_with(
    transaction: Transaction, scope: CommentScope, lemmas: Sequence[str], *, most: int
) -> dict[str, list[str]]:
    """The newest comments that have each of the lemmas, at most so many."""
    arguments: list[object] = [scope.dictionary_id, scope.start, scope.end, list(lemmas), most]
    rows = await transaction.rows(
        f"""
        select wanted.lemma, found.comment
          from unnest($4::text[]) as wanted(lemma)
         cross join lateral (
             select r.comment
               from comment_readings k join responses r on r.id = k.response_id
              where k.answered_at >= $2 and k.answered_at < $3 and k.dictionary_id = $1
                and wanted.lemma = any(k.lemmas) and r.comment is not null{_narrow(arguments, scope)}
              order by k.answered_at desc limit $5
         ) as found
        """,
        *arguments,
    )
    found: dict[str, list[str]] = {}
    for lemma, comment in rows:
        found.setdefault(lemma, []).append(comment)
    return found


def _borders(borders: Borders) -> list[object]:
    return [list(borders.metrics), list(borders.negative_to), list(borders.positive_from)]


def _narrow(arguments: list[object], scope: CommentScope) -> str:
    if scope.touchpoint is None:
        return ""
    arguments.append(scope.touchpoint)
    return f" and k.touchpoint = ${len(arguments)}"
