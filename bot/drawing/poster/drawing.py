"""Draws one sheet, for print."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import matplotlib as mpl
import segno
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bot.drawing.kinds import Json

WIDTH, HEIGHT = 148.0, 210.0
"""Millimetres of an A5 sheet."""

MARGIN: Final = 12.0
DOTS_PER_INCH: Final = 300
QUIET_ZONE: Final = 4
"""White modules around a code, which ISO/IEC 18004 asks for."""

_INK, _GREY = "#111111", "#555555"
_MILLIMETRES_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True)
class _Band:
    """A text between two heights of the sheet, in millimetres from below."""

    bottom: float
    top: float
    largest: float
    weight: str = "normal"
    colour: str = _INK


_BUSINESS = _Band(186, 200, 24, "bold")
_QUESTION = _Band(130, 182, 30, "bold")
_INVITATION = _Band(112, 126, 14, colour=_GREY)
_PLACE = _Band(6, 12, 9, colour=_GREY)
_CODES_TOP, _CODES_BOTTOM, _LABEL = 108.0, 24.0, 8.0


def draw(request: Json) -> bytes:
    """The sheet as a file of the format asked for."""
    # the next picture of the child finds matplotlib as it was
    with mpl.rc_context({"font.family": "DejaVu Sans", "pdf.fonttype": 42, "svg.fonttype": "path"}):
        return _draw(request)


def _draw(request: Json) -> bytes:
    figure = Figure(figsize=(WIDTH / _MILLIMETRES_PER_INCH, HEIGHT / _MILLIMETRES_PER_INCH), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.set_axis_off()
    sheet = _Sheet(figure)
    sheet.write(request["business"], _BUSINESS)
    sheet.write(request["question"], _QUESTION)
    sheet.write(request["invitation"], _INVITATION)
    if request["place"]:
        sheet.write(request["place"], _PLACE)
    sheet.draw_codes(request["codes"])
    file = io.BytesIO()
    figure.savefig(file, format=request["form"], facecolor="white", dpi=DOTS_PER_INCH)
    return file.getvalue()


class _Sheet:
    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        [self._axes] = figure.axes

    def write(self, text: str, band: _Band) -> None:
        """The text in the middle of its band, as large as it fits, broken between words."""
        size = band.largest
        while True:
            written = self._try(text, band, size)
            if written is not None or size <= 5:
                return
            size *= 0.92

    def _try(self, text: str, band: _Band, size: float) -> Text | None:
        middle = (band.bottom + band.top) / 2
        written = self._axes.text(
            WIDTH / 2,
            middle,
            "",
            size=size,
            weight=band.weight,
            color=band.colour,
            ha="center",
            va="center",
            linespacing=1.25,
            parse_math=False,
        )
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            written.set_text(longer)
            if lines and self._extent(written)[0] <= WIDTH - 2 * MARGIN:
                lines[-1] = longer
            else:
                lines.append(word)
        written.set_text("\n".join(lines))
        width, height = self._extent(written)
        if width <= WIDTH - 2 * MARGIN and height <= band.top - band.bottom:
            return written
        if size > 5:
            written.remove()
        return None

    def _extent(self, text: Text) -> tuple[float, float]:
        box = text.get_window_extent()
        scale = _MILLIMETRES_PER_INCH / DOTS_PER_INCH
        return box.width * scale, box.height * scale

    def draw_codes(self, codes: Mapping[str, str]) -> None:
        """The codes side by side, each with the name of its messenger beneath."""
        column = (WIDTH - 2 * MARGIN) / len(codes)
        side = min(column - 4, _CODES_TOP - _CODES_BOTTOM - _LABEL)
        for place, (name, address) in enumerate(codes.items()):
            middle = MARGIN + column * (place + 0.5)
            bottom = (_CODES_TOP + _CODES_BOTTOM + _LABEL - side) / 2
            self._draw_code(address, middle - side / 2, bottom, side)
            self._axes.text(middle, bottom - _LABEL / 2, name, size=13, weight="bold", ha="center", va="center")

    def _draw_code(self, address: str, left: float, bottom: float, side: float) -> None:
        """Rectangles for each run of dark modules: sharp at any size in print."""
        rows = [list(row) for row in segno.make_qr(address, error="m").matrix]
        module = side / (len(rows) + 2 * QUIET_ZONE)
        for number, row in enumerate(rows):
            y = bottom + side - (number + QUIET_ZONE + 1) * module
            start = 0
            while start < len(row):
                end = start
                while end < len(row) and row[end]:
                    end += 1
                if end > start:
                    x = left + (start + QUIET_ZONE) * module
                    self._axes.add_patch(
                        Rectangle((x, y), (end - start) * module, module * 1.02, linewidth=0, facecolor="black")
                    )
                start = end + 1
