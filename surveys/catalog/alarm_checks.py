"""What only the whole catalogue can tell about alarms: times that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from surveys.catalog.faults import Finding, Severity
from surveys.catalog.subject import Subject
from surveys.rules.durations import format_duration
from surveys.rules.hours import in_quiet_hours

LONGEST_BURST = timedelta(days=7)
LONGEST_AGAINST = timedelta(days=366)


def check_alarms(subject: Subject) -> Iterator[Finding]:
    """Every finding about what managers hear of between weeks."""
    yield from _check_burst(subject)
    yield from _check_drop(subject)
    yield from _check_nothing_sent(subject)


def _check_burst(subject: Subject) -> Iterator[Finding]:
    burst = subject.catalogue.alarms.burst
    if burst is not None and burst.within > LONGEST_BURST:
        yield Finding(
            ("alarms", "burst", "within"),
            f"{format_duration(burst.within)} is no burst any more",
            "Write at most P7D, such as PT6H; slower changes are what alarms.drop is for",
        )


def _check_drop(subject: Subject) -> Iterator[Finding]:
    drop = subject.catalogue.alarms.drop
    if drop is None:
        return
    if drop.against < drop.over:
        yield Finding(
            ("alarms", "drop", "against" if subject.says("alarms", "drop", "against") else "over"),
            f"against {format_duration(drop.against)} is shorter than over {format_duration(drop.over)}",
            "Compare with a longer time than the one that is compared, such as {over: P7D, against: P56D}",
            depends_on=(("alarms", "drop", "over"), ("alarms", "drop", "against")),
        )
    if drop.against > LONGEST_AGAINST:
        yield Finding(
            ("alarms", "drop", "against"),
            f"{format_duration(drop.against)} is too long ago to compare with",
            "Write at most P366D, such as P56D",
        )


def _check_nothing_sent(subject: Subject) -> Iterator[Finding]:
    limits, quiet = subject.catalogue.alarms.nothing_sent, subject.catalogue.contact_rules.quiet_hours
    if limits is None or quiet.start == quiet.end:
        return
    zone = subject.catalogue.business.timezone
    if in_quiet_hours(datetime.combine(datetime(2000, 1, 3), limits.after, tzinfo=zone), quiet, zone):  # noqa: DTZ001 only its day is used
        yield Finding(
            ("alarms", "nothing_sent", "after"),
            f"{limits.after:%H:%M} is in the quiet hours, in which nobody is asked",
            f"Write a time between {quiet.end:%H:%M} and {quiet.start:%H:%M}, such as 14:00",
            Severity.WARNING,
            depends_on=(("contact_rules", "quiet_hours"),),
        )
