"""What the loop hands to delivery: a claimed row of the schedule together with what it needs to be shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from db.database import Transaction
from db.reports import EVERYTHING, Narrowing
from surveys.publishing import Catalogues
from surveys.rules.journey import Survey
from surveys.rules.sending import Refused


@dataclass(frozen=True, slots=True)
class DueWork:
    """What is to be sent, as values; each kind of the schedule has its own subclass."""


@dataclass(frozen=True, slots=True)
class AskInvitation(DueWork):
    """Ask the question of a survey.

    `question_values` fill the placeholders of the question; a missing one takes its fallback. `again` says that a
    complaint about it was put right meanwhile.
    """

    invitation_id: int
    touchpoint: str
    survey_name: str
    survey: Survey
    language: str
    question_values: Mapping[str, str]
    again: bool = False


@dataclass(frozen=True, slots=True)
class RemindInvitation(DueWork):
    """Remind once of an unanswered question, `question` as it was shown; `reply_to` is the message that asked it."""

    invitation_id: int
    touchpoint: str
    survey_name: str
    survey: Survey
    language: str
    question: str
    reply_to: int | None


@dataclass(frozen=True, slots=True)
class PostWeeklyReport(DueWork):
    """Post the report of the week [`week_start`, `week_end`) into the chat: of all that lies in `scope`."""

    week_start: date
    week_end: date
    language: str
    theme: str = "light"
    scope: Narrowing = EVERYTHING


@dataclass(frozen=True, slots=True)
class Dropped:
    """Decided again and not sent any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """Decided again and sent later: the row stays due at this instant of business time."""

    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row of the schedule that is being decided again; `recipient` as in `ScheduleEntry`."""

    id: int
    kind: str
    subject_id: int
    recipient: str
    channel: str
    dedupe_key: str
    due_at: datetime
    attempts: int
    is_repeat: bool
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed row of the schedule: send `work` to `chat_id` and settle what came of it.

    `attempt` counts from 1. `is_repeat` says that an earlier attempt may have arrived: the message is marked so.
    `delivery_key` is the same for every attempt at this message and for no other message.
    """

    schedule_id: int
    kind: str
    subject_id: int
    recipient: str
    channel: str
    chat_id: int
    attempt: int
    is_repeat: bool
    work: DueWork
    detail: str | None = None
    thread_id: int | None = None
    delivery_key: str | None = None


@dataclass(frozen=True, slots=True)
class SettledText:
    """The question as it was shown, and its language."""

    question: str
    language: str


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """How telling a webhook went: the status it answered with and the seconds it took, None where that is not known."""

    status: int | None
    seconds: float | None


SettledDetail = SettledText | WebhookAttempt
"""What is kept of a sending beside its outcome."""


@dataclass(frozen=True, slots=True)
class SendTo:
    """Decided again and sent now, to this chat, and there into the topic of a forum."""

    chat_id: int
    work: DueWork
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Postponed:
    """Cannot be sent at present (a team without a working chat): tried again after so many machine seconds."""

    seconds: float
    reason: str


Decision = SendTo | Dropped | Moved | Postponed
"""What a step that decides a row again answers; `decide_card(transaction, catalogues, row, *, now)` is one."""


Decide = Callable[..., Awaitable[Decision]]
"""A step `(transaction, catalogues, row: DueRow, *, now) -> Decision`."""


class Settler(Protocol):
    """Told, within the transaction that settles the row, what came of a message of one kind."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """The messenger took it."""

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """The messenger will not take it; what becomes of the row: None ends it as rejected."""

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """Nobody can tell whether it arrived."""
