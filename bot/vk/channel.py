"""VK as one part of the product: what it sends, what it receives, wired together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.answers import DirectAnswers
from bot.budget import Budget
from bot.carrying import FileCarrier
from bot.clock import Clock
from bot.delivery.loop import Delivery
from bot.delivery.rendering import Renderers
from bot.metrics import Metrics
from bot.vk.acquaintance import CHANNEL, Names, Programs
from bot.vk.callback import VkCallback
from bot.vk.client import VERSION, VkClient
from bot.vk.customers import CustomerDesk
from bot.vk.errors import OutcomeUnknownError, VkCallError
from bot.vk.events import WANTED
from bot.vk.files import VkFiles
from bot.vk.handling import EventHandling
from bot.vk.messenger import VkMessenger
from bot.vk.polling import Polling
from surveys import channels, people
from surveys.publishing import Catalogues
from surveys.rules.sending import RefusalCause

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """What VK's Callback API was told of us, and we of it."""

    secret: str
    confirmation: str


@dataclass(frozen=True, slots=True)
class VkSettings:
    """How this community reaches VK; `callback` is there in callback mode, `pace` is messages a second."""

    token: str
    group_id: int
    api_url: str
    pace: float
    callback: CallbackSettings | None


class VkChannel:
    """One community: nothing is opened or started by building it."""

    def __init__(
        self,
        settings: VkSettings,
        database: Database,
        catalogues: Catalogues,
        clock: Clock,
        *,
        renderers: Renderers,
        metrics: Metrics,
        carrier: FileCarrier,
        wake: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._screen_name: str | None = None
        self.client = client = VkClient(settings.token, settings.api_url)
        carrier.connect(CHANNEL, VkFiles(client, settings.group_id))
        programs = Programs(database)
        messenger = VkMessenger(client, settings.group_id, programs.buttons_of)
        budget = Budget(database, CHANNEL, settings.pace)
        self.delivery = Delivery(
            database,
            catalogues,
            messenger,
            renderers=renderers,
            clock=clock,
            budget=budget,
            count=metrics.count_delivery,
            carrier=carrier,
        )
        answers = DirectAnswers(messenger, budget, self._note_unreachable)
        desk = CustomerDesk(database, catalogues, answers, clock, wake, Names(client), programs)
        self.handling = EventHandling(database, desk.take, clock, wake, count=metrics.count_vk_event)
        self.callback = (
            None
            if settings.callback is None
            else VkCallback(
                self.handling,
                group_id=settings.group_id,
                secret=settings.callback.secret,
                confirmation=settings.callback.confirmation,
            )
        )

    @property
    def is_known(self) -> bool:
        """Whether the community's name is known to this process."""
        return self._screen_name is not None

    async def receive(self, stop: asyncio.Event) -> None:
        """Receive events until `stop` by Long Poll; in callback mode they are posted to us."""
        if self.callback is not None:
            return
        await self._ask_for_events()
        await Polling(self._database, self.client, self.handling, self._settings.group_id).run(stop)

    async def remember_community(self) -> None:
        """Ask VK for the community's name, which links need; raises VkCallError."""
        answer = await self.client.call("groups.getById", group_id=self._settings.group_id)
        groups = answer.get("groups") if isinstance(answer, dict) else answer
        group = groups[0] if isinstance(groups, list) and groups else None
        name = group.get("screen_name") if isinstance(group, dict) else None
        if not isinstance(name, str) or not name:
            raise OutcomeUnknownError("groups.getById", "the answer names no community")
        await channels.remember_bot(self._database, CHANNEL, name)
        self._screen_name = name

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def _ask_for_events(self) -> None:
        """Have VK queue the events we live on; a token that may not change this leaves it to the owner."""
        wanted = dict.fromkeys(WANTED, True)
        try:
            await self.client.call(
                "groups.setLongPollSettings",
                group_id=self._settings.group_id,
                enabled=True,
                api_version=VERSION,
                **wanted,
            )
        except VkCallError as error:
            log.warning("longpoll_not_set_up", why=error.description, fix="see `otklik doctor`")

    async def _note_unreachable(self, chat_id: int, _cause: RefusalCause) -> None:
        # whatever VK calls it, who cannot be answered cannot be asked until they write again
        await people.note_blocked(self._database, CHANNEL, [chat_id], now=self._clock.now())
