"""A sheet in pixels from the top left, with text that knows its own width. Only the child process imports this.

It draws with matplotlib's renderer and its fonts, and leaves matplotlib's figures alone: half of the time to load it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.path import Path as Outline
from matplotlib.transforms import IdentityTransform
from numpy import asarray, uint8
from numpy.typing import NDArray
from PIL import Image

_DPI = 100
_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_CUT = "…"
_PIXELS = IdentityTransform()


def _font_file(*, bold: bool) -> str:
    # DejaVu comes with matplotlib and has Cyrillic: no machine lacks it
    return str(_FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@lru_cache
def _font(size: float, *, bold: bool) -> FontProperties:
    return FontProperties(fname=_font_file(bold=bold), size=size * 72 / _DPI)


def drawable(text: str) -> str:
    """The text without what the font has no glyph for (emoji, for one), on one line."""
    glyphs = get_font(_font_file(bold=False)).get_charmap()
    return " ".join("".join(letter if ord(letter) in glyphs or letter.isspace() else "" for letter in text).split())


class Paper:
    """A sheet of so many pixels. Sizes and thicknesses are pixels too."""

    def __init__(self, width: int, height: int, colour: str) -> None:
        self.width = width
        self._height = height
        self._renderer = RendererAgg(width, height, _DPI)
        self.box(0, 0, width, height, colour)

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide the text is."""
        width, _, _ = self._renderer.get_text_width_height_descent(text, _font(size, bold=bold), ismath=False)
        return float(width)

    def fit(self, text: str, width: float, size: float, *, bold: bool = False, lines: int = 1) -> list[str]:
        """The text in at most so many lines of this width, cut with an ellipsis where it does not fit."""
        words = drawable(text).split(" ")
        shown: list[str] = []
        while words and len(shown) < lines:
            last = len(shown) == lines - 1
            line = words.pop(0)
            while words and (last or self.measure(f"{line} {words[0]}", size, bold=bold) <= width):
                line = f"{line} {words.pop(0)}"
            if self.measure(line, size, bold=bold) > width:
                whole = line
                mark = _CUT if last else ""
                while line and self.measure(line + mark, size, bold=bold) > width:
                    line = line[:-1]
                if last:
                    line = line.rstrip(" ,;:–-") + mark
                else:
                    # a word longer than the line goes on below
                    words.insert(0, whole[len(line) :])
            shown.append(line)
        return shown

    def text(
        self, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, align: str = "left"
    ) -> None:
        """Text on the base line `y`; aligned `right` it ends at `x`."""
        font = _font(size, bold=bold)
        left = x - self.measure(text, size, bold=bold) if align == "right" else x
        self._renderer.draw_text(self._pen(colour), left, y, text, font, 0)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, thickness: float, *, strength: float = 1
    ) -> None:
        """A line through the points, its ends round."""
        pen = self._pen(colour, strength)
        pen.set_linewidth(thickness)
        pen.set_capstyle("round")
        pen.set_joinstyle("round")
        self._renderer.draw_path(pen, Outline(self._points(xs, ys)), _PIXELS)

    def dot(self, x: float, y: float, size: float, colour: str, *, edge: str | None = None) -> None:
        """A round dot, with a rim in another colour."""
        if edge is not None:
            self._fill(Outline.circle((x, self._height - y), size / 2 + 3), edge)
        self._fill(Outline.circle((x, self._height - y), size / 2), colour)

    def area(self, xs: Sequence[float], ys: Sequence[float], colour: str, *, strength: float = 1) -> None:
        """A filled outline."""
        points = self._points(xs, ys)
        self._fill(Outline([*points, points[0]], closed=True), colour, strength)

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, round_by: float = 0) -> None:
        """A filled box, its corners rounded by so many pixels."""
        left, right, top, bottom = x, x + width, self._height - y, self._height - y - height
        r = min(round_by, width / 2, height / 2)
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        vertices: list[tuple[float, float]] = [(left + r, bottom)]
        steps = [(r, 0.0), (0.0, r), (-r, 0.0), (0.0, -r)]
        for number in range(1, 5):
            (cx, cy), (bx, by), (ax, ay) = corners[number % 4], steps[number - 1], steps[number % 4]
            vertices += [(cx - bx, cy - by), (cx, cy), (cx + ax, cy + ay)]
        codes = [Outline.MOVETO, *[Outline.LINETO, Outline.CURVE3, Outline.CURVE3] * 4]
        self._fill(Outline(vertices, codes), colour)

    def png(self) -> bytes:
        """The sheet as a PNG file."""
        written = BytesIO()
        # no transparency: messengers would put their own background under it
        Image.fromarray(self._pixels()).convert("RGB").save(written, "PNG", compress_level=4)
        return written.getvalue()

    def _pixels(self) -> NDArray[uint8]:
        return asarray(self._renderer.buffer_rgba())

    def _pen(self, colour: str, strength: float = 1) -> GraphicsContextBase:
        pen = self._renderer.new_gc()
        pen.set_foreground(colour)
        pen.set_alpha(strength)
        pen.set_antialiased(True)
        return pen

    def _fill(self, outline: Outline, colour: str, strength: float = 1) -> None:
        pen = self._pen(colour, strength)
        pen.set_linewidth(0)
        self._renderer.draw_path(pen, outline, _PIXELS, to_rgba(colour, strength))

    def _points(self, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
        return [(x, self._height - y) for x, y in zip(xs, ys, strict=True)]
