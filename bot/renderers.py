"""Which screen shows which kind of due work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bot.alarm_renderers import ALARM_RENDERERS
from bot.clock import Clock
from bot.delivery.rendering import Renderer, Renderers, Rendering
from bot.drawing.kinds import Kind
from bot.drawing.painting import Painter
from bot.illustrating import draw_report, illustrated
from bot.screens.calling import call_screen
from bot.screens.dialogue import invitation_screen, question_as_shown, reminder_screen
from bot.screens.drilling import with_drill
from bot.screens.incidents import apology_screen
from bot.screens.report import report_screen
from bot.screens.talking import reply_screen
from bot.settlement_renderers import SETTLEMENT_RENDERERS
from bot.staff_renderers import STAFF_RENDERERS
from surveys.call_reminders import AskWhenToCall
from surveys.due import AskInvitation, Due, DueWork, PostWeeklyReport, RemindInvitation, SettledText
from surveys.incidents import Apologise
from surveys.publishing import Catalogues
from surveys.replies import StaffReply
from surveys.rules.weeks import Period
from surveys.whole_business import read_whole_report

if TYPE_CHECKING:
    from surveys.storage import Database


def build_renderers(
    database: Database, catalogues: Catalogues, clock: Clock, painter: Painter | None = None
) -> Renderers:
    """The renderer of each kind of work; a report reads its figures when it is shown, and without a painter it has no
    picture."""

    async def report(due: Due) -> Rendering:
        work = due.work
        assert isinstance(work, PostWeeklyReport)
        if painter is not None:
            painter.prepare(Kind.REPORT)
        week = Period(work.week_start, work.week_end)
        figures, whole = await read_whole_report(database, catalogues, week, scope=work.scope, now=clock.now())
        words = with_drill(report_screen(figures, work.language, whole), figures.period, work.language)
        picture = None if painter is None else await draw_report(painter, figures, work.language, work.theme)
        if picture is None:
            return Rendering(words)
        return Rendering(illustrated(figures, work.language, picture, whole), instead=words)

    return Renderers(
        {
            **CUSTOMER_RENDERERS,
            **STAFF_RENDERERS,
            **SETTLEMENT_RENDERERS,
            **ALARM_RENDERERS,
            PostWeeklyReport: report,
        }
    )


def _invitation(due: Due) -> Rendering:
    work = due.work
    assert isinstance(work, AskInvitation)
    question = question_as_shown(work)
    return Rendering(invitation_screen(work, question), settled=SettledText(question, work.language))


def _reminder(due: Due) -> Rendering:
    assert isinstance(due.work, RemindInvitation)
    return Rendering(reminder_screen(due.work), reply_to=due.work.reply_to)


def _apology(due: Due) -> Rendering:
    assert isinstance(due.work, Apologise)
    return Rendering(apology_screen(due.work))


def _reply(due: Due) -> Rendering:
    assert isinstance(due.work, StaffReply)
    earlier = due.work.edit_message_id
    screen = reply_screen(due.work, due.channel, is_repeat=due.is_repeat)
    if earlier is None:
        return Rendering(screen)
    corrected = reply_screen(due.work, due.channel, is_repeat=due.is_repeat, corrects=True)
    return Rendering(screen, edit_message_id=earlier, reply_to=earlier, anew=corrected)


def _call_times(due: Due) -> Rendering:
    assert isinstance(due.work, AskWhenToCall)
    return Rendering(call_screen(due.work.choices, asked_by_staff=True))


CUSTOMER_RENDERERS: Final[Mapping[type[DueWork], Renderer]] = {
    AskInvitation: _invitation,
    RemindInvitation: _reminder,
    Apologise: _apology,
    StaffReply: _reply,
    AskWhenToCall: _call_times,
}
