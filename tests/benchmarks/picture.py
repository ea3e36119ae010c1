"""How long a picture takes: from asking to the file, by a new child (its start included) and by one that is there.

    python tests/benchmarks/picture.py [--rounds 5]

DESIGN.md allows the weekly report's picture 1.5 seconds; here it has twelve touchpoints of twelve weeks. The first
round warms the disk's cache and is not counted. The load is printed: on a busy machine a second is worth less.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from bot.drawing.journey.scene import Line, Scene, Stop
from bot.drawing.kinds import Drawable, Theme
from bot.drawing.painting import Painter, open_painter
from bot.drawing.poster.sheet import Poster
from bot.drawing.report.picture import Estimate, FunnelStep, Mark, MovedLine, Picture, ScoreRow

SECONDS = 1.5
TOUCHPOINTS = 12


def report() -> Picture:
    """As busy a week as a phone shows."""
    trend = tuple(Estimate(60 + week, 50 + week, 70 + week) for week in range(12))
    rows = tuple(
        ScoreRow(f"Доставка в город {place}", "72,0 %", "CSAT · 100 ответов", "−3,0", Mark.DOWN, 0, trend[-1], trend)
        for place in range(TOUCHPOINTS)
    )
    moved = tuple(MovedLine(f"{row.title}: {row.score}, было 75,0 %", row.mark) for row in rows)
    steps = tuple(FunnelStep(name, str(n), n) for name, n in (("Событий", 900), ("Доставлено", 600), ("Ответили", 300)))
    return Picture(
        Theme.LIGHT,
        "Пекарня",
        "Неделя 47",
        "Что изменилось",
        moved,
        "Оценка",
        "12 недель",
        rows,
        "Кто",
        steps,
        "Полоса",
    )


def journey() -> Scene:
    """As long a way as a phone shows."""
    sides = ((0.1, "10 %"), (0.2, "20 %"), (0.7, "70 %"))
    stops = tuple(
        Stop(f"Шаг {place}", "До", "CSAT", "72,0 %", "±3", "900 событий", "33 %", "positive", sides, 0.5, "20 %", "")
        for place in range(TOUCHPOINTS)
    )
    lines = tuple(Line(place, place + 1, 0.5, "50 %", "2 д") for place in range(TOUCHPOINTS - 1))
    return Scene(Theme.LIGHT, "Пекарня", "Ноябрь", ("плохо", "так себе", "хорошо"), (), stops, lines)


def sheet() -> Poster:
    """A sheet for two messengers."""
    codes = {"Telegram": "https://t.me/bakery_bot?start=at-abcdefgh", "VK": "https://vk.me/bakery?ref=at-abcdefgh"}
    return Poster("Пекарня", "Как вам у нас?", "Наведите камеру", codes, "shop-1")


async def paint(painter: Painter, drawable: Drawable) -> float:
    """Seconds it took."""
    began = time.perf_counter()
    await painter.paint(drawable)
    return time.perf_counter() - began


async def measure(drawable: Drawable, rounds: int) -> tuple[list[float], list[float], int]:
    """Seconds by new children and by the same ones again, and the most memory of a child in megabytes."""
    cold, warm, memory = [], [], 0
    for _ in range(rounds + 1):
        async with open_painter() as painter:
            cold.append(await paint(painter, drawable))
            warm += [await paint(painter, drawable) for _ in range(3)]
            child = painter._child
            assert child is not None
            status = Path(f"/proc/{child.pid}/status").read_text()
            memory = max(memory, int(status.partition("VmHWM:")[2].split()[0]) // 1024)
    return cold[1:], warm[3:], memory


async def main() -> int:
    """Print what it took; 1 when the report's picture took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    drawn: Mapping[str, Drawable] = {"report": report(), "journey": journey(), "poster": sheet()}
    is_met = True
    for name, drawable in drawn.items():
        cold, warm, memory = await measure(drawable, rounds)
        new, again = statistics.median(cold), statistics.median(warm)
        print(f"{name:<8} new child {new:.2f} s (at most {max(cold):.2f}), again {again:.2f} s, child {memory} MB")
        is_met &= name != "report" or new <= SECONDS
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
