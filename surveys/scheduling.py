"""The loop's use cases: claim what is due, settle what came of it, sweep what time has changed, pause."""

from __future__ import annotations

from surveys.claiming import claim, claim_for_webhooks
from surveys.due import (
    AskInvitation,
    Due,
    DueWork,
    PostWeeklyReport,
    RemindInvitation,
    SettledText,
)
from surveys.pausing import is_paused, pause, resume
from surveys.settling import ASKING_KINDS, CUSTOMER_KINDS, Settled, settle
from surveys.sweeping import SweepCounts, sweep

__all__ = [
    "ASKING_KINDS",
    "CUSTOMER_KINDS",
    "AskInvitation",
    "Due",
    "DueWork",
    "PostWeeklyReport",
    "RemindInvitation",
    "Settled",
    "SettledText",
    "SweepCounts",
    "claim",
    "claim_for_webhooks",
    "is_paused",
    "pause",
    "resume",
    "settle",
    "sweep",
]
