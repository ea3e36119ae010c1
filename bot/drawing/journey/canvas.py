"""A figure measured in pixels, y downwards: all that the picture needs of matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

WIDTH: Final = 1080
DPI: Final = 100

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
    """A figure measured in pixels."""

    def __init__(self, height: float, colours: Mapping[str, str]) -> None:
        self.colours = colours
        self._figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=colours["ground"])
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

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
        shown = self._axes.text(
            x,
            y,
            words,
            fontsize=size * 72 / DPI,
            color=self.colours[colour],
            fontweight="bold" if bold else "normal",
            ha=align,
            va="center_baseline",
            parse_math=False,
            zorder=5,
        )
        if plate is not None:
            shown.set_bbox({"boxstyle": "round,pad=0.25", "facecolor": self.colours[plate], "edgecolor": "none"})
        width = self._width(shown)
        while room is not None and width > room and len(words) > 1:
            words = words[:-2].rstrip() if words.endswith("…") else words[:-1].rstrip()
            words += "…"
            shown.set_text(words)
            width = self._width(shown)
        return width

    def measure(self, words: str, size: float, *, bold: bool = False) -> float:
        """The width the words would take."""
        shown = self._axes.text(
            0, 0, words, fontsize=size * 72 / DPI, fontweight="bold" if bold else "normal", parse_math=False
        )
        width = self._width(shown)
        shown.remove()
        return width

    def card(self, left: float, top: float, width: float, height: float) -> None:
        """A rectangle with round corners."""
        radius = 16
        self._axes.add_patch(
            FancyBboxPatch(
                (left + radius, top + radius),
                width - 2 * radius,
                height - 2 * radius,
                boxstyle=f"round,pad={radius}",
                facecolor=self.colours["card"],
                edgecolor=self.colours["edge"],
                linewidth=1.2,
                zorder=2,
            )
        )

    def bar(self, left: float, top: float, width: float, height: float, parts: Sequence[tuple[float, str]]) -> None:
        """Parts side by side in a bar with round ends; a part is its share and its colour."""
        radius = height / 2
        frame = FancyBboxPatch(
            (left + radius, top + radius), width - height, 0, boxstyle=f"round,pad={radius}", visible=False
        )
        self._axes.add_patch(frame)
        x = left
        for share, colour in parts:
            piece = Rectangle((x, top), share * width, height, facecolor=self.colours[colour], linewidth=0, zorder=3)
            self._axes.add_patch(piece)
            piece.set_clip_path(frame)
            x += share * width

    def curve(self, path: Path, width: float, colour: str, *, below: bool = False) -> None:
        """A stroke along the path."""
        self._axes.add_patch(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=self.colours[colour],
                linewidth=width * 72 / DPI,
                capstyle="round",
                joinstyle="round",
                zorder=1 if below else 4,
            )
        )

    def arrow_head(self, x: float, y: float, size: float, colour: str, direction: tuple[int, int]) -> None:
        """A filled triangle whose tip is at the point."""
        ahead, aside = direction, (direction[1], direction[0])
        corners = [
            (x, y),
            (x - size * ahead[0] + size * 0.7 * aside[0], y - size * ahead[1] + size * 0.7 * aside[1]),
            (x - size * ahead[0] - size * 0.7 * aside[0], y - size * ahead[1] - size * 0.7 * aside[1]),
            (x, y),
        ]
        self._axes.add_patch(PathPatch(Path(corners), facecolor=self.colours[colour], edgecolor="none", zorder=4))

    def circle(self, x: float, y: float, radius: float, fill: str, edge: str) -> None:
        """A disc with a rim."""
        self._axes.add_patch(
            Circle((x, y), radius, facecolor=self.colours[fill], edgecolor=self.colours[edge], linewidth=3, zorder=4)
        )

    def png(self) -> bytes:
        """The finished picture."""
        buffer = io.BytesIO()
        self._figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()

    def _width(self, text: Text) -> float:
        renderer = self._canvas.get_renderer()
        return float(text.get_window_extent(renderer).width)
