"""When an alarm rises, stays and is over: the borders, and that no numbers say both at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.alarm_evidence import (
    AnswersAgain,
    BurstEvidence,
    BurstOver,
    Clearing,
    DropEvidence,
    DropOver,
    Evidence,
    SendingAgain,
    SendingEvidence,
    SilenceEvidence,
    clearing_numbers_of,
    clearing_of,
    evidence_of,
    numbers_of,
)
from surveys.rules.alarm_limits import Burst, Drop, NobodyAnswered
from surveys.rules.alarms import (
    ALARMING,
    BURST_CHANCE,
    AlarmKind,
    Answered,
    AskingDay,
    Sending,
    Share,
    SilentTouchpoint,
    burst_over,
    burst_rises,
    choose_drops,
    drop_over,
    drop_rises,
    judge_day,
    likely_at_least,
    silence_rises,
)
from surveys.rules.journey import Metric
from surveys.rules.metrics import Tally, measure, scale, tally

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
NOTHING_KNOWN = Share(0, 0)
LIMITS = Burst()

counts = st.integers(0, 400)
shares = st.tuples(counts, counts).map(lambda pair: Share(min(pair), max(pair)))


def newest_first(negative: int, n: int, *, ago: timedelta = timedelta(minutes=5)) -> list[Answered]:
    return [Answered(NOW - ago, number < negative) for number in range(n)]


@given(st.integers(0, 30), st.integers(0, 30), shares)
def test_chance_is_what_the_beta_binomial_says(part: int, more: int, usual: Share) -> None:
    n, a, b = part + more, usual.part + 1, usual.n - usual.part + 1

    def likely(k: int) -> Fraction:
        # with whole a and b the distribution is a negative hypergeometric: ratios of binomials
        return Fraction(comb(k + a - 1, k) * comb(n - k + b - 1, n - k), comb(n + a + b - 1, n))

    assert likely_at_least(part, n, usual) == pytest.approx(float(sum(likely(k) for k in range(part, n + 1))), rel=1e-6)


@given(st.integers(1, 60), shares)
def test_more_negatives_are_less_likely(n: int, usual: Share) -> None:
    chances = [likely_at_least(part, n, usual) for part in range(n + 1)]
    assert chances[0] == pytest.approx(1)
    assert all(more <= less + 1e-12 for less, more in pairwise(chances))


def test_a_burst_needs_share_and_number_and_more_than_chance() -> None:
    usual = Share(24, 200)
    assert burst_rises(LIMITS, Share(7, 9), usual)
    assert not burst_rises(LIMITS, Share(4, 4), usual)
    assert not burst_rises(LIMITS, Share(20, 41), usual), "a share under one half"
    assert not burst_rises(LIMITS, Share(4, 8), usual), "one in 700 windows has as many by chance"
    assert likely_at_least(4, 8, usual) > BURST_CHANCE
    assert not burst_rises(LIMITS, Share(7, 9), Share(100, 200)), "half of the answers are negative there"
    assert burst_rises(LIMITS, Share(3, 5), Share(3, 29)), "nobody knows yet what is usual"
    assert not burst_rises(LIMITS, Share(3, 5), Share(3, 30))


@given(shares, shares, st.floats(0.05, 1), st.integers(3, 50))
def test_no_answers_both_raise_a_burst_and_end_it(window: Share, usual: Share, share: float, at_least: int) -> None:
    limits = Burst(share=share, at_least=at_least)
    if burst_rises(limits, window, usual):
        assert window.n >= at_least
        assert window.part >= share * window.n
        assert burst_over(limits, newest_first(window.part, window.n), usual, now=NOW) is None


def test_the_end_of_a_burst_needs_answers() -> None:
    usual = Share(24, 200)
    assert burst_over(LIMITS, newest_first(0, 4), usual, now=NOW) is None
    assert burst_over(LIMITS, newest_first(0, 5), usual, now=NOW) == Share(0, 5)
    assert burst_over(LIMITS, newest_first(1, 5), usual, now=NOW) is None, "20 % is over the interval of 12 %"
    assert burst_over(LIMITS, newest_first(2, 5), NOTHING_KNOWN, now=NOW) is None
    assert burst_over(LIMITS, newest_first(1, 5), NOTHING_KNOWN, now=NOW) == Share(1, 5)


def test_the_newest_answers_count_where_the_window_has_too_few() -> None:
    old = newest_first(20, 40, ago=timedelta(hours=7))
    fresh = [Answered(NOW, is_negative=False)] * 4
    assert burst_over(LIMITS, [*fresh, *old], Share(24, 200), now=NOW) is None
    assert burst_over(LIMITS, [*fresh, fresh[0], *old], Share(24, 200), now=NOW) == Share(0, 5)
    assert burst_over(LIMITS, [*fresh, Answered(NOW, is_negative=True), *fresh], Share(24, 200), now=NOW) == Share(1, 9)


def csat(positive: int, negative: int) -> dict[int, int]:
    return {5: positive, 1: negative}


def test_a_drop_needs_both_numbers_and_a_strict_level() -> None:
    before = measure(Metric.CSAT, csat(450, 50))
    assert drop_rises(Drop(), measure(Metric.CSAT, csat(65, 35)), before)
    assert not drop_rises(Drop(), measure(Metric.CSAT, csat(10, 19)), before), "29 answers"
    assert not drop_rises(Drop(), measure(Metric.CSAT, csat(10, 20)), measure(Metric.CSAT, csat(29, 0)))
    assert not drop_rises(Drop(), measure(Metric.CSAT, csat(82, 18)), before), "the weekly report's level is not enough"
    assert not drop_rises(Drop(), before, measure(Metric.CSAT, csat(65, 35))), "a rise is no alarm"


@given(st.sampled_from(Metric), st.data())
def test_no_answers_both_drop_and_are_back(metric: Metric, data: st.DataObject) -> None:
    scores = st.fixed_dictionaries({score: st.integers(0, 60) for score in scale(metric)})
    recent, before = data.draw(scores), data.draw(scores)
    if drop_rises(Drop(), measure(metric, recent), measure(metric, before)):
        assert not drop_over(Drop(), metric, tally(metric, recent), tally(metric, before))


def test_a_drop_is_over_at_the_lower_end_of_the_interval() -> None:
    before = Tally(50, 0, 450)
    assert drop_over(Drop(), Metric.CSAT, Tally(12, 0, 88), before)
    assert not drop_over(Drop(), Metric.CSAT, Tally(13, 0, 87), before), "87.06 % is the interval's end"
    assert not drop_over(Drop(), Metric.CSAT, Tally(0, 0, 29), before)


places = st.tuples(st.sampled_from(("delivery", "visit")), st.sampled_from((None, "a", "b", "c")))


@given(st.sets(places), st.sets(places))
def test_a_drop_is_told_as_a_whole_or_by_location_and_never_again(
    dropped: set[tuple[str, str | None]], known: set[tuple[str, str | None]]
) -> None:
    told = choose_drops(dropped, known)
    assert told <= dropped - known
    for touchpoint in ("delivery", "visit"):
        mine = {location for name, location in told if name == touchpoint}
        assert not (None in mine and len(mine) > 1)
        assert not (mine and (touchpoint, None) in known)
        if (touchpoint, None) not in known and any(name == touchpoint for name, _ in dropped - known):
            assert mine or {one for one in known if one[0] == touchpoint}, "a drop nobody knows of is told"


def test_a_single_location_is_named_and_several_are_the_touchpoint() -> None:
    whole, here, there = ("visit", None), ("visit", "a"), ("visit", "b")
    assert choose_drops({whole, here}, ()) == {here}
    assert choose_drops({whole, here, there}, ()) == {whole}
    assert choose_drops({here, there}, ()) == {here, there}
    assert choose_drops({whole}, ()) == {whole}
    assert choose_drops({whole, here}, {here}) == set()


SILENT = (SilentTouchpoint("delivery", NOW, 24.0),)


@pytest.mark.parametrize(
    ("day", "judged"),
    [
        (AskingDay(sent=1, overdue=5), Sending.SENT),
        (AskingDay(), Sending.NOTHING_DUE),
        (AskingDay(overdue=1), Sending.STUCK),
        (AskingDay(refused=1), Sending.STUCK),
        (AskingDay(silent=SILENT), Sending.NO_EVENTS),
        (AskingDay(events=3, skipped=3, usually_asked=19.9), Sending.NOTHING_DUE),
        (AskingDay(events=3, skipped=3, usually_asked=20.0), Sending.ASKED_NOBODY),
        (AskingDay(events=3, planned=1, usually_asked=90.0), Sending.NOTHING_DUE),
    ],
)
def test_a_day_without_questions_is_judged_by_its_cause(day: AskingDay, judged: Sending) -> None:
    assert judge_day(day, is_paused=False, is_late=True) is judged
    assert judge_day(day, is_paused=True, is_late=True) is (Sending.SENT if day.sent else Sending.PAUSED)
    assert judge_day(day, is_paused=False, is_late=False) not in ALARMING


def test_silence_is_told_when_it_is_unlikely() -> None:
    limits = NobodyAnswered()
    assert not silence_rises(limits, 19, NOTHING_KNOWN)
    assert silence_rises(limits, 20, NOTHING_KNOWN)
    assert silence_rises(limits, 20, Share(100, 200))
    assert not silence_rises(limits, 20, Share(20, 200)), "where one in ten answers, twenty are silent easily"
    assert silence_rises(limits, 120, Share(20, 200))
    assert not silence_rises(limits, 19, Share(200, 200))


tallies = st.builds(Tally, counts, counts, counts)
durations = st.integers(1, 60 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
days = st.builds(
    AskingDay,
    overdue=counts,
    refused=counts,
    planned=counts,
    events=counts,
    waiting=counts,
    skipped=counts,
    usually_asked=st.floats(0, 5000),
    silent=st.lists(
        st.builds(SilentTouchpoint, st.sampled_from(("delivery", "visit")), st.just(NOW), st.floats(0, 500)), max_size=3
    ).map(tuple),
)
evidence = st.one_of(
    st.tuples(st.just(AlarmKind.BURST), st.builds(BurstEvidence, shares, durations, shares)),
    st.tuples(
        st.just(AlarmKind.DROP),
        st.builds(DropEvidence, st.sampled_from(Metric), tallies, durations, tallies, durations),
    ),
    st.tuples(st.just(AlarmKind.NOTHING_SENT), st.builds(SendingEvidence, st.sampled_from(Sending), days)),
    st.tuples(st.just(AlarmKind.NOBODY_ANSWERED), st.builds(SilenceEvidence, counts, st.integers(1, 56), shares)),
)
clearings = st.one_of(
    st.tuples(st.just(AlarmKind.BURST), st.builds(BurstOver, shares)),
    st.tuples(st.just(AlarmKind.DROP), st.builds(DropOver, st.sampled_from(Metric), tallies)),
    st.tuples(st.just(AlarmKind.NOTHING_SENT), st.builds(SendingAgain, counts, counts)),
    st.tuples(st.just(AlarmKind.NOBODY_ANSWERED), st.builds(AnswersAgain, counts)),
)


@given(evidence, clearings)
def test_what_is_stored_is_read_back(raised: tuple[AlarmKind, Evidence], ended: tuple[AlarmKind, Clearing]) -> None:
    kind, numbers = raised[0], json.loads(json.dumps(numbers_of(raised[1])))
    assert evidence_of(kind, numbers) == raised[1]
    kind, numbers = ended[0], json.loads(json.dumps(clearing_numbers_of(ended[1])))
    assert clearing_of(kind, numbers) == ended[1]
