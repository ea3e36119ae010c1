"""Which screen shows which kind of due work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.clock import Clock
from bot.delivery.rendering import Renderers, Rendering
from bot.screens.cards import bare_card_screen, card_screen, relay_screen
from bot.screens.dialogue import invitation_screen, question_as_shown, reminder_screen
from bot.screens.incidents import apology_screen
from bot.screens.outbreaks import outbreak_screen
from bot.screens.report import report_screen
from surveys.cards import PostCard, PostOutbreak, RelayMessage
from surveys.due import AskInvitation, Due, PostWeeklyReport, RemindInvitation, SettledText
from surveys.incidents import Apologise
from surveys.publishing import Catalogues
from surveys.reach import measure_reach
from surveys.reporting import weekly_report

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()


def build_renderers(database: Database, catalogues: Catalogues, clock: Clock) -> Renderers:
    """The renderer of each kind of work; a report reads its figures when it is shown."""

    def invitation(due: Due) -> Rendering:
        work = due.work
        assert isinstance(work, AskInvitation)
        question = question_as_shown(work)
        return Rendering(invitation_screen(work, question), settled=SettledText(question, work.language))

    def reminder(due: Due) -> Rendering:
        assert isinstance(due.work, RemindInvitation)
        return Rendering(reminder_screen(due.work), reply_to=due.work.reply_to)

    def card(due: Due) -> Rendering:
        assert isinstance(due.work, PostCard)
        try:
            screen = card_screen(due.work, is_repeat=due.is_repeat)
        except Exception:
            # a complaint has to reach somebody whatever is wrong with us
            log.exception("card_not_drawn", case_id=due.subject_id)
            screen = bare_card_screen(due.work)
        return Rendering(screen, edit_message_id=due.work.edit_message_id)

    def outbreak(due: Due) -> Rendering:
        assert isinstance(due.work, PostOutbreak)
        screen = outbreak_screen(due.work.view, now=clock.now(), is_repeat=due.is_repeat)
        return Rendering(screen, edit_message_id=due.work.edit_message_id)

    def apology(due: Due) -> Rendering:
        assert isinstance(due.work, Apologise)
        return Rendering(apology_screen(due.work))

    def relay(due: Due) -> Rendering:
        assert isinstance(due.work, RelayMessage)
        return Rendering(relay_screen(due.work, is_repeat=due.is_repeat), reply_to=due.work.reply_to)

    async def report(due: Due) -> Rendering:
        work = due.work
        assert isinstance(work, PostWeeklyReport)
        figures = await weekly_report(database, catalogues, start=work.week_start, end=work.week_end, now=clock.now())
        reach = await measure_reach(database, catalogues, figures.period)
        return Rendering(report_screen(figures, work.language, reach))

    return Renderers(
        {
            AskInvitation: invitation,
            RemindInvitation: reminder,
            PostCard: card,
            PostOutbreak: outbreak,
            Apologise: apology,
            RelayMessage: relay,
            PostWeeklyReport: report,
        }
    )
