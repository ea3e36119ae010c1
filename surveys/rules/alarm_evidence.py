"""The numbers an alarm rose by and those that ended it, as values and as they are stored and told to programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from surveys.rules.alarms import AlarmKind, AskingDay, Sending, Share, SilentTouchpoint
from surveys.rules.durations import format_duration, parse_duration
from surveys.rules.journey import Metric
from surveys.rules.metrics import Tally

Json = str | int | float | list["Json"] | dict[str, "Json"] | None
Numbers = dict[str, Json]


@dataclass(frozen=True, slots=True)
class BurstEvidence:
    """The negatives of the last while, and of the eight weeks before it."""

    window: Share
    within: timedelta
    usual: Share


@dataclass(frozen=True, slots=True)
class DropEvidence:
    """The answers of the last while, and of the time before it."""

    metric: Metric
    recent: Tally
    over: timedelta
    before: Tally
    against: timedelta


@dataclass(frozen=True, slots=True)
class SendingEvidence:
    """How the day's asking stood."""

    sending: Sending
    day: AskingDay


@dataclass(frozen=True, slots=True)
class SilenceEvidence:
    """Questions delivered in the last days, none of them answered; usually so many of so many are."""

    delivered: int
    days: int
    usual: Share


Evidence = BurstEvidence | DropEvidence | SendingEvidence | SilenceEvidence
"""What an alarm rose by."""


@dataclass(frozen=True, slots=True)
class BurstOver:
    """Negatives among the newest answers."""

    latest: Share


@dataclass(frozen=True, slots=True)
class DropOver:
    """The answers since the drop rose."""

    metric: Metric
    since: Tally


@dataclass(frozen=True, slots=True)
class SendingAgain:
    """Questions sent, and events that came, since the alarm rose."""

    sent: int
    events: int


@dataclass(frozen=True, slots=True)
class AnswersAgain:
    """Answers since the alarm rose."""

    answers: int


Clearing = BurstOver | DropOver | SendingAgain | AnswersAgain
"""What ended an alarm."""


def numbers_of(evidence: Evidence) -> Numbers:
    """The evidence as JSON: counts, durations as in the catalogue, instants with their zone."""
    match evidence:
        case BurstEvidence(window, within, usual):
            return {
                "negative": window.part,
                "answers": window.n,
                "within": format_duration(within),
                "usual_negative": usual.part,
                "usual_answers": usual.n,
            }
        case DropEvidence(metric, recent, over, before, against):
            return {
                "metric": metric.value,
                "recent": _tally_numbers(recent),
                "over": format_duration(over),
                "before": _tally_numbers(before),
                "against": format_duration(against),
            }
        case SendingEvidence(sending, day):
            return {"sending": sending.value, **_day_numbers(day)}
        case SilenceEvidence(delivered, days, usual):
            return {"delivered": delivered, "days": days, "usual_answered": usual.part, "usual_delivered": usual.n}


def clearing_numbers_of(clearing: Clearing) -> Numbers:
    """What ended an alarm as JSON."""
    match clearing:
        case BurstOver(latest):
            return {"negative": latest.part, "answers": latest.n}
        case DropOver(metric, since):
            return {"metric": metric.value, "recent": _tally_numbers(since)}
        case SendingAgain(sent, events):
            return {"sent": sent, "events": events}
        case AnswersAgain(answers):
            return {"answers": answers}


def evidence_of(kind: AlarmKind, numbers: Mapping[str, object]) -> Evidence:
    """The evidence that was stored; raises KeyError or ValueError for what `numbers_of` never wrote."""
    match kind:
        case AlarmKind.BURST:
            return BurstEvidence(
                _share(numbers, "negative", "answers"),
                _duration(numbers, "within"),
                _share(numbers, "usual_negative", "usual_answers"),
            )
        case AlarmKind.DROP:
            return DropEvidence(
                Metric(str(numbers["metric"])),
                _tally(numbers, "recent"),
                _duration(numbers, "over"),
                _tally(numbers, "before"),
                _duration(numbers, "against"),
            )
        case AlarmKind.NOTHING_SENT:
            return SendingEvidence(Sending(str(numbers["sending"])), _day(numbers))
        case AlarmKind.NOBODY_ANSWERED:
            usual = _share(numbers, "usual_answered", "usual_delivered")
            return SilenceEvidence(_count(numbers, "delivered"), _count(numbers, "days"), usual)


def clearing_of(kind: AlarmKind, numbers: Mapping[str, object]) -> Clearing:
    """What ended the alarm, as it was stored; raises KeyError or ValueError for anything else."""
    match kind:
        case AlarmKind.BURST:
            return BurstOver(_share(numbers, "negative", "answers"))
        case AlarmKind.DROP:
            return DropOver(Metric(str(numbers["metric"])), _tally(numbers, "recent"))
        case AlarmKind.NOTHING_SENT:
            return SendingAgain(_count(numbers, "sent"), _count(numbers, "events"))
        case AlarmKind.NOBODY_ANSWERED:
            return AnswersAgain(_count(numbers, "answers"))


_DAY_COUNTS = ("overdue", "refused", "planned", "events", "waiting", "skipped")


def _day_numbers(day: AskingDay) -> Numbers:
    counts: Numbers = {name: getattr(day, name) for name in _DAY_COUNTS}
    silent: list[Json] = [
        {"touchpoint": one.touchpoint, "last_at": one.last_at.isoformat(), "expected": one.expected}
        for one in day.silent
    ]
    return {**counts, "usually_asked": day.usually_asked, "silent": silent}


def _day(numbers: Mapping[str, object]) -> AskingDay:
    silent = numbers["silent"]
    assert isinstance(silent, list)
    return AskingDay(
        **{name: _count(numbers, name) for name in _DAY_COUNTS},
        usually_asked=float(str(numbers["usually_asked"])),
        silent=tuple(
            SilentTouchpoint(
                str(one["touchpoint"]), datetime.fromisoformat(str(one["last_at"])), float(str(one["expected"]))
            )
            for one in silent
        ),
    )


def _tally_numbers(tally: Tally) -> Numbers:
    return {"negative": tally.negative, "neutral": tally.neutral, "positive": tally.positive}


def _tally(numbers: Mapping[str, object], key: str) -> Tally:
    stored = numbers[key]
    assert isinstance(stored, Mapping)
    return Tally(_count(stored, "negative"), _count(stored, "neutral"), _count(stored, "positive"))


def _share(numbers: Mapping[str, object], part: str, n: str) -> Share:
    return Share(_count(numbers, part), _count(numbers, n))


def _count(numbers: Mapping[str, object], key: str) -> int:
    return int(str(numbers[key]))


def _duration(numbers: Mapping[str, object], key: str) -> timedelta:
    return parse_duration(str(numbers[key]))
