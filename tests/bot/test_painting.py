"""Pictures are drawn by a child process; whatever becomes of it, the report goes out."""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from bot.drawing.journey.scene import Scene
from bot.drawing.kinds import Drawable, Kind, Theme, decode, encode
from bot.drawing.painting import Painter, PaintingError
from bot.drawing.paper import Paper, drawable
from bot.drawing.poster.sheet import Poster
from bot.drawing.report.picture import Estimate, Mark, Picture, ScoreRow, picture_from
from bot.illustrating import draw_report
from bot.screens.report_picture import report_picture
from surveys.findings import TouchpointReport, TrendPoint
from surveys.rules.journey import Metric
from surveys.rules.metrics import measure
from surveys.rules.weeks import weeks_until
from tests.bot.screens.test_report import FEW, PRELIMINARY, WORSE, report

WEEKS = weeks_until(date(2026, 11, 22), 12)
LONG = "Самовывоз из пункта выдачи заказов на Большой Академической улице у метро"


def with_trend(entry: TouchpointReport) -> TouchpointReport:
    gaps = [
        TrendPoint(week, measure(entry.metric, {5: 20 + place, 1: 9} if place % 5 else {}))
        for place, week in enumerate(WEEKS)
    ]
    return replace(entry, trend=tuple(gaps))


ENTRIES = tuple(with_trend(entry) for entry in (WORSE, PRELIMINARY, FEW))


def _plain(text: str) -> str:
    return text.replace("\xa0", " ")


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest_asyncio.fixture(scope="module")
async def painter() -> AsyncGenerator[Painter, None]:
    painter = Painter()
    yield painter
    await painter.close()
    assert not painter.is_awake


async def test_a_report_is_drawn_in_both_languages_on_both_papers(painter: Painter) -> None:
    drawn = {
        (language, theme): await painter.paint(report_picture(report(*ENTRIES), language, theme))
        for language in ("ru", "en")
        for theme in ("light", "dark")
    }
    assert len(set(drawn.values())) == 4
    assert {size(png)[0] for png in drawn.values()} == {1080}
    assert "matplotlib" not in sys.modules, "the bot's own process must stay small"


async def test_twelve_long_titles_make_a_taller_picture_that_messengers_take(painter: Painter) -> None:
    short = await painter.paint(report_picture(report(ENTRIES[0]), "ru", "light"))
    many = [replace(ENTRIES[number % 3], touchpoint=f"t{number}", title={"ru": LONG}) for number in range(12)]
    width, height = size(await painter.paint(report_picture(report(*many), "ru", "dark")))
    assert height > size(short)[1]
    assert width + height <= 10_000
    assert height / width <= 20


async def test_an_empty_week_and_strange_titles_are_drawn(painter: Painter) -> None:
    assert size(await painter.paint(report_picture(report(), "ru", "light")))[0] == 1080
    for title in ("🥐🥐", "$x_1^2$", "W" * 200, "", "a\nb\tc", "<b>&amp;</b>", "שלום"):
        odd = replace(ENTRIES[0], title={"ru": title})
        assert size(await painter.paint(report_picture(report(odd), "ru", "light")))[0] == 1080


async def test_a_picture_that_cannot_be_drawn_says_why_and_the_next_one_is_drawn(painter: Painter) -> None:
    good = report_picture(report(*ENTRIES), "ru", "light")
    nowhere = replace(good.rows[0], estimate=Estimate(50, 40, 60), lowest=100)
    with pytest.raises(PaintingError, match=r"^ZeroDivisionError: .* \(drawing.py, line \d+\)$"):
        await painter.paint(replace(good, rows=(nowhere,)))
    assert size(await painter.paint(good))[0] == 1080


async def test_one_child_draws_every_kind(painter: Painter) -> None:
    scene = Scene(Theme.DARK, "Bakery", "November", ("bad", "so-so", "good"), ("note",), (), ())
    sheet = Poster("Bakery", "How was it?", "Scan", {"VK": "https://vk.me/bakery"}, "shop-1")
    assert size(await painter.paint(scene))[0] == 1080
    child = painter._child
    assert size(await painter.paint(sheet)) == (1748, 2480), "A5 at 300 dots per inch"
    assert (await painter.paint(replace(sheet, form="pdf"))).startswith(b"%PDF")
    assert b"<svg" in await painter.paint(replace(sheet, form="svg"))
    assert size(await painter.paint(report_picture(report(), "ru", "light")))[0] == 1080
    assert painter._child is child
    with pytest.raises(PaintingError, match="'sculpture' is not a valid Kind"):
        await painter.paint(Sculpture())


class Sculpture(Drawable):
    kind = "sculpture"  # type: ignore[assignment, misc]  # the wrong kind is meant


