"""The loop's steps for webhooks: what one is told now, and what came of telling it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from db import webhook_log, webhook_messages, webhooks
from db.database import Transaction
from db.webhook_log import NewAttempt
from db.webhook_messages import MessageFacts
from db.webhooks import FailingWebhook, StoredWebhook
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Postponed, SendTo, SettledDetail, WebhookAttempt
from surveys.publishing import Catalogues
from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, SendOutcome, Unknown
from surveys.rules.webhooks import KEPT_FOR, hold_seconds, retry_after

__all__ = ["MessageFacts", "TellWebhook", "decide_webhook", "settle_webhooks", "signing_secrets", "tidy_webhooks"]

RECIPIENT = "webhook:"
_BATCH = 1000
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class TellWebhook(DueWork):
    """Tell a webhook what happened, as it stands now, signed with each of the secrets.

    The comment is told only `with_comment`.
    """

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    facts: MessageFacts = field(repr=False)
    with_comment: bool


async def decide_webhook(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: what is told now, and where; nothing to a webhook that is gone or of what is not kept."""
    webhook = await webhooks.find(transaction, _webhook_id(row.recipient))
    if webhook is None:
        return Dropped("removed")
    if webhook.disabled_at is not None:
        return Dropped("disabled")
    facts = await webhook_messages.facts(transaction, row.subject_id)
    if facts is None or facts.happened_at < now - KEPT_FOR:
        return Dropped("too_old")
    work = TellWebhook(webhook.name, webhook.url, signing_secrets(webhook, now), facts, webhook.with_comment)
    return SendTo(webhook.id, work)


def signing_secrets(webhook: StoredWebhook, now: datetime) -> tuple[str, ...]:
    """The secret in force, and the one before it for a day after a rotation."""
    if webhook.previous_secret is None or webhook.previous_until is None or webhook.previous_until <= now:
        return (webhook.secret,)
    return (webhook.secret, webhook.previous_secret)


async def settle_webhooks(
    transaction: Transaction, told: Sequence[tuple[Due, SendOutcome, SettledDetail | None]], *, now: datetime
) -> dict[int, Postponed | Dropped]:
    """A step of the loop: log the attempts and note how each webhook fares; the verdicts about those that failed.

    An attempt that failed is made again as the rules say, whatever the cause; a target that answers 410 is told
    nothing more.
    """
    if not told:
        return {}
    failures = await webhooks.lock_failures(transaction, {_webhook_id(due.recipient) for due, _, _ in told})
    working: set[int] = set()
    failing: dict[int, FailingWebhook] = {}
    verdicts: dict[int, Postponed | Dropped] = {}
    for due, outcome, _ in told:
        webhook_id = _webhook_id(due.recipient)
        if webhook_id not in failures:
            verdicts[due.schedule_id] = Dropped("removed")
        elif isinstance(outcome, Accepted):
            failures[webhook_id] = 0
            working.add(webhook_id)
            failing.pop(webhook_id, None)
        else:
            failures[webhook_id] += 1
            count = failures[webhook_id]
            failing[webhook_id] = FailingWebhook(count, _error(outcome) or "", hold_seconds(count))
            verdicts[due.schedule_id] = _verdict(due, outcome)
    await webhooks.note_working(transaction, working)
    await webhooks.note_failing(transaction, failing, now=now)
    await webhook_log.log_attempts(transaction, [_attempt(*one) for one in told], now=now)
    for due, outcome, _ in told:
        if isinstance(outcome, Refused) and outcome.cause is RefusalCause.GONE:
            await webhooks.disable(transaction, _webhook_id(due.recipient), outcome.description, now=now)
    return verdicts


async def tidy_webhooks(transaction: Transaction, *, now: datetime) -> int:
    """A step of the sweep: what is older than is kept goes, with its log; how much was deleted."""
    return await webhook_messages.forget_old(transaction, now - KEPT_FOR, now=now, limit=_BATCH)


def _verdict(due: Due, outcome: SendOutcome) -> Postponed | Dropped:
    if isinstance(outcome, Refused):
        return Dropped(outcome.cause.value)
    asked = outcome.retry_after if isinstance(outcome, NotExecuted) else 0.0
    again = retry_after(due.attempt, asked)
    return Dropped("given_up") if again is None else Postponed(again.total_seconds(), "failed")


def _attempt(due: Due, outcome: SendOutcome, detail: SettledDetail | None) -> NewAttempt:
    made = detail if isinstance(detail, WebhookAttempt) else WebhookAttempt(None, None)
    return NewAttempt(
        _webhook_id(due.recipient), due.subject_id, due.attempt, made.status, _error(outcome), made.seconds
    )


def _error(outcome: SendOutcome) -> str | None:
    if isinstance(outcome, Refused | NotExecuted | Unknown):
        return outcome.description[:_LONGEST_ERROR]
    return None


def _webhook_id(recipient: str) -> int:
    return int(recipient.removeprefix(RECIPIENT))
