"""What customers ask for in words, where Telegram has commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.arrivals import Doorway
from bot.clock import Clock
from bot.screens.calling import call_screen
from bot.screens.dialogue import answer_screen
from bot.screens.linking import link_screen
from bot.screens.offers import offers_settled_screen
from bot.screens.people import PeopleView, complaint_offer_screen, connect_screen, people_screen
from bot.screens.screen import Choice, Screen
from bot.screens.words import HELPED, help_screen
from bot.vk.words import Asked, Command, label_of
from surveys import calling, complaining, linking, people
from surveys.actors import Actor
from surveys.messages import IncomingMessage
from surveys.publishing import Catalogues
from surveys.rules.dialogue import MessageKind

if TYPE_CHECKING:
    from surveys.storage import Database

_WORD: Final = "w:"
"""What begins the action of a button that stands for a word."""

_IF_THERE_IS_ANY: Final = frozenset({Command.CALL, Command.OFFERS, Command.NO_OFFERS})
"""Wishes that mean something only while there is a complaint, or offers."""


def word_of(action: str) -> Command | None:
    """The word a button of the help stands for; None for the action of any other button."""
    name = action.removeprefix(_WORD)
    return Command(name) if name != action and name in HELPED else None


@dataclass(frozen=True, slots=True)
class Wishes:
    """Calls the use case of a word; `wake` when something may have become due."""

    database: Database
    catalogues: Catalogues
    doorway: Doorway
    clock: Clock
    wake: Callable[[], None]

    async def obey(self, asked: Asked, actor: Actor, number: int) -> Screen | None:
        """What the words of message `number` are answered with; None where they are a message like any other."""
        if asked.command in _IF_THERE_IS_ANY:
            return await self._obey_if_any(asked.command, actor)
        return await self._obey(asked, actor, number)

    async def help_with(self, command: Command, actor: Actor) -> Screen:
        """What a button of the help is answered with."""
        return await self._obey(Asked(command), actor, None)

    async def _obey(self, asked: Asked, actor: Actor, number: int | None) -> Screen:
        """What a word (or the button that stands for it) is answered with."""
        match asked.command:
            case Command.START:
                now = self.clock.now()
                return connect_screen(await linking.connect(self.database, self.catalogues, actor, None, now=now))
            case Command.COMPLAINT:
                return await self._complain(asked.words, actor, number)
            case Command.HELP:
                return await self._help(actor)
            case Command.LINK:
                return link_screen(await self.doorway.link(actor, asked.words))
            case _:
                return people_screen(await self._settle(asked.command, actor))

    async def _obey_if_any(self, command: Command, actor: Actor) -> Screen | None:
        """What wishes about a complaint or offers are answered with; None where there are none."""
        if command is Command.CALL:
            call = await calling.wish_call_now(self.database, self.catalogues, actor, now=self.clock.now())
            self.wake()
            return None if call is None else call_screen(call)
        if not self._has_offers:
            return None
        agreed, now = command is Command.OFFERS, self.clock.now()
        settled = await people.settle_offers(self.database, self.catalogues, actor, agreed=agreed, now=now)
        return offers_settled_screen(settled)

    @property
    def _has_offers(self) -> bool:
        return bool(self.catalogues.in_force.catalogue.recovery.pools)

    async def _settle(self, command: Command, actor: Actor) -> PeopleView:
        """What people settle about themselves."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        view: PeopleView
        match command:
            case Command.STOP:
                view = await people.opt_out(database, catalogues, actor, now=now)
            case Command.RESUME:
                view = await people.opt_in(database, catalogues, actor, now=now)
            case Command.LANGUAGE:
                view = await people.offer_languages(database, catalogues, actor)
            case Command.PRIVACY:
                view = await people.describe_privacy(database, catalogues, actor)
            case Command.MY_DATA:
                view = await people.my_data(database, catalogues, actor)
            case Command.FORGET:
                view = await people.offer_to_forget(database, catalogues, actor)
            case _:
                raise ValueError(command)
        return view

    async def _complain(self, words: str, actor: Actor, number: int | None) -> Screen:
        """With words it is a complaint at once, without them it offers to call a person."""
        if not words or number is None:
            language = await people.speak_to(self.database, self.catalogues, actor)
            return complaint_offer_screen(language)
        said = IncomingMessage(number, MessageKind.TEXT, words)
        view = await complaining.complain(self.database, self.catalogues, actor, said, now=self.clock.now())
        self.wake()
        return answer_screen(view)

    async def _help(self, actor: Actor) -> Screen:
        language = await people.speak_to(self.database, self.catalogues, actor)
        business = self.catalogues.in_force.catalogue.business.name
        choices = [Choice(label_of(Command(command), language), f"{_WORD}{command}") for command in HELPED]
        return help_screen(business, language, choices, has_offers=self._has_offers)
