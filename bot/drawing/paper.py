"""A sheet in pixels from the top left, with text that knows its own width. Only the child process imports this.

Pillow draws it, which loads in a tenth of the time of matplotlib: somebody may be waiting for the picture, and the
child that draws it is most often a new one. The font is matplotlib's, found without loading matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from math import ceil, floor
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_CUT: Final = "…"
_FINE: Final = 4
"""Dots a pixel has each way while a shape is drawn; what is averaged of them is its smooth edge."""
_UNKNOWN: Final = "\uffff"
"""No font has a glyph for it: it is drawn as whatever the font puts in a missing one's place."""

Points = Sequence[tuple[float, float]]


@lru_cache
def _font(size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
    # DejaVu comes with matplotlib and has Cyrillic: no machine lacks it
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)


@lru_cache(maxsize=4096)
def _has_glyph(letter: str) -> bool:
    font = _font(16, bold=False)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_UNKNOWN))


def drawable(text: str) -> str:
    """The text without what the font has no glyph for (emoji, for one), on one line."""
    return " ".join("".join(letter for letter in text if letter.isspace() or _has_glyph(letter)).split())


class Paper:
    """A sheet of so many pixels. Sizes and thicknesses are pixels too."""

    def __init__(self, width: int, height: int, colour: str) -> None:
        # no transparency: messengers would put their own background under it
        self._image = Image.new("RGB", (width, height), colour)
        self._pen = ImageDraw.Draw(self._image)

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide the text is."""
        return _font(size, bold=bold).getlength(text)

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
        anchor = "rs" if align == "right" else "ls"
        self._pen.text((x, y), text, fill=colour, font=_font(size, bold=bold), anchor=anchor)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, thickness: float, *, strength: float = 1
    ) -> None:
        """A line through the points, its ends round."""
        points = list(zip(xs, ys, strict=True))

        def draw(mask: ImageDraw.ImageDraw, place: _Place) -> None:
            mask.line(place.of(points), fill=255, width=round(thickness * _FINE), joint="curve")
            for x, y in (points[0], points[-1]):
                mask.ellipse(place.round(x, y, thickness / 2), fill=255)

        self._stamp(points, thickness, draw, colour, strength)

    def dot(self, x: float, y: float, size: float, colour: str, *, edge: str | None = None) -> None:
        """A round dot, with a rim in another colour."""
        if edge is not None:
            self.dot(x, y, size + 6, edge)
        self._stamp([(x, y)], size, lambda mask, place: mask.ellipse(place.round(x, y, size / 2), fill=255), colour)

    def area(self, xs: Sequence[float], ys: Sequence[float], colour: str, *, strength: float = 1) -> None:
        """A filled outline."""
        points = list(zip(xs, ys, strict=True))
        self._stamp(points, 0, lambda mask, place: mask.polygon(place.of(points), fill=255), colour, strength)

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, round_by: float = 0) -> None:
        """A filled box, its corners rounded by so many pixels."""
        corners = [(x, y), (x + width, y + height)]
        radius = min(round_by, width / 2, height / 2) * _FINE

        def draw(mask: ImageDraw.ImageDraw, place: _Place) -> None:
            (left, top), (right, bottom) = place.of(corners)
            mask.rounded_rectangle((left, top, right - 1, bottom - 1), radius, fill=255)

        self._stamp(corners, 0, draw, colour)

    def bar(self, x: float, y: float, width: float, height: float, parts: Sequence[tuple[float, str]]) -> None:
        """Parts side by side in a bar with round ends; a part is its share and its colour."""
        corners = [(x, y), (x + width, y + height)]
        start = x
        for share, colour in parts:
            # a pixel under the next one: no seam lets the ground through
            ends = (start, start + share * width + 1)

            def draw(mask: ImageDraw.ImageDraw, place: _Place, ends: tuple[float, float] = ends) -> None:
                (left, top), (right, bottom) = place.of(corners)
                mask.rounded_rectangle((left, top, right - 1, bottom - 1), height / 2 * _FINE, fill=255)
                (begin, _), (end, _) = place.of([(at, y) for at in ends])
                if begin > left:
                    mask.rectangle((left, top, begin - 1, bottom), fill=0)
                if end < right:
                    mask.rectangle((end, top, right, bottom), fill=0)

            self._stamp(corners, 0, draw, colour)
            start += share * width

    def png(self) -> bytes:
        """The sheet as a PNG file."""
        written = BytesIO()
        self._image.save(written, "PNG", compress_level=4)
        return written.getvalue()

    def _stamp(
        self,
        points: Points,
        around: float,
        draw: Callable[[ImageDraw.ImageDraw, _Place], None],
        colour: str,
        strength: float = 1,
    ) -> None:
        """Draw a shape about these points on a fine sheet of its own and lay it onto this one."""
        left = floor(min(x for x, _ in points) - around) - 1
        top = floor(min(y for _, y in points) - around) - 1
        right = ceil(max(x for x, _ in points) + around) + 1
        bottom = ceil(max(y for _, y in points) + around) + 1
        mask = Image.new("L", ((right - left) * _FINE, (bottom - top) * _FINE))
        draw(ImageDraw.Draw(mask), _Place(left, top))
        smooth = mask.reduce(_FINE)
        if strength < 1:
            smooth = smooth.point([round(value * strength) for value in range(256)])
        self._image.paste(colour, (left, top), smooth)


class _Place:
    """Where points of the sheet lie on the fine sheet that begins at this corner."""

    def __init__(self, left: int, top: int) -> None:
        self._left = left
        self._top = top

    def of(self, points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        return [((x - self._left) * _FINE, (y - self._top) * _FINE) for x, y in points]

    def round(self, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self.of([(x - radius, y - radius), (x + radius, y + radius)])
        return x0, y0, x1 - 1, y1 - 1
