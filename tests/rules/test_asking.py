from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.asking import (
    Candidate,
    Move,
    MoveReason,
    PersonFacts,
    Planned,
    Send,
    Skipped,
    SkipReason,
    Unneeded,
    Waiting,
    decide,
    decide_again,
    decide_over_limit,
    decide_reminder,
    reminder_at,
    sample_share,
    wins,
)
from surveys.rules.hours import in_quiet_hours
from surveys.rules.identity import identify
from surveys.rules.incoming import IncomingCustomer
from surveys.rules.journey import (
    Business,
    Catalogue,
    ContactRules,
    Metric,
    QuarantinePeriods,
    QuietHours,
    Survey,
    SurveyKind,
    Touchpoint,
    WhenBlocked,
)
from surveys.rules.quarantine import Contact, quarantine_between
from surveys.rules.sending import (
    Accepted,
    NotExecuted,
    Unknown,
    is_sent_again_when_unknown,
    retry_delay,
    unknown_in_a_row,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)

QUESTION = {"ru": "Как?"}
CATALOGUE = Catalogue(
    business=Business("Bakery", BERLIN, ("ru", "en")),
    touchpoints={
        "delivery": Touchpoint(survey="csat", ask_after=2 * HOUR, ask_by=2 * DAY, priority=10, remind_after=DAY),
        "product": Touchpoint(
            survey="csat", ask_by=20 * DAY, when_blocked=WhenBlocked.DELAY, quarantine=10 * DAY, priority=20
        ),
        "relationship": Touchpoint(survey="nps", ask_by=200 * DAY, when_blocked=WhenBlocked.DELAY, every=90 * DAY),
        "loyalty": Touchpoint(survey="nps", ask_by=200 * DAY, when_blocked=WhenBlocked.DELAY),
        "silent": Touchpoint(),
    },
    surveys={
        "csat": Survey(Metric.CSAT, QUESTION),
        "nps": Survey(Metric.NPS, QUESTION, SurveyKind.RELATIONAL),
    },
    contact_rules=ContactRules(QuietHours(time(21), time(10)), QuarantinePeriods(7 * DAY, 90 * DAY)),
)
NEVER_QUIET = replace(
    CATALOGUE, contact_rules=replace(CATALOGUE.contact_rules, quiet_hours=QuietHours(time(0), time(0)))
)


def candidate(
    event_id: str = "e",
    touchpoint: str = "delivery",
    at: datetime = NOON,
    order_id: str | None = None,
    share: float = 0,
) -> Candidate:
    return Candidate(event_id, touchpoint, at, order_id, share, BERLIN)


def contact(
    at: datetime,
    touchpoint: str = "delivery",
    *,
    number: int = 1,
    asked: bool = True,
    order_id: str | None = None,
    first: bool = True,
    relational: bool = False,
) -> Contact:
    priority = CATALOGUE.touchpoints[touchpoint].priority
    return Contact(number, f"k-{number}", touchpoint, relational, order_id, at, priority, at, asked, first)


def person(*contacts: Contact, opted_out: bool = False, reachable: bool = True) -> PersonFacts:
    return PersonFacts(opted_out, reachable, contacts)


def test_planned_after_the_delay() -> None:
    assert decide(CATALOGUE, candidate(), person(), now=NOON) == Planned(NOON + 2 * HOUR, NOON + 2 * DAY)


def test_reported_late_is_asked_at_once() -> None:
    decision = decide(CATALOGUE, candidate(at=NOON - DAY), person(), now=NOON)
    assert decision == Planned(NOON, NOON + DAY)


@pytest.mark.parametrize(
    ("facts", "event", "reason"),
    [
        (person(), candidate(touchpoint="silent"), SkipReason.NO_SURVEY),
        (person(), candidate(touchpoint="gone"), SkipReason.NO_SURVEY),
        (person(opted_out=True), candidate(), SkipReason.OPTED_OUT),
        (person(), candidate(at=NOON - 2 * DAY - timedelta(microseconds=1)), SkipReason.STALE),
        (person(), candidate(share=1.0), SkipReason.NOT_SAMPLED),
        (person(contact(NOON - 30 * DAY, order_id="1")), candidate(order_id="1"), SkipReason.ORDER_ALREADY_ASKED),
        (person(contact(NOON, asked=False, order_id="1")), candidate("z", order_id="1"), SkipReason.LOWER_PRIORITY),
        (person(contact(NOON - 6 * DAY)), candidate(), SkipReason.QUARANTINE),
    ],
)
def test_why_not(facts: PersonFacts, event: Candidate, reason: SkipReason) -> None:
    decision = decide(CATALOGUE, event, facts, now=NOON)
    assert isinstance(decision, Skipped)
    assert decision.reason is reason


