"""Letting in whoever comes with a key or a code, whichever messenger they came by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.entering import entry_screen
from bot.screens.linking import link_screen
from bot.screens.people import connect_screen
from surveys import entering, linking, uniting
from surveys.actors import Actor
from surveys.entering import Entered, EntryCounted, EntryUnknown, EntryView, is_entry_key
from surveys.linking import ConnectView
from surveys.publishing import Catalogues
from surveys.rules.sending import Accepted
from surveys.uniting import CodeView

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class Doorway:
    """Personal links, QR codes and one-time codes; `wake` when something may have become due."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    clock: Clock
    wake: Callable[[], None]

    async def welcome(self, actor: Actor, key: str | None) -> None:
        """Let them in, and say so."""
        await self.show(actor.external_id, await self.open(actor, key))

    async def open(self, actor: Actor, key: str | None) -> ConnectView | EntryView:
        """What their key leads to."""
        now = self.clock.now()
        view: ConnectView | EntryView
        if key is not None and is_entry_key(key):
            view = await entering.enter(self.database, self.catalogues, actor, key, now=now)
        else:
            view = await linking.connect(self.database, self.catalogues, actor, key, now=now)
        self.wake()
        return view

    async def show(self, chat_id: int, view: ConnectView | EntryView) -> None:
        """Tell them; a question that arrived is noted as such, until then nobody knows whether it did."""
        if not isinstance(view, Entered | EntryCounted | EntryUnknown):
            await self.answers.send(chat_id, connect_screen(view))
            return
        outcome = await self.answers.send(chat_id, entry_screen(view))
        if isinstance(view, Entered) and isinstance(outcome, Accepted):
            await entering.note_shown(self.database, view.invitation_id, outcome.message_id, now=self.clock.now())

    async def link(self, actor: Actor, written: str) -> CodeView:
        """A code for the other messenger; or, with what they wrote, the joining of both."""
        now = self.clock.now()
        if not written:
            return await uniting.offer_code(self.database, self.catalogues, actor, now=now)
        view = await uniting.redeem_code(self.database, self.catalogues, actor, written, now=now)
        self.wake()
        return view

    async def takes_code(self, actor: Actor, text: str | None) -> bool:
        """Whether a message was a one-time code and nothing else; then it is answered."""
        view = await uniting.redeem_written(self.database, self.catalogues, actor, text or "", now=self.clock.now())
        if view is None:
            return False
        self.wake()
        await self.answers.send(actor.external_id, link_screen(view))
        return True
