"""The customer's way as the JSON document of `journey --json` and `GET /api/v1/journey`."""

from __future__ import annotations

from bot.screens.json_values import Document, iso_duration
from surveys.findings import Json
from surveys.rules.metrics import Interval, Measured
from surveys.rules.shares import Difference, Share
from surveys.stations import Journey, NamedWay, Station


def build_journey_document(journey: Journey) -> Document:
    """The way as plain JSON values: per cent and points to two digits, durations in ISO 8601."""
    return {
        "from": journey.period.start.isoformat(),
        "to": journey.period.end.isoformat(),
        "timezone": journey.timezone,
        "within": iso_duration(journey.within),
        "counted_at": journey.counted_at.isoformat(),
        "followed_to": None if journey.followed_to is None else journey.followed_to.isoformat(),
        "touchpoints": [_station(station) for station in journey.stations],
        "journeys": [_way(way) for way in journey.ways],
    }


def rounded(value: float | None, digits: int = 2) -> float | None:
    """The value to so many digits, without a negative zero."""
    return None if value is None else round(value, digits) + 0.0


def interval_ends(interval: Interval | None, low: str = "low", high: str = "high") -> Document:
    """The ends under these names; null without an interval."""
    if interval is None:
        return {low: None, high: None}
    return {low: rounded(interval.low), high: rounded(interval.high)}


def share_document(share: Share) -> Document:
    """The counts, the share in per cent and its interval."""
    return {"count": share.count, "n": share.n, "share": rounded(share.value), **interval_ends(share.interval)}


def difference_document(difference: Difference | None) -> Document:
    """The points, their interval and p; null where there was too little to compare."""
    if difference is None:
        return {"difference": None, "difference_low": None, "difference_high": None, "p_value": None}
    return {
        "difference": rounded(difference.points),
        **interval_ends(difference.interval, "difference_low", "difference_high"),
        "p_value": rounded(difference.p_value, 4),
    }


def _station(station: Station) -> Document:
    steps: list[Json] = [
        {"touchpoint": step.touchpoint, **share_document(step.share), "median": iso_duration(step.median)}
        for step in station.steps
    ]
    return {
        "touchpoint": station.touchpoint,
        "stage": None if station.stage is None else station.stage.value,
        "scores": [_score(measured) for measured in station.measured],
        "events": station.funnel.events,
        "response": share_document(station.response),
        "next": steps,
        "purchase": _purchase(station),
        "lost": {
            "unhappy": share_document(station.loss.unhappy),
            "happy": share_document(station.loss.happy),
            **difference_document(station.loss.difference),
        },
    }


def _score(measured: Measured) -> Document:
    return {
        "metric": measured.metric.value,
        "n": measured.n,
        "score": rounded(measured.score),
        **interval_ends(measured.interval),
        "preliminary": measured.preliminary,
        "negative": measured.answers.negative,
        "neutral": measured.answers.neutral,
        "positive": measured.answers.positive,
    }


def _purchase(station: Station) -> Json:
    if station.purchase is None:
        return None
    places: Document = dict(station.purchase.places)
    return {
        **share_document(station.purchase.share),
        "median": iso_duration(station.purchase.median),
        "places": places,
    }


def _way(way: NamedWay) -> Document:
    return {
        "journey": way.name,
        "within": iso_duration(way.within),
        "followed_to": None if way.followed_to is None else way.followed_to.isoformat(),
        "steps": [
            {"touchpoint": leg.touchpoint, **share_document(leg.share), "median": iso_duration(leg.median)}
            for leg in way.legs
        ],
    }