def test_nobody_reachable_waits_unless_it_is_clear_already() -> None:
    assert decide(CATALOGUE, candidate(), person(reachable=False), now=NOON) == Waiting(NOON + 2 * DAY)
    asked = person(contact(NOON - 30 * DAY, order_id="1"), reachable=False)
    assert isinstance(decide(CATALOGUE, candidate(order_id="1"), asked, now=NOON), Skipped)


def test_the_question_asked_again_waits_for_nobody() -> None:
    due = decide_again(CATALOGUE, candidate(), person(reachable=False), ask_by=NOON + 2 * DAY, first=False, now=NOON)
    assert due == Skipped(SkipReason.UNREACHABLE)


def test_the_question_asked_again_after_a_complaint_starts_quarantine_and_takes_no_order() -> None:
    again = contact(NOON - DAY, order_id="1", first=False)
    decision = decide(CATALOGUE, candidate(order_id="1"), person(again), now=NOON)
    assert decision == Skipped(SkipReason.QUARANTINE, NOON + 6 * DAY)
    sent = decide_again(
        CATALOGUE,
        candidate(order_id="1"),
        person(contact(NOON - HOUR, order_id="1")),
        ask_by=None,
        first=False,
        now=NOON,
    )
    assert sent == Send()


@pytest.mark.parametrize(
    ("touchpoint", "relational", "earlier", "days"),
    [
        ("delivery", False, contact(NOON), 7),
        ("product", False, contact(NOON), 7),
        ("product", False, contact(NOON, "product"), 10),
        ("relationship", True, contact(NOON, "product"), 7),
        ("relationship", True, contact(NOON, "loyalty", relational=True), 90),
        ("loyalty", True, contact(NOON, "relationship", relational=True), 90),
    ],
)
def test_the_longest_applicable_quarantine_wins(touchpoint: str, relational: bool, earlier: Contact, days: int) -> None:
    assert quarantine_between(CATALOGUE, touchpoint, relational, earlier) == timedelta(days=days)


def test_delayed_to_the_first_permitted_instant() -> None:
    night = contact(datetime(2026, 11, 15, 22, 0, tzinfo=UTC))
    decision = decide(CATALOGUE, candidate(touchpoint="product"), person(night), now=NOON)
    assert decision == Planned(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), NOON + 20 * DAY, MoveReason.QUARANTINE), (
        "quarantine ends at night; people are asked when the day begins"
    )


def test_a_delay_beyond_ask_by_is_skipped_to_the_second() -> None:
    product = replace(CATALOGUE.touchpoints["product"], ask_by=10 * DAY)
    catalogue = replace(CATALOGUE, touchpoints={**CATALOGUE.touchpoints, "product": product})
    event = candidate(touchpoint="product")
    just = decide(catalogue, event, person(contact(NOON, "product")), now=NOON)
    assert just == Planned(NOON + 10 * DAY, NOON + 10 * DAY, MoveReason.QUARANTINE)
    second = timedelta(seconds=1)
    late = decide(catalogue, event, person(contact(NOON + second, "product")), now=NOON)
    assert late == Skipped(SkipReason.QUARANTINE, NOON + 10 * DAY + second)


def test_the_better_of_an_order() -> None:
    planned = contact(NOON, number=5, asked=False, order_id="1")
    better = decide(CATALOGUE, candidate("e", "product", order_id="1"), person(planned), now=NOON)
    assert isinstance(better, Planned)
    assert better.replaces is planned
    assert wins(10, NOON - HOUR, "z", planned)
    assert wins(10, NOON, "a", planned)
    assert not wins(10, NOON, "z", planned)


