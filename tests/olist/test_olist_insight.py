"""The journey, the audit and what matters on real orders, against plain counting of the same CSV."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import NormalDist
from zoneinfo import ZoneInfo

import pytest

from tests.olist.test_olist_scores import OLIST, Shop, pytestmark, read_csv, shop, wilson_by_bisection  # noqa: F401

ZONE = ZoneInfo("America/Sao_Paulo")
WITHIN = timedelta(days=60)
FIRST, LAST = "2016-09-01", "2018-12-01"


def instant(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZONE).astimezone(UTC)


class Facts:
    """What the CSV says, read anew: deliveries by customer, and answers with what is known of their order."""

    def __init__(self) -> None:
        self.delivered = {row["order_id"]: row for row in read_csv("orders.csv") if row["delivered_at"]}
        self.by_customer: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for order_id, row in self.delivered.items():
            self.by_customer[row["customer_id"]].append((instant(row["delivered_at"]), order_id))
        self.answers = [
            (instant(row["answered_at"]), int(row["score"]), self.delivered.get(row["order_id"]))
            for row in read_csv("reviews.csv")
        ]

    def side(self, score: int) -> str:
        return "negative" if score <= 2 else "neutral" if score == 3 else "positive"


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts()


def told(shop: Shop, *arguments: str) -> dict[str, object]:  # noqa: F811
    done = shop.run(*arguments, "--from", FIRST, "--to", LAST, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    return document


async def test_the_journey_of_real_customers(shop: Shop, facts: Facts) -> None:  # noqa: F811
    (entry,) = told(shop, "journey", "--within", "P60D")["touchpoints"]
    assert (entry["touchpoint"], entry["stage"], entry["events"]) == ("delivery", "after", len(facts.delivered))
    sides = Counter(facts.side(score) for _, score, _ in facts.answers)
    (score,) = entry["scores"]
    assert {side: score[side] for side in sides} == sides
    assert score["n"] == len(facts.answers) == 4910
    low, high = wilson_by_bisection(sides["positive"], score["n"])
    assert (score["low"], score["high"]) == pytest.approx((low, high), abs=0.00501)

    went_on = Counter()
    for orders in facts.by_customer.values():
        for at, _ in orders:
            later = [other for other, _ in orders if at < other <= at + WITHIN]
            went_on["delivery" if later else None] += 1
    assert {step["touchpoint"]: step["count"] for step in entry["next"]} == went_on
    assert went_on[None] > 50 * went_on["delivery"]  # hardly anybody of Olist's buys twice

    first: dict[str, tuple[datetime, int]] = {}
    for at, given, order in facts.answers:
        if order is not None:
            customer = order["customer_id"]
            if customer not in first or at < first[customer][0]:
                first[customer] = (at, given)
    answered, lost = Counter(), Counter()
    for customer, (at, given) in first.items():
        answered[facts.side(given)] += 1
        if not any(at < other <= at + WITHIN for other, _ in facts.by_customer[customer]):
            lost[facts.side(given)] += 1
    # Two answers of one customer at the same second would be told apart by their ids, which the CSV does not have.
    assert entry["lost"]["unhappy"]["n"] == answered["negative"]
    assert entry["lost"]["happy"]["n"] == answered["positive"]
    assert entry["lost"]["unhappy"]["count"] == lost["negative"]
    assert entry["lost"]["happy"]["count"] == lost["positive"]


async def test_lateness_is_what_costs_most(shop: Shop, facts: Facts) -> None:  # noqa: F811
    document = told(shop, "drivers", "--within", "P60D")
    groups: defaultdict[bool, Counter[str]] = defaultdict(Counter)
    for _, given, order in facts.answers:
        if order is not None:
            # Dates in ISO form compare as text.
            groups[order["delivered_at"][:10] > order["estimated_at"][:10]][facts.side(given)] += 1
    (late,) = document["facts"]
    assert late["attribute"] == "late"
    balance = {flag: 100 * (sides["positive"] - sides["negative"]) / sides.total() for flag, sides in groups.items()}
    n = {flag: sides.total() for flag, sides in groups.items()}
    assert n == {True: 200, False: 2933}
    assert late["points"] == pytest.approx(n[True] / 3133 * (balance[False] - balance[True]), abs=0.00501)

    centre, variance = {}, {}
    for flag, sides in groups.items():
        up, down = ((sides[side] + 0.75) / (n[flag] + 3) for side in ("positive", "negative"))
        centre[flag] = up - down
        variance[flag] = (up + down - (up - down) ** 2) / (n[flag] + 3)
    share, apart = n[True] / 3133, centre[False] - centre[True]
    z = NormalDist().inv_cdf(0.975)
    margin = z * sqrt(share**2 * sum(variance.values()) + apart**2 * share * (1 - share) / 3133)
    assert (late["low"], late["high"]) == pytest.approx(
        (100 * (share * apart - margin), 100 * (share * apart + margin)), abs=0.00501
    )
    assert late["real"]
    assert balance[True] < -30 < 60 < balance[False]
    text = shop.run("drivers", "--from", FIRST, "--to", LAST, "--language", "en").stdout
    assert "Delivery, It came late:" in text
    assert f"{share * 100:.1f}" in text


async def test_what_real_customers_bought_afterwards(shop: Shop, facts: Facts) -> None:  # noqa: F811
    document = told(shop, "drivers", "--within", "P60D")
    first: dict[str, tuple[datetime, int]] = {}
    for at, given, order in facts.answers:
        if order is not None and (order["customer_id"] not in first or at < first[order["customer_id"]][0]):
            first[order["customer_id"]] = (at, given)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    returned: Counter[str] = Counter()
    for customer, (at, given) in first.items():
        later = [order for when, order in facts.by_customer[customer] if at < when <= at + WITHIN]
        returned[facts.side(given)] += bool(later)
        spent[facts.side(given)].append(sum(float(facts.delivered[order]["amount"]) for order in later))
    assert document["currency"] == "BRL"
    for after in document["afterwards"]:
        side = after["sentiment"]
        assert (after["returned"]["count"], after["returned"]["n"]) == (returned[side], len(spent[side]))
        assert after["spent"]["mean"] == pytest.approx(sum(spent[side]) / len(spent[side]), abs=0.00501)


async def test_the_audit_years_later_finds_silence(shop: Shop) -> None:  # noqa: F811
    done = shop.run("audit", "--json")
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert [(one["touchpoint"], one["kind"]) for one in findings] == [("delivery", "never_reported")]
