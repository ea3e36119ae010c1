"""What managers read: scores, the report of a week with its picture, and when it comes by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Final

import structlog
from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.drawing.kinds import Kind
from bot.drawing.painting import Painter
from bot.illustrating import draw_report, illustrated
from bot.receiving.later import LaterWork
from bot.screens.actions import decode
from bot.screens.drilling import drill_screen, with_drill
from bot.screens.manager_actions import (
    DrillBack,
    DrillInto,
    OpenDrill,
    PauseReport,
    SetReportDay,
    SetReportHour,
    SetReportTheme,
)
from bot.screens.membership import notice
from bot.screens.report import report_screen
from bot.screens.scores import scores_screen
from bot.screens.screen import Run, Screen
from bot.screens.subscription import subscription_screen, unknown_wish_screen
from bot.screens.wording import Wording
from bot.telegram.announcing import counted
from bot.telegram.roles import HasRole, Roles
from surveys import drilling
from surveys.drilling import DrillView
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.reporting import Report, read_scores, read_scores_request, read_week
from surveys.rules.report_wishes import ReportWish, WishError, read_report_wish
from surveys.rules.sending import Accepted
from surveys.rules.weeks import PeriodError
from surveys.subscriptions import THEMES, Subscription, change_subscription, read_subscription, reading_of
from surveys.whole_business import WholeBusiness, read_whole_report

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

PATIENCE: Final = 0.7
"""Seconds after which whoever waits for a picture is told that it is being drawn."""


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """The commands about reports and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    later: LaterWork
    painter: Painter

    async def scores(self, message: Message, command: CommandObject) -> None:
        """/scores [touchpoint] [period]."""
        if message.from_user is None:
            return
        catalogue, now = self.catalogues.in_force.catalogue, self.clock.now()
        try:
            asked = read_scores_request(command.args or "", catalogue, now=now)
        except PeriodError as error:
            await self._say(message, "unknown_scores", text=error.text, touchpoints=", ".join(catalogue.touchpoints))
            return
        reading = await reading_of(self.database, self.catalogues, message.from_user.id)
        start, end = asked.period.start, asked.period.end
        reading_scores = read_scores(
            self.database,
            self.catalogues,
            start=start,
            end=end,
            touchpoint=asked.touchpoint,
            scope=reading.scope,
            now=now,
        )
        report = await counted(self.answers, message.chat.id, self.catalogues.language, reading_scores)
        shown = scores_screen(report, self.catalogues.language)
        await self.answers.send(message.chat.id, with_drill(shown, report.period, self.catalogues.language))

    async def week(self, message: Message, command: CommandObject) -> None:
        """/report [week]: the last complete one unless another is named."""
        if message.from_user is None:
            return
        now = self.clock.now()
        try:
            period = read_week(command.args or "", self.catalogues.in_force.catalogue, now=now)
        except PeriodError as error:
            await self._say(message, "unknown_period", period=error.text)
            return
        self.painter.prepare(Kind.REPORT)
        reading = await reading_of(self.database, self.catalogues, message.from_user.id)
        counting = read_whole_report(self.database, self.catalogues, period, scope=reading.scope, now=now)
        report, whole = await counted(self.answers, message.chat.id, self.catalogues.language, counting)
        self.later.begin("report", self._show(message.chat.id, report, reading.theme, whole))

    async def subscription(self, message: Message, command: CommandObject) -> None:
        """/subscription [day, time, paper, pause]: when the weekly report comes, with buttons that change it."""
        if message.from_user is None:
            return
        if command.args:
            try:
                wish = read_report_wish(command.args)
            except WishError as error:
                await self.answers.send(message.chat.id, unknown_wish_screen(error.text, self.catalogues.language))
                return
            found = await self._change(message.from_user.id, wish)
        else:
            found = await read_subscription(self.database, self.catalogues, message.from_user.id)
        if found is not None:
            await self.answers.send(message.chat.id, subscription_screen(found, self.catalogues.language))

    async def change_subscription(self, callback: CallbackQuery) -> None:
        """The buttons under /subscription; they change the report of whoever taps."""
        wanted = _wanted(decode(callback.data or ""))
        await self.answers.tap(callback.id)
        if wanted is None or callback.message is None:
            return
        changed = await self._change(callback.from_user.id, wanted)
        if changed is not None:
            shown = subscription_screen(changed, self.catalogues.language)
            await self.answers.edit(callback.message.chat.id, callback.message.message_id, shown)

    async def _change(self, telegram_id: int, wish: ReportWish) -> Subscription | None:
        return await change_subscription(self.database, self.catalogues, telegram_id, wish, now=self.clock.now())

    async def open_drill(self, callback: CallbackQuery) -> None:
        """The button under a report: the first step into it, in a message of its own."""
        action = decode(callback.data or "")
        if not isinstance(action, OpenDrill) or callback.message is None:
            await self.answers.tap(callback.id)
            return
        view = None
        with suppress(ValueError, OverflowError):  # days that no button of ours names
            view = await drilling.open_drill(
                self.database,
                self.catalogues,
                callback.from_user.id,
                start=date.fromordinal(action.start),
                end=date.fromordinal(action.end),
                now=self.clock.now(),
            )
        await self._answer_drill(callback, view, edit=False)

    async def drill(self, callback: CallbackQuery) -> None:
        """A choice of a step, or the way back; the message shows the next step."""
        view = None
        match decode(callback.data or ""):
            case DrillInto(view_id, place):
                view = await drilling.follow(
                    self.database, self.catalogues, callback.from_user.id, view_id, place, now=self.clock.now()
                )
            case DrillBack(view_id):
                view = await drilling.go_back(
                    self.database, self.catalogues, callback.from_user.id, view_id, now=self.clock.now()
                )
        await self._answer_drill(callback, view, edit=True)

    async def _answer_drill(self, callback: CallbackQuery, view: DrillView | None, *, edit: bool) -> None:
        language = self.catalogues.language
        if view is None or callback.message is None:
            await self.answers.tap(callback.id, Wording(language).text("drilling.gone"))
            return
        await self.answers.tap(callback.id)
        shown, chat_id = drill_screen(view, language, self.catalogues.zone), callback.message.chat.id
        if edit:
            await self.answers.edit(chat_id, callback.message.message_id, shown)
        else:
            await self.answers.send(chat_id, shown)

    async def _show(self, chat_id: int, report: Report, theme: str, whole: WholeBusiness | None) -> None:
        """The report with its picture; whoever waits long for it sees so, and gets the words in that message."""
        language = self.catalogues.language
        words = with_drill(report_screen(report, language, whole), report.period, language)
        painting = asyncio.create_task(draw_report(self.painter, report, language, theme))
        await asyncio.wait((painting,), timeout=PATIENCE)
        progress = None
        if not painting.done():
            drawing = Screen(((Run(Wording(language).text("subscription.drawing")),),))
            progress = await self.answers.send(chat_id, drawing)
        picture = await painting
        if isinstance(progress, Accepted):
            await self.answers.edit(chat_id, progress.message_id, words)
            if picture is not None:
                await self.answers.send(chat_id, Screen((), attachment=picture))
            return
        if picture is not None:
            outcome = await self.answers.send(chat_id, illustrated(report, language, picture, whole))
            if isinstance(outcome, Accepted):
                return
        await self.answers.send(chat_id, words)

    async def _say(self, message: Message, key: str, **values: object) -> None:
        await self.answers.send(message.chat.id, notice(key, self.catalogues.language, **values))


def build_report_router(desk: ReportDesk) -> Router:
    """/scores, /report, /subscription and its buttons."""
    router = Router(name="reports")
    is_manager = HasRole(desk.roles, Role.MANAGER)
    router.message.register(desk.scores, Command("scores"), is_manager)
    router.message.register(desk.week, Command("report"), is_manager)
    router.message.register(desk.subscription, Command("subscription", "subscribe"), is_manager)
    router.callback_query.register(desk.change_subscription, F.data.regexp(r"^s[dhpm]:"), is_manager)
    router.callback_query.register(desk.open_drill, F.data.startswith("do:"), is_manager)
    router.callback_query.register(desk.drill, F.data.regexp(r"^d[ib]:"), is_manager)
    return router


def _wanted(action: object) -> ReportWish | None:
    """What a button asks for; None for what no button of ours is."""
    match action:
        case PauseReport(paused) if paused in (0, 1):
            return ReportWish(paused=bool(paused))
        case SetReportDay(weekday) if weekday < 7:
            return ReportWish(weekday=weekday)
        case SetReportHour(hour) if hour < 24:
            return ReportWish(at=time(hour))
        case SetReportTheme(theme) if theme < len(THEMES):
            return ReportWish(theme=THEMES[theme])
        case _:
            return None