async def test_a_child_is_got_ready_while_the_figures_are_read() -> None:
    painter = Painter()
    painter.prepare(Kind.REPORT)
    while painter._preparing:
        await asyncio.gather(*painter._preparing)
    assert painter.is_awake
    child = painter._child
    painter.prepare(Kind.REPORT)
    assert await painter.paint(report_picture(report(), "ru", "light"))
    assert painter._child is child
    painter.prepare(Kind.REPORT)
    await asyncio.sleep(0)
    await painter.close()
    assert not painter.is_awake
    broken = Painter(command=("/nonexistent/python",))
    broken.prepare(Kind.REPORT)
    await asyncio.gather(*broken._preparing)
    await broken.close()


def test_what_is_told_to_the_child_arrives() -> None:
    picture = report_picture(report(*ENTRIES), "ru", "dark")
    assert _arrived(picture) == picture
    row = ScoreRow("T", "–", "", "", Mark.UNKNOWN, 0, None, (None,))
    assert _arrived(replace(picture, rows=(row,))).rows == (row,)


def _arrived(picture: Picture) -> Picture:
    kind, given = decode(encode(picture))
    assert kind is Kind.REPORT
    assert given is not None
    return picture_from(given)


def test_the_words_of_a_picture() -> None:
    picture = report_picture(report(*ENTRIES), "ru", "light")
    assert (picture.theme, picture.heading, picture.dates) == (
        Theme.LIGHT,
        "Пекарня",
        "Неделя 47 · 16 – 22 ноября 2026",
    )
    assert [(_plain(line.text), line.mark) for line in picture.moved] == [("Доставка: 60,0 %, было 95,0 %", Mark.DOWN)]
    assert [(_plain(row.score), row.note, row.change) for row in picture.rows] == [
        ("60,0 %", "CSAT · 100 ответов", "−35,0"),
        ("+35", "NPS · 20 ответов", "предварительно"),
        ("–", "CES · 3 ответа · нужно 5", ""),
    ]
    assert [(step.count, _plain(step.text)) for step in picture.funnel] == [
        (300, "300"),
        (202, "202 · 67 %"),
        (119, "119 · 59 %"),
        (40, "40 · 34 %"),
    ]
    assert picture.rows[2].estimate is None, "under five answers nothing is shown"
    assert [point is None for point in picture.rows[0].trend] == [place % 5 == 0 for place in range(12)]
    empty = report_picture(report(), "en", "dark")
    assert [(line.text, line.mark) for line in empty.moved] == [("Nobody answered in this time.", Mark.STEADY)]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((sys.executable, "-c", "import time; time.sleep(60)"), "longer than 0.5 s"),
        ((sys.executable, "-c", "import os; os._exit(1)"), "the child ended"),
        (("/nonexistent/python",), "FileNotFoundError"),
        ((sys.executable, "-c", r"import sys; sys.stdin.buffer.read(9); print('not a message')"), "longer|ended"),
    ],
)
async def test_a_child_that_hangs_or_dies_costs_the_picture_alone(
    command: tuple[str, ...], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    painter = Painter(command=command, longest=0.5)
    shown = report(*ENTRIES)
    with pytest.raises(PaintingError, match=why):
        await painter.paint(report_picture(shown, "ru", "light"))
    assert not painter.is_awake, "a child in an unknown state is not asked again"
    assert await draw_report(painter, shown, "ru", "light") is None
    await painter.close()


async def test_a_child_that_was_killed_is_replaced_and_an_idle_one_ends() -> None:
    painter = Painter(idle=0.05)
    picture = report_picture(report(ENTRIES[0]), "ru", "light")
    await painter.paint(picture)
    child = painter._child
    assert child is not None
    await asyncio.wait_for(child.wait(), 10)
    assert child.returncode == 0, "it ends by itself when nobody asks"
    assert await painter.paint(picture)
    await painter.close()


def test_what_the_font_has_no_glyph_for_is_left_out() -> None:
    assert drawable("Хлеб 🥐 и\nкофе — 5 %") == "Хлеб и кофе — 5 %"
    (cut,) = Paper(100, 10, "#FFFFFF").fit("Самовывоз со склада", 120, 20)
    assert cut.endswith("…")
    assert Paper(100, 10, "#FFFFFF").measure(cut, 20) <= 120


@pytest.mark.parametrize("kind", ["report", "journey"])
def test_pictures_are_drawn_without_what_is_slow_to_load(kind: str) -> None:
    loaded = f"import bot.drawing.{kind}.drawing, sys; print('matplotlib' in sys.modules, 'babel' in sys.modules)"
    root = Path(__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", loaded], cwd=root, capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["False", "False"]


def test_a_metric_s_scale_is_the_rows() -> None:
    lowest = {row.note.split()[0]: row.lowest for row in report_picture(report(*ENTRIES), "en", "light").rows}
    assert lowest == {Metric.CSAT.upper(): 0, Metric.NPS.upper(): -100, Metric.CES.upper(): 0}
