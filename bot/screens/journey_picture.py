"""The customer's way as a picture: its words, and the figures to draw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.drawing.journey.scene import Line, Scene, Stop
from bot.drawing.kinds import Theme
from bot.screens.journey import per_cent, stage_name, title_of
from bot.screens.score_words import interval_text, score_text
from bot.screens.wording import Wording
from surveys.rules.shares import level
from surveys.stations import Journey, Station

MOST_STOPS: Final = 14
"""More would be too small to read on a phone; the text has the rest."""

MOST_ARCS: Final = 6
"""Lines past the next station; more would be a tangle."""

LEAST_SHARE: Final = 0.03
"""Of a touchpoint's events; a thinner line says nothing."""


def build_scene(journey: Journey, language: str, theme: Theme) -> Scene:
    """The first touchpoints of the way with their figures, and the lines between them."""
    wording = Wording(language, journey.language)
    stations = journey.stations[:MOST_STOPS]
    busiest = max((station.funnel.events for station in stations), default=0)
    within = wording.duration(journey.within)
    footer = [wording.text("journey.picture_flow_note", within=wording.lasting(journey.within))]
    if journey.followed_to is None:
        footer.append(wording.text("journey.picture_so_far", within=within))
    elif journey.followed_to < journey.period.end:
        footer.append(wording.text("journey.picture_followed_to", day=wording.day(journey.followed_to)))
    return Scene(
        theme=theme,
        business=journey.business_name,
        heading=wording.text(
            "journey.picture_heading", dates=wording.day_range(journey.period.start, journey.period.last_day)
        ),
        legend=(
            wording.text("journey.picture_negative"),
            wording.text("journey.picture_neutral"),
            wording.text("journey.picture_positive"),
        ),
        footer=tuple(footer),
        stops=tuple(_stop(station, journey, busiest, wording) for station in stations),
        lines=tuple(_lines(stations, wording)),
    )


def _stop(station: Station, journey: Journey, busiest: int, wording: Wording) -> Stop:
    measured = station.score
    answers = None if measured is None or measured.score is None else measured.answers
    sides: tuple[tuple[float, str], ...] = ()
    found = None
    if answers is not None:
        found = level(answers)
        counts = (answers.negative, answers.neutral, answers.positive)
        sides = tuple((count / answers.n, per_cent(100 * count / answers.n, wording)) for count in counts)
    return Stop(
        title=title_of(station.title, station.touchpoint, wording),
        stage=stage_name(station.stage, wording),
        metric="" if measured is None or answers is None else measured.metric.upper(),
        score=_score(station, wording),
        detail=_detail(station, wording),
        note=_note(station, wording),
        response=wording.text("journey.picture_response", rate=per_cent(station.response.value, wording))
        if station.response.n
        else "",
        level="" if found is None else found.value,
        sides=sides,
        volume=station.funnel.events / busiest if busiest else 0.0,
        leaving=_leaving(station, journey, wording),
        lost=wording.text(
            "journey.picture_lost",
            unhappy=per_cent(station.loss.unhappy.value, wording),
            happy=per_cent(station.loss.happy.value, wording),
        )
        if station.loss.is_real
        else "",
    )


def _leaving(station: Station, journey: Journey, wording: Wording) -> str:
    """How many stop here, and of a touchpoint before the purchase how many buy."""
    stopped, purchase = station.stopped, station.purchase
    parts = []
    if stopped is not None:
        key = "journey.picture_stop" if journey.followed_to is not None else "journey.picture_stop_so_far"
        parts.append(wording.text(key, share=per_cent(stopped.share.value, wording)))
    if purchase is not None and purchase.share.n:
        parts.append(wording.text("journey.picture_bought", share=per_cent(purchase.share.value, wording)))
    return " · ".join(parts)


def _score(station: Station, wording: Wording) -> str:
    if station.score is None:
        return wording.text("journey.picture_no_survey")
    return score_text(station.score, wording)


def _detail(station: Station, wording: Wording) -> str:
    measured = station.score
    if measured is None or measured.score is None:
        return ""
    parts = [interval_text(measured, wording), wording.plural("report.answers", measured.n)]
    if measured.preliminary:
        parts.insert(0, wording.text("journey.picture_preliminary"))
    return " · ".join(parts)


def _note(station: Station, wording: Wording) -> str:
    if not station.funnel.events:
        return wording.text("journey.picture_no_events")
    return wording.plural("report.events", station.funnel.events)


def _brief(duration: timedelta | None, wording: Wording) -> str:
    """The duration in its largest unit, abbreviated."""
    if duration is None:
        return "—"
    for unit, key in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours")):
        if duration >= 2 * unit:
            return wording.text(f"journey.brief_{key}", n=wording.number(round(duration / unit)))
    minutes = max(round(duration / timedelta(minutes=1)), 0)
    return wording.text("journey.brief_minutes", n=wording.number(minutes))


def _lines(stations: tuple[Station, ...], wording: Wording) -> Iterator[Line]:
    """To the next station always, past it the most travelled ones."""
    places = {station.touchpoint: place for place, station in enumerate(stations)}
    arcs: list[tuple[int, Line]] = []
    for start, station in enumerate(stations):
        for step in station.steps:
            end = places.get(step.touchpoint or "")
            share = step.share.count / step.share.n
            if end is None or end == start or share < LEAST_SHARE:
                continue
            line = Line(start, end, share, per_cent(100 * share, wording), _brief(step.median, wording))
            if end == start + 1:
                yield line
            else:
                arcs.append((step.share.count, line))
    arcs.sort(key=lambda arc: (-arc[0], arc[1].start, arc[1].end))
    yield from (line for _, line in arcs[:MOST_ARCS])
