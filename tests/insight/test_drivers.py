"""What costs the score most and what follows a bad answer, against the same figures computed by other means."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.screens.drivers import drivers_screen
from bot.screens.drivers_json import build_drivers_document
from bot.screens.plain import plain_text
from bot.screens.report_json import Document
from surveys.publishing import publish
from surveys.rules.driving import cost_of, holm
from surveys.rules.metrics import Tally
from surveys.rules.weeks import Period, parse_period
from surveys.weighing import Drivers, weigh_drivers
from tests.insight.conftest import CATALOGUE, DAY, NOW, START, Shop

Z = NormalDist().inv_cdf(0.975)


async def weighed(shop: Shop, period: Period | None = None) -> Drivers:
    asked = period or parse_period("365d", now=NOW, zone=shop.catalogues.zone)
    return await weigh_drivers(shop.database, shop.catalogues, asked, now=NOW)


def driver(document: Document, section: str, touchpoint: str, named: str | None) -> Document:
    return next(
        one
        for one in document[section]
        if one["touchpoint"] == touchpoint and one.get("reason", one.get("attribute")) == named
    )


def adjusted(positive: int, negative: int, n: int) -> tuple[float, float]:
    """Rocks' adjusted balance and its variance, written down anew."""
    up, down = (positive + 0.75) / (n + 3), (negative + 0.75) / (n + 3)
    return up - down, (up + down - (up - down) ** 2) / (n + 3)


async def test_what_a_touchpoint_and_a_reason_cost_the_relational_nps(shop: Shop) -> None:
    # 40 were unhappy with the delivery (30 of them because it was late), 80 were not, 30 never answered about it.
    for customer in range(1, 151):
        if customer <= 40:
            reasons = ("late",) if customer <= 30 else ("rude",)
            await shop.answer("delivery", customer, START + DAY, 1, reasons=reasons)
            await shop.answer("delivery", customer, START + 2 * DAY, 5)
        elif customer <= 120:
            await shop.answer("delivery", customer, START + DAY, 5, reasons=("fast",))
        score = (2 if customer % 4 else 10) if customer <= 40 else (10 if customer % 4 else 8)
        await shop.answer("relationship", customer, START + 20 * DAY, score, metric="nps")
        await shop.answer("relationship", customer, START + 3 * DAY, 0, metric="nps")  # not the last word
    await shop.answer("delivery", 121, START + 21 * DAY, 1)  # after the last word
    await shop.answer("delivery", 122, START - 71 * DAY, 1)  # too long before it
    document = build_drivers_document(await weighed(shop))

    assert document["outcome"]["kind"] == "relational"
    assert (document["outcome"]["n"], document["outcome"]["negative"]) == (150, 30)
    found = driver(document, "causes", "delivery", None)
    assert (found["affected"]["n"], found["others"]["n"]) == (40, 80)
    assert (found["affected"]["balance"], found["others"]["balance"]) == (-50, 75)
    assert found["share"]["n"] == 150
    assert found["points"] == pytest.approx(100 * 40 / 150 * 1.25, abs=0.005)
    (up, up_variance), (down, down_variance) = adjusted(60, 0, 80), adjusted(10, 30, 40)
    apart, share = up - down, 40 / 150
    margin = Z * sqrt(share**2 * (up_variance + down_variance) + apart**2 * share * (1 - share) / 150)
    assert (found["low"], found["high"]) == pytest.approx(
        (100 * (share * apart - margin), 100 * (share * apart + margin)), abs=0.01
    )
    assert found["real"]

    late = driver(document, "causes", "delivery", "late")
    assert (late["affected"]["n"], late["others"]["n"]) == (30, 90)
    assert {one["reason"] for one in document["causes"]} == {None, "late", "rude"}
    assert document["causes"][0] == found
    told = plain_text(drivers_screen(await weighed(shop), "ru"))
    assert "NPS отношений +42" in told
    assert "Доставка: −33,3 п." in told
    assert "не доказанная причина" in told


async def test_without_a_relational_survey_the_customer_s_last_answer_is_the_outcome(shop: Shop) -> None:
    text = CATALOGUE.split("  relationship:")[0] + "surveys:" + CATALOGUE.split("surveys:")[1]
    text = text.split("  relationship-nps:")[0] + "recovery:" + CATALOGUE.split("recovery:")[1]
    await publish(shop.database, text, now=START)
    await shop.catalogues.refresh(shop.database)
    for customer in range(1, 61):
        bad = customer <= 20
        await shop.answer("delivery", customer, START + DAY, 2 if bad else 4)
        await shop.answer("checkout", customer, START + 9 * DAY, 1 if bad and customer % 5 else 7, metric="ces")
    await shop.answer("checkout", 99, START + DAY, 1, metric="ces")  # a single answer has nothing before it
    document = build_drivers_document(await weighed(shop))
    assert (document["outcome"]["kind"], document["outcome"]["n"]) == ("later_answer", 60)
    found = driver(document, "causes", "delivery", None)
    assert (found["affected"]["negative"], found["affected"]["positive"]) == (16, 4)
    assert found["points"] == pytest.approx(100 / 3 * (1 + 0.6), abs=0.01)


