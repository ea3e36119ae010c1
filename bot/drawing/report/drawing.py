"""The report as one tall picture for a phone: what moved, each score with its interval and weeks, the funnel.

1,080 pixels wide; nothing is smaller than 26, which a phone that shows it 400 wide still lets one read. Colours are
Okabe and Ito's, told apart by the colour-blind, and each has a shape of its own beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.drawing.kinds import Json, Theme
from bot.drawing.paper import Paper, drawable
from bot.drawing.report.picture import Estimate, FunnelStep, Mark, MovedLine, Picture, ScoreRow, picture_from

WIDTH: Final = 1080
EDGE: Final = 48
RIGHT: Final = WIDTH - EDGE
SPLIT: Final = 672
"""Where the scores end; the weeks begin a little to the right."""
WEEKS_FROM: Final = 724

HEADING, TITLE, SECTION, TEXT, SMALL = 44, 32, 30, 28, 26
"""Sizes of text in pixels."""

LINE: Final = 40
MOST_MOVED: Final = 6
MOST_ROWS: Final = 24
"""More touchpoints than this would make the picture unreadable; the rest is in the words beside it."""


@dataclass(frozen=True, slots=True)
class _Colours:
    paper: str
    card: str
    ink: str
    quiet: str
    track: str
    up: str
    down: str
    steady: str

    def of(self, mark: Mark) -> str:
        return {Mark.UP: self.up, Mark.DOWN: self.down}.get(mark, self.steady)


_COLOURS: Final = {
    Theme.LIGHT: _Colours("#FFFFFF", "#F2F4F7", "#16202B", "#5B6875", "#DDE2E8", "#0072B2", "#C44E00", "#5B6875"),
    Theme.DARK: _Colours("#17212B", "#212D3A", "#F3F6F9", "#A3B1BF", "#3A4858", "#56B4E9", "#F0A13A", "#A3B1BF"),
}


def draw(given: Json) -> bytes:
    """The picture as a PNG file."""
    picture = picture_from(given)
    layout = _Layout(Paper(WIDTH, 100, "#FFFFFF"), picture)
    paper = Paper(WIDTH, layout.height, _COLOURS[picture.theme].paper)
    _Drawing(paper, picture, layout, _COLOURS[picture.theme]).all()
    return paper.png()


class _Layout:
    """What takes how much room, known before the sheet is cut."""

    def __init__(self, measuring: Paper, picture: Picture) -> None:
        inner = WIDTH - 2 * EDGE
        self.heading = measuring.fit(picture.heading, inner, HEADING, bold=True, lines=2)
        moved = picture.moved[:MOST_MOVED]
        self.moved = [(line, measuring.fit(line.text, inner - 96, TEXT, lines=2)) for line in moved]
        self.rows = [
            (row, measuring.fit(row.title, SPLIT - EDGE - _score_room(measuring, row), SECTION, bold=True, lines=2))
            for row in picture.rows[:MOST_ROWS]
        ]
        self.footnote = measuring.fit(picture.footnote, inner, SMALL, lines=3)
        self.moved_height = 68 + sum(LINE * len(lines) + 6 for _, lines in self.moved) + 18
        self.height = (
            EDGE
            + 54 * len(self.heading)
            + 66
            + self.moved_height
            + 92
            + sum(row_height(lines) for _, lines in self.rows)
            + (96 + 62 * len(picture.funnel) if picture.funnel else 0)
            + 34
            + 36 * len(self.footnote)
            + 28
        )


def _score_room(measuring: Paper, row: ScoreRow) -> float:
    return measuring.measure(row.score, TITLE, bold=True) + 28


def row_height(title_lines: list[str]) -> int:
    """Of a touchpoint whose title takes these lines."""
    return 116 + (len(title_lines) - 1) * 36


class _Drawing:
    """Draws downwards; `_y` is where the next thing begins."""

    def __init__(self, paper: Paper, picture: Picture, layout: _Layout, colours: _Colours) -> None:
        self._paper = paper
        self._picture = picture
        self._layout = layout
        self._colours = colours
        self._y = float(EDGE)

    def all(self) -> None:
        """Everything from top to bottom."""
        self._heading()
        self._moved()
        self._scores()
        if self._picture.funnel:
            self._funnel(self._picture.funnel)
        self._y += 34
        for line in self._layout.footnote:
            self._y += 36
            self._paper.text(EDGE, self._y, line, SMALL, self._colours.quiet)

    def _heading(self) -> None:
        for line in self._layout.heading:
            self._y += 54
            self._paper.text(EDGE, self._y - 14, line, HEADING, self._colours.ink, bold=True)
        self._y += 66
        self._paper.text(EDGE, self._y - 36, drawable(self._picture.dates), SECTION, self._colours.quiet)

    def _moved(self) -> None:
        height = self._layout.moved_height
        self._paper.box(EDGE - 16, self._y, WIDTH - 2 * EDGE + 32, height, self._colours.card, round_by=20)
        self._y += 48
        self._paper.text(EDGE + 12, self._y, self._picture.moved_title, SECTION, self._colours.ink, bold=True)
        self._y += 20
        for line, words in self._layout.moved:
            self._moved_line(line, words)
        self._y += 18

    def _moved_line(self, line: MovedLine, words: list[str]) -> None:
        self._shape(EDGE + 24, self._y + LINE - 18, line.mark)
        for text in words:
            self._y += LINE
            self._paper.text(EDGE + 52, self._y - 8, text, TEXT, self._colours.ink)
        self._y += 6

    def _shape(self, x: float, y: float, mark: Mark) -> None:
        """Up and down are triangles, what stands still is a square."""
        colour = self._colours.of(mark)
        side = {Mark.UP: 1, Mark.DOWN: -1}.get(mark)
        if side is None:
            self._paper.box(x - 8, y - 8, 16, 16, colour, round_by=3)
        else:
            self._paper.area([x - 11, x + 11, x], [y + 9 * side, y + 9 * side, y - 10 * side], colour)

    def _scores(self) -> None:
        self._y += 58
        self._paper.text(EDGE, self._y, self._picture.scores_title, SMALL, self._colours.quiet)
        self._paper.text(RIGHT, self._y, self._picture.trend_title, SMALL, self._colours.quiet, align="right")
        self._y += 34
        for number, (row, title) in enumerate(self._layout.rows):
            if number:
                self._paper.line([EDGE, RIGHT], [self._y - 8, self._y - 8], self._colours.track, 2)
            self._row(row, title)

    def _row(self, row: ScoreRow, title: list[str]) -> None:
        top, height = self._y, row_height(title)
        for number, line in enumerate(title):
            self._paper.text(EDGE, top + 30 + 36 * number, line, SECTION, self._colours.ink, bold=True)
        shown = self._colours.ink if row.estimate else self._colours.quiet
        self._paper.text(SPLIT, top + 30, row.score, TITLE, shown, bold=True, align="right")
        below = top + 36 * (len(title) - 1)
        if row.estimate:
            self._interval(row, row.estimate, below + 55)
        note_at = below + (93 if row.estimate else 72)
        taken = 0.0
        if row.change:
            moved = row.mark in (Mark.UP, Mark.DOWN)
            self._paper.text(SPLIT, note_at, row.change, SMALL, self._colours.of(row.mark), bold=moved, align="right")
            taken = self._paper.measure(row.change, SMALL, bold=moved) + 24
            if moved:
                self._shape(SPLIT - taken + 2, note_at - 10, row.mark)
                taken += 22
        (note,) = self._paper.fit(row.note, SPLIT - EDGE - taken, SMALL)
        self._paper.text(EDGE, note_at, note, SMALL, self._colours.quiet)
        self._weeks(row, top + 8, top + height - 28)
        self._y += height

    def _interval(self, row: ScoreRow, estimate: Estimate, y: float) -> None:
        """The whole scale as a track, the interval as a bar on it, the score as a dot."""
        colours = self._colours

        def place(value: float) -> float:
            share = (value - row.lowest) / (100 - row.lowest)
            return EDGE + 8 + min(max(share, 0), 1) * (SPLIT - EDGE - 16)

        self._paper.line([place(row.lowest), place(100)], [y, y], colours.track, 13)
        if row.lowest < 0:
            self._paper.line([place(0), place(0)], [y - 11, y + 11], colours.quiet, 3)
        colour = colours.of(row.mark)
        self._paper.line([place(estimate.low), place(estimate.high)], [y, y], colour, 13, strength=0.55)
        self._paper.dot(place(estimate.value), y, 24, colour, edge=colours.paper)

    def _weeks(self, row: ScoreRow, top: float, bottom: float) -> None:
        """The last weeks with the band of their intervals; weeks without a score leave a gap."""
        known = [point for point in row.trend if point is not None]
        if not known:
            return
        lowest = min(*(point.value for point in known), *(max(point.low, point.value - 15) for point in known))
        highest = max(*(point.value for point in known), *(min(point.high, point.value + 15) for point in known))
        room = max(highest - lowest, 20.0)
        middle = (highest + lowest) / 2
        step = (RIGHT - 14 - WEEKS_FROM) / max(len(row.trend) - 1, 1)

        def y(value: float) -> float:
            share = (value - middle) / room + 0.5
            return bottom - min(max(share, 0.0), 1.0) * (bottom - top)

        colour = self._colours.of(row.mark)
        for begin, run in _runs(row.trend):
            xs = [WEEKS_FROM + step * (begin + number) for number in range(len(run))]
            if len(run) == 1:
                self._paper.line([xs[0], xs[0]], [y(run[0].low), y(run[0].high)], colour, 8, strength=0.25)
                self._paper.dot(xs[0], y(run[0].value), 9, colour)
                continue
            outline = [y(point.high) for point in run] + [y(point.low) for point in reversed(run)]
            self._paper.area(xs + xs[::-1], outline, colour, strength=0.2)
            self._paper.line(xs, [y(point.value) for point in run], colour, 5)
        last = row.trend[-1]
        if last is not None:
            x = WEEKS_FROM + step * (len(row.trend) - 1)
            self._paper.dot(x, y(last.value), 18, colour, edge=self._colours.paper)

    def _funnel(self, steps: tuple[FunnelStep, ...]) -> None:
        self._y += 56
        self._paper.text(EDGE, self._y, self._picture.funnel_title, SECTION, self._colours.ink, bold=True)
        self._y += 40
        labels = max(self._paper.measure(step.label, TEXT) for step in steps)
        values = max(self._paper.measure(step.text, TEXT) for step in steps)
        begin = EDGE + min(labels, 380) + 28
        longest = RIGHT - begin - values - 24
        most = max(step.count for step in steps) or 1
        for number, step in enumerate(steps):
            self._paper.text(EDGE, self._y + 36, step.label, TEXT, self._colours.ink)
            self._paper.box(begin, self._y + 8, longest, 38, self._colours.card, round_by=8)
            if step.count:
                length = max(longest * step.count / most, 18)
                strong = self._colours.up if number == len(steps) - 2 else self._colours.steady
                self._paper.box(begin, self._y + 8, length, 38, strong, round_by=8)
            self._paper.text(RIGHT, self._y + 36, step.text, TEXT, self._colours.ink, align="right")
            self._y += 62


def _runs(trend: tuple[Estimate | None, ...]) -> list[tuple[int, list[Estimate]]]:
    """The weeks with a score, neighbours together, each run with the place it begins at."""
    runs: list[tuple[int, list[Estimate]]] = []
    for place, point in enumerate(trend):
        if point is None:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == place:
            runs[-1][1].append(point)
        else:
            runs.append((place, [point]))
    return runs
