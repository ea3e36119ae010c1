"""Claiming what is due: locked, decided again, and marked as being sent, all in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from db import claims, settling, webhook_messages
from db.claims import ClaimedRow
from db.database import Database, Transaction
from surveys.alarm_notices import ALARM, ALARM_OVER, decide_alarm
from surveys.asking_again import AskingRound
from surveys.by_detail import decided_by_detail
from surveys.call_reminders import decide_call, decide_call_back, decide_missed_call
from surveys.calling import CALL, MISSED_CALL
from surveys.cards import decide_card, decide_outbreak, decide_relay
from surveys.due import Decide, Decision, Dropped, Due, DueRow, Moved, Postponed, SendTo
from surveys.escalating import decide_escalation
from surveys.incidents import decide_apology
from surveys.last_word import decide_solved
from surveys.noticing import decide_notice
from surveys.publishing import Catalogues
from surveys.replies import UNDELIVERED, decide_reply, decide_undelivered
from surveys.rules.sending import REPEAT, UNCONFIRMED, AfterUnknown, after_unknown
from surveys.telling import decide_webhook
from surveys.weekly import decide_weekly_report

DECIDED_ONE_BY_ONE: Mapping[str, Decide] = {
    "card": decide_card,
    "outbreak": decide_outbreak,
    "relay": decide_relay,
    "apology": decide_apology,
    "reply": decide_reply,
    "call_back": decide_call_back,
    "solved": decide_solved,
    "escalation": decided_by_detail({CALL: decide_call, MISSED_CALL: decide_missed_call}, decide_escalation),
    "notice": decided_by_detail(
        {UNDELIVERED: decide_undelivered, ALARM: decide_alarm, ALARM_OVER: decide_alarm}, decide_notice
    ),
    "weekly_report": decide_weekly_report,
    "webhook": decide_webhook,
}
"""How each kind is decided again; invitations and reminders are decided together, with their persons locked."""

SHOWN_LAST = frozenset({"card", "outbreak"})
"""Kinds that show how a case stands: decided after what they tell of."""

_NOT_UNDERSTOOD_SECONDS = 60.0

_ROUNDS = 20
"""How often one claim looks further while all it finds is dropped or moved; a small `limit` would crawl otherwise."""


@dataclass(slots=True)
class Claim:
    """What was decided about the rows of one claim, before it is written."""

    sent: list[Due] = field(default_factory=list)
    dropped: dict[int, str] = field(default_factory=dict)
    moved: dict[int, datetime] = field(default_factory=dict)
    postponed: dict[int, tuple[float, str | None]] = field(default_factory=dict)
    given_up: list[int] = field(default_factory=list)

    def take(self, row: ClaimedRow, decision: Decision) -> None:
        """Note what was decided about the row; one that may have arrived is never moved to where it shows twice."""
        if isinstance(decision, Moved) and row.reason == UNCONFIRMED:
            self.given_up.append(row.id)
            return
        match decision:
            case SendTo(chat_id, work, thread_id):
                self.sent.append(
                    Due(
                        row.id,
                        row.kind,
                        row.subject_id,
                        row.recipient,
                        row.channel,
                        chat_id,
                        row.attempts + 1,
                        _is_repeat(row),
                        work,
                        row.detail,
                        thread_id,
                        row.delivery_key,
                    )
                )
            case Dropped(reason):
                self.dropped[row.id] = reason
            case Moved(due_at, _):
                self.moved[row.id] = due_at
            case Postponed(seconds, reason):
                self.postponed[row.id] = (seconds, None if row.reason in (REPEAT, UNCONFIRMED) else reason)


async def claim(
    database: Database, catalogues: Catalogues, channel: str, *, now: datetime, limit: int = 100
) -> tuple[Due, ...]:
    """Take up to `limit` due rows of the channel for sending; complaints before questions.

    Two claims at once get different rows. Rows decided otherwise are dropped or moved and not returned. What is
    returned has to be settled; after 90 seconds of machine time it counts as unknown.
    """
    claim: Claim | None = None
    async with database.transaction() as transaction:
        for _ in range(_ROUNDS):
            claim = await _claim_round(transaction, catalogues, channel, now=now, limit=limit)
            if claim is None or claim.sent:
                break
    return () if claim is None else tuple(claim.sent)


async def claim_for_webhooks(
    database: Database, catalogues: Catalogues, *, busy: Collection[int], each: int, now: datetime
) -> tuple[Due, ...]:
    """Take up to `each` due rows of every webhook that is not `busy`, so that no target stands in another's way.

    The `chat_id` of what is returned is the webhook's id. Otherwise as `claim`.
    """
    claim = Claim()
    async with database.transaction() as transaction:
        for _ in range(_ROUNDS):
            rows = await webhook_messages.lock_due(transaction, busy=busy, each=each, now=now)
            claim = Claim()
            for row in rows:
                claim.take(row, await _decide(transaction, catalogues, row, now=now))
            await _write(transaction, claim, now=now)
            if claim.sent or not rows:
                break
    return tuple(claim.sent)


async def _claim_round(
    transaction: Transaction, catalogues: Catalogues, channel: str, *, now: datetime, limit: int
) -> Claim | None:
    """Decide about the next rows; None when there is nothing to decide."""
    rows = await claims.lock_due(transaction, channel, asking=False, now=now, limit=limit)
    asking: Sequence[ClaimedRow] = ()
    if len(rows) < limit:
        asking = await claims.lock_due(transaction, channel, asking=True, now=now, limit=limit - len(rows))
    if not rows and not asking:
        return None
    claim = Claim()
    rows = _without_given_up(claim, rows)
    asking = _without_given_up(claim, asking)
    for row in sorted(rows, key=lambda row: row.kind in SHOWN_LAST):
        claim.take(row, await _decide(transaction, catalogues, row, now=now))
    if asking:
        asking_round = AskingRound(catalogues, channel, now=now)
        decisions = await asking_round.decide(transaction, asking)
        for row in asking:
            if row.id in decisions:
                claim.take(row, decisions[row.id])
        await asking_round.store(transaction)
    await _write(transaction, claim, now=now)
    return claim if claim.sent or claim.dropped or claim.moved or claim.postponed or claim.given_up else None


async def _write(transaction: Transaction, claim: Claim, *, now: datetime) -> None:
    await claims.drop_rows(transaction, claim.dropped, now=now)
    await claims.move_rows(transaction, claim.moved)
    await claims.postpone_rows(transaction, claim.postponed)
    await settling.rows_ended(transaction, dict.fromkeys(claim.given_up, ("unknown", None)), now=now)
    await claims.mark_sending(transaction, [due.schedule_id for due in claim.sent])


def _without_given_up(claim: Claim, rows: Sequence[ClaimedRow]) -> list[ClaimedRow]:
    """The rows without those that may have arrived and can no longer be sent so that they show once."""
    left = []
    for row in rows:
        if row.reason == UNCONFIRMED and _after_unknown(row) is AfterUnknown.ENDS:
            claim.given_up.append(row.id)
        else:
            left.append(row)
    return left


def _is_repeat(row: ClaimedRow) -> bool:
    return row.reason == REPEAT or (row.reason == UNCONFIRMED and _after_unknown(row) is AfterUnknown.REPEAT)


def _after_unknown(row: ClaimedRow) -> AfterUnknown:
    return after_unknown(row.channel, row.kind, row.tried_for)


async def _decide(transaction: Transaction, catalogues: Catalogues, row: ClaimedRow, *, now: datetime) -> Decision:
    decide = DECIDED_ONE_BY_ONE.get(row.kind)
    if decide is None:
        return Postponed(_NOT_UNDERSTOOD_SECONDS, "not_understood")
    due_row = DueRow(
        row.id,
        row.kind,
        row.subject_id,
        row.recipient,
        row.channel,
        row.dedupe_key,
        row.due_at,
        row.attempts,
        _is_repeat(row),
        row.detail,
    )
    return await decide(transaction, catalogues, due_row, now=now)
