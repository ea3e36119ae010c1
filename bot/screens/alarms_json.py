"""Alarms as plain JSON values: `otklik alarms --json` and `GET /api/v1/alarms`."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.screens.json_values import Document
from surveys.alarms import AlarmList, AlarmView
from surveys.rules.alarm_evidence import clearing_numbers_of, numbers_of


def build_alarms_document(found: AlarmList) -> Document:
    """The open alarms, the newest first, and those that ended last."""
    return {
        "today": found.today.value,
        "open": [build_alarm(view) for view in found.open],
        "cleared": [build_alarm(view) for view in found.cleared],
    }


def build_alarm(view: AlarmView) -> Document:
    """One alarm with the numbers it rose by, and those it ended by."""
    outbreak = view.outbreak
    return {
        "id": view.id,
        "kind": view.kind.value,
        "touchpoint": view.touchpoint,
        "location": view.location,
        "risen_at": _instant(view.risen_at),
        "evidence": numbers_of(view.evidence),
        "cleared_at": None if view.cleared_at is None else _instant(view.cleared_at),
        "withdrawn": view.is_withdrawn,
        "clearing": None if view.clearing is None else clearing_numbers_of(view.clearing),
        "outbreak": None if outbreak is None else {"cases": outbreak.total, "unsettled": outbreak.unsettled},
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
