"""What only the whole catalogue can tell about recovery: promises, teams, urgency, offers."""

from __future__ import annotations

from collections.abc import Iterator

from surveys.catalog.faults import Finding, Path, Severity, did_you_mean
from surveys.catalog.subject import Subject
from surveys.rules.durations import format_duration
from surveys.rules.metrics import SCALES
from surveys.rules.teams import DEFAULT_TEAM


def check_recovery(subject: Subject) -> Iterator[Finding]:
    """Every finding about how complaints are put right."""
    yield from _check_promises(subject)
    yield from _check_teams(subject)
    yield from _check_keys(subject)
    yield from _check_employees(subject)
    yield from _check_urgent(subject)
    yield from _check_offers(subject)


def _check_promises(subject: Subject) -> Iterator[Finding]:
    recovery = subject.catalogue.recovery
    for metric, scale in SCALES.items():
        threshold: int = getattr(recovery.open_at, metric.value)
        if threshold >= scale.positive_from:
            yield _warning(
                ("recovery", "open_at", metric.value),
                f"a praise of {scale.positive_from} would open a case",
                f"Write {scale.negative_to}, where {metric.value.upper()} stops being negative",
            )
    if recovery.resolve < recovery.first_response:
        yield _warning(
            ("recovery", "resolve" if subject.says("recovery", "resolve") else "first_response"),
            f"resolve {format_duration(recovery.resolve)} is shorter than first_response"
            f" {format_duration(recovery.first_response)}",
            "Promise the reaction before the solution",
            depends_on=(("recovery", "resolve"), ("recovery", "first_response")),
        )


def _check_teams(subject: Subject) -> Iterator[Finding]:
    owners = subject.mentions("touchpoints", "owner")
    for name, team in subject.catalogue.recovery.teams.items():
        if name not in owners and name != DEFAULT_TEAM:
            yield _warning(
                ("recovery", "teams", name),
                "no touchpoint has this team as its owner",
                f"Add owner: {name}, or remove the team",
            )
        for place, step in enumerate(team.escalate):
            if step in team.escalate[:place]:
                here = ("recovery", "teams", name, "escalate", place)
                yield Finding(
                    here, f"{step.to} are told after {format_duration(step.after)} already", "Remove one of the two"
                )


def _check_keys(subject: Subject) -> Iterator[Finding]:
    recovery = subject.catalogue.recovery
    for group, keys in (
        ("close_reasons", [reason.key for reason in recovery.close_reasons]),
        ("templates", [template.key for template in recovery.templates]),
    ):
        for place, key in enumerate(keys):
            if key in keys[:place]:
                yield Finding(
                    ("recovery", group, place, "key"), f"{key} is here a second time", "Give each its own key"
                )
    yield from _check_employees(subject)
    yield from _check_urgent(subject)
    yield from _check_offers(subject)


def _check_employees(subject: Subject) -> Iterator[Finding]:
    known: dict[int, str] = {}
    for place, one in enumerate(subject.catalogue.recovery.employees):
        if known.setdefault(one.telegram_id, one.employee) != one.employee:
            path = ("recovery", "employees", place, "telegram_id")
            yield Finding(
                path, f"{one.telegram_id} is {known[one.telegram_id]} already", "Give each account one employee"
            )


def _check_urgent(subject: Subject) -> Iterator[Finding]:
    recovery = subject.catalogue.recovery
    for metric in SCALES:
        urgent: int | None = getattr(recovery.urgent.at, metric.value)
        opens: int = getattr(recovery.open_at, metric.value)
        if urgent is not None and urgent > opens:
            yield _warning(
                ("recovery", "urgent", "at", metric.value),
                f"scores from {opens + 1} to {urgent} open no case, so they cannot be urgent",
                f"Write {opens} or less, or open cases at {urgent}",
                depends_on=(("recovery", "open_at", metric.value),),
            )
    known = {
        reason.key
        for survey in subject.catalogue.surveys.values()
        for reason in (*survey.reasons.negative, *survey.reasons.neutral, *survey.reasons.positive)
    }
    for place, key in enumerate(recovery.urgent.reasons):
        if key not in known:
            path = ("recovery", "urgent", "reasons", place)
            fix = did_you_mean(key, sorted(known), otherwise="Name the key of a reason")
            yield Finding(path, f"no survey has the reason {key}", fix, depends_on=(("surveys",),))


def _check_offers(subject: Subject) -> Iterator[Finding]:
    pools = subject.names("recovery", "pools")
    for name, touchpoint in subject.catalogue.touchpoints.items():
        path = ("touchpoints", name, "incident")
        offer = touchpoint.incident.offer
        if offer is not None and offer not in pools:
            fix = did_you_mean(offer, pools, otherwise=f"Add {offer} under recovery.pools")
            yield Finding((*path, "offer"), f"there is no pool {offer}", fix)
        if offer is not None and not touchpoint.incident.apology:
            yield Finding((*path, "offer"), "an offer goes with an apology, and there is none", "Add apology: {ru: …}")


def _warning(path: Path, message: str, fix: str, *, depends_on: tuple[Path, ...] = ()) -> Finding:
    return Finding(path, message, fix, Severity.WARNING, depends_on)
