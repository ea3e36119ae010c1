"""What managers ask for to see why: the customer's way, the audit, what matters."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog
from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.drawing.kinds import Kind, Theme
from bot.drawing.painting import Painter, PaintingError
from bot.receiving.later import LaterWork
from bot.screens.audit import audit_screen
from bot.screens.drivers import drivers_screen
from bot.screens.journey import journey_screen, said_screen
from bot.screens.journey_picture import build_scene
from bot.screens.screen import Attachment, AttachmentKind, Screen
from bot.telegram.announcing import counted
from bot.telegram.roles import HasRole, Roles
from surveys import auditing, weighing
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.rules.weeks import PeriodError, parse_period
from surveys.subscriptions import reading_of
from surveys.tracing import DEFAULT_PERIOD, trace_journey

if TYPE_CHECKING:
    from surveys.rules.weeks import Period
    from surveys.stations import Journey
    from surveys.storage import Database

log = structlog.get_logger()
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class InsightDesk:
    """The managers' commands and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    later: LaterWork
    painter: Painter

    async def journey(self, message: Message, command: CommandObject) -> None:
        """/journey [light | dark] [period]: the way in words at once, and as a picture as soon as it is drawn."""
        if message.from_user is None:
            return
        reading = await reading_of(self.database, self.catalogues, message.from_user.id)
        words = (command.args or "").split()
        theme = next((one for one in Theme if one in words), Theme(reading.theme))
        period = await self._period(
            message, "journey", " ".join(word for word in words if word not in tuple(Theme)) or DEFAULT_PERIOD
        )
        if period is None:
            return
        self.painter.prepare(Kind.JOURNEY)
        self.later.begin("journey", self._show_journey(message, period, theme))

    async def _show_journey(self, message: Message, period: Period, theme: Theme) -> None:
        counting = trace_journey(self.database, self.catalogues, period, now=self.clock.now())
        found = await self._counted(message, counting)
        await self.answers.send(message.chat.id, journey_screen(found, self.catalogues.language))
        picture = await self._picture(found, theme)
        if picture is not None:
            await self.answers.send(message.chat.id, picture)

    async def audit(self, message: Message) -> None:
        """/audit: what is wrong with the care for touchpoints, and what to do."""
        self.later.begin("audit", self._show_audit(message))

    async def _show_audit(self, message: Message) -> None:
        found = await self._counted(message, auditing.audit(self.database, self.catalogues, now=self.clock.now()))
        await self.answers.send(message.chat.id, audit_screen(found, self.catalogues.language))

    async def drivers(self, message: Message, command: CommandObject) -> None:
        """/drivers [period]: what costs the score most, and what unhappy customers do afterwards."""
        period = await self._period(message, "drivers", command.args or weighing.DEFAULT_PERIOD)
        if period is None:
            return
        self.later.begin("drivers", self._show_drivers(message, period))

    async def _show_drivers(self, message: Message, period: Period) -> None:
        counting = weighing.weigh_drivers(self.database, self.catalogues, period, now=self.clock.now())
        found = await self._counted(message, counting)
        await self.answers.send(message.chat.id, drivers_screen(found, self.catalogues.language))

    async def _picture(self, journey: Journey, theme: Theme) -> Screen | None:
        """The photo; None, and logged, when it could not be drawn: the words are as good."""
        try:
            drawn = await self.painter.paint(build_scene(journey, self.catalogues.language, theme))
        except PaintingError as error:
            log.warning("journey_picture_failed", why=str(error))
            return None
        return Screen((), attachment=Attachment(AttachmentKind.PHOTO, content=drawn, name="journey.png"))

    async def _period(self, message: Message, command: str, text: str) -> Period | None:
        """The period asked for; None once it was said that nobody can make it out."""
        try:
            return parse_period(text, now=self.clock.now(), zone=self.catalogues.zone)
        except PeriodError:
            language = self.catalogues.language
            said = said_screen("journey.usage", language, command=command, text=text)
            await self.answers.send(message.chat.id, said)
            return None

    async def _counted(self, message: Message, counting: Coroutine[object, object, Found]) -> Found:
        """What the use case finds; what takes long is announced."""
        return await counted(self.answers, message.chat.id, self.catalogues.language, counting)


def build_insight_router(desk: InsightDesk) -> Router:
    """/journey, /audit and /drivers."""
    router = Router(name="insight")
    is_manager = HasRole(desk.roles, Role.MANAGER)
    router.message.register(desk.journey, Command("journey"), is_manager)
    router.message.register(desk.audit, Command("audit"), is_manager)
    router.message.register(desk.drivers, Command("drivers"), is_manager)
    return router
