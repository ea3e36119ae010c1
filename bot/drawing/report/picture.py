"""What a report's picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bot.drawing.kinds import Drawable, Json, Kind, Theme


class Mark(StrEnum):
    """What became of a score: drawn as a colour and a shape, so that neither alone has to be seen."""

    UP = "up"
    DOWN = "down"
    STEADY = "steady"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score and the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A touchpoint: its score on a scale from `lowest` to 100, and the last weeks, None where there is no score."""

    title: str
    score: str
    note: str
    change: str
    mark: Mark
    lowest: float
    estimate: Estimate | None
    trend: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step of the funnel: how many got there."""

    label: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class MovedLine:
    """Something that changed beyond chance."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Picture(Drawable):
    """The whole picture, from top to bottom."""

    kind: ClassVar[Kind] = Kind.REPORT
    theme: Theme
    heading: str
    dates: str
    moved_title: str
    moved: tuple[MovedLine, ...]
    scores_title: str
    trend_title: str
    rows: tuple[ScoreRow, ...]
    funnel_title: str
    funnel: tuple[FunnelStep, ...]
    footnote: str


def picture_from(given: Json) -> Picture:
    """The picture as the child gets it."""
    return Picture(
        theme=Theme(given["theme"]),
        heading=given["heading"],
        dates=given["dates"],
        moved_title=given["moved_title"],
        moved=tuple(MovedLine(line["text"], Mark(line["mark"])) for line in given["moved"]),
        scores_title=given["scores_title"],
        trend_title=given["trend_title"],
        rows=tuple(
            ScoreRow(
                title=row["title"],
                score=row["score"],
                note=row["note"],
                change=row["change"],
                mark=Mark(row["mark"]),
                lowest=row["lowest"],
                estimate=_estimate(row["estimate"]),
                trend=tuple(_estimate(point) for point in row["trend"]),
            )
            for row in given["rows"]
        ),
        funnel_title=given["funnel_title"],
        funnel=tuple(FunnelStep(**step) for step in given["funnel"]),
        footnote=given["footnote"],
    )


def _estimate(given: dict[str, float] | None) -> Estimate | None:
    return None if given is None else Estimate(**given)
