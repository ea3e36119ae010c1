"""The one place that wires things: settings in, a running product out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import structlog
from pydantic import SecretStr

from bot.carrying import FileCarrier
from bot.catalogue_file import CatalogueFile
from bot.clock import Clock
from bot.drawing.painting import Painter
from bot.links import deep_links
from bot.metrics import Metrics
from bot.renderers import build_renderers
from bot.scheduler import (
    CATALOGUE_EVERY,
    DELIVERY_EVERY,
    PREPARE_JOURNEY_EVERY,
    READING_EVERY,
    ROLL_UP_EVERY,
    SWEEP_EVERY,
    TIDY_EVERY,
    WEBHOOKS_EVERY,
    Ticks,
)
from bot.settings import Settings, StartError
from bot.telegram.channel import TelegramChannel, TelegramSettings
from bot.telegram.client import TelegramCallError, TokenRefusedError
from bot.vk.channel import CallbackSettings, VkChannel, VkSettings
from bot.vk.errors import TokenRefusedError as VkTokenRefusedError
from bot.vk.errors import VkCallError
from bot.web.app import build_web_application
from bot.web.dependencies import WebDependencies
from bot.web.server import bind, build_server
from bot.webhooks import WebhookClient, WebhookDelivery
from surveys import channels, membership, publishing, rolling_up, scheduling, tracing
from surveys.buying_again import prepare_buyers
from surveys.publishing import Catalogues
from surveys.reading_comments import read_comments
from surveys.storage import Database

log = structlog.get_logger()

BOT_NAME_EVERY: Final = 30.0


class AddressTakenError(StartError):
    """Somebody else listens there, or nobody may."""


class RunRole(StrEnum):
    """Which parts of the product a process runs."""

    ALL = "all"
    BOT = "bot"
    WORKER = "worker"
    WEB = "web"

    @property
    def receives(self) -> bool:
        """Whether it takes updates by polling."""
        return self in (RunRole.ALL, RunRole.BOT)

    @property
    def sends(self) -> bool:
        """Whether it runs the schedule's loop."""
        return self in (RunRole.ALL, RunRole.WORKER)

    @property
    def serves(self) -> bool:
        """Whether it listens for HTTP."""
        return self in (RunRole.ALL, RunRole.WEB)


