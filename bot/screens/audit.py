"""The audit in words: which touchpoints somebody cares for, what is wrong with the others, and what to do about it."""

from __future__ import annotations

from datetime import tzinfo
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.screens.fitting import fitting_screen
from bot.screens.journey import limits, per_cent
from bot.screens.score_words import interval_text, score_text
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.auditing import Audit, Audited
from surveys.rules.auditing import UNNAMED, Finding, FindingKind
from surveys.rules.languages import pick
from surveys.rules.metrics import Measured

LINES: Final = 6
"""Touchpoints told of one kind of finding; the rest are counted."""


def audit_screen(audit: Audit, language: str) -> Screen:
    """The whole audit as one message, what hurts most first."""
    wording = Wording(language, audit.language)
    dates = wording.day_range(audit.period.start, audit.period.last_day)
    paragraphs: list[tuple[Run, ...]] = [
        (Run(wording.text("audit.heading", business=audit.business_name, dates=dates), Style.BOLD),),
        _care(audit, wording),
    ]
    for kind, found in groupby(audit.findings, key=lambda finding: finding.kind):
        paragraphs.append(_findings(kind, list(found), audit, wording))
    if not audit.findings:
        paragraphs.append((Run(wording.text("audit.all_well")),))
    return fitting_screen(paragraphs)


def finding_title(kind: FindingKind, wording: Wording) -> str:
    """What is wrong, in a few words."""
    return wording.text(f"audit.{kind.value}")


def advice(kind: FindingKind, audit: Audit, wording: Wording) -> str:
    """What to do about it."""
    return wording.text(f"audit.{kind.value}_do", silent=wording.duration(audit.silent_after))


def detail(finding: Finding, audit: Audit, wording: Wording) -> str:
    """The figures of one finding; empty where its kind says it all."""
    zone = ZoneInfo(audit.timezone)
    match finding.kind:
        case FindingKind.UNKNOWN:
            return _unknown(finding, wording)
        case FindingKind.SILENT_EVENTS | FindingKind.SILENT_ANSWERS:
            return _silence(finding, zone, wording)
        case FindingKind.UNREACHED | FindingKind.LOW_RESPONSE:
            return _share(finding, wording)
        case FindingKind.STUCK_NEGATIVE | FindingKind.STUCK_NEUTRAL:
            return _stuck(finding, wording)
        case _:
            return wording.plural("report.events", finding.events) if finding.events else ""


def _care(audit: Audit, wording: Wording) -> tuple[Run, ...]:
    known = [one for one in audit.touchpoints if one.observed.configured is not None]
    told = wording.plural("audit.managed", len(audit.managed), all=wording.number(len(known)))
    alone = [_title(one, wording) for one in known if not one.observed.is_managed]
    if not alone:
        return (Run(told),)
    return (Run(told), Run("\n" + wording.text("audit.by_themselves", touchpoints=", ".join(alone))))


def _title(one: Audited, wording: Wording) -> str:
    return pick(one.observed.title, wording.language) or one.observed.touchpoint


def _findings(kind: FindingKind, found: list[Finding], audit: Audit, wording: Wording) -> tuple[Run, ...]:
    lines = []
    for finding in found[:LINES]:
        name = pick(finding.title, wording.language) or finding.touchpoint
        if finding.touchpoint == UNNAMED:
            name = wording.text("audit.unnamed")
        figures = detail(finding, audit, wording)
        lines.append(f"• {name}: {figures}" if figures else f"• {name}")
    if len(found) > LINES:
        lines.append(wording.plural("report.more", len(found) - LINES))
    return (
        Run(finding_title(kind, wording), Style.BOLD),
        Run("\n" + "\n".join(lines)),
        Run("\n" + wording.text("audit.do", advice=advice(kind, audit, wording)), Style.ITALIC),
    )


def _unknown(finding: Finding, wording: Wording) -> str:
    unknown = finding.unknown
    assert unknown is not None
    told = wording.plural("audit.rejected", unknown.rejected, day=wording.day(unknown.last_on))
    return told if unknown.near is None else wording.text("audit.perhaps", told=told, near=unknown.near)


def _silence(finding: Finding, zone: tzinfo, wording: Wording) -> str:
    if finding.last_at is None:
        return wording.text("audit.never")
    return wording.text("audit.last", day=wording.day(finding.last_at.astimezone(zone).date()))


def _share(finding: Finding, wording: Wording) -> str:
    share = finding.share
    assert share is not None
    return wording.text(
        "audit.share",
        share=per_cent(share.value, wording),
        interval=limits(share.interval, wording),
        n=wording.number(share.n),
    )


def _stuck(finding: Finding, wording: Wording) -> str:
    assert finding.measured is not None
    assert finding.previous is not None
    return wording.text(
        "audit.then_and_now",
        metric=finding.measured.metric.upper(),
        previous=_score(finding.previous, wording),
        now=_score(finding.measured, wording),
    )


def _score(measured: Measured, wording: Wording) -> str:
    return f"{score_text(measured, wording)} ({interval_text(measured, wording)})"
