"""What matters as sheets: what costs the score most, and what unhappy and happy customers do afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from bot.files.columns import Cell, Column
from bot.files.figure_cells import interval_columns, share_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.exporting import ExportedFigures
from surveys.rules.driving import Afterwards, AtRisk
from surveys.rules.journey import Sentiment
from surveys.rules.metrics import Interval
from surveys.rules.moments import Moments
from surveys.weighing import Driver, Drivers


@dataclass(frozen=True, slots=True)
class Cause:
    """A driver, and whether it costs points of its own touchpoint's balance alone."""

    driver: Driver
    is_fact: bool

    @property
    def kind(self) -> str:
        """What it is: a touchpoint, a reason, or an attribute the shop reported."""
        if self.is_fact:
            return "attribute"
        return "touchpoint" if self.driver.reason is None else "reason"


@dataclass(frozen=True, slots=True)
class Group:
    """What customers of one sentiment did; `at_risk` is the unhappy ones' alone."""

    drivers: Drivers
    after: Afterwards

    @property
    def at_risk(self) -> AtRisk | None:
        """The revenue lost with them."""
        return self.drivers.at_risk if self.after.sentiment is Sentiment.NEGATIVE else None


async def driver_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each cause, the dearest first, then the facts the shop reported."""
    drivers = await figures.drivers()
    causes = [Cause(one, is_fact=False) for one in drivers.causes] + [Cause(one, is_fact=True) for one in drivers.facts]
    return together(_driver_columns(wording), [one for one in causes if figures.concerns(one.driver.touchpoint)])


async def afterwards_rows(figures: ExportedFigures, _: Wording) -> KindRows:
    """A row for each sentiment."""
    drivers = await figures.drivers()
    return together(_afterwards_columns(), [Group(drivers, after) for after in drivers.afterwards])


def _driver_columns(wording: Wording) -> tuple[Column[Cause], ...]:
    """Of the causes."""
    return (
        Column("cause", Cell.TEXT, lambda one: one.kind),
        Column("touchpoint", Cell.TEXT, lambda one: one.driver.touchpoint),
        Column("title", Cell.TEXT, lambda one: title_of(one.driver.title, one.driver.touchpoint, wording)),
        Column("reason", Cell.TEXT, lambda one: one.driver.reason),
        Column("reason_title", Cell.TEXT, lambda one: _reason(one.driver, wording)),
        Column("points", Cell.NUMBER, lambda one: rounded(one.driver.cost.points)),
        *interval_columns("low", "high", lambda one: one.driver.cost.interval),
        Column("p_value", Cell.NUMBER, lambda one: rounded(one.driver.cost.p_value, 4)),
        Column("real", Cell.FLAG, lambda one: one.driver.cost.is_real),
        Column("preliminary", Cell.FLAG, lambda one: one.driver.cost.preliminary),
        Column("others", Cell.NUMBER, lambda one: one.driver.cost.others.n),
        *share_columns(("affected", "of", "share", "share_low", "share_high"), lambda one: one.driver.cost.share),
        Column("difference", Cell.NUMBER, lambda one: rounded(one.driver.cost.difference.points)),
        *interval_columns("difference_low", "difference_high", lambda one: one.driver.cost.difference.interval),
    )


def _afterwards_columns() -> tuple[Column[Group], ...]:
    """Of what customers did; under five of them nothing but how many."""
    return (
        Column("sentiment", Cell.TEXT, lambda one: one.after.sentiment.value),
        *share_columns(("returned", "customers", "share", "low", "high"), lambda one: one.after.returned),
        Column("orders", Cell.NUMBER, lambda one: _mean(one.after, one.after.orders)),
        *interval_columns("orders_low", "orders_high", lambda one: one.after.orders.interval),
        Column("spent", Cell.NUMBER, lambda one: _mean(one.after, one.after.spent)),
        *interval_columns("spent_low", "spent_high", lambda one: one.after.spent.interval),
        Column("currency", Cell.TEXT, lambda one: one.drivers.currency),
        Column("other_currencies", Cell.FLAG, lambda one: one.drivers.other_currencies),
        Column("lost_each", Cell.NUMBER, lambda one: rounded(one.at_risk.each.value) if one.at_risk else None),
        Column("lost_total", Cell.NUMBER, lambda one: rounded(one.at_risk.total) if one.at_risk else None),
        *interval_columns("lost_low", "lost_high", _lost_interval),
        Column("followed_to", Cell.DAY, lambda one: one.drivers.followed_to),
    )


def _reason(driver: Driver, wording: Wording) -> str | None:
    return None if driver.reason is None else title_of(driver.reason_title, driver.reason, wording)


def _lost_interval(group: Group) -> Interval | None:
    return None if group.at_risk is None else group.at_risk.interval


def _mean(after: Afterwards, moments: Moments) -> float | None:
    return rounded(moments.mean) if after.is_shown else None