class Application:
    """Everything wired and nothing running: `prepare` once, then `run`.

    Without any token it takes events and answers over HTTP, and reaches nobody. `catalogue_file` is watched,
    and published when it changed.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, *, catalogue_file: CatalogueFile | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.catalogues = Catalogues()
        self._catalogue_file = catalogue_file
        metrics, carrier, self.painter = Metrics(), FileCarrier(), Painter()
        renderers = build_renderers(database, self.catalogues, clock, self.painter)
        self.telegram: TelegramChannel | None = None
        self.vk: VkChannel | None = None
        self.http_port = settings.http_port
        token = _secret(settings.telegram_token)
        if token is not None:
            self.telegram = TelegramChannel(
                TelegramSettings(
                    token=token,
                    api_url=settings.telegram_api_url,
                    pace=settings.pace_telegram,
                    webhook_secret=_webhook_secret(settings),
                    public_url=settings.public_url,
                ),
                database,
                self.catalogues,
                clock,
                renderers=renderers,
                metrics=metrics,
                carrier=carrier,
                painter=self.painter,
                wake=self.wake,
            )
        vk = _vk_settings(settings)
        if vk is not None:
            self.vk = VkChannel(
                vk,
                database,
                self.catalogues,
                clock,
                renderers=renderers,
                metrics=metrics,
                carrier=carrier,
                wake=self.wake,
            )
        self._private_webhooks = settings.webhooks_private == "allow"
        self._count_delivery = metrics.count_delivery
        self.web = build_web_application(
            WebDependencies(
                database=database,
                catalogues=self.catalogues,
                clock=clock,
                deep_links=self._deep_links,
                api_key=_secret(settings.api_key),
                telegram=None if self.telegram is None else self.telegram.webhook,
                vk=None if self.vk is None else self.vk.callback,
                wake=self.wake,
                metrics=metrics,
                painter=self.painter,
                private_webhooks=self._private_webhooks,
            )
        )

    @property
    def _address(self) -> str:
        return f"http://{self.settings.http_host}:{self.http_port}"

    def wake(self) -> None:
        """Something may be due now, in whichever messenger."""
        for channel in (self.telegram, self.vk):
            if channel is not None:
                channel.delivery.wake()

    async def prepare(self, catalogue_source: str | None) -> None:
        """Take over owners and the staff chat from the settings, and publish the catalogue when it changed.

        Raises publishing's errors for a catalogue that cannot be read.
        """
        now = self.clock.now()
        await membership.settle_in(
            self.database, owners=self.settings.owners, staff_chat=self.settings.staff_chat, now=now
        )
        if catalogue_source is not None:
            await publishing.publish(self.database, catalogue_source, now=now)
        await self.catalogues.refresh(self.database)

    async def follow_catalogue(self) -> None:
        """Publish the catalogue's file when it changed, and take over what this or another process published."""
        if self._catalogue_file is not None:
            await self._catalogue_file.publish_when_changed(self.database, now=self.clock.now())
        await self.catalogues.refresh(self.database)

    async def sweep(self) -> None:
        """Expire, give up, put relational and weekly rows into the schedule; then look what is due."""
        await scheduling.sweep(self.database, self.catalogues, now=self.clock.now())
        self.wake()

    async def roll_up(self) -> None:
        """Count the days that are over and were never counted, or have changed since."""
        await rolling_up.roll_up(self.database, self.catalogues, now=self.clock.now())

    async def prepare_journey(self) -> None:
        """Count the journey ahead of whoever asks for it, where it is large."""
        await tracing.prepare_journey(self.database, self.catalogues, now=self.clock.now())

    async def prepare_buyers(self) -> None:
        """Count who bought again ahead of whoever asks for a report, where it takes long."""
        await prepare_buyers(self.database, self.catalogues, now=self.clock.now())

    async def read_comments(self) -> None:
        """Find what new comments are about, and, when the catalogue's themes changed, the old ones."""
        await read_comments(self.database, self.catalogues, now=self.clock.now())

    async def run(self, role: RunRole, stop: asyncio.Event, *, started: asyncio.Event | None = None) -> None:
        """Run the role's parts until `stop`; then finish what is in hand.

        Raises StartError when the port is taken or a messenger refuses its token, and passes on a part's own failure.
        """
        ticks = Ticks()
        listening = self._listen() if role.serves else None
        try:
            # what is being sent or received is finished before its connections are closed
            async with contextlib.AsyncExitStack() as closing, asyncio.TaskGroup() as parts:
                closing.push_async_callback(self.painter.close)
                if self.telegram is not None:
                    closing.push_async_callback(self.telegram.close)
                    await self._know_bot_name()
                    ticks.work("bot_name", BOT_NAME_EVERY, self._know_bot_name)
                if self.vk is not None:
                    closing.push_async_callback(self.vk.close)
                    await self._know_community()
                    ticks.work("community", BOT_NAME_EVERY, self._know_community)
                closing.push_async_callback(ticks.stop)
                if listening is not None:
                    parts.create_task(self._serve(listening, stop), name="web")
                self._start_telegram(role, parts, ticks, stop)
                self._start_vk(role, parts, ticks, stop)
                ticks.work("catalogue", CATALOGUE_EVERY, self.follow_catalogue)
                if role.sends:
                    self._start_webhooks(closing, parts, ticks, stop)
                    ticks.work("sweep", SWEEP_EVERY, self.sweep)
                    ticks.work("roll_up", ROLL_UP_EVERY, self.roll_up)
                    ticks.work("journey", PREPARE_JOURNEY_EVERY, self.prepare_journey)
                    ticks.work("buyers", PREPARE_JOURNEY_EVERY, self.prepare_buyers)
                    # the libraries it needs are not loaded while the product starts
                    ticks.work("reading", READING_EVERY, self.read_comments, first_after=READING_EVERY)
                    ticks.work("tidy", TIDY_EVERY, self._tidy)
                ticks.start()
                # the collector would otherwise walk every object of the libraries again and again
                gc.freeze()
                log.info("started", role=role.value, http=self._address if role.serves else None)
                if started is not None:
                    started.set()
                await stop.wait()
        except* TokenRefusedError as refused:
            raise StartError("Telegram refused OTKLIK_TELEGRAM_TOKEN: take the token from @BotFather") from refused
        except* VkTokenRefusedError as refused:
            fix = "make one in the community's settings, under API usage, with access to messages, photos and documents"
            raise StartError("VK refused OTKLIK_VK_TOKEN", fix) from refused
        finally:
            gc.unfreeze()
        log.info("stopped", role=role.value)

    def _start_telegram(self, role: RunRole, parts: asyncio.TaskGroup, ticks: Ticks, stop: asyncio.Event) -> None:
        telegram = self.telegram
        if telegram is None:
            return
        if role.sends:
            parts.create_task(telegram.delivery.run(stop), name="delivery-telegram")
            ticks.call("delivery-telegram", DELIVERY_EVERY, telegram.delivery.wake)
        if role.receives or (role.serves and telegram.webhook is not None):
            parts.create_task(telegram.receive(stop), name="receiving-telegram")
            parts.create_task(telegram.publish_menus(), name="menus")

    def _start_vk(self, role: RunRole, parts: asyncio.TaskGroup, ticks: Ticks, stop: asyncio.Event) -> None:
        vk = self.vk
        if vk is None:
            return
        if role.sends:
            parts.create_task(vk.delivery.run(stop), name="delivery-vk")
            ticks.call("delivery-vk", DELIVERY_EVERY, vk.delivery.wake)
        if role.receives:
            parts.create_task(vk.receive(stop), name="receiving-vk")

    async def _tidy(self) -> None:
        await channels.forget_idle_limits(self.database)
        await channels.forget_handled_events(self.database)

    def _start_webhooks(
        self, closing: contextlib.AsyncExitStack, parts: asyncio.TaskGroup, ticks: Ticks, stop: asyncio.Event
    ) -> None:
        client = WebhookClient(private_allowed=self._private_webhooks)
        closing.push_async_callback(client.close)
        delivery = WebhookDelivery(self.database, self.catalogues, client, clock=self.clock, count=self._count_delivery)
        parts.create_task(delivery.run(stop), name="webhooks")
        ticks.call("webhooks", WEBHOOKS_EVERY, delivery.wake)

    def _listen(self) -> socket.socket:
        host, port = self.settings.http_host, self.settings.http_port
        try:
            listening = bind(host, port)
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "this is no host's name"
            fix = "end what listens there, or set OTKLIK_HTTP_HOST and OTKLIK_HTTP_PORT to another place"
            raise AddressTakenError(f"cannot listen on {host}:{port} ({why})", fix) from error
        self.http_port = listening.getsockname()[1]
        return listening

    async def _serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        server = build_server(self.web)
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="uvicorn")
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving

    async def _know_bot_name(self) -> None:
        if self.telegram is None or self.telegram.is_known:
            return
        try:
            await self.telegram.remember_bot()
        except TokenRefusedError:
            raise
        except TelegramCallError as error:
            log.warning("bot_name_unknown", why=error.description)

    async def _know_community(self) -> None:
        if self.vk is None or self.vk.is_known:
            return
        try:
            await self.vk.remember_community()
        except VkTokenRefusedError:
            raise
        except VkCallError as error:
            log.warning("community_unknown", why=error.description)
        else:
            # from now on questions can go out by VK
            await self.catalogues.refresh(self.database)

    async def _deep_links(self, key: str) -> Mapping[str, str]:
        return await deep_links(self.database, key)


def _webhook_secret(settings: Settings) -> str | None:
    if settings.telegram_mode == "polling":
        return None
    if settings.webhook_secret is None or settings.public_url is None:
        raise StartError("webhook mode needs OTKLIK_PUBLIC_URL and OTKLIK_WEBHOOK_SECRET", "set both")
    return settings.webhook_secret.get_secret_value()


def _vk_settings(settings: Settings) -> VkSettings | None:
    token = _secret(settings.vk_token)
    if token is None:
        return None
    if settings.vk_group_id is None:
        raise StartError("OTKLIK_VK_TOKEN needs OTKLIK_VK_GROUP_ID", "set it to the number of the community")
    callback = None
    if settings.vk_mode == "callback":
        secret, confirmation = _secret(settings.vk_secret), settings.vk_confirmation
        if secret is None or confirmation is None:
            fix = "set both as the community's settings show them under API usage, Callback API"
            raise StartError("callback mode needs OTKLIK_VK_SECRET and OTKLIK_VK_CONFIRMATION", fix)
        callback = CallbackSettings(secret, confirmation)
    return VkSettings(token, settings.vk_group_id, settings.vk_api_url, settings.pace_vk, callback)


def _secret(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
