"""A journey's counts on their way into the database and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from datetime import timedelta
from typing import Any

from db.journeys import FlowCount, PurchaseCount, ReturnCount, StepCount
from db.reports import FunnelCount, ScoreCount
from surveys.stations import JourneyCounts

FORMAT = 1
"""Another one is counted anew; raised when a field is added, dropped or moved."""


def encode(counts: JourneyCounts) -> object:
    """The counts as JSON values; durations in seconds."""
    return {
        "format": FORMAT,
        "scores": _plain(counts.scores),
        "funnels": _plain(counts.funnels),
        "flows": _plain(counts.flows),
        "purchases": _plain(counts.purchases),
        "returns": _plain(counts.returns),
        "ways": {name: _plain(steps) for name, steps in counts.ways.items()},
    }


def decode(content: object) -> JourneyCounts | None:
    """The counts; None for what another program wrote."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return None
    return JourneyCounts(
        scores=[ScoreCount(*row) for row in content["scores"]],
        funnels=[FunnelCount(*row) for row in content["funnels"]],
        flows=[FlowCount(*_timed(row)) for row in content["flows"]],
        purchases=[PurchaseCount(*_timed(row)) for row in content["purchases"]],
        returns=[ReturnCount(*row) for row in content["returns"]],
        ways={name: [StepCount(*_timed(row)) for row in steps] for name, steps in content["ways"].items()},
    )


def _plain(
    rows: Iterable[ScoreCount | FunnelCount | FlowCount | PurchaseCount | ReturnCount | StepCount],
) -> list[list[object]]:
    return [
        [value.total_seconds() if isinstance(value, timedelta) else value for value in astuple(row)] for row in rows
    ]


def _timed(row: list[Any]) -> list[Any]:
    """The row with its last value, seconds, as a duration again."""
    *values, seconds = row
    return [*values, None if seconds is None else timedelta(seconds=seconds)]
