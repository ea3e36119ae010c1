"""The customer's way as one tall picture for a phone.

The way runs from top to bottom, one card a touchpoint, 1,080 pixels wide: read on a phone without turning it. Lengths
are pixels, y grows downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.drawing.journey.canvas import THEMES, WIDTH, Canvas, bend
from bot.drawing.kinds import Json

MARGIN: Final = 48
RAIL: Final = 92
"""Where the line of the way runs."""

CARD_LEFT: Final = 152
CARD_RIGHT: Final = 830
CARD: Final = 170
LOST: Final = 36
"""What a card grows by for its line on customers lost."""

GAP: Final = 56
STAGE: Final = 64
HEADER: Final = 150
PADDING: Final = 26
LANE: Final = 55
LANES: Final = 4

SIDES: Final = ("negative", "neutral", "positive")


def draw(scene: Json) -> bytes:
    """The scene as a PNG file."""
    stops: Sequence[Json] = scene["stops"]
    tops, stage_tops, bottom = _layout(stops)
    footer: Sequence[str] = scene["footer"]
    height = bottom + 40 + 34 * (len(footer) + 1) + MARGIN / 2
    canvas = Canvas(height, THEMES[scene["theme"]])
    canvas.text(MARGIN, 62, scene["business"], 40, bold=True, room=WIDTH - 2 * MARGIN)
    canvas.text(MARGIN, 112, scene["heading"], 26, "faint", room=WIDTH - 2 * MARGIN)
    for top, words in stage_tops:
        width = canvas.text(MARGIN, top + 34, words.upper(), 21, "faint", bold=True, plate="ground")
        canvas.curve([(MARGIN + width + 20, top + 34), (CARD_RIGHT, top + 34)], 1.5, "edge", below=True)
    for place, stop in enumerate(stops):
        _draw_stop(canvas, stop, tops[place])
    middles = _middles(stops, tops)
    _draw_rail(canvas, scene["lines"], middles, [top + _height(stop) for stop, top in zip(stops, tops, strict=True)])
    _draw_arcs(canvas, scene["lines"], middles)
    _draw_footer(canvas, scene["legend"], footer, bottom + 40)
    return canvas.png()


def _layout(stops: Sequence[Json]) -> tuple[list[float], list[tuple[float, str]], float]:
    """Where each card and each stage begins, and where the last card ends."""
    y: float = HEADER
    tops: list[float] = []
    stages: list[tuple[float, str]] = []
    for place, stop in enumerate(stops):
        if not place or stop["stage"] != stops[place - 1]["stage"]:
            stages.append((y, stop["stage"]))
            y += STAGE
        tops.append(y)
        y += _height(stop) + GAP
    return tops, stages, y - GAP if tops else y


def _height(stop: Json) -> float:
    return CARD + LOST if stop["lost"] else CARD


def _middles(stops: Sequence[Json], tops: Sequence[float]) -> list[float]:
    return [top + _height(stop) / 2 for stop, top in zip(stops, tops, strict=True)]


def _draw_stop(canvas: Canvas, stop: Json, top: float) -> None:
    left, right = CARD_LEFT + PADDING, CARD_RIGHT - PADDING
    height = _height(stop)
    canvas.card(CARD_LEFT, top, CARD_RIGHT - CARD_LEFT, height)
    level = stop["level"] or "unknown"
    canvas.circle(RAIL, top + height / 2, 15 + 17 * float(stop["volume"]) ** 0.5, level, "card")
    scored = bool(stop["sides"])
    taken = canvas.text(
        right, top + 40, stop["score"], 36 if scored else 22, "ink" if scored else "faint", bold=scored, align="right"
    )
    if stop["metric"]:
        taken += 12 + canvas.text(right - taken - 12, top + 42, stop["metric"], 20, "faint", align="right")
    canvas.text(left, top + 40, stop["title"], 29, bold=True, room=right - left - taken - 20)
    noted = canvas.text(left, top + 83, stop["note"], 20, "faint", room=(right - left) * 0.6)
    canvas.text(right, top + 83, stop["detail"], 20, "faint", align="right", room=right - left - noted - 20)
    if scored:
        _draw_sides(canvas, stop["sides"], left, top + 105, right - left)
    else:
        canvas.bar(left, top + 105, right - left, 26, [(1.0, "edge")])
    answered = canvas.text(right, top + 149, stop["response"], 19, "faint", align="right")
    canvas.text(left, top + 149, stop["leaving"], 19, "faint", room=right - left - answered - 20)
    if stop["lost"]:
        canvas.text(left, top + 185, stop["lost"], 19, "alarm", bold=True, room=right - left)


def _draw_sides(canvas: Canvas, sides: Sequence[tuple[float, str]], left: float, top: float, width: float) -> None:
    canvas.bar(left, top, width, 26, [(share, colour) for (share, _), colour in zip(sides, SIDES, strict=True)])
    x = left
    for (share, label), colour in zip(sides, SIDES, strict=True):
        part = share * width
        if part > canvas.measure(label, 17, bold=True) + 16:
            canvas.text(x + part / 2, top + 13.5, label, 17, f"on_{colour}", bold=True, align="center")
        x += part


def _draw_rail(canvas: Canvas, lines: Sequence[Json], middles: Sequence[float], bottoms: Sequence[float]) -> None:
    """The line from each touchpoint to the next, as thick as its share."""
    onward = {line["start"]: line for line in lines if line["end"] == line["start"] + 1}
    for place in range(len(middles) - 1):
        way = [(RAIL, middles[place]), (RAIL, middles[place + 1])]
        canvas.curve(way, 3, "edge", below=True)
        line = onward.get(place)
        if line is not None:
            canvas.curve(way, 4 + 20 * float(line["share"]), "rail", below=True)
            words = f"{line['label']} · {line['median']}"
            canvas.text(CARD_LEFT + PADDING, bottoms[place] + GAP / 2, words, 20, "rail", bold=True)


def _draw_arcs(canvas: Canvas, lines: Sequence[Json], middles: Sequence[float]) -> None:
    """The lines past the next touchpoint, each in a lane of its own on the right; backward ones in another colour.

    The shortest run inside; what finds no lane is left to the text.
    """
    arcs = [line for line in lines if line["end"] != line["start"] + 1]
    arcs.sort(key=lambda line: (abs(line["end"] - line["start"]), line["start"]))
    lanes: list[list[tuple[float, float]]] = [[] for _ in range(LANES)]
    used: dict[int, int] = {}
    placed: list[tuple[Json, float, float, int]] = []
    for line in arcs:
        start, end = (middles[place] + _port(used, place) for place in (line["start"], line["end"]))
        high, low = min(start, end), max(start, end)
        lane = next((place for place, taken in enumerate(lanes) if all(low < a or high > b for a, b in taken)), None)
        if lane is not None:
            lanes[lane].append((high, low))
            placed.append((line, start, end, lane))
    for line, start, end, lane in placed:
        # Only lines of lanes further out cross this one.
        crossing = [y for _, *ends, other in placed if other > lane for y in ends]
        _draw_arc(canvas, line, (start, end), CARD_RIGHT + 46 + LANE * lane, crossing)


def _free_place(high: float, low: float, crossing: Sequence[float]) -> float:
    """Where on an upright line a label is crossed by nothing, as near to its middle as may be."""
    middle = (high + low) / 2
    offsets = sorted(range(-int((low - high) / 2) + 48, int((low - high) / 2) - 47, 4), key=abs)
    free = (middle + offset for offset in offsets if all(abs(middle + offset - y) > 42 for y in crossing))
    return next(free, middle)


def _port(used: dict[int, int], place: int) -> float:
    """Where on the card's side the next line begins or ends: apart from the others."""
    count = used.get(place, 0)
    used[place] = count + 1
    return (0, -32, 32, -58, 58, -16, 16)[count % 7]


