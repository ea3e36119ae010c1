"""The columns of answers, events, cases, scores and reasons; meanings are in the messages `export.column.…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal, Protocol, TypeVar

from bot.files.columns import Cell, Column
from bot.files.writing import Value
from surveys.exporting import (
    ExportedAnswer,
    ExportedCase,
    ExportedEvent,
    ExportedMove,
    ReasonOfWeek,
    ScoreOfWeek,
)
from surveys.rules.journey import Metric
from surveys.rules.metrics import Interval, sentiment


class _WithAttributes(Protocol):
    @property
    def attributes(self) -> Mapping[str, object]: ...


_Row = TypeVar("_Row", bound=_WithAttributes)


ANSWERS: Final[tuple[Column[ExportedAnswer], ...]] = (
    Column("id", Cell.TEXT, lambda one: one.external_id or str(one.response_id)),
    Column("answered_at", Cell.INSTANT, lambda one: one.answered_at),
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("survey", Cell.TEXT, lambda one: one.survey),
    Column("metric", Cell.TEXT, lambda one: one.metric),
    Column("score", Cell.NUMBER, lambda one: one.score),
    Column("sentiment", Cell.TEXT, lambda one: sentiment(Metric(one.metric), one.score).value),
    Column("reasons", Cell.TEXT, lambda one: _joined(one.reasons)),
    Column("comment", Cell.LONG_TEXT, lambda one: one.comment),
    Column("given_by", Cell.TEXT, lambda one: one.given_by),
    Column("channel", Cell.TEXT, lambda one: one.channel),
    Column("language", Cell.TEXT, lambda one: one.language),
    Column("question", Cell.LONG_TEXT, lambda one: one.question),
    Column("order_id", Cell.TEXT, lambda one: one.order_id),
    Column("event_id", Cell.TEXT, lambda one: one.event_id),
    Column("occurred_at", Cell.INSTANT, lambda one: one.occurred_at),
    Column("amount", Cell.NUMBER, lambda one: one.amount),
    Column("currency", Cell.TEXT, lambda one: one.currency),
    Column("customer.id", Cell.TEXT, lambda one: one.customer_id),
    Column("customer.name", Cell.TEXT, lambda one: one.customer_name),
    Column("case", Cell.NUMBER, lambda one: one.case_id),
    Column("case_state", Cell.TEXT, lambda one: one.case_state),
    Column("purpose", Cell.TEXT, lambda one: one.purpose),
    Column("themes", Cell.TEXT, lambda one: _joined(one.themes)),
    Column("trial", Cell.TEXT, lambda one: one.trial),
    Column("variant", Cell.TEXT, lambda one: one.variant),
)

EVENTS: Final[tuple[Column[ExportedEvent], ...]] = (
    Column("id", Cell.TEXT, lambda one: one.event_id),
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("occurred_at", Cell.INSTANT, lambda one: one.occurred_at),
    Column("received_at", Cell.INSTANT, lambda one: one.received_at),
    Column("order_id", Cell.TEXT, lambda one: one.order_id),
    Column("amount", Cell.NUMBER, lambda one: one.amount),
    Column("currency", Cell.TEXT, lambda one: one.currency),
    Column("customer.id", Cell.TEXT, lambda one: one.customer_id),
    Column("outcome", Cell.TEXT, lambda one: one.outcome),
    Column("reason", Cell.TEXT, lambda one: one.reason),
    Column("asked_instead", Cell.TEXT, lambda one: one.asked_instead),
    Column("survey", Cell.TEXT, lambda one: one.survey),
    Column("channel", Cell.TEXT, lambda one: one.channel),
    Column("ask_at", Cell.INSTANT, lambda one: one.ask_at),
    Column("ask_by", Cell.INSTANT, lambda one: one.ask_by),
    Column("eligible_at", Cell.INSTANT, lambda one: one.eligible_at),
    Column("sent_at", Cell.INSTANT, lambda one: one.sent_at),
    Column("reminded_at", Cell.INSTANT, lambda one: one.reminded_at),
    Column("expires_at", Cell.INSTANT, lambda one: one.expires_at),
    Column("answered_at", Cell.INSTANT, lambda one: one.answered_at),
    Column("asked_again", Cell.TEXT, lambda one: one.asked_again_outcome),
)

CASES: Final[tuple[Column[ExportedCase], ...]] = (
    Column("id", Cell.NUMBER, lambda one: one.id),
    Column("shop_id", Cell.TEXT, lambda one: one.external_id),
    Column("opened_at", Cell.INSTANT, lambda one: one.opened_at),
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("team", Cell.TEXT, lambda one: one.team),
    Column("cause", Cell.TEXT, lambda one: one.cause),
    Column("state", Cell.TEXT, lambda one: one.state),
    Column("severity", Cell.TEXT, lambda one: one.severity),
    Column("order_id", Cell.TEXT, lambda one: one.order_id),
    Column("event_id", Cell.TEXT, lambda one: one.event_id),
    Column("answer_id", Cell.TEXT, lambda one: one.answer_id),
    Column("metric", Cell.TEXT, lambda one: one.metric),
    Column("score", Cell.NUMBER, lambda one: one.score),
    Column("customer.id", Cell.TEXT, lambda one: one.customer_id),
    Column("location", Cell.TEXT, lambda one: one.location),
    Column("employee", Cell.TEXT, lambda one: one.employee),
    Column("first_response_due", Cell.INSTANT, lambda one: one.first_response_due),
    Column("first_response_at", Cell.INSTANT, lambda one: one.first_response_at),
    Column("first_response_hours", Cell.NUMBER, lambda one: _hours(one.first_response_took)),
    Column("claimed_at", Cell.INSTANT, lambda one: one.claimed_at),
    Column("claimed_by", Cell.TEXT, lambda one: one.claimed_by),
    Column("resolve_due", Cell.INSTANT, lambda one: one.resolve_due),
    Column("resolved_at", Cell.INSTANT, lambda one: one.resolved_at),
    Column("resolve_hours", Cell.NUMBER, lambda one: _hours(one.resolve_took)),
    Column("close_reason", Cell.TEXT, lambda one: one.close_reason),
    Column("given", Cell.TEXT, lambda one: _joined(one.given)),
    Column("codes", Cell.TEXT, lambda one: _joined(one.code_pools)),
    Column("note", Cell.LONG_TEXT, lambda one: one.note),
    Column("solved_asked_at", Cell.INSTANT, lambda one: one.solved_asked_at),
    Column("solved", Cell.FLAG, lambda one: one.solved),
    Column("confirmed_at", Cell.INSTANT, lambda one: one.confirmed_at),
    Column("times_reopened", Cell.NUMBER, lambda one: one.times_reopened),
    Column("outbreak", Cell.NUMBER, lambda one: one.outbreak_id),
    Column("customer_messages", Cell.NUMBER, lambda one: one.customer_messages),
    Column("staff_messages", Cell.NUMBER, lambda one: one.staff_messages),
    Column("asked_again_at", Cell.INSTANT, lambda one: one.asked_again_at),
    Column("score_again", Cell.NUMBER, lambda one: one.score_again),
)

MOVES: Final[tuple[Column[ExportedMove], ...]] = (
    Column("case", Cell.NUMBER, lambda one: one.case_id),
    Column("moved_at", Cell.INSTANT, lambda one: one.moved_at),
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("team", Cell.TEXT, lambda one: one.team),
    Column("move", Cell.TEXT, lambda one: one.move),
    Column("from_state", Cell.TEXT, lambda one: one.from_state),
    Column("to_state", Cell.TEXT, lambda one: one.to_state),
    Column("actor", Cell.TEXT, lambda one: one.actor),
    Column("actor_name", Cell.TEXT, lambda one: one.actor_name),
    Column("close_reason", Cell.TEXT, lambda one: one.close_reason),
    Column("given", Cell.TEXT, lambda one: _joined(one.given)),
    Column("note", Cell.LONG_TEXT, lambda one: one.note),
)

SCORES: Final[tuple[Column[ScoreOfWeek], ...]] = (
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("metric", Cell.TEXT, lambda one: one.measured.metric.value),
    Column("week", Cell.DAY, lambda one: one.week),
    Column("answers", Cell.NUMBER, lambda one: one.measured.n),
    Column("score", Cell.NUMBER, lambda one: _rounded(one.measured.score)),
    Column("low", Cell.NUMBER, lambda one: _end(one.measured.interval, "low")),
    Column("high", Cell.NUMBER, lambda one: _end(one.measured.interval, "high")),
    Column("mean", Cell.NUMBER, lambda one: _rounded(one.measured.mean)),
    Column("mean_low", Cell.NUMBER, lambda one: _end(one.measured.mean_interval, "low")),
    Column("mean_high", Cell.NUMBER, lambda one: _end(one.measured.mean_interval, "high")),
    Column("negative", Cell.NUMBER, lambda one: one.measured.answers.negative),
    Column("neutral", Cell.NUMBER, lambda one: one.measured.answers.neutral),
    Column("positive", Cell.NUMBER, lambda one: one.measured.answers.positive),
    Column("preliminary", Cell.FLAG, lambda one: one.measured.preliminary),
)

Distribution = tuple[str, str, int, int, float | None]
"""Touchpoint, metric, score, how many gave it, their share in per cent; none of under five answers."""

DISTRIBUTION: Final[tuple[Column[Distribution], ...]] = (
    Column("touchpoint", Cell.TEXT, lambda one: one[0]),
    Column("metric", Cell.TEXT, lambda one: one[1]),
    Column("score", Cell.NUMBER, lambda one: one[2]),
    Column("answers", Cell.NUMBER, lambda one: one[3]),
    Column("share", Cell.NUMBER, lambda one: _rounded(one[4])),
)

REASONS: Final[tuple[Column[ReasonOfWeek], ...]] = (
    Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
    Column("metric", Cell.TEXT, lambda one: one.metric),
    Column("week", Cell.DAY, lambda one: one.week),
    Column("reason", Cell.TEXT, lambda one: one.reason),
    Column("title", Cell.TEXT, lambda one: one.title),
    Column("answers", Cell.NUMBER, lambda one: one.count),
)


def with_attributes(columns: tuple[Column[_Row], ...], names: Sequence[str]) -> tuple[Column[_Row], ...]:
    """The columns, and one for each attribute."""

    def of(name: str) -> Column[_Row]:
        return Column(f"attributes.{name}", Cell.TEXT, lambda one: _plain(one.attributes.get(name)))

    return (*columns, *map(of, names))


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _joined(values: Sequence[str] | None) -> str | None:
    return "|".join(values) if values else None


def _hours(took: timedelta | None) -> float | None:
    return None if took is None else round(took / timedelta(hours=1), 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _end(interval: Interval | None, end: Literal["low", "high"]) -> float | None:
    return None if interval is None else _rounded(interval.low if end == "low" else interval.high)
