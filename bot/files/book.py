"""An XLSX of several sheets with typed cells and charts, written row by row in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.files.columns import Cell
from bot.files.writing import LARGEST_XLSX_INTEGER, LONGEST_XLSX_TEXT, MOST_XLSX_ROWS, Value

_WIDTHS: Final = {
    Cell.TEXT: 16,
    Cell.LONG_TEXT: 48,
    Cell.NUMBER: 11,
    Cell.INSTANT: 20,
    Cell.DAY: 12,
    Cell.FLAG: 10,
}
_DAY_ZERO: Final = date(1899, 12, 30)
_CHARTS_A_ROW: Final = 2
_CHART_SIZE: Final = (640, 320)
"""Pixels."""
_CHART_ROWS: Final = 17
_CHART_COLUMNS: Final = 10


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a column as shown, and what its cells hold."""

    text: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Series:
    """A line or the bars of a chart: two columns of a sheet, from row `first` (0 is the header) on.

    `errors` are how far the interval of each value reaches below and above it. What the cells hold is kept in the chart
    too: not every program that shows a workbook reads it from the sheet.
    """

    name: str
    columns: tuple[int, int]
    first: int
    labels: Sequence[int | date | str]
    values: Sequence[float | None]
    faint: bool = False
    errors: tuple[Sequence[float], Sequence[float]] | None = None

    @property
    def last(self) -> int:
        """The last row."""
        return self.first + len(self.values) - 1


class Sheet:
    """One kind of rows; when a sheet of the format is full they go on in another with the same header."""

    def __init__(self, book: Book, title: str, headings: Sequence[Heading]) -> None:
        self._book = book
        self._title = title
        self._headings = headings
        self._parts = 0
        self.title = title
        self._begin()

    def write(self, values: Sequence[Value]) -> None:
        """Add a row."""
        if self._row + 1 >= self._book.most_rows:
            self.finish()
            self._begin()
        self._row += 1
        for column, value in enumerate(values):
            if value is not None:
                self._book.write_cell(self._sheet, self._row, column, value)

    def write_all(self, rows: Sequence[Sequence[Value]]) -> None:
        """Add rows."""
        for row in rows:
            self.write(row)

    def finish(self) -> None:
        """Let the rows be narrowed down by the header."""
        if self._headings:
            self._sheet.autofilter(0, 0, max(self._row, 1), len(self._headings) - 1)

    def _begin(self) -> None:
        self._parts += 1
        self._row = 0
        self.title = self._title if self._parts == 1 else f"{self._title} {self._parts}"
        self._sheet = self._book.new_worksheet(self.title)
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(self._headings):
            self._sheet.set_column(column, column, max(_WIDTHS[heading.cell], min(len(heading.text) + 4, 34)))
            self._sheet.write_string(0, column, heading.text, self._book.bold)


class Book:
    """The file; instants are shown in the zone. `close` finishes it.

    `scratch` is a folder for what is not yet put together, of about ten times the file's size. `most_rows` counts a
    sheet's rows with its header; the format's limit is 1,048,576.
    """

    def __init__(self, path: Path, zone: ZoneInfo, *, scratch: Path, most_rows: int = MOST_XLSX_ROWS) -> None:
        self.most_rows = most_rows
        self._zone = zone
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(scratch),
        }
        self._workbook = xlsxwriter.Workbook(str(path), options)
        self._instant = self._format("yyyy-mm-dd hh:mm:ss")
        self._day = self._format("yyyy-mm-dd")
        self._fraction = self._workbook.add_format({"num_format": "0.00"})
        self.bold = self._workbook.add_format({"bold": True, "bg_color": "#E8EEF7", "bottom": 1})
        self._charts: Worksheet | None = None
        self._chart_count = 0

    def close(self) -> None:
        """Put the file together."""
        self._workbook.close()

    def new_worksheet(self, title: str) -> Worksheet:
        """A sheet of the format, under a title of at most 31 characters."""
        return self._workbook.add_worksheet(title[:31])

    def add_sheet(self, title: str, headings: Sequence[Heading]) -> Sheet:
        """A sheet for rows of one kind."""
        return Sheet(self, title, headings)

    def begin_charts(self, title: str) -> None:
        """A sheet that charts are put on from now on, two beside each other."""
        self._charts = self.new_worksheet(title)
        self._charts.hide_gridlines(2)
        self._charts.write_string(0, 0, title, self.bold)

    def add_chart(
        self,
        kind: str,
        title: str,
        sheet: str,
        series: Sequence[Series],
        *,
        lowest: float | None,
        highest: float | None,
    ) -> None:
        """A `line`, `column` or `bar` chart of rows of the sheet; a gap stays where a cell is empty."""
        assert self._charts is not None
        chart = self._workbook.add_chart({"type": kind})
        for one in series:
            line: dict[str, object] = {"width": 1, "dash_type": "dash"} if one.faint else {"width": 2.25}
            chart.add_series(
                {
                    "name": one.name,
                    "categories": [sheet, one.first, one.columns[0], one.last, one.columns[0]],
                    "values": [sheet, one.first, one.columns[1], one.last, one.columns[1]],
                    "categories_data": [_number(label) for label in one.labels],
                    "values_data": list(one.values),
                    **({"line": line} if kind == "line" else {"gap": 60}),
                    **({} if one.faint or kind != "line" else {"marker": {"type": "circle", "size": 5}}),
                    **({} if one.errors is None else {"y_error_bars": _error_bars(*one.errors)}),
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_y_axis(
            {"min": lowest, "max": highest, "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}}
        )
        # bars are drawn from below: the first row is to be on top, and the scale to stay at the bottom
        upside_down = {"reverse": True, "crossing": "max"} if kind == "bar" else {}
        chart.set_x_axis({"num_format": "yyyy-mm-dd", "text_axis": True, **upside_down})
        chart.set_legend({"none": True} if len(series) == 1 else {"position": "bottom"})
        chart.show_blanks_as("gap")
        chart.set_size(dict(zip(("width", "height"), _CHART_SIZE, strict=True)))
        row, column = divmod(self._chart_count, _CHARTS_A_ROW)
        self._charts.insert_chart(2 + row * _CHART_ROWS, column * _CHART_COLUMNS, chart)
        self._chart_count += 1

    def write_cell(self, sheet: Worksheet, row: int, column: int, value: Value) -> None:
        """Write a value as what it is: a text is never taken for a formula, a link or a number."""
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value.astimezone(self._zone).replace(tzinfo=None), self._instant)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self._day)
        elif isinstance(value, str):
            sheet.write_string(row, column, value[:LONGEST_XLSX_TEXT])
        elif value is not None and -LARGEST_XLSX_INTEGER < value < LARGEST_XLSX_INTEGER:
            sheet.write_number(row, column, value, None if isinstance(value, int) else self._fraction)
        elif value is not None:
            sheet.write_string(row, column, str(value))

    def _format(self, shown: str) -> Format:
        return self._workbook.add_format({"num_format": shown, "align": "left"})


def _error_bars(below: Sequence[float], above: Sequence[float]) -> dict[str, object]:
    return {"type": "custom", "minus_values": list(below), "plus_values": list(above)}


def _number(label: int | date | str) -> int | str:
    """A day as the format counts it: from 30 December 1899; anything else is itself."""
    return (label - _DAY_ZERO).days if isinstance(label, date) else label
