"""When an alarm rises and when it is over, over counted answers and questions. What it costs: docs/alarms.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, lgamma

from surveys.rules.alarm_limits import Burst, Drop, NobodyAnswered
from surveys.rules.journey import Metric
from surveys.rules.metrics import (
    PRELIMINARY_BELOW,
    Interval,
    Measured,
    Tally,
    Verdict,
    compare,
    nps,
    nps_interval,
    positive_share,
    wilson_interval,
)

EIGHT_WEEKS = timedelta(days=56)
"""What is usual is what these were like; an alarm nothing speaks for any more ends after as long."""

USUAL_FROM = PRELIMINARY_BELOW
"""Fewer answers or questions than this do not tell what is usual."""

BURST_CHANCE = 1e-4
"""How likely a window's negatives may be by chance. Looked at with every answer, it leaves a place whose customers are
no unhappier than usual fewer than one false alarm in three years; simulated in tests/rules/test_alarm_rates.py."""

DROP_CHANCE = 2e-4
"""The two-sided p below which a drop is told. Looked at daily over windows that overlap, it leaves a stable touchpoint
fewer than one false alarm in three years even where nearly all are happy, one in ten elsewhere; simulated there too."""

UNANSWERED_CHANCE = 1e-4
"""How likely the silence of customers may be by chance."""

EXPECTED_EVENTS = 10
"""Silence of a feed is told when so many events would have come since the last: by chance none does in 1 of 20,000."""

USUALLY_ASKED = 20
"""Questions a day on the same weekday from which asking nobody is worth a word."""


class AlarmKind(StrEnum):
    """What an alarm is about."""

    BURST = "burst"
    DROP = "drop"
    NOTHING_SENT = "nothing_sent"
    NOBODY_ANSWERED = "nobody_answered"


class Sending(StrEnum):
    """How a day of asking goes."""

    SENT = "sent"
    PAUSED = "paused"
    TOO_EARLY = "too_early"
    NOTHING_DUE = "nothing_due"
    STUCK = "stuck"
    ASKED_NOBODY = "asked_nobody"
    NO_EVENTS = "no_events"


ALARMING = frozenset({Sending.STUCK, Sending.ASKED_NOBODY, Sending.NO_EVENTS})
"""The days of asking that raise an alarm."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    n: int

    @property
    def per_cent(self) -> float | None:
        """The share in per cent; None of nothing."""
        return 100 * self.part / self.n if self.n else None


def likely_at_least(part: int, n: int, usual: Share) -> float:
    """How likely `part` or more of `n` are when nothing is unusual.

    Beta-binomial, predicted from the usual ones with a uniform prior: a short history makes it less sure.
    """
    return min(1.0, sum(_likely(k, n, usual) for k in range(part, n + 1)))


