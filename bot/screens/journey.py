"""The customer's way in words: how good each touchpoint is, where people go on from it, where they are lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.screens.fitting import fitting_screen
from bot.screens.score_words import interval_text, score_text
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.rules.journey import Stage
from surveys.rules.languages import Texts, pick
from surveys.rules.metrics import Interval
from surveys.rules.shares import Share
from surveys.stations import STAGES, Journey, Leg, Loss, NamedWay, Station, Step

Paragraph = tuple[Run, ...]

STEPS: Final = 3
"""Ways on from a touchpoint that are told; the picture and the JSON have the others."""


def journey_screen(journey: Journey, language: str) -> Screen:
    """The whole way as one message."""
    wording = Wording(language, journey.language)
    paragraphs: list[Paragraph] = [(Run(journey_heading(journey, wording), Style.BOLD),)]
    if not any(_has_data(station) for station in journey.stations):
        paragraphs.append((Run(wording.text("journey.nothing")),))
        return fitting_screen(paragraphs)
    lost = [_lost_line(station, wording) for station in journey.stations if station.loss.is_real]
    if lost:
        listed = "".join(f"\n• {line}" for line in lost)
        paragraphs.append((Run(wording.text("journey.lost_here"), Style.BOLD), Run(listed)))
    for stage in STAGES:
        stations = [station for station in journey.stations if station.stage is stage]
        if stations:
            paragraphs.append((Run(stage_name(stage, wording), Style.BOLD),))
            paragraphs.extend(_station(station, journey, wording) for station in stations)
    paragraphs.extend(_way(way, wording) for way in journey.ways)
    paragraphs.append((Run(followed_text(journey, wording), Style.ITALIC),))
    return fitting_screen(paragraphs)


def journey_heading(journey: Journey, wording: Wording) -> str:
    """The business and the dates."""
    dates = wording.day_range(journey.period.start, journey.period.last_day)
    return wording.text("journey.heading", business=journey.business_name, dates=dates)


def stage_name(stage: Stage | None, wording: Wording) -> str:
    """Before, during or after the purchase."""
    return wording.text("journey.stage_none" if stage is None else f"journey.stage_{stage.value}")


def title_of(titles: Texts, name: str, wording: Wording) -> str:
    """What people call the touchpoint."""
    return pick(titles, wording.language) or name


def per_cent(value: float | None, wording: Wording, decimals: int = 0) -> str:
    """A share in per cent; a dash of nothing."""
    return "—" if value is None else wording.text("report.per_cent", value=wording.number(value, decimals))


def limits(interval: Interval | None, wording: Wording, *, sign: bool = False) -> str:
    """The ends of an interval in whole units; empty without one."""
    if interval is None:
        return ""
    low, high = (wording.number(end, sign=sign) for end in (interval.low, interval.high))
    return wording.text("report.interval", low=low, high=high)


def span(duration: timedelta | None, wording: Wording) -> str:
    """How long it took in the one unit that fits: 3 days, 20 hours, 45 minutes; a dash where nobody knows."""
    if duration is None:
        return "—"
    for unit, key in ((timedelta(days=1), "wording.days"), (timedelta(hours=1), "wording.hours")):
        if duration >= 2 * unit:
            return wording.plural(key, round(duration / unit))
    return wording.plural("wording.minutes", max(round(duration / timedelta(minutes=1)), 0))


def followed_text(journey: Journey, wording: Wording) -> str:
    """When it was counted, of which days people are followed, and for how long."""
    counted = wording.moment(journey.counted_at, ZoneInfo(journey.timezone))
    return f"{_followed(journey, wording)} {wording.text('journey.counted', at=counted)}"


def _followed(journey: Journey, wording: Wording) -> str:
    within = wording.duration(journey.within)
    if journey.followed_to is None:
        return wording.text("journey.so_far", within=within)
    if journey.followed_to == journey.period.end:
        return wording.text("journey.followed", within=within)
    return wording.text("journey.followed_to", within=within, day=wording.day(journey.followed_to))


def _has_data(station: Station) -> bool:
    return bool(station.funnel.events or any(measured.n for measured in station.measured) or station.steps)


def _station(station: Station, journey: Journey, wording: Wording) -> Paragraph:
    lines = list(_lines(station, journey, wording)) or [wording.text("journey.no_data")]
    return (Run(title_of(station.title, station.touchpoint, wording), Style.BOLD), Run("\n" + "\n".join(lines)))


def _lines(station: Station, journey: Journey, wording: Wording) -> Iterator[str]:
    for measured in station.measured:
        if measured.score is None:
            yield f"{measured.metric.upper()}: {score_text(measured, wording)}"
            continue
        shares = Share(measured.answers.negative, measured.n), Share(measured.answers.neutral, measured.n)
        yield wording.text(
            "journey.score",
            metric=measured.metric.upper(),
            score=score_text(measured, wording),
            interval=interval_text(measured, wording),
            answers=wording.plural("report.answers", measured.n),
        )
        yield wording.text(
            "journey.shares",
            negative=per_cent(shares[0].value, wording),
            neutral=per_cent(shares[1].value, wording),
            positive=per_cent(100 * measured.answers.positive / measured.n, wording),
        )
    if station.funnel.events:
        yield _volume(station, wording)
    if station.steps:
        yield _flow(station, journey, wording)
    if station.purchase is not None and station.purchase.share.n:
        yield _purchase(station, journey, wording)
    if station.loss.is_real:
        yield _lost_line(station, wording, titled=False)


def _volume(station: Station, wording: Wording) -> str:
    events = wording.plural("report.events", station.funnel.events)
    response = station.response
    if not response.n:
        return wording.text("journey.volume", events=events)
    return wording.text(
        "journey.volume_and_response",
        events=events,
        rate=per_cent(response.value, wording),
        interval=limits(response.interval, wording),
        asked=wording.plural("journey.of_asked", response.n),
    )


def _flow(station: Station, journey: Journey, wording: Wording) -> str:
    titles = {other.touchpoint: other.title for other in journey.stations}
    onward = [step for step in station.steps if step.touchpoint is not None]
    shown = [_step(step, titles, wording) for step in onward[:STEPS]]
    if len(onward) > STEPS:
        rest = sum(step.share.count for step in onward[STEPS:])
        shown.append(wording.text("journey.elsewhere", share=per_cent(100 * rest / onward[0].share.n, wording)))
    stopped = station.stopped
    if stopped is not None:
        key = "journey.stopped" if journey.followed_to is not None else "journey.stopped_so_far"
        shown.append(wording.text(key, share=per_cent(stopped.share.value, wording)))
    return wording.plural("journey.flow", station.steps[0].share.n, steps="; ".join(shown))


def _step(step: Step, titles: dict[str, Texts], wording: Wording) -> str:
    assert step.touchpoint is not None
    return wording.text(
        "journey.step",
        touchpoint=title_of(titles.get(step.touchpoint, {}), step.touchpoint, wording),
        share=per_cent(step.share.value, wording),
        median=span(step.median, wording),
    )


def _purchase(station: Station, journey: Journey, wording: Wording) -> str:
    purchase = station.purchase
    assert purchase is not None
    titles = {other.touchpoint: other.title for other in journey.stations}
    told = wording.text(
        "journey.bought",
        share=per_cent(purchase.share.value, wording),
        interval=limits(purchase.share.interval, wording),
        customers=wording.plural("journey.of_customers", purchase.share.n),
    )
    if purchase.median is None:
        return told
    places = ", ".join(
        f"{title_of(titles.get(place, {}), place, wording)} {wording.number(count)}"
        for place, count in purchase.places.items()
    )
    return wording.text("journey.bought_at", told=told, median=span(purchase.median, wording), places=places)


def _lost_line(station: Station, wording: Wording, *, titled: bool = True) -> str:
    told = lost_text(station.loss, wording)
    return f"{title_of(station.title, station.touchpoint, wording)}: {told}" if titled else told


def lost_text(loss: Loss, wording: Wording) -> str:
    """How many of the unhappy and of the happy never came back, and how far apart they are."""
    difference = loss.difference
    return wording.text(
        "journey.lost",
        unhappy=per_cent(loss.unhappy.value, wording),
        unhappy_n=wording.number(loss.unhappy.n),
        happy=per_cent(loss.happy.value, wording),
        happy_n=wording.number(loss.happy.n),
        difference=wording.number(difference.points, sign=True) if difference is not None else "—",
        interval=limits(None if difference is None else difference.interval, wording, sign=True),
    )


def _way(way: NamedWay, wording: Wording) -> Paragraph:
    title = pick(way.title, wording.language) or way.name
    if not way.legs[0].share.n:
        return (Run(title, Style.BOLD), Run("\n" + wording.text("journey.way_empty")))
    first = way.legs[0]
    entered = wording.plural("journey.customers", first.share.n)
    lines = [f"{title_of(first.title, first.touchpoint, wording)}: {entered}"]
    lines += [_leg(leg, wording) for leg in way.legs[1:]]
    if way.followed_to is None:
        lines.append(wording.text("journey.so_far", within=wording.duration(way.within)))
    return (Run(title, Style.BOLD), Run("\n" + "\n".join(lines)))


def _leg(leg: Leg, wording: Wording) -> str:
    return wording.text(
        "journey.leg",
        touchpoint=title_of(leg.title, leg.touchpoint, wording),
        share=per_cent(leg.share.value, wording),
        interval=limits(leg.share.interval, wording),
        median=span(leg.median, wording),
    )


def said_screen(key: str, language: str, **values: object) -> Screen:
    """One sentence of the subject's own texts."""
    return Screen(((Run(Wording(language).text(key, **values)),),))
