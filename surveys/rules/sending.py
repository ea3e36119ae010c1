"""What came of an attempt to send, and what that means for the schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RefusalCause(StrEnum):
    """Why a messenger will never accept this message as it is."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    CHAT_NOT_FOUND = "chat_not_found"
    KICKED = "kicked"
    NOT_MODIFIED = "not_modified"
    MESSAGE_GONE = "message_gone"
    TOPIC_GONE = "topic_gone"
    INVALID = "invalid"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The messenger took the message and gave it this id."""

    message_id: int


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """The call was certainly not executed (not connected, 429): may be tried again after `retry_after` seconds.

    `whole_channel` says that the messenger asked every caller of this bot to wait.
    """

    retry_after: float
    description: str
    whole_channel: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The messenger will not take it (4xx)."""

    cause: RefusalCause
    description: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The group became another chat; the same message goes there."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether it was executed: 5xx, reset or time-out after the request was written."""

    description: str


SendOutcome = Accepted | NotExecuted | Refused | Migrated | Unknown

SENT_AGAIN_WHEN_UNKNOWN = frozenset({"card", "outbreak", "relay", "escalation", "notice", "reply", "webhook"})
"""Kinds of the schedule that are sent once more, marked as a repeat, when nobody can tell whether they arrived."""

SHOWN_ONCE_FOR: Mapping[str, timedelta] = {"vk": timedelta(minutes=50)}
"""Channels that show a message sent again under the same key once, and how long after its first try we count on that.

VK compares `random_id` with the dialog's last hour (and its last 100 messages); ten minutes are left for the try.
"""

REPEAT = "unknown"
"""The reason noted on a row that is due again, marked as a repeat, because it may have arrived."""

UNCONFIRMED = "unconfirmed"
"""The reason noted on a row that is due again under the same key, so that it shows once even if it had arrived."""

PAUSED_BY_TARGET = frozenset({"webhook"})
"""Channels of which each target fares by itself: unknown outcomes of one pause nobody else."""

UNKNOWNS_BEFORE_PAUSE = 3
"""So many unknown outcomes in a row pause a channel."""

PAUSE_AFTER_UNKNOWNS = timedelta(seconds=15)

LEASE = timedelta(seconds=90)
"""A row that has been `sending` for longer, by machine time, was left by a process that died."""

_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 300.0


def is_sent_again_when_unknown(kind: str) -> bool:
    """Whether a message whose fate is unknown goes out again; a customer is rather not asked than asked twice."""
    return kind in SENT_AGAIN_WHEN_UNKNOWN


class AfterUnknown(StrEnum):
    """What becomes of a message of which nobody can tell whether it arrived."""

    SAME_AGAIN = "same_again"
    REPEAT = "repeat"
    ENDS = "ends"


def after_unknown(channel: str, kind: str, tried_for: timedelta | None) -> AfterUnknown:
    """What is done about an unknown outcome; `tried_for` is machine time since the first try that may have arrived.

    Where the channel itself shows a repeated message once, it is sent again as it was, while that can be counted on;
    None (nobody knows how long) cannot. Otherwise what staff need is sent again and says so, and the rest ends.
    """
    counted_on = SHOWN_ONCE_FOR.get(channel)
    if counted_on is not None and tried_for is not None and tried_for < counted_on:
        return AfterUnknown.SAME_AGAIN
    return AfterUnknown.REPEAT if is_sent_again_when_unknown(kind) else AfterUnknown.ENDS


def retry_delay(attempt: int, retry_after: float) -> float:
    """Seconds until the next attempt after one that was certainly not executed; `attempt` counts from 1.

    What the messenger asks for is kept exactly; otherwise 1, 2, 4 … seconds, at most 5 minutes.
    """
    if retry_after > 0:
        return retry_after
    return min(_FIRST_BACKOFF * 2.0 ** min(attempt - 1, 20), _LONGEST_BACKOFF)


def unknown_in_a_row(before: int, outcomes: Sequence[SendOutcome]) -> int:
    """How many outcomes in a row are unknown after these; whatever the messenger answered ends the row."""
    count = before
    for outcome in outcomes:
        if isinstance(outcome, Unknown):
            count += 1
        elif not isinstance(outcome, NotExecuted):
            count = 0
    return count