def _likely(part: int, n: int, usual: Share) -> float:
    a, b = usual.part + 1, usual.n - usual.part + 1
    ways = lgamma(n + 1) - lgamma(part + 1) - lgamma(n - part + 1)
    return exp(ways + _log_beta(part + a, n - part + b) - _log_beta(a, b))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def burst_rises(limits: Burst, window: Share, usual: Share) -> bool:
    """Whether the window's negatives are a burst: by share and number, and more than chance makes of what is usual.

    Where too few answers tell what is usual, share and number alone decide.
    """
    if window.n < limits.at_least or window.part < limits.share * window.n:
        return False
    return usual.n < USUAL_FROM or likely_at_least(window.part, window.n, usual) < BURST_CHANCE


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, as far as a burst is concerned."""

    at: datetime
    is_negative: bool


def burst_over(limits: Burst, latest: Sequence[Answered], usual: Share, *, now: datetime) -> Share | None:
    """What shows that a burst is over; None while nothing does.

    `latest` are answers since it rose, the newest first. Those of the last window count, or the newest `at_least`
    where the window has fewer. Their share has to be within the 95 % interval of the usual one; where that is not
    known, under half of what makes a burst.
    """
    within = [answer for answer in latest if answer.at >= now - limits.within]
    shown = within if len(within) >= limits.at_least else latest[: limits.at_least]
    if len(shown) < limits.at_least:
        return None
    share = Share(sum(answer.is_negative for answer in shown), len(shown))
    interval = wilson_interval(usual.part, usual.n) if usual.n >= USUAL_FROM else None
    if interval is None:
        return share if share.part < limits.share * share.n / 2 else None
    return share if 100 * share.part <= interval.high * share.n else None


def drop_rises(limits: Drop, recent: Measured, before: Measured) -> bool:
    """Whether the recent score is lower than the one before, beyond chance at the level of a daily look."""
    if min(recent.n, before.n) < limits.at_least:
        return False
    change = compare(recent, before)
    return change.verdict is Verdict.DOWN and change.p_value is not None and change.p_value < DROP_CHANCE


def choose_drops(
    dropped: Collection[tuple[str, str | None]], known: Collection[tuple[str, str | None]]
) -> set[tuple[str, str | None]]:
    """Which of the drops (touchpoint and location; None: all of them together) are told.

    A touchpoint that dropped is told as a whole, unless a single location did: then that one is. What is known already
    is not told again, nor are the locations of a touchpoint that is known as a whole.
    """
    told: set[tuple[str, str | None]] = set()
    for touchpoint in {name for name, _ in dropped}:
        locations = {place for place in dropped if place[0] == touchpoint and place[1] is not None}
        whole = (touchpoint, None)
        if whole in known:
            continue
        if whole in dropped and len(locations | {one for one in known if one[0] == touchpoint}) != 1:
            told.add(whole)
        else:
            told |= locations
    return told - set(known)


def drop_over(limits: Drop, metric: Metric, since: Tally, before: Tally) -> bool:
    """Whether the answers since the drop rose are back within the 95 % interval of the time before it, or above."""
    score, interval = score_of(metric, since), interval_of(metric, before)
    return since.n >= limits.at_least and score is not None and interval is not None and score >= interval.low


def score_of(metric: Metric, answers: Tally) -> float | None:
    """The score as reports show it, in per cent or NPS points; None without answers."""
    return nps(answers) if metric is Metric.NPS else positive_share(answers)


def interval_of(metric: Metric, answers: Tally) -> Interval | None:
    """The 95 % interval of the score; None without answers."""
    return nps_interval(answers) if metric is Metric.NPS else wilson_interval(answers.positive, answers.n)


@dataclass(frozen=True, slots=True)
class SilentTouchpoint:
    """A touchpoint whose events stopped: since when, and how many come in that time in other weeks."""

    touchpoint: str
    last_at: datetime
    expected: float

    @property
    def is_unusual(self) -> bool:
        """Whether chance alone hardly makes it that silent."""
        return self.expected >= EXPECTED_EVENTS


@dataclass(frozen=True, slots=True)
class AskingDay:
    """How far today's asking came: questions sent, due and not sent, refused, planned for later; events and their fate.

    `usually_asked` is the mean of the same weekday in the four weeks before.
    """

    sent: int = 0
    overdue: int = 0
    refused: int = 0
    planned: int = 0
    events: int = 0
    waiting: int = 0
    skipped: int = 0
    usually_asked: float = 0.0
    silent: tuple[SilentTouchpoint, ...] = ()


def judge_day(day: AskingDay, *, is_paused: bool, is_late: bool) -> Sending:
    """How the day's asking goes; `is_late` once the hour is past by which something should have been sent."""
    if day.sent:
        return Sending.SENT
    if is_paused:
        return Sending.PAUSED
    if not is_late:
        return Sending.TOO_EARLY
    if day.overdue or day.refused:
        return Sending.STUCK
    if not day.events:
        return Sending.NO_EVENTS if day.silent else Sending.NOTHING_DUE
    asks_nobody = not day.planned and day.usually_asked >= USUALLY_ASKED
    return Sending.ASKED_NOBODY if asks_nobody else Sending.NOTHING_DUE


def silence_rises(limits: NobodyAnswered, delivered: int, usual: Share) -> bool:
    """Whether so many delivered questions without any answer are more than chance; `usual` is answered of delivered."""
    if delivered < limits.at_least:
        return False
    return usual.n < USUAL_FROM or _likely(0, delivered, usual) < UNANSWERED_CHANCE
