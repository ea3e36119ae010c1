"""What the picture of the customer's way shows: words and figures ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.drawing.kinds import Drawable, Kind, Theme


@dataclass(frozen=True, slots=True)
class Line:
    """People going from one stop to another, by their places; `share` is of 1."""

    start: int
    end: int
    share: float
    label: str
    median: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A touchpoint of the picture.

    `volume` is its share of the events of the busiest one; `sides` are the shares of negative, neutral and positive
    answers with their labels, none where too few answered; `level` is their name for the whole, or empty.
    """

    title: str
    stage: str
    metric: str
    score: str
    detail: str
    note: str
    response: str
    level: str
    sides: tuple[tuple[float, str], ...]
    volume: float
    leaving: str
    lost: str


@dataclass(frozen=True, slots=True)
class Scene(Drawable):
    """The whole picture."""

    kind: ClassVar[Kind] = Kind.JOURNEY
    theme: Theme
    business: str
    heading: str
    legend: tuple[str, str, str]
    footer: tuple[str, ...]
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
