"""Which screen shows which kind of due work to staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog

from bot.delivery.rendering import Renderer, Rendering
from bot.screens.calling import missed_call_screen, reminder_screen
from bot.screens.cards import bare_card_screen, card_screen, relay_screen
from bot.screens.escalations import escalation_screen, morning_screen
from bot.screens.outbreaks import outbreak_screen
from bot.screens.talking import undelivered_screen
from surveys.call_reminders import RemindOfCall, TellMissedCall
from surveys.cards import PostCard, PostOutbreak, RelayMessage
from surveys.due import Due, DueWork
from surveys.escalating import EscalateCases, OpenMorning
from surveys.replies import NoteUndelivered

log = structlog.get_logger()


def _card(due: Due) -> Rendering:
    assert isinstance(due.work, PostCard)
    try:
        screen = card_screen(due.work, is_repeat=due.is_repeat)
    except Exception:
        # a complaint has to reach somebody whatever is wrong with us
        log.exception("card_not_drawn", case_id=due.subject_id)
        screen = bare_card_screen(due.work)
    return Rendering(screen, edit_message_id=due.work.edit_message_id)


def _outbreak(due: Due) -> Rendering:
    assert isinstance(due.work, PostOutbreak)
    screen = outbreak_screen(due.work.view, now=due.work.drawn_at, is_repeat=due.is_repeat)
    return Rendering(screen, edit_message_id=due.work.edit_message_id)


def _relay(due: Due) -> Rendering:
    assert isinstance(due.work, RelayMessage)
    return Rendering(
        relay_screen(due.work, is_repeat=due.is_repeat),
        edit_message_id=due.work.edit_message_id,
        reply_to=due.work.reply_to,
    )


def _escalation(due: Due) -> Rendering:
    assert isinstance(due.work, EscalateCases)
    return Rendering(escalation_screen(due.work, is_repeat=due.is_repeat), reply_to=due.work.reply_to)


def _morning(due: Due) -> Rendering:
    assert isinstance(due.work, OpenMorning)
    return Rendering(morning_screen(due.work, is_repeat=due.is_repeat))


def _undelivered(due: Due) -> Rendering:
    assert isinstance(due.work, NoteUndelivered)
    return Rendering(undelivered_screen(due.work), reply_to=due.work.reply_to)


def _call_reminder(due: Due) -> Rendering:
    assert isinstance(due.work, RemindOfCall)
    return Rendering(reminder_screen(due.work, is_repeat=due.is_repeat), reply_to=due.work.reply_to)


def _missed_call(due: Due) -> Rendering:
    assert isinstance(due.work, TellMissedCall)
    return Rendering(missed_call_screen(due.work, is_repeat=due.is_repeat))


STAFF_RENDERERS: Final[Mapping[type[DueWork], Renderer]] = {
    PostCard: _card,
    PostOutbreak: _outbreak,
    RelayMessage: _relay,
    EscalateCases: _escalation,
    OpenMorning: _morning,
    NoteUndelivered: _undelivered,
    RemindOfCall: _call_reminder,
    TellMissedCall: _missed_call,
}
