from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.case_clock import CaseClock, CaseFacts, Step, StepKind, next_level, read_step
from surveys.rules.cases import CaseState, Severity, card_moment, promised_reaction
from surveys.rules.journey import Business, Catalogue
from surveys.rules.putting_right import EscalateTo, Escalation, Recovery, Team, WorkingHours
from surveys.rules.working_hours import next_working_moment

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
HOURS = WorkingHours(
    {**{day: (time(9), time(18)) for day in range(5)}, 5: (time(10), time(16))}, frozenset({date(2026, 11, 23)})
)
LEVELS = (
    Escalation(timedelta(minutes=30), EscalateTo.MANAGERS),
    Escalation(timedelta(hours=2), EscalateTo.OWNERS),
)
WARN_FIRST, WARN_RESOLVE = Step(StepKind.WARN_FIRST), Step(StepKind.WARN_RESOLVE)
OVERDUE, REOPENED = Step(StepKind.OVERDUE), Step(StepKind.REOPENED)


def level(number: int) -> Step:
    return Step(StepKind.LEVEL, number)


def repeat(number: int) -> Step:
    return Step(StepKind.UNCLAIMED, number)


def clock(
    hours: WorkingHours | None = HOURS, *, zone: ZoneInfo = MOSCOW, recovery: Recovery | None = None
) -> CaseClock:
    team = Team(working_hours=hours, escalate=LEVELS)
    recovery = recovery or Recovery(teams={"staff": team}, resolve=timedelta(hours=9))
    return CaseClock(Catalogue(Business("Пекарня", zone), touchpoints={}, surveys={}, recovery=recovery), team)


def opened(using: CaseClock, at: datetime, severity: Severity = Severity.NORMAL) -> CaseFacts:
    promised = promised_reaction(using.catalogue, using.team, at, severity)
    return CaseFacts(
        state=CaseState.OPEN,
        round=1,
        severity=severity,
        started_at=at,
        first_response_due=promised.first_response_due,
        resolve_due=promised.resolve_due,
        open_since=at,
        card_at=card_moment(using.catalogue, using.team, severity, at),
    )


def moscow(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # Wednesday noon
        (
            moscow(2026, 11, 18, 12),
            {
                WARN_FIRST: moscow(2026, 11, 18, 12, 20),
                level(1): moscow(2026, 11, 18, 12, 30),
                repeat(1): moscow(2026, 11, 18, 12, 30),
                level(2): moscow(2026, 11, 18, 14),
                OVERDUE: moscow(2026, 11, 19, 12),
            },
        ),
        # Saturday, five minutes before closing; Sunday and Monday's holiday do not count
        (
            moscow(2026, 11, 21, 15, 55),
            {
                WARN_FIRST: moscow(2026, 11, 24, 9, 15),
                level(1): moscow(2026, 11, 24, 9, 25),
                repeat(1): moscow(2026, 11, 24, 9, 25),
                level(2): moscow(2026, 11, 24, 10, 55),
                OVERDUE: moscow(2026, 11, 24, 17, 55),
            },
        ),
        # at night: everything counts from the morning
        (
            moscow(2026, 11, 18, 23),
            {
                WARN_FIRST: moscow(2026, 11, 19, 9, 20),
                level(1): moscow(2026, 11, 19, 9, 30),
                repeat(1): moscow(2026, 11, 19, 9, 30),
                level(2): moscow(2026, 11, 19, 11),
                # nine hours from 9:00 end exactly when the team goes home
                OVERDUE: moscow(2026, 11, 20, 9),
            },
        ),
    ],
)
def test_an_open_case_falls_due_in_working_time(at: datetime, expected: dict[Step, datetime]) -> None:
    using = clock()
    assert dict(using.steps(opened(using, at))) == expected


def test_what_is_urgent_counts_round_the_clock() -> None:
    using, night = clock(), moscow(2026, 11, 21, 23)
    steps = dict(using.steps(opened(using, night, Severity.URGENT)))
    assert steps[WARN_FIRST] == night + timedelta(minutes=20)
    assert steps[level(1)] == steps[repeat(1)] == night + timedelta(minutes=30)
    assert steps[level(2)] == night + timedelta(hours=2)


def test_a_claimed_case_is_warned_of_before_its_solution_is_due_and_of_nothing_else() -> None:
    using = clock()
    facts = replace(opened(using, moscow(2026, 11, 18, 12)), state=CaseState.CLAIMED)
    assert dict(using.steps(facts)) == {
        WARN_RESOLVE: moscow(2026, 11, 19, 11, 50),
        OVERDUE: moscow(2026, 11, 19, 12),
    }


def test_a_case_given_back_is_not_warned_of_again_and_its_levels_count_from_the_opening() -> None:
    using, at = clock(), moscow(2026, 11, 18, 12)
    back_at = at + timedelta(minutes=50)
    facts = replace(opened(using, at), first_response_at=at + timedelta(minutes=5), open_since=back_at)
    steps = dict(using.steps(facts))
    assert WARN_FIRST not in steps
    assert steps[level(1)] == at + timedelta(minutes=30)
    assert steps[repeat(1)] == back_at + timedelta(minutes=30)


