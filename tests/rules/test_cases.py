from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.cases import (
    LEGAL_MOVES,
    UNSETTLED,
    CaseMove,
    CaseState,
    opens_case,
    promised_reaction,
    state_after,
)
from surveys.rules.journey import Business, Catalogue, Metric, Survey, Touchpoint
from surveys.rules.putting_right import OpenAt, Recovery, Team, WorkingHours
from surveys.rules.teams import responsible_team
from surveys.rules.working_hours import after_working_time

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = WorkingHours({day: (time(9), time(18)) for day in range(5)})


@pytest.mark.parametrize(
    ("metric", "score", "opens"),
    [
        (Metric.NPS, 6, True),
        (Metric.NPS, 7, False),
        (Metric.CSAT, 2, True),
        (Metric.CSAT, 3, False),
        (Metric.CES, 3, True),
        (Metric.CES, 4, False),
    ],
)
def test_a_case_opens_at_or_below_the_threshold(metric: Metric, score: int, opens: bool) -> None:
    assert opens_case(metric, score, OpenAt()) is opens


def test_every_move_outside_the_table_is_refused() -> None:
    for state, move in product(CaseState, CaseMove):
        assert (state_after(state, move) is None) is ((state, move) not in LEGAL_MOVES)


def test_a_settled_case_goes_back_only_to_claimed() -> None:
    settled = set(CaseState) - set(UNSETTLED)
    back = {after for (state, _), after in LEGAL_MOVES.items() if state in settled and after in UNSETTLED}
    assert back == {CaseState.CLAIMED}


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        # Friday 17:45 and half an hour: Monday 09:15
        ((2026, 11, 20, 17, 45), timedelta(minutes=30), (2026, 11, 23, 9, 15)),
        # exactly to closing time
        ((2026, 11, 20, 17, 30), timedelta(minutes=30), (2026, 11, 20, 18, 0)),
        # on Sunday: from Monday's opening
        ((2026, 11, 22, 3, 0), timedelta(minutes=1), (2026, 11, 23, 9, 1)),
        # a working day is nine hours: PT24H takes two and two thirds of them
        ((2026, 11, 16, 9, 0), timedelta(hours=24), (2026, 11, 18, 15, 0)),
    ],
)
def test_promises_count_working_time(start: tuple[int, ...], duration: timedelta, expected: tuple[int, ...]) -> None:
    begun = datetime(*start, tzinfo=MOSCOW)
    assert after_working_time(begun, duration, WEEKDAYS, MOSCOW) == datetime(*expected, tzinfo=MOSCOW)


def test_holidays_are_no_working_time() -> None:
    hours = WorkingHours(WEEKDAYS.weekdays, frozenset({datetime(2026, 11, 23, tzinfo=MOSCOW).date()}))
    begun = datetime(2026, 11, 20, 17, 45, tzinfo=MOSCOW)
    reached = after_working_time(begun, timedelta(minutes=30), hours, MOSCOW)
    assert reached == datetime(2026, 11, 24, 9, 15, tzinfo=MOSCOW)


def test_a_night_shift_across_the_clock_change_has_its_real_length() -> None:
    hours = WorkingHours({6: (time(1), time(5))})
    begun = datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN)
    # 02:00 to 03:00 does not exist on that Sunday: the shift is three hours long
    assert after_working_time(begun, timedelta(hours=3), hours, BERLIN) == datetime(2026, 3, 29, 5, tzinfo=BERLIN)


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_more_working_time_never_ends_earlier_and_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    begun = start.replace(tzinfo=UTC)
    both = after_working_time(begun, first + second, WEEKDAYS, MOSCOW)
    halfway = after_working_time(begun, first, WEEKDAYS, MOSCOW)
    assert halfway <= both
    assert after_working_time(halfway, second, WEEKDAYS, MOSCOW) == both or second == timedelta(0)


def test_without_working_hours_every_moment_counts() -> None:
    begun = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert after_working_time(begun, timedelta(hours=5), None, MOSCOW) == begun + timedelta(hours=5)


def test_the_owner_of_a_touchpoint_answers_for_it_and_staff_for_the_rest() -> None:
    catalogue = Catalogue(
        business=Business("Булочная", MOSCOW),
        touchpoints={"delivery": Touchpoint(owner="logistics"), "visit": Touchpoint()},
        surveys={"delivery-csat": Survey(Metric.CSAT, {"ru": "Как доставка?"})},
        recovery=Recovery(
            teams={"logistics": Team(chat="couriers", working_hours=WEEKDAYS)},
            first_response=timedelta(minutes=30),
            resolve=timedelta(hours=9),
        ),
    )
    assert responsible_team(catalogue, "delivery").team.chat == "couriers"
    assert responsible_team(catalogue, "visit").team.chat == "staff"
    assert responsible_team(catalogue, None).name == "staff"
    friday = datetime(2026, 11, 20, 17, 45, tzinfo=MOSCOW)
    promised = promised_reaction(catalogue, responsible_team(catalogue, "delivery").team, friday)
    assert promised.first_response_due == datetime(2026, 11, 23, 9, 15, tzinfo=MOSCOW)
    assert promised.resolve_due == datetime(2026, 11, 23, 17, 45, tzinfo=MOSCOW)
