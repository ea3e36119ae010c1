"""What managers tap on reports: how they get them, and what they look into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PauseReport:
    """Send me no weekly report (1), or send it again (0)."""

    paused: int


@dataclass(frozen=True, slots=True)
class SetReportDay:
    """Send my weekly report on this day; Monday is 0."""

    weekday: int


@dataclass(frozen=True, slots=True)
class SetReportHour:
    """Send my weekly report at this hour."""

    hour: int


@dataclass(frozen=True, slots=True)
class SetReportTheme:
    """Draw my weekly report on light (0) or dark (1) paper."""

    theme: int


@dataclass(frozen=True, slots=True)
class OpenDrill:
    """Let me look into these days, given as ordinals of the proleptic Gregorian calendar; `end` is not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DrillInto:
    """Go on with the choice at this place of the step."""

    view_id: int
    place: int


@dataclass(frozen=True, slots=True)
class DrillBack:
    """Back to this step."""

    view_id: int
