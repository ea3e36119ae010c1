"""/qr: managers get a printable sheet that opens a survey."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.drawing.kinds import Kind
from bot.drawing.painting import Painter, PaintingError
from bot.drawing.poster.sheet import Format, Poster
from bot.entry_posters import file_name, poster_of
from bot.links import deep_links
from bot.receiving.later import LaterWork
from bot.screens.entering import plain_screen, point_caption, point_usage_screen
from bot.screens.screen import Attachment, AttachmentKind, Run, Screen
from bot.telegram.roles import HasRole, Roles
from surveys import entering
from surveys.entering import ENTRY_KEY, EntryPoint, EntryPointError
from surveys.membership import Role
from surveys.publishing import Catalogues

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EntryPointDesk:
    """What /qr works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    later: LaterWork
    painter: Painter

    async def qr(self, message: Message, command: CommandObject) -> None:
        """/qr TOUCHPOINT [LOCATION]: the sheet as a picture and as a file for print."""
        self.painter.prepare(Kind.POSTER)
        touchpoint, _, location = (command.args or "").strip().partition(" ")
        language, catalogue = self.catalogues.language, self.catalogues.in_force.catalogue
        try:
            point = await entering.make_entry_point(
                self.database, self.catalogues, touchpoint, location.strip() or None, now=self.clock.now()
            )
        except EntryPointError:
            await self.answers.send(message.chat.id, point_usage_screen(catalogue, language, touchpoint))
            return
        links = await deep_links(self.database, f"{ENTRY_KEY}{point.token}")
        if not links:
            await self.answers.send(message.chat.id, plain_screen("entering.no_messenger", language))
            return
        poster = poster_of(catalogue, point, links, language)
        caption = point_caption(catalogue, point, links, language)
        self.later.begin("sheet", self._send_sheet(message.chat.id, point, poster, caption))

    async def _send_sheet(
        self, chat_id: int, point: EntryPoint, poster: Poster, caption: tuple[tuple[Run, ...], ...]
    ) -> None:
        picture = await self._drawn(AttachmentKind.PHOTO, poster, point, "png")
        # the addresses are of use without the sheet
        await self.answers.send(chat_id, Screen(caption, attachment=picture))
        sheet = await self._drawn(AttachmentKind.DOCUMENT, poster, point, "pdf")
        if sheet is not None:
            await self.answers.send(chat_id, Screen((), attachment=sheet))

    async def _drawn(self, kind: AttachmentKind, poster: Poster, point: EntryPoint, form: Format) -> Attachment | None:
        """The sheet; None, and logged, when it could not be drawn."""
        try:
            content = await self.painter.paint(replace(poster, form=form))
        except PaintingError as error:
            log.error("sheet_not_drawn", why=str(error))
            return None
        return Attachment(kind, content=content, name=file_name(point, form))


def build_entry_point_router(desk: EntryPointDesk) -> Router:
    """/qr, for managers."""
    router = Router(name="entry_points")
    router.message.register(desk.qr, Command("qr"), HasRole(desk.roles, Role.MANAGER))
    return router