def test_a_better_event_that_may_not_be_asked_replaces_nothing() -> None:
    planned = contact(NOON, number=5, asked=False, order_id="1")
    loyal = contact(NOON - DAY, "product", number=6, order_id="2")
    decision = decide(
        replace(CATALOGUE, touchpoints={**CATALOGUE.touchpoints, "product": Touchpoint(survey="csat", priority=20)}),
        candidate("e", "product", order_id="1"),
        person(planned, loyal),
        now=NOON,
    )
    assert isinstance(decision, Skipped)
    assert decision.reason is SkipReason.QUARANTINE


def test_decided_again_before_the_send() -> None:
    def again(*contacts: Contact, now: datetime = NOON, touchpoint: str = "delivery") -> object:
        event = candidate(touchpoint=touchpoint)
        return decide_again(CATALOGUE, event, person(*contacts), ask_by=NOON + 20 * DAY, first=True, now=now)

    assert again() == Send()
    assert again(contact(NOON + HOUR, asked=False)) == Send(), "what is only planned gives way to what is due"
    assert again(contact(NOON - DAY)) == Skipped(SkipReason.QUARANTINE, NOON + 6 * DAY)
    assert again(contact(NOON - DAY), touchpoint="product") == Move(NOON + 6 * DAY, MoveReason.QUARANTINE)
    night = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    assert again(now=night) == Move(datetime(2026, 11, 19, 9, 0, tzinfo=UTC), MoveReason.QUIET_HOURS)


def test_over_the_days_limit() -> None:
    opening = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert decide_over_limit(CATALOGUE, candidate(), ask_by=opening, now=NOON) == Move(opening, MoveReason.DAILY_LIMIT)
    too_late = decide_over_limit(CATALOGUE, candidate(), ask_by=opening - timedelta(seconds=1), now=NOON)
    assert too_late == Skipped(SkipReason.DAILY_LIMIT, opening)


def test_reminders() -> None:
    def remind(state: str = "sent", expires_at: datetime = NOON + DAY, now: datetime = NOON, **facts: bool) -> object:
        return decide_reminder(
            CATALOGUE, state=state, expires_at=expires_at, person=person(**facts), zone=BERLIN, now=now
        )

    assert remind() == Send()
    assert remind("answered") == Unneeded("answered")
    assert remind(expires_at=NOON) == Unneeded("expired")
    assert remind(opted_out=True) == Unneeded("opted_out")
    assert remind(reachable=False) == Unneeded("unreachable")
    night = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    assert remind(now=night) == Move(datetime(2026, 11, 19, 9, 0, tzinfo=UTC), MoveReason.QUIET_HOURS)
    assert remind(now=night, expires_at=night + HOUR) == Unneeded("expired")
    assert reminder_at(CATALOGUE, "delivery", BERLIN, NOON, NOON + 7 * DAY) == NOON + DAY
    assert reminder_at(CATALOGUE, "delivery", BERLIN, NOON, NOON + DAY) is None
    assert reminder_at(CATALOGUE, "product", BERLIN, NOON, NOON + 7 * DAY) is None


def test_who_is_who() -> None:
    known = {"a": 1, "b": 2}
    accounts = {("telegram", 10): 1, ("vk", 20): 2, ("telegram", 30): 3}
    found = identify(
        [
            IncomingCustomer("new", telegram_id=10),
            IncomingCustomer("b", telegram_id=10, vk_id=20),
            IncomingCustomer("a", telegram_id=30),
            IncomingCustomer("x", telegram_id=99),
            IncomingCustomer("y", vk_id=98),
            IncomingCustomer("y", telegram_id=99),
            IncomingCustomer("nobody"),
        ],
        known,
        accounts,
    )
    assert found.customers["new"] == 1
    assert found.customers["b"] == 2, "one of the named accounts is its own already"
    assert [(move.customer, move.from_person, move.to_person) for move in found.moves] == [("a", 1, 3)]
    assert found.customers["x"] == found.customers["y"] == found.accounts["vk", 98] < 0
    assert len(found.new_persons) == 2


def test_samples_are_stable_and_even() -> None:
    shares = [sample_share(f"e-{number}") for number in range(4000)]
    assert shares == [sample_share(f"e-{number}") for number in range(4000)]
    assert 900 < sum(share < 0.25 for share in shares) < 1100
    assert all(0 <= share < 1 for share in shares)


