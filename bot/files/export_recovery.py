"""Recovery and reach as sheets: what became of complaints, whether customers came back, whom a shop can ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.files.columns import Cell, Column
from bot.files.figure_cells import hours, interval_columns, share_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.buying_again import BoughtAgain
from surveys.exporting import ExportedFigures
from surveys.recovery_figures import CaseFigures
from surveys.rules import shares
from surveys.rules.languages import Texts, pick
from surveys.rules.metrics import Interval
from surveys.rules.recovery_measures import BeforeAfter, Share, ShareDifference

COUNTED = (
    "cases",
    "opened",
    "claimed",
    "resolved",
    "confirmed",
    "reopened",
    "dismissed",
    "overdue",
    "settled",
    "recovered",
    "resolved_without_answer",
)


@dataclass(frozen=True, slots=True)
class PartOfRecovery:
    """The figures of all, of a team, person, touchpoint or close reason."""

    part: str
    value: str | None
    title: Texts
    people: int | None
    figures: CaseFigures


@dataclass(frozen=True, slots=True)
class GroupOfBuyers:
    """Who of a group bought again; `difference` is how many more of the recovered did."""

    name: str
    share: Share
    difference: ShareDifference | None
    found: BoughtAgain


@dataclass(frozen=True, slots=True)
class ReachFigure:
    """So many customers, of all where a share makes sense; `value` is the channel, or by what accounts came."""

    figure: str
    value: str | None
    count: int
    share: shares.Share | None = None


async def recovery_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for all cases, then for each part of them."""
    found = await figures.recovery()
    rows = [PartOfRecovery("total", None, {}, None, found.total)]
    for part, members in found.by.items():
        for one in members:
            people = one.people if part == "person" else None
            rows.append(PartOfRecovery(part, one.value, one.title, people, one.figures))
    return together(_recovery_columns(wording), rows)


async def before_after_rows(figures: ExportedFigures, _: Wording) -> KindRows:
    """A row for each metric that people were asked by again."""
    return together(_before_after_columns(), (await figures.recovery()).before_after)


async def bought_again_rows(figures: ExportedFigures, _: Wording) -> KindRows:
    """A row for each group of customers."""
    found = (await figures.recovery()).bought_again
    groups = [
        GroupOfBuyers("recovered", found.recovered, None, found),
        GroupOfBuyers("not_recovered", found.not_recovered, found.against_not_recovered, found),
        GroupOfBuyers("never_unhappy", found.never_unhappy, found.against_never_unhappy, found),
    ]
    return together(_bought_again_columns(), groups)


async def reach_rows(figures: ExportedFigures, _: Wording) -> KindRows:
    """A row for each figure."""
    reach = await figures.reach()
    rows = [
        ReachFigure("customers", None, reach.customers),
        ReachFigure("reachable", None, reach.reachable, shares.Share(reach.reachable, reach.customers)),
        *(ReachFigure("by_channel", channel, count) for channel, count in reach.by_channel.items()),
        *(ReachFigure("linked_by", cause, count) for cause, count in reach.linked_by.items()),
        ReachFigure("unreachable_events", None, reach.unreachable_events),
    ]
    return together(_reach_columns(), rows)


def _recovery_columns(wording: Wording) -> tuple[Column[PartOfRecovery], ...]:
    """Of the parts."""

    def counted(name: str) -> Column[PartOfRecovery]:
        def count(one: PartOfRecovery) -> int:
            value: int = getattr(one.figures, name)
            return value

        return Column(name, Cell.NUMBER, count)

    return (
        Column("part", Cell.TEXT, lambda one: one.part),
        Column("value", Cell.TEXT, lambda one: one.value),
        Column("title", Cell.TEXT, lambda one: pick(one.title, wording.language) or one.value),
        Column("people", Cell.NUMBER, lambda one: one.people),
        *map(counted, COUNTED),
        Column("median_first_response_hours", Cell.NUMBER, lambda one: hours(one.figures.median_first_response)),
        Column("median_resolve_hours", Cell.NUMBER, lambda one: hours(one.figures.median_resolve)),
    )


def _before_after_columns() -> tuple[Column[BeforeAfter], ...]:
    """Of the scores of the same people; under five of them nothing but how many."""
    return (
        Column("metric", Cell.TEXT, lambda one: one.metric.value),
        Column("people", Cell.NUMBER, lambda one: one.n),
        Column("difference", Cell.NUMBER, lambda one: rounded(one.difference)),
        *interval_columns("difference_low", "difference_high", lambda one: one.interval),
        *_share("negative_before", lambda one: one.negative_before),
        *_share("negative_after", lambda one: one.negative_after),
    )


def _bought_again_columns() -> tuple[Column[GroupOfBuyers], ...]:
    """Of the groups; under five people nothing but how many."""
    return (
        Column("group", Cell.TEXT, lambda one: one.name),
        Column("customers", Cell.NUMBER, lambda one: one.share.n),
        Column("share", Cell.NUMBER, lambda one: rounded(one.share.per_cent)),
        *interval_columns("low", "high", lambda one: one.share.interval),
        Column(
            "difference", Cell.NUMBER, lambda one: None if one.difference is None else rounded(one.difference.points)
        ),
        *interval_columns("difference_low", "difference_high", _difference_interval),
        Column(
            "p_value", Cell.NUMBER, lambda one: None if one.difference is None else rounded(one.difference.p_value, 4)
        ),
        Column("within_hours", Cell.NUMBER, lambda one: hours(one.found.horizon)),
        Column("since", Cell.INSTANT, lambda one: one.found.since),
        Column("until", Cell.INSTANT, lambda one: one.found.until),
        Column("too_recent", Cell.NUMBER, lambda one: one.found.waiting),
    )


def _reach_columns() -> tuple[Column[ReachFigure], ...]:
    """Of the figures."""
    return (
        Column("figure", Cell.TEXT, lambda one: one.figure),
        Column("value", Cell.TEXT, lambda one: one.value),
        Column("count", Cell.NUMBER, lambda one: one.count),
        # the count is there for every figure, and stands before
        *share_columns(("count", "of", "share", "low", "high"), lambda one: one.share)[1:],
    )


def _difference_interval(group: GroupOfBuyers) -> Interval | None:
    return None if group.difference is None else group.difference.interval


def _share(name: str, of: Callable[[BeforeAfter], Share]) -> tuple[Column[BeforeAfter], ...]:
    return (
        Column(name, Cell.NUMBER, lambda one: rounded(of(one).per_cent)),
        *interval_columns(f"{name}_low", f"{name}_high", lambda one: of(one).interval),
    )
