"""What matters in words: what costs the score most, what unhappy customers do afterwards, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.screens.fitting import fitting_screen
from bot.screens.journey import limits, per_cent, title_of
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.rules.driving import Afterwards, AtRisk
from surveys.rules.languages import pick
from surveys.rules.metrics import Interval, Tally, nps
from surveys.weighing import Driver, Drivers

LINES: Final = 5
"""Causes told of each kind; the JSON has them all."""

_CENTS_BELOW: Final = 100.0


def drivers_screen(drivers: Drivers, language: str) -> Screen:
    """Everything as one message."""
    wording = Wording(language, drivers.language)
    dates = wording.day_range(drivers.period.start, drivers.period.last_day)
    return fitting_screen(
        [
            (Run(wording.text("drivers.heading", business=drivers.business_name, dates=dates), Style.BOLD),),
            (Run(_outcome(drivers, wording)),),
            _section("drivers.causes", drivers.causes, wording),
            _section("drivers.facts", drivers.facts, wording),
            _afterwards(drivers, wording),
            _at_risk(drivers, wording),
            (Run(wording.text("drivers.caution"), Style.ITALIC),),
        ]
    )


def money(value: float, currency: str | None, wording: Wording) -> str:
    """The amount, with cents only where they matter."""
    shown = wording.number(value, 2 if 0 < abs(value) < _CENTS_BELOW else 0)
    return f"{shown} {currency}" if currency else shown


def _money_limits(interval: Interval | None, wording: Wording) -> str:
    if interval is None:
        return ""
    low, high = (wording.number(end, 0) for end in (interval.low, interval.high))
    return wording.text("report.interval", low=low, high=high)


def _outcome(drivers: Drivers, wording: Wording) -> str:
    if drivers.outcome.n == 0:
        return wording.text("drivers.no_outcome")
    key = "drivers.outcome_relational" if drivers.relational else "drivers.outcome_later"
    return wording.plural(
        key,
        drivers.outcome.n,
        balance=wording.number(drivers.balance or 0.0, sign=True),
        interval=limits(drivers.balance_interval, wording, sign=True),
    )


def _section(key: str, found: Sequence[Driver], wording: Wording) -> tuple[Run, ...]:
    """What surely costs points; where nothing does, that."""
    real = [driver for driver in found if driver.cost.is_real and driver.cost.points > 0]
    if not real:
        told = wording.text("drivers.nothing_sure") if found else wording.text("drivers.too_few")
        return (Run(wording.text(key), Style.BOLD), Run("\n" + told))
    lines = "".join(f"\n• {_line(driver, wording)}" for driver in real[:LINES])
    return (Run(wording.text(key), Style.BOLD), Run(lines))


def _line(driver: Driver, wording: Wording) -> str:
    cost = driver.cost
    name = title_of(driver.title, driver.touchpoint, wording)
    if driver.reason is not None:
        name = f"{name}, {pick(driver.reason_title, wording.language) or driver.reason}"
    told = wording.text(
        "drivers.cost",
        cause=name,
        points=wording.number(-cost.points, 1, sign=True),
        interval=_points(cost.interval, wording),
        share=per_cent(cost.share.value, wording, 1),
        n=wording.number(cost.affected.n),
        affected=_balance(cost.affected, wording),
        others=_balance(cost.others, wording),
        others_n=wording.number(cost.others.n),
    )
    return f"{told} {wording.text('drivers.preliminary')}" if cost.preliminary else told


def _points(interval: Interval, wording: Wording) -> str:
    """A cost is told as what it takes away."""
    low, high = (wording.number(-end, 1, sign=True) for end in (interval.high, interval.low))
    return wording.text("report.interval", low=low, high=high)


def _balance(answers: Tally, wording: Wording) -> str:
    return wording.number(nps(answers) or 0.0, sign=True)


def _afterwards(drivers: Drivers, wording: Wording) -> tuple[Run, ...]:
    within = wording.duration(drivers.within)
    heading = Run(wording.text("drivers.afterwards", within=within), Style.BOLD)
    shown = [after for after in drivers.afterwards if after.is_shown]
    if drivers.followed_to is None or not shown:
        return (heading, Run("\n" + wording.text("drivers.nothing_followed", within=within)))
    return (heading, Run("".join(f"\n• {_after(after, drivers.currency, wording)}" for after in shown)))


def _after(after: Afterwards, currency: str | None, wording: Wording) -> str:
    told = wording.text(
        f"drivers.after_{after.sentiment.value}",
        share=per_cent(after.returned.value, wording),
        interval=limits(after.returned.interval, wording),
        n=wording.number(after.returned.n),
        orders=wording.number(after.orders.mean or 0.0, 2),
    )
    if currency is None:
        return told
    spent = money(after.spent.mean or 0.0, currency, wording)
    return wording.text("drivers.spent", told=told, spent=spent, interval=_money_limits(after.spent.interval, wording))


def _at_risk(drivers: Drivers, wording: Wording) -> tuple[Run, ...]:
    risk = drivers.at_risk
    if risk is None or drivers.currency is None:
        return ()
    told = [wording.text(_risk_key(risk), **_risk_values(risk, drivers.currency, wording))]
    if drivers.other_currencies:
        told.append(wording.text("drivers.other_currencies", currency=drivers.currency))
    return (Run(wording.text("drivers.at_risk"), Style.BOLD), Run("\n" + " ".join(told)))


def _risk_key(risk: AtRisk) -> str:
    return "drivers.risk" if risk.each.is_real and risk.total > 0 else "drivers.risk_unsure"


def _risk_values(risk: AtRisk, currency: str, wording: Wording) -> dict[str, str]:
    return {
        "total": money(risk.total, currency, wording),
        "interval": _money_limits(risk.interval, wording),
        "customers": wording.plural("drivers.of_unhappy", risk.customers),
        "each": money(risk.each.value, currency, wording),
    }