async def test_a_fact_is_measured_on_the_answer_about_it(shop: Shop) -> None:
    for number in range(60):
        late = number < 20
        await shop.answer(
            "delivery",
            None,
            START + DAY,
            (1 if number % 2 else 5) if late else 5,
            attributes={"late": late, "shop": "a"},
        )
    await shop.answer("delivery", None, START + DAY, 1)
    document = build_drivers_document(await weighed(shop))
    (found,) = document["facts"]
    assert (found["attribute"], found["affected"]["n"], found["others"]["n"]) == ("late", 20, 40)
    assert found["points"] == pytest.approx(100 / 3, abs=0.005)


async def test_under_five_on_a_side_nothing_is_said(shop: Shop) -> None:
    for customer in range(1, 31):
        await shop.answer(
            "delivery", customer, START + DAY, 1 if customer <= 4 else 5, attributes={"late": customer <= 4}
        )
        await shop.answer("relationship", customer, START + 9 * DAY, 0 if customer <= 4 else 10, metric="nps")
    drivers = await weighed(shop)
    assert (drivers.causes, drivers.facts) == ((), ())
    assert "Данных мало" in plain_text(drivers_screen(drivers, "ru"))


async def test_what_customers_buy_after_their_first_answer(shop: Shop) -> None:
    at = NOW - 120 * DAY
    spent: dict[str, list[float]] = {"negative": [], "positive": []}
    for customer in range(1, 61):
        unhappy = customer <= 20
        await shop.event("checkout", customer, at - DAY, order=f"first-{customer}", amount=9999)
        await shop.event("delivery", customer, at + DAY, order=f"first-{customer}", amount=9999)  # began before
        await shop.answer("delivery", customer, at, 1 if unhappy else 5)
        await shop.answer("delivery", customer, at + 5 * DAY, 5 if unhappy else 1)  # only the first answer counts
        amounts = [] if customer % (5 if unhappy else 2) else [100.0 + customer, 50.0]
        for place, amount in enumerate(amounts):
            order = f"later-{customer}-{place}"
            await shop.event("checkout", customer, at + (10 + place) * DAY, order=order, amount=amount)
            await shop.event("delivery", customer, at + (12 + place) * DAY, order=order, amount=amount - 10)
        spent["negative" if unhappy else "positive"].append(sum(amounts))
    await shop.event("checkout", 1, at + 91 * DAY, order="too-late", amount=500)
    await shop.event("checkout", 2, at + 20 * DAY, order="other-money", amount=77, currency="USD")
    await shop.answer("delivery", 100, NOW - 89 * DAY, 1)  # its ninety days are not over
    drivers = await weighed(shop)
    document = build_drivers_document(drivers)
    after = {one["sentiment"]: one for one in document["afterwards"]}

    assert (document["currency"], document["other_currencies"]) == ("RUB", True)
    assert (after["negative"]["returned"]["count"], after["negative"]["returned"]["n"]) == (5, 20)
    assert (after["positive"]["returned"]["count"], after["positive"]["returned"]["n"]) == (20, 40)
    assert after["negative"]["orders"]["mean"] == pytest.approx((4 * 2 + 1) / 20)
    student = {19: 2.093024, 39: 2.022691}  # R: qt(.975, n - 1)
    for side, amounts in spent.items():
        shown = after[side]["spent"]
        margin = student[len(amounts) - 1] * stdev(amounts) / sqrt(len(amounts))
        assert (shown["mean"], shown["low"], shown["high"]) == pytest.approx(
            (mean(amounts), mean(amounts) - margin, mean(amounts) + margin), abs=0.006
        )
    each = mean(spent["positive"]) - mean(spent["negative"])
    risk = document["revenue_at_risk"]
    assert (risk["customers"], risk["each"], risk["total"]) == pytest.approx((20, each, 20 * each), abs=0.006)
    assert risk["low"] < 20 * each < risk["high"]
    told = plain_text(drivers_screen(drivers, "ru"))
    assert "Недовольные: покупают снова 25\xa0%" in told
    assert "Посчитаны только суммы в RUB" in told


async def test_an_empty_shop_has_nothing_to_say(shop: Shop) -> None:
    drivers = await weighed(shop)
    assert build_drivers_document(drivers)["outcome"]["n"] == 0
    assert drivers.at_risk is None
    assert "Сравнивать пока не с чем" in plain_text(drivers_screen(drivers, "ru"))
    recent = await weighed(shop, parse_period("7d", now=NOW, zone=shop.catalogues.zone))
    assert recent.followed_to is None


def test_holm_is_r_s() -> None:
    # p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm"), and unsorted with one above 1
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.9, 0.01, 0.6]) == pytest.approx([1.0, 0.03, 1.0])
    assert holm([]) == []


@given(*(st.tuples(*(st.integers(0, 80),) * 3) for _ in range(2)), st.integers(0, 50))
def test_a_cost_is_its_share_of_the_difference(
    affected: tuple[int, int, int], others: tuple[int, int, int], unasked: int
) -> None:
    one, other = Tally(*affected), Tally(*others)
    cost = cost_of(one, other, one.n + other.n + unasked)
    if min(one.n, other.n) < 5:
        assert cost is None
        return
    assert cost is not None
    assert cost.points == pytest.approx(cost.share.count / cost.share.n * cost.difference.points)
    assert cost.interval.low < cost.interval.high
    assert 0 <= cost.p_value <= 1