def _draw_arc(canvas: Canvas, line: Json, ends: tuple[float, float], lane: float, crossing: Sequence[float]) -> None:
    start, end = ends
    colour = "arc" if line["end"] > line["start"] else "back"
    turn = 18 if end > start else -18
    tip = CARD_RIGHT + 16
    path = [
        *bend((CARD_RIGHT + 2, start), (lane, start), (lane, start + turn)),
        *bend((lane, end - turn), (lane, end), (tip, end)),
    ]
    canvas.curve(path, 2 + 14 * float(line["share"]), colour)
    canvas.arrow_head(CARD_RIGHT + 3, end, 15, colour, (-1, 0))
    middle = _free_place(min(ends), max(ends), crossing)
    canvas.text(lane, middle - 12, line["label"], 18, "ink", bold=True, align="center", plate="ground")
    canvas.text(lane, middle + 13, line["median"], 16, "faint", align="center", plate="ground")


def _draw_footer(canvas: Canvas, legend: Sequence[str], footer: Sequence[str], top: float) -> None:
    x: float = MARGIN
    for words, colour in zip(legend, SIDES, strict=True):
        canvas.circle(x + 9, top + 6, 8, colour, colour)
        x += 28 + canvas.text(x + 26, top + 6, words, 19, "faint") + 28
    for place, words in enumerate(footer):
        canvas.text(MARGIN, top + 42 + 32 * place, words, 18, "faint", room=WIDTH - 2 * MARGIN)
