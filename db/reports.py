"""What a report counts: counted days where they can be trusted, the rows themselves for all other time.

Each query reads one period through its index, so its cost follows the period and not the history. With
`attribute` the counts are also split by the value of that attribute, as JSON text; None where it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.database import Transaction

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Stretches:
    """A period as it is read: days that stand counted, and stretches [start, end) read from the rows."""

    days: tuple[date, ...]
    raw: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which part of everything is counted: these touchpoints, events with one of these values, this reason chosen.

    None is every touchpoint; the value None is an attribute that is missing.
    """

    touchpoints: tuple[str, ...] | None = None
    attributes: tuple[tuple[str, tuple[Json, ...]], ...] = ()
    reason: str | None = None

    @property
    def is_counted(self) -> bool:
        """Whether counted days know enough for it."""
        return not self.attributes and self.reason is None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.is_counted and self.touchpoints is None


EVERYTHING = Narrowing()


@dataclass(frozen=True, slots=True)
class ScoreCount:
    """How often a score was given; `period` is the place of the period among those asked for."""

    period: int
    touchpoint: str
    metric: str
    score: int
    segment: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many answers of the period chose exactly these reasons."""

    touchpoint: str
    metric: str
    reasons: Sequence[str]
    segment: str | None
    count: int


@dataclass(frozen=True, slots=True)
class FunnelCount:
    """How many of the period's events stand the same, by the survey and catalogue version they were decided under.

    `state` is the invitation's, `has_message` whether the messenger gave it an id, `may_be_answered` whether the
    time of a question that was sent has not run out.
    """

    touchpoint: str
    survey: str | None
    catalogue_version_id: int | None
    segment: str | None
    state: str | None
    has_message: bool
    may_be_answered: bool
    commented: bool
    count: int


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """The moves of cases in the period; `still_open` counts the unsettled ones there are now."""

    opened: int
    claimed: int
    resolved: int
    confirmed: int
    reopened: int
    overdue: int
    still_open: int
    median_first_response: timedelta | None
    median_resolve: timedelta | None


async def take_snapshot(transaction: Transaction) -> None:
    """Let all that follows see one instant of the database; must be the transaction's first statement.

    What a report reads lies together and mostly in memory. With the planner's default price of a random page it
    would rather read whole tables, and the report of a week would slow down with the history. A week's rows are to be
    sorted in memory.
    """
    await transaction.run(
        "set transaction isolation level repeatable read, read only;"
        " set local random_page_cost = 1.1; set local jit = off; set local work_mem = '64MB'"
    )


async def score_counts(
    transaction: Transaction,
    periods: Sequence[Stretches],
    *,
    narrowing: Narrowing = EVERYTHING,
    attribute: str | None = None,
) -> list[ScoreCount]:
    """How often each score was first given in each of the periods."""
    found: list[ScoreCount] = []
    days = [(number, day) for number, period in enumerate(periods) for day in period.days]
    if days:
        arguments: list[object] = [[number for number, _ in days], [day for _, day in days]]
        rows = await transaction.rows(
            f"""
            select d.number, touchpoint, metric,
                   array[{", ".join(f"sum(counts[{place}])::bigint" for place in range(1, 12))}]
              from unnest($1::int[], $2::date[]) as d(number, day)
              join daily_scores s on s.day = d.day
             where true{narrow(arguments, narrowing)}
             group by 1, 2, 3
            """,
            *arguments,
        )
        found += [
            ScoreCount(number, name, metric, score, None, count)
            for number, name, metric, counts in rows
            for score, count in enumerate(counts)
            if count
        ]
    stretches = [(number, *stretch) for number, period in enumerate(periods) for stretch in period.raw]
    if stretches:
        arguments = [list(column) for column in zip(*stretches, strict=True)]
        narrowed = narrow(arguments, narrowing, "attributes", "reasons")
        segment = _segment(arguments, "attributes", attribute)
        rows = await transaction.rows(
            f"""
            select s.number, counted.*
              from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as s(number, start_at, end_at)
             cross join lateral (
                   select touchpoint, metric, score::int, {segment} as segment, count(*)
                     from responses
                    where answered_at >= s.start_at and answered_at < s.end_at and purpose = 'first'{narrowed}
                    group by 1, 2, 3, 4) counted
            """,
            *arguments,
        )
        found += [ScoreCount(*row) for row in rows]
    return found


async def reason_counts(
    transaction: Transaction,
    period: Stretches,
    *,
    narrowing: Narrowing = EVERYTHING,
    attribute: str | None = None,
) -> list[ReasonCount]:
    """How often each set of reasons was chosen by the answers of the period."""
    found: list[ReasonCount] = []
    if period.days:
        arguments: list[object] = [list(period.days)]
        rows = await transaction.rows(
            f"""
            select touchpoint, metric, reasons, null::text, sum(count)::bigint
              from daily_reasons
             where day = any($1::date[]){narrow(arguments, narrowing)}
             group by 1, 2, 3
            """,
            *arguments,
        )
        found += [ReasonCount(*row) for row in rows]
    for stretch in period.raw:
        arguments = [*stretch]
        narrowed = narrow(arguments, narrowing, "attributes", "reasons")
        segment = _segment(arguments, "attributes", attribute)
        rows = await transaction.rows(
            f"""
            select touchpoint, metric, reasons, {segment} as segment, count(*)
              from responses
             where answered_at >= $1 and answered_at < $2 and purpose = 'first'
                and reasons <> '{{}}'{narrowed}
             group by 1, 2, 3, 4
            """,
            *arguments,
        )
        found += [ReasonCount(*row) for row in rows]
    return found


async def funnel_counts(
    transaction: Transaction,
    period: Stretches,
    *,
    narrowing: Narrowing = EVERYTHING,
    attribute: str | None = None,
    now: datetime,
) -> list[FunnelCount]:
    """What became so far of the events that occurred in the period."""
    found: list[FunnelCount] = []
    if period.days:
        arguments: list[object] = [list(period.days), now]
        rows = await transaction.rows(
            f"""
            select touchpoint, survey, catalogue_version_id, null::text, state, has_message,
                   coalesce(max(open_until) > $2, false), commented, sum(count)::bigint
              from daily_funnel
             where day = any($1::date[]){narrow(arguments, narrowing)}
             group by 1, 2, 3, 5, 6, 8
            """,
            *arguments,
        )
        found += [FunnelCount(*row) for row in rows]
    for stretch in period.raw:
        arguments = [*stretch, now]
        narrowed = narrow(arguments, narrowing, "e.attributes", prefix="e.")
        segment = _segment(arguments, "e.attributes", attribute)
        rows = await transaction.rows(
            f"""
            select e.touchpoint, i.survey, i.catalogue_version_id, {segment} as segment, i.state,
                   i.message_id is not null as has_message,
                   coalesce(i.state in ('sent', 'unknown') and i.expires_at > $3, false) as may_be_answered,
                   r.comment is not null
                       or (r.id is not null and exists (
                              select from messages m
                               where m.response_id = r.id and m.kind in ('voice', 'photo', 'document'))) as commented,
                   count(*)
              from touchpoint_events e
              left join invitations i on i.event_id = e.id and i.purpose = 'first'
              left join responses r on r.invitation_id = case when i.state = 'answered' then i.id end
             where e.occurred_at >= $1 and e.occurred_at < $2{narrowed}
             group by 1, 2, 3, 4, 5, 6, 7, 8
            """,
            *arguments,
        )
        found += [FunnelCount(*row) for row in rows]
    return found


async def open_cases(transaction: Transaction, *, narrowing: Narrowing = EVERYTHING) -> int:
    """How many cases are not settled now."""
    arguments: list[object] = []
    narrowed = narrow(arguments, narrowing, CASE_ATTRIBUTES, prefix="c.")
    count = await transaction.value(
        f"select count(*) from cases c where c.state in ('open', 'claimed', 'waiting'){narrowed}", *arguments
    )
    assert isinstance(count, int)
    return count


async def attribute_names(transaction: Transaction, start: datetime, end: datetime) -> list[str]:
    """The attributes that answers or events of [start, end) have, by name."""
    rows = await transaction.rows(
        """
        select distinct name from (
            select jsonb_object_keys(attributes) as name from responses where answered_at >= $1 and answered_at < $2
            union all
            select jsonb_object_keys(attributes) from touchpoint_events where occurred_at >= $1 and occurred_at < $2
        ) names order by name
        """,
        start,
        end,
    )
    return [row["name"] for row in rows]


CASE_ATTRIBUTES = """coalesce((select r.attributes from responses r where r.id = c.response_id),
                              (select e.attributes from touchpoint_events e where e.id = c.event_id))"""
"""A case has the attributes of the answer, or the event, it is about."""


def narrow(
    arguments: list[object], narrowing: Narrowing, attributes: str = "", reasons: str = "", *, prefix: str = ""
) -> str:
    """Conditions to append; `attributes` and `reasons` are the columns, empty where there are none to narrow by."""
    conditions = ""
    if narrowing.touchpoints is not None:
        arguments.append(list(narrowing.touchpoints))
        conditions += f" and {prefix}touchpoint = any(${len(arguments)}::text[])"
    for name, values in narrowing.attributes if attributes else ():
        arguments.append(name)
        value = f"nullif({attributes} -> ${len(arguments)}, 'null'::jsonb)"
        arguments.append([given for given in values if given is not None])
        matches = f"{value} = any(${len(arguments)}::jsonb[])"
        conditions += f" and ({value} is null or {matches})" if None in values else f" and {matches}"
    if reasons and narrowing.reason is not None:
        arguments.append([narrowing.reason])
        conditions += f" and {reasons} @> ${len(arguments)}::text[]"
    return conditions


def _segment(arguments: list[object], column: str, attribute: str | None) -> str:
    """A JSON null counts as missing."""
    if attribute is None:
        return "null::text"
    arguments.append(attribute)
    return f"nullif({column} -> ${len(arguments)}, 'null'::jsonb)::text"
