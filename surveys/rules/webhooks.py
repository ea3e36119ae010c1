"""Webhooks: what may be told, when a failed delivery is tried again, and when a failing target is left alone."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum


class HappeningType(StrEnum):
    """What a shop's own system may be told; the words are the `type` of the payload."""

    CASE_OPENED = "case.opened"
    CASE_MOVED = "case.moved"
    RESPONSE_RECEIVED = "response.received"
    RESPONSE_CHANGED = "response.changed"


ALL_TYPES = tuple(HappeningType)

RETRY_AFTER = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after each failed attempt the next one follows; with the last one's failure, 75 hours on, it is given up.

The steps the Standard Webhooks specification suggests: https://github.com/standard-webhooks/standard-webhooks.
"""

LONGEST_RETRY_AFTER = timedelta(days=1)
"""A target that asks for a longer pause is asked again after this."""

ROTATION_OVERLAP = timedelta(hours=24)
"""For so long after a rotation the secret before signs too."""

KEPT_FOR = timedelta(days=30)
"""How long what happened, and the log of its deliveries, can be read and replayed."""

FAILURES_BEFORE_HOLD = 3
"""So many failures of one target in a row hold everything for it for a while; others are not held."""

_FIRST_HOLD = 15.0
_LONGEST_HOLD = 300.0

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")


class WebhookError(ValueError):
    """What was asked of a webhook cannot be; the text names the field and the fix."""


def check_name(name: str) -> str:
    """The name itself; raises WebhookError when it cannot stand in an address."""
    if _NAME.fullmatch(name) is None:
        raise WebhookError("name: 1 to 60 of a-z 0-9 . _ -, beginning with a letter or digit")
    return name


def parse_types(words: list[str] | tuple[str, ...]) -> tuple[HappeningType, ...]:
    """The types asked for, each once, in their own order; all of them for none. Raises WebhookError."""
    known = {one.value: one for one in HappeningType}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise WebhookError(f"events: there is no {unknown[0]!r}; choose among {', '.join(known)}")
    wanted = {known[word] for word in words}
    return tuple(one for one in ALL_TYPES if not words or one in wanted)


def retry_after(attempt: int, asked_seconds: float) -> timedelta | None:
    """When to try again after this failed attempt (from 1); None when that was the last one.

    `asked_seconds` is what the target asked for by Retry-After: kept when it is longer, up to a day.
    """
    if attempt > len(RETRY_AFTER):
        return None
    asked = timedelta(seconds=min(max(asked_seconds, 0.0), LONGEST_RETRY_AFTER.total_seconds()))
    return max(RETRY_AFTER[attempt - 1], asked)


def hold_seconds(failures: int) -> float:
    """For how long a target that failed so often in a row is left alone: 15 s, then twice that, at most 5 minutes."""
    if failures < FAILURES_BEFORE_HOLD:
        return 0.0
    return min(_FIRST_HOLD * 2.0 ** min(failures - FAILURES_BEFORE_HOLD, 20), _LONGEST_HOLD)
