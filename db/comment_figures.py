"""What a report on comments counts: themes, words and examples of one period.

Each query reads the comments of the period through their index, and no answers but those that are quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


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
    comment: str
    touchpoint: str
    metric: str
    score: int
    answered_at: datetime


async def themes_counts(
    transaction: Transaction, scope: CommentScope, *, previous_start: datetime
) -> list[ThemesCount]:
    """The comments of the period and of [previous_start, start) by sentiment and themes."""
    arguments: list[object] = [scope.dictionary_id, scope.start, scope.end, previous_start]
    rows = await transaction.rows(
        f"""
        select answered_at >= $2 as current, sentiment, case when dictionary_id = $1 then themes end as themes, count(*)
          from comment_readings
         where answered_at >= $4 and answered_at < $3{_narrow(arguments, scope)}
         group by 1, 2, 3
        """,
        *arguments,
    )
    return [
        ThemesCount(current, sentiment, None if themes is None else tuple(themes), count)
        for current, sentiment, themes, count in rows
    ]


async def lemma_counts(transaction: Transaction, scope: CommentScope, *, at_least: int) -> list[LemmaCount]:
    """In how many negative and positive comments each lemma is; of those that `at_least` so many together have."""
    arguments: list[object] = [scope.dictionary_id, scope.start, scope.end, at_least]
    rows = await transaction.rows(
        f"""
        select lemma, count(*) filter (where sentiment < 0) as negative,
               count(*) filter (where sentiment > 0) as positive
          from comment_readings cross join lateral unnest(lemmas) as lemma
         where answered_at >= $2 and answered_at < $3 and dictionary_id = $1 and sentiment <> 0
               {_narrow(arguments, scope)}
         group by lemma
        having count(*) >= $4
        """,
        *arguments,
    )
    return [LemmaCount(*row) for row in rows]


async def quotes(
    transaction: Transaction, scope: CommentScope, themes: Sequence[str], *, most: int
) -> list[StoredQuote]:
    """Examples of each theme: the newest with a negative score, at most so many, then as many of the others."""
    arguments: list[object] = [scope.dictionary_id, scope.start, scope.end, list(themes), most]
    narrowed = _narrow(arguments, scope)
    # two halves, each in the order of the index: it is read only until there are enough
    halves = " union all ".join(
        f"""
        (select response_id from comment_readings
          where answered_at >= $2 and answered_at < $3 and dictionary_id = $1 and wanted.theme = any(themes)
            and sentiment {negative} 0{narrowed}
          order by answered_at desc limit $5)
        """
        for negative in ("<", ">=")
    )
    rows = await transaction.rows(
        f"""
        select wanted.theme, r.comment, r.touchpoint, r.metric, r.score::int, r.answered_at
          from unnest($4::text[]) as wanted(theme)
         cross join lateral ({halves}) as found
          join comment_readings k on k.response_id = found.response_id
          join responses r on r.id = found.response_id
         where r.comment is not null
         order by wanted.theme, k.sentiment < 0 desc, r.answered_at desc, r.id desc
        """,
        *arguments,
    )
    return [StoredQuote(*row) for row in rows]


async def comments_with(
    transaction: Transaction, scope: CommentScope, lemmas: Sequence[str], *, most: int
) -> list[str]:
    """The newest comments that have one of the lemmas, at most so many."""
    arguments: list[object] = [scope.dictionary_id, scope.start, scope.end, list(lemmas), most]
    rows = await transaction.rows(
        f"""
        select r.comment
          from (select response_id from comment_readings
                 where answered_at >= $2 and answered_at < $3 and dictionary_id = $1 and lemmas && $4::text[]
                       {_narrow(arguments, scope)}
                 order by answered_at desc limit $5) as k
          join responses r on r.id = k.response_id
         where r.comment is not null
        """,
        *arguments,
    )
    return [row["comment"] for row in rows]


def _narrow(arguments: list[object], scope: CommentScope) -> str:
    if scope.touchpoint is None:
        return ""
    arguments.append(scope.touchpoint)
    return f" and touchpoint = ${len(arguments)}"
