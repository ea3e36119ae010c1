"""Which team puts a touchpoint's complaints right."""

from __future__ import annotations

from dataclasses import dataclass

from surveys.rules.journey import Catalogue
from surveys.rules.putting_right import Team

DEFAULT_TEAM = "staff"
"""The team of complaints that belong to no other; without an entry of its own it works in the chat `staff`."""


@dataclass(frozen=True, slots=True)
class ResponsibleTeam:
    """Who puts a complaint right."""

    name: str
    team: Team


def responsible_team(catalogue: Catalogue, touchpoint: str | None) -> ResponsibleTeam:
    """The touchpoint's owner; the default team when there is no such owner."""
    configured = catalogue.touchpoints.get(touchpoint) if touchpoint is not None else None
    owner = configured.owner if configured is not None else None
    return team_named(catalogue, owner if owner in catalogue.recovery.teams else None)


def team_named(catalogue: Catalogue, name: str | None) -> ResponsibleTeam:
    """The team of this name; the default team when the catalogue has no such team (any more)."""
    teams = catalogue.recovery.teams
    if name is not None and name in teams:
        return ResponsibleTeam(name, teams[name])
    return ResponsibleTeam(DEFAULT_TEAM, teams.get(DEFAULT_TEAM, Team()))
