"""Business time: what decides that something is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells business time; machine time (leases, pace, time-outs) never comes from here."""

    def now(self) -> datetime:
        """The present instant of business time, aware, in UTC."""
        ...


class SystemClock:
    """Business time is the machine's own."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class MovableClock:
    """Business time that can be moved, and run faster; for the sandbox and the tests alone."""

    def __init__(self, start: datetime, *, running: bool = True) -> None:
        self._start = start
        self._rate = 1.0 if running else 0.0
        self._real_start = datetime.now(UTC)

    @property
    def rate(self) -> float:
        """Seconds of business time in a second of the machine's; 0 stands still."""
        return self._rate

    def now(self) -> datetime:
        """The moved instant; it runs at the pace of the machine's clock unless told otherwise."""
        return self._start + (datetime.now(UTC) - self._real_start) * self._rate

    def run_at(self, rate: float) -> None:
        """Run faster or slower from now on; raises ValueError for a rate that runs backwards."""
        if rate < 0:
            raise ValueError(f"a clock cannot run at {rate}")
        self._start = self.now()
        self._real_start = datetime.now(UTC)
        self._rate = rate

    def move_to(self, instant: datetime) -> None:
        """Set business time; raises ValueError for a move into the past."""
        if instant < self.now():
            shown = self.now().isoformat()
            raise ValueError(f"the clock shows {shown} and cannot be moved back to {instant.isoformat()}")
        self._start = instant
        self._real_start = datetime.now(UTC)

    def move_by(self, duration: timedelta) -> None:
        """Move business time forward; raises ValueError for a move into the past."""
        if duration < timedelta(0):
            raise ValueError(f"the clock cannot be moved back by {-duration}")
        self._start += duration
