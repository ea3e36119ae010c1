"""/export: a workbook of everything into a manager's private chat, made beside what else goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import structlog
from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.exporting import (
    export_file_screen,
    export_label,
    export_notice,
    too_large_screen,
    unknown_export_screen,
)
from bot.screens.screen import Screen
from bot.telegram.roles import HasRole, Roles
from surveys.exporting import ScoresRequest, open_export, read_export_request, scope_of
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.rules.sending import Accepted
from surveys.rules.weeks import PeriodError

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

LARGEST_FILE: Final = 50 * 1024 * 1024
"""Bytes a bot may upload (Bot API, sendDocument)."""

PROGRESS_EVERY: Final = 3.0
"""Machine seconds between two redrawings of how far it is."""


class ExportDesk:
    """The command and what it works with; one file at a time for each manager.

    A file is made in a task of its own: updates of the chat go on, and what was not finished when the process ends has
    to be asked for again. `uploads` sends with more patience than `answers`.
    """

    def __init__(
        self,
        database: Database,
        catalogues: Catalogues,
        answers: DirectAnswers,
        uploads: DirectAnswers,
        clock: Clock,
        *,
        largest: int = LARGEST_FILE,
    ) -> None:
        self._database = database
        self._catalogues = catalogues
        self._answers = answers
        self._uploads = uploads
        self._clock = clock
        self.largest = largest
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def export(self, message: Message, command: CommandObject) -> None:
        """/export [touchpoint] [period]."""
        if message.from_user is None:
            return
        catalogue, language = self._catalogues.in_force.catalogue, self._catalogues.language
        try:
            request = read_export_request(command.args or "", catalogue, now=self._clock.now())
        except PeriodError as error:
            known = tuple(catalogue.touchpoints)
            await self._answers.send(message.chat.id, unknown_export_screen(error.text, known, language))
            return
        manager = message.from_user.id
        if manager in self._tasks:
            await self._answers.send(message.chat.id, export_notice("busy", language))
            return
        task = asyncio.create_task(self._make(message.chat.id, request), name=f"export-{manager}")
        self._tasks[manager] = task
        task.add_done_callback(lambda _: self._tasks.pop(manager, None))

    async def close(self) -> None:
        """Give up what is being made."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, chat_id: int, request: ScoresRequest) -> None:
        label, language = export_label(request, self._catalogues.in_force.catalogue), self._catalogues.language
        begun = await self._answers.send(chat_id, export_notice("begun", language, period=label))
        message_id = begun.message_id if isinstance(begun, Accepted) else None
        try:
            ended = await self._make_and_send(chat_id, message_id, request, label)
        except Exception:  # whoever asked is told, whatever it was; the log says what
            log.exception("export_failed", channel="telegram")
            ended = export_notice("failed", language)
        await self._redraw(chat_id, message_id, ended)

    async def _make_and_send(self, chat_id: int, message_id: int | None, request: ScoresRequest, label: str) -> Screen:
        """What is to be said when it is over."""
        language = self._catalogues.language
        with TemporaryDirectory(prefix="otklik-") as folder:
            path = Path(folder) / "export.xlsx"
            await self._write(path, chat_id, message_id, request, label)
            size = (await asyncio.to_thread(path.stat)).st_size
            if size > self.largest:
                known = tuple(self._catalogues.in_force.catalogue.touchpoints)
                return too_large_screen(size, self.largest, known, language)
            content = await asyncio.to_thread(path.read_bytes)
        await self._redraw(chat_id, message_id, export_notice("sending", language))
        period = request.period
        screen = export_file_screen(content, label, period.start, period.last_day, language)
        outcome = await self._uploads.send(chat_id, screen)
        return export_notice("done" if isinstance(outcome, Accepted) else "not_sent", language, period=label)

    async def _write(
        self, path: Path, chat_id: int, message_id: int | None, request: ScoresRequest, label: str
    ) -> None:
        from bot.files.exporting import write_workbook

        catalogue = self._catalogues.in_force.catalogue
        scope, now = scope_of(request, catalogue), self._clock.now()
        async with open_export(self._database, self._catalogues, scope, now=now) as export:
            done = _Done(export.counts.total)
            telling = asyncio.create_task(self._tell_progress(chat_id, message_id, label, done))
            try:
                await write_workbook(export, path, now=now, progress=lambda _, rows: done.count(rows))
            finally:
                telling.cancel()
                with suppress(asyncio.CancelledError):
                    await telling

    async def _tell_progress(self, chat_id: int, message_id: int | None, label: str, done: _Done) -> None:
        shown = 0
        while True:
            await asyncio.sleep(PROGRESS_EVERY)
            if done.percent > shown:
                shown = done.percent
                screen = export_notice("progress", self._catalogues.language, period=label, percent=shown)
                await self._redraw(chat_id, message_id, screen)

    async def _redraw(self, chat_id: int, message_id: int | None, screen: Screen) -> None:
        """What was begun with says now how it stands; where it never arrived, a message of its own."""
        if message_id is None:
            await self._answers.send(chat_id, screen)
        else:
            await self._answers.edit(chat_id, message_id, screen)


class _Done:
    """How much of it is written."""

    def __init__(self, total: int) -> None:
        self._total = total
        self.percent = 0

    def count(self, rows: int) -> None:
        """So many rows are, all in all."""
        self.percent = min(100 * rows // max(self._total, 1), 99)


def build_export_router(desk: ExportDesk, roles: Roles) -> Router:
    """/export, in private chats alone: the file holds what only managers may see, those who see everything."""
    router = Router(name="export")
    router.message.register(desk.export, Command("export"), F.chat.type == "private", HasRole(roles, Role.MANAGER))
    return router
