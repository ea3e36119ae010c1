"""What the asking itself tells between weeks: a day on which nothing is sent, days on which nobody answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from db import alarm_counts
from db.database import Transaction
from surveys.alarm_notices import clear_alarm, raise_alarm
from surveys.alarms import AlarmView
from surveys.asking_day import event_states, read_day
from surveys.rules.alarm_evidence import AnswersAgain, SendingAgain, SendingEvidence, SilenceEvidence
from surveys.rules.alarms import (
    ALARMING,
    EIGHT_WEEKS,
    AlarmKind,
    Sending,
    Share,
    silence_rises,
)
from surveys.rules.journey import Catalogue

TIME_TO_ANSWER = timedelta(hours=6)
"""A question that was sent later is not counted as unanswered yet."""

_WEEK = timedelta(days=7)


async def watch_day(
    transaction: Transaction, catalogue: Catalogue, open_ones: Sequence[AlarmView], *, now: datetime
) -> tuple[int, int]:
    """A step: whether nothing is sent today, or something again since that was told."""
    if catalogue.alarms.nothing_sent is None:
        return 0, 0
    alarm = next((one for one in open_ones if one.kind is AlarmKind.NOTHING_SENT), None)
    if alarm is not None:
        return 0, await _end_day(transaction, catalogue, alarm, now=now)
    sending, day = await read_day(transaction, catalogue, now=now)
    if sending not in ALARMING:
        return 0, 0
    evidence = SendingEvidence(sending, day)
    return await raise_alarm(transaction, catalogue, AlarmKind.NOTHING_SENT, evidence, now=now), 0


async def _end_day(transaction: Transaction, catalogue: Catalogue, alarm: AlarmView, *, now: datetime) -> bool:
    evidence = alarm.evidence
    assert isinstance(evidence, SendingEvidence)
    sent = await alarm_counts.sent_since(transaction, alarm.risen_at)
    events = 0
    if sent or evidence.sending is Sending.NO_EVENTS:
        since = max(alarm.risen_at, now - _WEEK)
        events = sum((await event_states(transaction, catalogue, start=since, end=now)).values())
    if not sent and not events:
        return False
    clearing = SendingAgain(sent, events)
    return await clear_alarm(transaction, catalogue, alarm.id, alarm.kind, clearing, now=now)


async def watch_silence(
    transaction: Transaction, catalogue: Catalogue, open_ones: Sequence[AlarmView], *, now: datetime
) -> tuple[int, int]:
    """A step: touchpoints nobody has answered about for days, and those somebody answered about again."""
    limits = catalogue.alarms.nobody_answered
    asked = {name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.survey is not None}
    if limits is None or not asked:
        return 0, 0
    silences = {one.touchpoint or "": one for one in open_ones if one.kind is AlarmKind.NOBODY_ANSWERED}
    ended = 0
    for alarm in silences.values():
        ended += await _end_silence(transaction, catalogue, alarm, now=now)
    since = now - timedelta(days=limits.days)
    unanswered = asked - silences.keys() - (await alarm_counts.answered_since(transaction, since)).keys()
    if not unanswered:
        return 0, ended
    delivered = await _delivered(transaction, catalogue, unanswered, since=since, until=now - TIME_TO_ANSWER)
    suspected = {name: share.n for name, share in delivered.items() if silence_rises(limits, share.n, Share(0, 0))}
    if not suspected:
        return 0, ended
    usual = await _delivered(transaction, catalogue, suspected, since=since - EIGHT_WEEKS, until=since)
    risen = 0
    for name, count in sorted(suspected.items()):
        usually = usual.get(name, Share(0, 0))
        if silence_rises(limits, count, usually):
            evidence = SilenceEvidence(count, limits.days, usually)
            risen += await raise_alarm(
                transaction, catalogue, AlarmKind.NOBODY_ANSWERED, evidence, touchpoint=name, now=now
            )
    return risen, ended


async def _end_silence(transaction: Transaction, catalogue: Catalogue, alarm: AlarmView, *, now: datetime) -> bool:
    answers = (await alarm_counts.answered_since(transaction, max(alarm.risen_at, now - _WEEK))).get(
        alarm.touchpoint or "", 0
    )
    if not answers:
        return False
    return await clear_alarm(transaction, catalogue, alarm.id, alarm.kind, AnswersAgain(answers), now=now)


async def _delivered(
    transaction: Transaction,
    catalogue: Catalogue,
    touchpoints: Collection[str],
    *,
    since: datetime,
    until: datetime,
) -> dict[str, Share]:
    """How many questions of that time were answered, of those delivered; events may lie `ask_by` before a question."""
    lag = max(catalogue.touchpoints[name].ask_by for name in touchpoints)
    counted = await alarm_counts.delivered_counts(
        transaction, list(touchpoints), events_since=since - lag, sent_since=since, sent_until=until
    )
    return {one.touchpoint: Share(one.answered, one.delivered) for one in counted}
