"""Which team puts a touchpoint's complaints right."""

from __future__ import annotations

from surveys.rules.journey import Catalogue, Team

DEFAULT_TEAM = "staff"
"""The team of complaints that belong to no other; without an entry of its own it works in the chat `staff`."""


def team_for(catalogue: Catalogue, touchpoint: str | None) -> tuple[str, Team]:
    """The name of the touchpoint's owner and the team itself; the default team when there is no such owner."""
    configured = catalogue.touchpoints.get(touchpoint) if touchpoint is not None else None
    teams = catalogue.recovery.teams
    if configured is not None and configured.owner is not None and configured.owner in teams:
        return configured.owner, teams[configured.owner]
    return DEFAULT_TEAM, teams.get(DEFAULT_TEAM, Team())
