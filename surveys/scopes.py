"""What a manager may see: the touchpoints of some teams, the events of some locations, or everything."""

from __future__ import annotations

from collections.abc import Mapping

from db.reports import EVERYTHING, Narrowing
from surveys.rules.journey import Catalogue

TEAM = "team"
"""The one key of a scope that is no attribute of events: a team under `recovery.teams`."""

Scope = Mapping[str, list[str]]
"""Attribute (or `team`) to the values that may be seen; empty: everything."""


class ScopeError(ValueError):
    """A scope nobody can make out, or a team that is not there; `known` are the teams."""

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"{text!r} is no scope; write team=NAME or location=VALUE; teams: {', '.join(known) or 'none'}"
        )
        self.text = text
        self.known = known


def read_scope(text: str, catalogue: Catalogue) -> dict[str, list[str]]:
    """The scope written like `team=logistics location=shop-1,shop-2`; raises ScopeError."""
    teams = tuple(catalogue.recovery.teams)
    scope: dict[str, list[str]] = {}
    for part in text.split():
        name, equals, written = part.partition("=")
        values = [value for value in written.split(",") if value]
        if not (name and equals and values) or (name == TEAM and not set(values) <= set(teams)):
            raise ScopeError(part, teams)
        scope[name] = sorted({*scope.get(name, []), *values})
    return scope


def narrowing_of(scope: Scope, catalogue: Catalogue) -> Narrowing:
    """What of all figures lies in the scope."""
    if not scope:
        return EVERYTHING
    teams = scope.get(TEAM)
    touchpoints = None
    if teams is not None:
        touchpoints = tuple(name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.owner in teams)
    attributes = tuple((name, tuple(values)) for name, values in sorted(scope.items()) if name != TEAM)
    return Narrowing(touchpoints, attributes)


def covers(scope: Scope, catalogue: Catalogue, touchpoint: str | None, location: str | None) -> bool:
    """Whether what concerns a touchpoint (None: all of them) at a location (None: wherever) lies in the scope."""
    if not scope:
        return True
    part = narrowing_of(scope, catalogue)
    if touchpoint is None or (part.touchpoints is not None and touchpoint not in part.touchpoints):
        return False
    return all(name == "location" and location in values for name, values in part.attributes)
