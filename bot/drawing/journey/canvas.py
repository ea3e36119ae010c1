"""The sheet of a journey in its colours, what lies below drawn first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.drawing.paper import Paper, drawable

WIDTH: Final = 1080
RADIUS: Final = 16
ASCENT: Final = 0.76
"""Of DejaVu, from the base line to the top of tall letters, in the text's size."""
DESCENT: Final = 0.24

Point = tuple[float, float]

THEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "light": {
        "ground": "#F4F5F7",
        "card": "#FFFFFF",
        "edge": "#E3E6EA",
        "ink": "#1B1F24",
        "faint": "#626C78",
        "rail": "#5B7DB1",
        "arc": "#8FA6C8",
        "back": "#B08BC0",
        "negative": "#C8414F",
        "neutral": "#E2B648",
        "positive": "#2F8F73",
        "unknown": "#C3C9D1",
        "alarm": "#B3303F",
        "on_negative": "#FFFFFF",
        "on_neutral": "#3A2E05",
        "on_positive": "#FFFFFF",
    },
    "dark": {
        "ground": "#12151A",
        "card": "#1C2128",
        "edge": "#2B323C",
        "ink": "#EEF1F5",
        "faint": "#9AA5B3",
        "rail": "#7FA3DC",
        "arc": "#5C7499",
        "back": "#A884BC",
        "negative": "#E0606D",
        "neutral": "#E0BC5E",
        "positive": "#46AE8E",
        "unknown": "#4A535F",
        "alarm": "#F08A94",
        "on_negative": "#1A0A0C",
        "on_neutral": "#241C03",
        "on_positive": "#04150F",
    },
}


class Canvas:
    """A sheet in pixels, y downwards. Lines go below cards, cards below bars, arcs and discs, and text above all."""

    def __init__(self, height: float, colours: Mapping[str, str]) -> None:
        self.colours = colours
        self._paper = Paper(WIDTH, round(height), colours["ground"])
        self._layers: list[tuple[int, Callable[[], None]]] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str = "ink",
        *,
        bold: bool = False,
        align: str = "left",
        room: float | None = None,
        plate: str | None = None,
    ) -> float:
        """Write one line, its middle at y, cut to `room` with an ellipsis; the width it takes."""
        shown = drawable(words) if room is None else self._paper.fit(words, room, size, bold=bold)[0]
        width = self._paper.measure(shown, size, bold=bold)
        left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        base = y + size * ASCENT / 2

        def draw() -> None:
            if plate is not None:
                pad = size / 4
                top, height = base - size * ASCENT - pad, size * (ASCENT + DESCENT) + 2 * pad
                self._paper.box(left - pad, top, width + 2 * pad, height, self.colours[plate], round_by=pad)
            self._paper.text(left, base, shown, size, self.colours[colour], bold=bold)

        self._layers.append((5, draw))
        return width

    def measure(self, words: str, size: float, *, bold: bool = False) -> float:
        """The width the words would take."""
        return self._paper.measure(drawable(words), size, bold=bold)

    def card(self, left: float, top: float, width: float, height: float) -> None:
        """A rectangle with round corners and a thin edge."""

        def draw() -> None:
            self._paper.box(left, top, width, height, self.colours["edge"], round_by=RADIUS)
            inner = (left + 1.5, top + 1.5, width - 3, height - 3)
            self._paper.box(*inner, self.colours["card"], round_by=RADIUS - 1.5)

        self._layers.append((2, draw))

    def bar(self, left: float, top: float, width: float, height: float, parts: Sequence[tuple[float, str]]) -> None:
        """Parts side by side in a bar with round ends; a part is its share and its colour."""
        coloured = [(share, self.colours[colour]) for share, colour in parts]
        self._layers.append((3, lambda: self._paper.bar(left, top, width, height, coloured)))

    def curve(self, points: Sequence[Point], width: float, colour: str, *, below: bool = False) -> None:
        """A stroke through the points."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        layer = 1 if below else 4
        self._layers.append((layer, lambda: self._paper.line(xs, ys, self.colours[colour], width)))

    def arrow_head(self, x: float, y: float, size: float, colour: str, direction: tuple[int, int]) -> None:
        """A filled triangle whose tip is at the point."""
        ahead, aside = direction, (direction[1], direction[0])
        corners = [
            (x, y),
            (x - size * ahead[0] + size * 0.7 * aside[0], y - size * ahead[1] + size * 0.7 * aside[1]),
            (x - size * ahead[0] - size * 0.7 * aside[0], y - size * ahead[1] - size * 0.7 * aside[1]),
        ]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        self._layers.append((4, lambda: self._paper.area(xs, ys, self.colours[colour])))

    def circle(self, x: float, y: float, radius: float, fill: str, edge: str) -> None:
        """A disc with a rim."""

        def draw() -> None:
            self._paper.dot(x, y, 2 * radius + 4, self.colours[edge])
            self._paper.dot(x, y, 2 * radius - 4 if edge != fill else 2 * radius, self.colours[fill])

        self._layers.append((4, draw))

    def png(self) -> bytes:
        """The finished picture."""
        for _, draw in sorted(self._layers, key=lambda layer: layer[0]):
            draw()
        return self._paper.png()


def bend(start: Point, corner: Point, end: Point) -> list[Point]:
    """Points of the curve from start to end that a corner pulls at: Bézier's of the second degree."""
    steps = [number / 12 for number in range(13)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * corner[0] + t**2 * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * corner[1] + t**2 * end[1],
        )
        for t in steps
    ]
