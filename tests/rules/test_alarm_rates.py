"""How often alarms are wrong, and how soon they are right: years of answers made up with a seeded generator."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random  # noqa: TID251 - a fixed seed makes the same years each time

import pytest

from surveys.rules.alarm_limits import Burst, Drop
from surveys.rules.alarms import EIGHT_WEEKS, Answered, Share, burst_over, burst_rises, drop_over, drop_rises
from surveys.rules.journey import Metric
from surveys.rules.metrics import Tally, measure, tally

HISTORY, YEAR = 63, 365
DAY = timedelta(days=1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CHANCES = tuple(0.5 + 0.05 * step for step in range(21))
"""How full a day may be, of the usual number of answers."""

HAPPY = {5: 70, 4: 20, 3: 4, 2: 3, 1: 3}
NEARLY_ALL_HAPPY = {5: 97, 1: 3}
UNHAPPY = {5: 45, 4: 20, 3: 10, 2: 10, 1: 15}


class Answers:
    """Days of answers; how many of each score from one day to another is read off running totals."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.days: list[dict[int, int]] = [{}]

    def add(self, scores: list[int]) -> None:
        totals = dict(self.days[-1])
        for score in scores:
            totals[score] = totals.get(score, 0) + 1
        self.days.append(totals)

    def between(self, start: int, end: int) -> dict[int, int]:
        """The scores of the days [start, end)."""
        until, before = self.days[end], self.days[max(start, 0)]
        return {score: count - before.get(score, 0) for score, count in until.items()}


def daily_looks(
    rng: Random, metric: Metric, per_day: float, shapes: Iterator[Mapping[int, int]], days: int
) -> tuple[list[int], list[int]]:
    """The days, counted after the history, on which a drop rose and on which it was over: a look at each day's end."""
    limits, answers = Drop(), Answers(metric)
    risen: list[int] = []
    over: list[int] = []
    rose_on, before, cleared = -1, Tally(), -1
    for day in range(HISTORY + days):
        shape = next(shapes)
        scores, weights = list(shape), list(shape.values())
        answers.add(rng.choices(scores, weights, k=round(per_day * rng.choice(CHANCES) + rng.random() - 0.5)))
        if day < HISTORY:
            continue
        if rose_on >= 0:
            since = tally(metric, answers.between(max(rose_on + 1, day - 6), day + 1))
            if drop_over(limits, metric, since, before):
                over.append(day - HISTORY)
                rose_on, cleared = -1, day
            continue
        recent = measure(metric, answers.between(max(day - 6, cleared + 1), day + 1))
        history = measure(metric, answers.between(day - 62, day - 6))
        if drop_rises(limits, recent, history):
            risen.append(day - HISTORY)
            rose_on, before = day, history.answers
    return risen, over


def always(shape: Mapping[int, int]) -> Iterator[Mapping[int, int]]:
    while True:
        yield shape


@pytest.mark.parametrize(
    ("metric", "shape", "per_day", "years", "allowed"),
    [
        (Metric.CSAT, HAPPY, 5, 100, 1 / 5),
        (Metric.CSAT, HAPPY, 30, 30, 1 / 5),
        (Metric.CSAT, NEARLY_ALL_HAPPY, 5, 100, 1 / 3),
        (Metric.CSAT, UNHAPPY, 10, 50, 1 / 10),
        (Metric.NPS, {10: 50, 8: 30, 3: 20}, 10, 50, 1 / 10),
    ],
)
def test_a_stable_touchpoint_hardly_ever_drops(
    metric: Metric, shape: dict[int, int], per_day: int, years: int, allowed: float
) -> None:
    rng = Random(2026)
    risen = sum(len(daily_looks(rng, metric, per_day, always(shape), YEAR)[0]) for _ in range(years))
    assert risen < allowed * years


def test_a_real_drop_is_told_within_days_and_its_end_too() -> None:
    def shapes() -> Iterator[Mapping[int, int]]:
        for day in range(HISTORY + 90):
            yield UNHAPPY if HISTORY + 20 <= day < HISTORY + 50 else HAPPY

    told_after, over_after = [], []
    for seed in range(20):
        risen, over = daily_looks(Random(seed), Metric.CSAT, 20, shapes(), 90)
        assert (len(risen), len(over)) == (1, 1)
        told_after.append(risen[0] - 20)
        over_after.append(over[0] - 50)
    assert max(told_after) <= 10
    assert min(over_after) >= 0
    assert max(over_after) <= 14


def looks_at_each_answer(rng: Random, per_day: int, share: float, days: int) -> int:
    """How many bursts rose at a place that is asked about from ten to nine."""
    limits = Burst()
    times = sorted(
        BEGAN + DAY * day + timedelta(hours=10, seconds=rng.random() * 11 * 3600)
        for day in range(days + 56)
        for _ in range(round(per_day * rng.choice(CHANCES)))
    )
    negative = [rng.random() < share for _ in times]
    totals = [0, *accumulate(negative)]
    begins = bisect_left(times, BEGAN + EIGHT_WEEKS)
    risen, rose_at, usual, cleared_at = 0, None, Share(0, 0), BEGAN
    for last in range(begins, len(times)):
        now = times[last]
        if rose_at is not None:
            first = bisect_right(times, rose_at)
            latest = [Answered(times[one], negative[one]) for one in range(last, max(first, last - 200) - 1, -1)]
            if burst_over(limits, latest, usual, now=now) is not None:
                rose_at, cleared_at = None, now
            continue
        opens = bisect_left(times, now - limits.within)
        since = max(opens, bisect_right(times, cleared_at))
        window = Share(totals[last + 1] - totals[since], last + 1 - since)
        if not burst_rises(limits, window, Share(0, 0)):
            continue
        old = bisect_left(times, now - EIGHT_WEEKS)
        usual = Share(totals[opens] - totals[old], opens - old)
        if burst_rises(limits, window, usual):
            risen, rose_at = risen + 1, now
    return risen


@pytest.mark.parametrize(("per_day", "share", "years"), [(12, 0.12, 40), (40, 0.12, 30), (40, 0.35, 10)])
def test_a_place_like_always_hardly_ever_has_a_burst(per_day: int, share: float, years: int) -> None:
    rng = Random(2026)
    assert sum(looks_at_each_answer(rng, per_day, share, YEAR) for _ in range(years)) < years / 3