def test_what_an_outcome_means_for_the_schedule() -> None:
    assert [
        kind
        for kind in ("invitation", "reminder", "weekly_report", "card", "relay")
        if is_sent_again_when_unknown(kind)
    ] == ["card", "relay"]
    assert [retry_delay(attempt, 0) for attempt in (1, 2, 3, 9, 30)] == [1, 2, 4, 256, 300]
    assert retry_delay(5, 17.5) == 17.5
    assert unknown_in_a_row(1, [Unknown("x"), NotExecuted(1, "429"), Unknown("x")]) == 3
    assert unknown_in_a_row(2, [Unknown("x"), Accepted(1)]) == 0


names = st.sampled_from(["delivery", "product", "relationship", "loyalty"])
happenings = st.lists(
    st.tuples(
        st.integers(0, 120 * 24 * 60),
        names,
        st.sampled_from([None, "1", "2", "3"]),
        st.integers(0, 3 * 24 * 60),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


class Diary:
    """One person's planned and sent questions, the loop coming round now and then."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.contacts: list[Contact] = []
        self.planned: dict[int, tuple[Contact, Candidate, datetime]] = {}

    def happen(self, number: int, event: Candidate, now: datetime) -> None:
        decision = decide(self.catalogue, event, person(*self.contacts), now=now)
        if not isinstance(decision, Planned):
            return
        if decision.replaces is not None:
            self.take_back(decision.replaces.invitation_id)
        self.plan(number, event, decision.ask_at, decision.ask_by)

    def plan(self, number: int, event: Candidate, ask_at: datetime, ask_by: datetime) -> None:
        relational = event.touchpoint in ("relationship", "loyalty")
        priority = self.catalogue.touchpoints[event.touchpoint].priority
        planned = Contact(
            number,
            event.event_id,
            event.touchpoint,
            relational,
            event.order_id,
            event.occurred_at,
            priority,
            ask_at,
            asked=False,
        )
        self.contacts.append(planned)
        self.planned[number] = (planned, event, ask_by)

    def take_back(self, number: int) -> None:
        del self.planned[number]
        self.contacts = [one for one in self.contacts if one.invitation_id != number]

    def come_round(self, now: datetime) -> None:
        for number, (planned, event, ask_by) in sorted(self.planned.items(), key=lambda item: item[1][0].at):
            if planned.at > now:
                continue
            self.take_back(number)
            decision = decide_again(self.catalogue, event, person(*self.contacts), ask_by=ask_by, first=True, now=now)
            if isinstance(decision, Move):
                self.plan(number, event, decision.ask_at, ask_by)
            elif isinstance(decision, Send):
                assert now <= ask_by
                assert not in_quiet_hours(now, self.catalogue.contact_rules.quiet_hours, BERLIN)
                self.contacts.append(replace(planned, at=now, asked=True))

    @property
    def sent(self) -> list[Contact]:
        return sorted((one for one in self.contacts if one.asked), key=lambda one: one.at)


@given(happenings, st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_events_asks_twice_within_quarantine(
    found: list[tuple[int, str, str | None, int, bool]], quiet: bool
) -> None:
    """Whatever happens in whatever order, whenever the loop comes round, and whatever is cancelled meanwhile."""
    diary = Diary(CATALOGUE if quiet else NEVER_QUIET)
    for number, (minutes, name, order_id, late, cancelled) in enumerate(sorted(found, key=lambda one: one[0])):
        now = NOON + timedelta(minutes=minutes)
        diary.come_round(now)
        diary.happen(number, candidate(f"e-{number}", name, now - timedelta(minutes=late), order_id), now)
        if cancelled and diary.planned:
            diary.take_back(min(diary.planned))
    for step in range(300):
        diary.come_round(NOON + 120 * DAY + step * 17 * HOUR)
    for earlier, later in combinations(diary.sent, 2):
        assert later.at - earlier.at >= quarantine_between(CATALOGUE, later.touchpoint, later.relational, earlier)
    orders = [one.order_id for one in diary.sent if one.order_id is not None]
    assert len(orders) == len(set(orders))
