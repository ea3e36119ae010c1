"""/qr: managers get a printable sheet that opens a survey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.entry_posters import file_name, poster_of
from bot.links import deep_links
from bot.posters import Poster, draw_poster
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


@dataclass(frozen=True, slots=True)
class EntryPointDesk:
    """What /qr works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    later: LaterWork

    async def qr(self, message: Message, command: CommandObject) -> None:
        """/qr TOUCHPOINT [LOCATION]: the sheet as a picture and as a file for print."""
        touchpoint, _, location = (command.args or "").strip().partition(" ")
        language, catalogue = self.catalogues.language, self.catalogues.in_force.catalogue
        try:
            point = await entering.make_entry_point(
                self.database, self.catalogues, touchpoint, location.strip() or None, now=self.clock.now()
            )
        except EntryPointError:
            await self.answers.send(message.chat.id, point_usage_screen(catalogue, language))
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
        picture = await draw_poster(poster, "png")
        shown = Attachment(AttachmentKind.PHOTO, content=picture, name=file_name(point, "png"))
        await self.answers.send(chat_id, Screen(caption, attachment=shown))
        printable = await draw_poster(poster, "pdf")
        sheet = Attachment(AttachmentKind.DOCUMENT, content=printable, name=file_name(point, "pdf"))
        await self.answers.send(chat_id, Screen((), attachment=sheet))


def build_entry_point_router(desk: EntryPointDesk) -> Router:
    """/qr, for managers."""
    router = Router(name="entry_points")
    router.message.register(desk.qr, Command("qr"), HasRole(desk.roles, Role.MANAGER))
    return router
