"""Events that themselves say that something went wrong: complaints before anybody complains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from surveys.rules.journey import Catalogue, Touchpoint


def is_incident(touchpoint: Touchpoint, attributes: Mapping[str, object]) -> bool:
    """Whether one of the attributes the touchpoint names says `true`."""
    return any(attributes.get(name) is True for name in touchpoint.incident.when)


def opens_incident(
    catalogue: Catalogue, touchpoint: str, occurred_at: datetime, attributes: Mapping[str, object], now: datetime
) -> bool:
    """Whether the event opens a case: it is an incident, and not so old that nobody would be asked about it either."""
    configured = catalogue.touchpoints.get(touchpoint)
    return configured is not None and is_incident(configured, attributes) and now <= occurred_at + configured.ask_by


def is_apologised_for(
    catalogue: Catalogue, touchpoint: str, occurred_at: datetime, attributes: Mapping[str, object], now: datetime
) -> bool:
    """Whether the customer gets an apology about the event instead of a question."""
    configured = catalogue.touchpoints.get(touchpoint)
    return (
        configured is not None
        and bool(configured.incident.apology)
        and opens_incident(catalogue, touchpoint, occurred_at, attributes, now)
    )
