"""The audit as the JSON document of `audit --json` and `GET /api/v1/audit`."""

from __future__ import annotations

from datetime import datetime

from bot.screens.audit import advice, finding_title
from bot.screens.journey_json import interval_ends, rounded, share_document
from bot.screens.json_values import Document, iso_duration
from bot.screens.wording import Wording
from surveys.auditing import Audit, Audited
from surveys.findings import Json
from surveys.rules.auditing import Finding
from surveys.rules.metrics import Measured


def build_audit_document(audit: Audit, language: str) -> Document:
    """The audit as plain JSON values; `what` and `advice` are words in the language."""
    wording = Wording(language, audit.language)
    return {
        "from": audit.period.start.isoformat(),
        "to": audit.period.end.isoformat(),
        "timezone": audit.timezone,
        "silent_after": iso_duration(audit.silent_after),
        "managed": len(audit.managed),
        "touchpoints": [_touchpoint(one) for one in audit.touchpoints],
        "findings": [_finding(finding, audit, wording) for finding in audit.findings],
    }


def _touchpoint(one: Audited) -> Document:
    observed = one.observed
    own = observed.configured
    kinds: list[Json] = [finding.kind.value for finding in one.findings]
    return {
        "touchpoint": observed.touchpoint,
        "configured": own is not None,
        "managed": observed.is_managed,
        "owner": None if own is None else own.owner,
        "standard": own is not None and bool(own.standard),
        "survey": None if own is None else own.survey,
        "events": observed.events,
        "answers": observed.answers,
        "last_event_at": _instant(observed.last_event_at),
        "last_answer_at": _instant(observed.last_answer_at),
        "unreached": share_document(observed.unreached),
        "response": share_document(observed.response),
        "findings": kinds,
    }


def _finding(finding: Finding, audit: Audit, wording: Wording) -> Document:
    document: Document = {
        "kind": finding.kind.value,
        "touchpoint": finding.touchpoint,
        "what": finding_title(finding.kind, wording),
        "advice": advice(finding.kind, audit, wording),
        "last_at": _instant(finding.last_at),
    }
    if finding.share is not None:
        document["share"] = share_document(finding.share)
    if finding.measured is not None and finding.previous is not None:
        document["score"], document["previous"] = _score(finding.measured), _score(finding.previous)
    if finding.unknown is not None:
        document["rejected"] = finding.unknown.rejected
        document["first_on"] = finding.unknown.first_on.isoformat()
        document["last_on"] = finding.unknown.last_on.isoformat()
        document["near"] = finding.unknown.near
    return document


def _score(measured: Measured) -> Document:
    return {
        "metric": measured.metric.value,
        "n": measured.n,
        "score": rounded(measured.score),
        **interval_ends(measured.interval),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
