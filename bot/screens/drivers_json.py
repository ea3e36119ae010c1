"""What matters as the JSON document of `drivers --json` and `GET /api/v1/drivers`."""

from __future__ import annotations

from bot.screens.journey_json import difference_document, interval_ends, rounded, share_document
from bot.screens.json_values import Document, iso_duration
from surveys.findings import Json
from surveys.rules.driving import Afterwards
from surveys.rules.metrics import Tally, nps
from surveys.rules.moments import Moments
from surveys.weighing import Driver, Drivers


def build_drivers_document(drivers: Drivers) -> Document:
    """What matters as plain JSON values: points, per cent and money to two digits, p to four."""
    risk = drivers.at_risk
    at_risk: Json = None
    if risk is not None:
        at_risk = {
            "customers": risk.customers,
            "each": rounded(risk.each.value),
            "total": rounded(risk.total),
            **interval_ends(risk.interval),
        }
    return {
        "from": drivers.period.start.isoformat(),
        "to": drivers.period.end.isoformat(),
        "timezone": drivers.timezone,
        "outcome": {
            "kind": "relational" if drivers.relational else "later_answer",
            **_sides(drivers.outcome),
            **interval_ends(drivers.balance_interval),
        },
        "causes": [_driver(driver, "reason") for driver in drivers.causes],
        "facts": [_driver(driver, "attribute") for driver in drivers.facts],
        "within": iso_duration(drivers.within),
        "followed_to": None if drivers.followed_to is None else drivers.followed_to.isoformat(),
        "currency": drivers.currency,
        "other_currencies": drivers.other_currencies,
        "afterwards": [_after(after) for after in drivers.afterwards],
        "revenue_at_risk": at_risk,
    }


def _sides(answers: Tally) -> Document:
    return {
        "n": answers.n,
        "balance": rounded(nps(answers)),
        "negative": answers.negative,
        "neutral": answers.neutral,
        "positive": answers.positive,
    }


def _driver(driver: Driver, called: str) -> Document:
    cost = driver.cost
    return {
        "touchpoint": driver.touchpoint,
        called: driver.reason,
        "points": rounded(cost.points),
        **interval_ends(cost.interval),
        "p_value": rounded(cost.p_value, 4),
        "real": cost.is_real,
        "preliminary": cost.preliminary,
        "affected": _sides(cost.affected),
        "others": _sides(cost.others),
        "share": share_document(cost.share),
        "difference": difference_document(cost.difference),
    }


def _after(after: Afterwards) -> Document:
    return {
        "sentiment": after.sentiment.value,
        "returned": share_document(after.returned),
        "orders": _mean(after.orders),
        "spent": _mean(after.spent),
    }


def _mean(moments: Moments) -> Document:
    return {"n": moments.n, "mean": rounded(moments.mean), **interval_ends(moments.interval)}
