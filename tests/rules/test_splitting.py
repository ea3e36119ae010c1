"""Undoing a join by the log of moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.splitting import PersonMove, SplitPlan, Subject, plan_split

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TELEGRAM, VK = Subject("account", 1), Subject("account", 2)
CUSTOMER, OTHER_CUSTOMER = Subject("customer", 1), Subject("customer", 2)


def move(number: int, subject: Subject, from_person: int, to_person: int, by: int | None = None) -> PersonMove:
    return PersonMove(number, subject, from_person, to_person, "code", NOON + timedelta(minutes=number), by)


def test_nobody_is_split_from_oneself_or_from_a_stranger() -> None:
    assert plan_split([TELEGRAM], [], TELEGRAM) is None
    assert plan_split([TELEGRAM], [], VK) is None
    assert plan_split([TELEGRAM, CUSTOMER], [], TELEGRAM, VK) is None


def test_those_the_log_never_knew_apart_part_to_a_new_person() -> None:
    assert plan_split([TELEGRAM, CUSTOMER], [], CUSTOMER) == SplitPlan((CUSTOMER,), None)


def test_whoever_came_goes_back_whichever_of_the_two_it_was() -> None:
    log = [move(1, TELEGRAM, 10, 20)]
    expected = SplitPlan((TELEGRAM,), 10)
    assert plan_split([TELEGRAM, CUSTOMER], log, TELEGRAM, CUSTOMER) == expected
    assert plan_split([TELEGRAM, CUSTOMER], log, CUSTOMER, TELEGRAM) == expected


def test_an_older_join_is_found_behind_a_move_of_both() -> None:
    together = PersonMove(2, TELEGRAM, 20, 30, "code", NOON + timedelta(hours=1))
    along = PersonMove(3, CUSTOMER, 20, 30, "code", NOON + timedelta(hours=1))
    log = [move(1, TELEGRAM, 10, 20), together, along]
    assert plan_split([TELEGRAM, CUSTOMER, VK], log, TELEGRAM, CUSTOMER) == SplitPlan((TELEGRAM,), 10)
    assert plan_split([TELEGRAM, CUSTOMER, VK], log, TELEGRAM, VK) == SplitPlan((TELEGRAM, CUSTOMER), 20)


def test_what_one_brought_in_later_leaves_with_them_and_nothing_else() -> None:
    log = [
        move(1, TELEGRAM, 10, 20, by=TELEGRAM.id),
        move(2, CUSTOMER, 11, 20, by=TELEGRAM.id),
        move(3, OTHER_CUSTOMER, 12, 20, by=VK.id),
    ]
    plan = plan_split([TELEGRAM, VK, CUSTOMER, OTHER_CUSTOMER], log, VK, TELEGRAM)
    assert plan == SplitPlan((TELEGRAM, CUSTOMER), 10)


@given(
    st.lists(st.tuples(st.sampled_from([TELEGRAM, VK, CUSTOMER, OTHER_CUSTOMER]), st.integers(1, 5)), max_size=12),
    st.sampled_from([TELEGRAM, VK, CUSTOMER, OTHER_CUSTOMER]),
)
def test_somebody_always_leaves_and_somebody_always_stays(joins: list[tuple[Subject, int]], subject: Subject) -> None:
    together = [TELEGRAM, VK, CUSTOMER, OTHER_CUSTOMER]
    log = [move(number, one, person, 99) for number, (one, person) in enumerate(joins, start=1)]
    plan = plan_split(together, log, subject)
    assert plan is not None
    assert 0 < len(plan.leaving) < len(together)
