"""The customer's way as sheets: each touchpoint, where people go on from it, and the ways the catalogue names."""

from __future__ import annotations

from dataclasses import dataclass

from bot.files.columns import Cell, Column
from bot.files.figure_cells import hours, interval_columns, share_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.exporting import ExportedFigures
from surveys.rules.metrics import Interval
from surveys.rules.shares import Difference, Share
from surveys.stations import Journey, Leg, NamedWay, Station, Step

WAY_BETWEEN = "{} → {}"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many go on from one touchpoint to another, by their titles; None: nothing came."""

    station: Station
    step: Step
    title: str
    next_title: str | None


@dataclass(frozen=True, slots=True)
class StepOfWay:
    """A step of a named way; the first is 1."""

    way: NamedWay
    number: int
    leg: Leg


async def journey_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each touchpoint."""
    return together(journey_columns(await figures.journey(), wording), await stations(figures))


async def flow_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each way from one touchpoint to the next."""
    return together(flow_columns(await figures.journey(), wording), await flows(figures, wording))


async def way_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each step of a named way."""
    journey = await figures.journey()
    steps = [
        StepOfWay(way, number, leg)
        for way in journey.ways
        if any(figures.concerns(leg.touchpoint) for leg in way.legs)
        for number, leg in enumerate(way.legs, start=1)
    ]
    return together(_way_columns(wording), steps)


async def stations(figures: ExportedFigures) -> list[Station]:
    """The touchpoints that are meant, in the way's order."""
    journey = await figures.journey()
    return [station for station in journey.stations if figures.concerns(station.touchpoint)]


async def flows(figures: ExportedFigures, wording: Wording) -> list[Flow]:
    """What leads from or to the touchpoints that are meant: the largest first, those after whom nothing came last."""
    journey = await figures.journey()
    found = [
        Flow(station, step, _title(journey, station.touchpoint, wording), _next(journey, step, wording))
        for station in journey.stations
        for step in station.steps
        if figures.concerns(station.touchpoint) or (step.touchpoint is not None and figures.concerns(step.touchpoint))
    ]
    return sorted(found, key=lambda one: (one.next_title is None, -one.step.share.count))


def journey_columns(journey: Journey, wording: Wording) -> tuple[Column[Station], ...]:
    """Of the touchpoints."""
    return (
        Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
        Column("title", Cell.TEXT, lambda one: title_of(one.title, one.touchpoint, wording)),
        Column("stage", Cell.TEXT, lambda one: None if one.stage is None else one.stage.value),
        Column("metric", Cell.TEXT, lambda one: None if one.score is None else one.score.metric.value),
        Column("answers", Cell.NUMBER, lambda one: None if one.score is None else one.score.n),
        Column("score", Cell.NUMBER, lambda one: None if one.score is None else rounded(one.score.score)),
        *interval_columns("low", "high", _score_interval),
        Column("preliminary", Cell.FLAG, lambda one: None if one.score is None else one.score.preliminary),
        Column("negative", Cell.NUMBER, lambda one: None if one.score is None else one.score.answers.negative),
        Column("neutral", Cell.NUMBER, lambda one: None if one.score is None else one.score.answers.neutral),
        Column("positive", Cell.NUMBER, lambda one: None if one.score is None else one.score.answers.positive),
        Column("events", Cell.NUMBER, lambda one: one.funnel.events),
        *share_columns(
            ("answered", "delivered", "response_rate", "response_low", "response_high"), lambda one: one.response
        ),
        *share_columns(("bought", "customers", "conversion", "conversion_low", "conversion_high"), _purchase),
        Column("bought_after_hours", Cell.NUMBER, lambda one: hours(one.purchase.median) if one.purchase else None),
        *share_columns(
            ("unhappy_lost", "unhappy", "unhappy_lost_share", "unhappy_lost_low", "unhappy_lost_high"),
            lambda one: one.loss.unhappy,
        ),
        *share_columns(
            ("happy_lost", "happy", "happy_lost_share", "happy_lost_low", "happy_lost_high"),
            lambda one: one.loss.happy,
        ),
        Column("lost_difference", Cell.NUMBER, lambda one: _points(one.loss.difference)),
        *interval_columns("lost_difference_low", "lost_difference_high", _lost_interval),
        Column("lost_p_value", Cell.NUMBER, lambda one: _p_value(one.loss.difference)),
        Column("within_hours", Cell.NUMBER, lambda _: hours(journey.within)),
        Column("followed_to", Cell.DAY, lambda _: journey.followed_to),
    )


def flow_columns(journey: Journey, wording: Wording) -> tuple[Column[Flow], ...]:
    """Of where people go on."""
    nowhere = wording.text("export.nowhere")
    return (
        Column("way", Cell.LONG_TEXT, lambda one: WAY_BETWEEN.format(one.title, one.next_title or nowhere)),
        Column("from", Cell.TEXT, lambda one: one.station.touchpoint),
        Column("to", Cell.TEXT, lambda one: one.step.touchpoint),
        *share_columns(("count", "of", "share", "low", "high"), lambda one: one.step.share),
        Column("median_hours", Cell.NUMBER, lambda one: hours(one.step.median)),
        Column("within_hours", Cell.NUMBER, lambda _: hours(journey.within)),
        Column("followed_to", Cell.DAY, lambda _: journey.followed_to),
    )


def _way_columns(wording: Wording) -> tuple[Column[StepOfWay], ...]:
    """Of the catalogue's ways."""
    return (
        Column("journey", Cell.TEXT, lambda one: one.way.name),
        Column("title", Cell.TEXT, lambda one: title_of(one.way.title, one.way.name, wording)),
        Column("within_hours", Cell.NUMBER, lambda one: hours(one.way.within)),
        Column("followed_to", Cell.DAY, lambda one: one.way.followed_to),
        Column("step", Cell.NUMBER, lambda one: one.number),
        Column("touchpoint", Cell.TEXT, lambda one: one.leg.touchpoint),
        *share_columns(("count", "of", "share", "low", "high"), lambda one: one.leg.share),
        Column("median_hours", Cell.NUMBER, lambda one: hours(one.leg.median)),
    )


def _score_interval(station: Station) -> Interval | None:
    return None if station.score is None else station.score.interval


def _lost_interval(station: Station) -> Interval | None:
    difference = station.loss.difference
    return None if difference is None else difference.interval


def _purchase(station: Station) -> Share | None:
    return None if station.purchase is None else station.purchase.share


def _points(difference: Difference | None) -> float | None:
    return None if difference is None else rounded(difference.points)


def _p_value(difference: Difference | None) -> float | None:
    return None if difference is None else rounded(difference.p_value, 4)


def _title(journey: Journey, touchpoint: str, wording: Wording) -> str:
    titles = {station.touchpoint: station.title for station in journey.stations}
    return title_of(titles.get(touchpoint, {}), touchpoint, wording)


def _next(journey: Journey, step: Step, wording: Wording) -> str | None:
    return None if step.touchpoint is None else _title(journey, step.touchpoint, wording)
