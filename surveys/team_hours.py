"""When a customer may expect the team: what they are told outside its hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from surveys.rules.cases import CaseCause, Severity, severity_of
from surveys.rules.hours import zone_named
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.teams import responsible_team
from surveys.rules.working_hours import next_working_moment


@dataclass(frozen=True, slots=True)
class WorksAgain:
    """When the team works again, in the customer's own time; so many of their days from now."""

    at: datetime
    days: int


def works_again(
    catalogue: Catalogue, touchpoint: str | None, timezone: str | None, *, now: datetime
) -> WorksAgain | None:
    """When the team that answers for the touchpoint works again; None while it does."""
    business = catalogue.business.timezone
    at = next_working_moment(now, responsible_team(catalogue, touchpoint).team.working_hours, business)
    if at <= now:
        return None
    zone: ZoneInfo = (zone_named(timezone) if timezone else None) or business
    local = at.astimezone(zone)
    return WorksAgain(local, (local.date() - now.astimezone(zone).date()).days)


def is_urgent(catalogue: Catalogue, metric: Metric, score: int, reasons: tuple[str, ...]) -> bool:
    """Whether a complaint like this does not wait for the morning."""
    severity = severity_of(
        catalogue.recovery.urgent, metric=metric, score=score, reasons=reasons, cause=CaseCause.SCORE
    )
    return severity is Severity.URGENT
