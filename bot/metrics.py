"""What Prometheus may know: counts and times, nothing about anybody."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from surveys.readiness import Workload

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class EventOutcome(Protocol):
    """The part of an event's result that is counted."""

    @property
    def status(self) -> str:
        """accepted, duplicate or rejected."""
        ...

    @property
    def outcome(self) -> str | None:
        """planned, waiting or skipped."""
        ...


class Metrics:
    """The counters of one process in a registry of its own, and gauges read from the database at each scrape."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "otklik_deliveries",
            "Sendings settled, by kind and what came of them",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.updates = Counter(
            "otklik_updates",
            "Updates handled, by channel and kind; callback_query and message_event are taps",
            ("channel", "kind"),
            registry=self.registry,
        )
        self.events = Counter(
            "otklik_events",
            "Touchpoint events reported over HTTP, by status and outcome",
            ("status", "outcome"),
            registry=self.registry,
        )
        self.requests = Histogram(
            "otklik_http_request_seconds",
            "HTTP requests by route and status",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._queue = Gauge(
            "otklik_queue", "Rows of the schedule that are due or being sent", ("kind", "state"), registry=self.registry
        )
        self._lag = Gauge(
            "otklik_due_lag_seconds", "How long the oldest due row has been due", ("kind",), registry=self.registry
        )
        self._cases = Gauge("otklik_open_cases", "Cases not settled, by state", ("state",), registry=self.registry)
        self._waiting = Gauge(
            "otklik_waiting_invitations", "Events waiting for a reachable messenger", registry=self.registry
        )
        self._unknown = Gauge(
            "otklik_channel_unknown_in_a_row",
            "Sendings in a row of unknown outcome",
            ("channel",),
            registry=self.registry,
        )
        self._paused = Gauge(
            "otklik_channel_paused", "1 while a channel is paused", ("channel",), registry=self.registry
        )

    def show_workload(self, workload: Workload, *, now: datetime) -> None:
        """Set the gauges to what the database says."""
        for gauge in (self._queue, self._lag, self._cases, self._unknown, self._paused):
            gauge.clear()
        for figure in workload.queue:
            self._queue.labels(figure.kind, figure.state).set(figure.count)
            if figure.state == "due":
                self._lag.labels(figure.kind).set((now - figure.oldest_due_at).total_seconds())
        for state, count in workload.open_cases.items():
            self._cases.labels(state).set(count)
        self._waiting.set(workload.waiting_invitations)
        for channel in workload.channels:
            self._unknown.labels(channel.channel).set(channel.unknown_in_a_row)
            self._paused.labels(channel.channel).set(channel.is_paused)

    def count_delivery(self, kind: str, outcome: str) -> None:
        """Count what came of one sending."""
        self.deliveries.labels(kind, outcome).inc()

    def count_telegram_update(self, kind: str) -> None:
        """Count an update whose work is committed."""
        self.updates.labels("telegram", kind).inc()

    def count_vk_event(self, kind: str) -> None:
        """Count an event of VK whose work is committed; message_event is a tap."""
        self.updates.labels("vk", kind).inc()

    def count_events(self, results: Sequence[EventOutcome]) -> None:
        """Count what came of reported events."""
        counted = Counted((result.status, result.outcome) for result in results)
        for (status, outcome), count in counted.items():
            self.events.labels(status, outcome or "").inc(count)

    def written(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
