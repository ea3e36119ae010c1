"""Webhooks as their owners see them: added with a secret shown once, rotated, removed, their log read, replayed."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from db import webhook_log, webhook_messages, webhooks
from db.database import Database, Transaction
from db.webhook_log import LoggedAttempt
from db.webhooks import StoredWebhook
from surveys.rules.targets import check_target
from surveys.rules.webhooks import ROTATION_OVERLAP, HappeningType, WebhookError, check_name, parse_types
from surveys.telling import signing_secrets

_SECRET_BYTES = 32
_KEY = re.compile(r"msg_[0-9a-f]{32}")


class WebhookNameTakenError(WebhookError):
    """There is a webhook of this name."""


class NoSuchWebhookError(LookupError):
    """There is no webhook of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no webhook named {name}; `otklik webhook list` shows all")


class NoSuchMessageError(LookupError):
    """Nothing of this webhook-id is kept (any more)."""


@dataclass(frozen=True, slots=True)
class WebhookView:
    """What may be shown of a webhook: all but its secret."""

    name: str
    url: str
    events: tuple[HappeningType, ...]
    with_comment: bool
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret just made: the one moment in which it can be read. The one before it signs too until then."""

    webhook: WebhookView
    secret: str = field(repr=False)
    previous_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialTarget:
    """Where a test event goes, and what signs it."""

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """A webhook, how much waits for it, and its attempts, newest first; `next_before` leads on, None at the end."""

    webhook: WebhookView
    waiting: int
    attempts: tuple[LoggedAttempt, ...]
    next_before: int | None


async def add_webhook(
    database: Database,
    name: str,
    url: str,
    events: Sequence[str] = (),
    *,
    with_comment: bool = False,
    private_allowed: bool = False,
    now: datetime,
) -> NewSecret:
    """Have `url` told of these types of happenings, all of them for none; raises WebhookError."""
    types = parse_types(tuple(events))
    secret = _new_secret()
    checked = check_target(url, private_allowed=private_allowed)
    async with database.transaction() as transaction:
        stored = await webhooks.insert(
            transaction,
            name=check_name(name),
            url=checked,
            secret=secret,
            events=[one.value for one in types],
            with_comment=with_comment,
            now=now,
        )
    if stored is None:
        raise WebhookNameTakenError(f"name: a webhook named {name} exists; remove it first or choose another name")
    return NewSecret(_view(stored), secret)


async def list_webhooks(database: Database) -> tuple[WebhookView, ...]:
    """All webhooks, by name."""
    async with database.autocommit() as statement:
        return tuple(_view(one) for one in await webhooks.all_webhooks(statement))


async def remove_webhook(database: Database, name: str, *, now: datetime) -> None:
    """Delete a webhook, its secret and its log; what waits for it is not sent. Raises NoSuchWebhookError."""
    async with database.transaction() as transaction:
        if not await webhooks.remove(transaction, name, now=now):
            raise NoSuchWebhookError(name)


async def rotate_secret(database: Database, name: str, *, now: datetime) -> NewSecret:
    """A new secret; for 24 hours the one before signs too. Raises NoSuchWebhookError."""
    secret, until = _new_secret(), now + ROTATION_OVERLAP
    async with database.transaction() as transaction:
        if not await webhooks.rotate(transaction, name, secret, until=until):
            raise NoSuchWebhookError(name)
        return NewSecret(_view(await _named(transaction, name)), secret, until)


async def enable_webhook(database: Database, name: str) -> WebhookView:
    """Tell a webhook again that was disabled; what it missed is told by a replay. Raises NoSuchWebhookError."""
    async with database.transaction() as transaction:
        if not await webhooks.enable(transaction, name):
            raise NoSuchWebhookError(name)
        return _view(await _named(transaction, name))


async def read_log(database: Database, name: str, *, before: int | None = None, limit: int = 50) -> DeliveryLog:
    """The delivery log of a webhook, newest first; raises NoSuchWebhookError."""
    async with database.transaction() as transaction:
        webhook = await _named(transaction, name)
        found = await webhook_log.attempts(transaction, webhook.id, before_id=before, limit=limit + 1)
        waiting = await webhook_log.waiting(transaction, webhook.id)
    shown = found[:limit]
    return DeliveryLog(_view(webhook), waiting, shown, shown[-1].id if len(found) > limit else None)


async def replay(
    database: Database, name: str, *, since: datetime | None = None, message: str | None = None, now: datetime
) -> int:
    """Tell a webhook once more, under the same webhook-id: one message, or all of its types since an instant, or,
    without either, those it was given up on. What is still to be tried is tried at once. How many there are.

    Raises NoSuchWebhookError, NoSuchMessageError, and WebhookError for a webhook that is disabled.
    """
    if since is not None and message is not None:
        raise WebhookError("since: give it or a message, not both")
    async with database.transaction() as transaction:
        webhook = await _named(transaction, name)
        if webhook.disabled_at is not None:
            raise WebhookError(f"name: {name} is disabled; `otklik webhook enable {name}` first")
        message_id = None
        if message is not None:
            message_id = await _message(transaction, message)
        return await webhook_messages.replay(transaction, webhook, message_id=message_id, since=since, now=now)


async def trial_target(database: Database, name: str, *, now: datetime) -> TrialTarget:
    """Where a test event of this webhook goes; raises NoSuchWebhookError."""
    async with database.autocommit() as statement:
        webhook = await _named(statement, name)
    return TrialTarget(webhook.name, webhook.url, signing_secrets(webhook, now))


async def _message(transaction: Transaction, key: str) -> int:
    found = await webhook_messages.message_of_key(transaction, key) if _KEY.fullmatch(key) else None
    if found is None:
        raise NoSuchMessageError(f"message: no {key} is kept; take the webhook-id, msg_…, from the delivery log")
    return found


async def _named(transaction: Transaction, name: str) -> StoredWebhook:
    webhook = await webhooks.named(transaction, name)
    if webhook is None:
        raise NoSuchWebhookError(name)
    return webhook


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(token_bytes(_SECRET_BYTES)).decode()}"


def _view(webhook: StoredWebhook) -> WebhookView:
    return WebhookView(
        webhook.name,
        webhook.url,
        tuple(HappeningType(one) for one in webhook.events),
        webhook.with_comment,
        webhook.created_at,
        webhook.disabled_at,
        webhook.disabled_reason,
        webhook.failures,
        webhook.failing_since,
        webhook.failure,
    )