def test_the_next_repeat_counts_from_the_last_one() -> None:
    using, at = clock(), moscow(2026, 11, 18, 12)
    facts = replace(opened(using, at), repeats=2, repeated_at=at + timedelta(minutes=63))
    assert using.due_at(facts, repeat(3)) == at + timedelta(minutes=93)
    assert using.due_at(facts, repeat(2)) is None


def test_only_a_customer_who_says_no_is_told_of_at_once() -> None:
    using = clock()
    facts = replace(opened(using, moscow(2026, 11, 18, 12)), state=CaseState.CLAIMED, round=2)
    assert REOPENED not in dict(using.steps(facts))
    said_no = replace(facts, reopened_by_customer=True)
    assert using.due_at(said_no, REOPENED) == moscow(2026, 11, 18, 12)
    at_night = replace(said_no, started_at=moscow(2026, 11, 18, 22))
    assert using.due_at(at_night, REOPENED) == moscow(2026, 11, 19, 9)


def test_a_catalogue_without_warnings_repeats_and_levels_has_none_of_them() -> None:
    using = CaseClock(clock(recovery=Recovery(warn_before=None, repeat_unclaimed=None)).catalogue, Team())
    facts = opened(using, moscow(2026, 11, 18, 12))
    assert [step for step, _ in using.steps(facts)] == [OVERDUE]


def test_a_warning_as_long_as_the_promise_is_none() -> None:
    using = clock(recovery=Recovery(warn_before=timedelta(minutes=30)))
    for at in (moscow(2026, 11, 18, 12), moscow(2026, 11, 18, 23)):
        assert using.due_at(opened(using, at), WARN_FIRST) is None


def test_who_hears_next() -> None:
    team = Team(escalate=LEVELS)
    assert [next_level(team, reached) for reached in range(4)] == [
        EscalateTo.MANAGERS,
        EscalateTo.OWNERS,
        EscalateTo.OWNERS,
        EscalateTo.OWNERS,
    ]
    assert next_level(Team(), 0) is EscalateTo.MANAGERS


@pytest.mark.parametrize("detail", [None, "", "level", "level:0", "level:x", "level:-1", "warn_first:1", "call:2"])
def test_what_no_step_writes_is_read_as_none(detail: str | None) -> None:
    assert read_step(detail) is None


def test_steps_are_read_as_they_are_written() -> None:
    for step in (WARN_FIRST, WARN_RESOLVE, OVERDUE, REOPENED, level(1), level(12), repeat(3)):
        assert read_step(step.detail) == step


def test_a_night_of_the_clock_change_is_no_working_time() -> None:
    using = clock(WorkingHours({day: (time(9), time(18)) for day in range(7)}), zone=BERLIN)
    # clocks go back in the night to Sunday: 18:00 to 9:00 is sixteen hours of no work
    at = datetime(2026, 10, 24, 17, 50, tzinfo=BERLIN)
    steps = dict(using.steps(opened(using, at)))
    assert steps[WARN_FIRST] == datetime(2026, 10, 25, 9, 10, tzinfo=BERLIN)
    assert steps[level(1)] == datetime(2026, 10, 25, 9, 20, tzinfo=BERLIN)
    assert steps[level(1)] - at.astimezone(UTC) == timedelta(hours=16, minutes=30)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@settings(max_examples=150, deadline=None)
@given(MOMENTS, st.sampled_from([MOSCOW, BERLIN]), st.sampled_from(Severity), st.sampled_from(CaseState))
def test_nothing_falls_due_out_of_hours_unless_urgent_nor_after_the_case_moved_on(
    at: datetime, zone: ZoneInfo, severity: Severity, state: CaseState
) -> None:
    using = clock(zone=zone)
    facts = replace(opened(using, at, severity), state=state)
    steps = using.steps(facts)
    for step, due_at in steps:
        assert due_at >= at
        if severity is Severity.NORMAL:
            assert next_working_moment(due_at, HOURS, zone) == due_at
        if state is not CaseState.OPEN:
            assert step.kind not in (StepKind.WARN_FIRST, StepKind.LEVEL, StepKind.UNCLAIMED)
    if state in (CaseState.RESOLVED, CaseState.CONFIRMED, CaseState.DISMISSED):
        assert steps == ()
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(steps))


@settings(max_examples=80, deadline=None)
@given(MOMENTS, st.lists(st.integers(1, 90), min_size=1, max_size=40), st.integers(0, 39))
def test_however_often_one_looks_each_level_is_told_once_and_none_after_the_claim(
    at: datetime, minutes: list[int], claimed_after: int
) -> None:
    using = clock()
    facts = opened(using, at)
    told: list[Step] = []
    now = at
    for looked, pause in enumerate(minutes):
        now += timedelta(minutes=pause)
        if looked == claimed_after:
            facts = replace(facts, state=CaseState.CLAIMED)
        for step, due_at in using.steps(facts):
            if due_at > now or step in told:
                continue
            told.append(step)
            assert facts.state is CaseState.OPEN or step.kind in (StepKind.WARN_RESOLVE, StepKind.OVERDUE)
            if step.kind is StepKind.UNCLAIMED:
                facts = replace(facts, repeats=step.number, repeated_at=now)
    assert len(told) == len(set(told))
    assert sorted(step.number for step in told if step.kind is StepKind.UNCLAIMED) == list(range(1, facts.repeats + 1))
