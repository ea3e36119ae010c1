"""The stage of the demo: an own database, the sandbox messengers with their people, the product, and a shop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.app import Application, RunRole
from bot.cli.demonstration.cast import Cast, gather_cast
from bot.cli.storage import open_throwaway_database
from bot.clock import MovableClock
from bot.sandbox import SandboxOptions, TelegramSandbox, VKSandbox, VKSandboxOptions
from bot.settings import Settings
from surveys.catalog.sample import sample_source
from surveys.storage import Database

ZONE = ZoneInfo("Europe/Moscow")
WEDNESDAY_NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)

_PACE_TELEGRAM, _PACE_VK = 30, 20
_LOOK_EVERY = 0.02


class DemoSettings(Settings):
    """Settings that are given here alone: what the machine is set up for must not change the demo."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Neither the environment nor `.env`."""
        return (init_settings,)


class Shop:
    """A shop that reports to the product over HTTP as any shop does."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> dict[str, object]:
        """Read from the API."""
        async with self._session.get(path) as response:
            response.raise_for_status()
            answer: dict[str, object] = await response.json()
            return answer

    async def post(self, path: str, body: object = None) -> dict[str, object]:
        """Send to the API."""
        async with self._session.post(path, json=body) as response:
            response.raise_for_status()
            answer: dict[str, object] = await response.json()
            return answer

    async def report(self, event: Mapping[str, object]) -> dict[str, object]:
        """Report one touchpoint event; what the product decided about it."""
        answer = await self.post("/api/v1/events", event)
        results = answer["results"]
        assert isinstance(results, list)
        decided: dict[str, object] = results[0]
        return decided


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is on stage."""

    sandbox: TelegramSandbox
    vk: VKSandbox
    cast: Cast
    shop: Shop
    application: Application
    clock: MovableClock
    api_key: str

    @property
    def address(self) -> str:
        """Where the product listens."""
        return f"http://127.0.0.1:{self.application.http_port}"

    async def pass_time(self, duration: timedelta) -> None:
        """Move business time forward, and let the product notice."""
        self.clock.move_by(duration)
        await self.application.sweep()

    async def move_to(self, instant: datetime) -> None:
        """Move business time, and let the product notice."""
        self.clock.move_to(instant)
        await self.application.sweep()

    async def unsettled(self) -> list[datetime]:
        """When each message is due that is not yet sent, dropped or refused."""
        found: list[datetime] = []
        for state in ("due", "sending"):
            page = await self.shop.get(f"/api/v1/deliveries?limit=1000&state={state}")
            rows = page["deliveries"]
            assert isinstance(rows, list)
            found += [datetime.fromisoformat(row["due_at"]) for row in rows if row["channel"] != "webhook"]
        return found

    async def settled(self, deadline: float) -> bool:
        """Wait until everything due by now is sent, dropped or refused; False when it is not within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline):
                while any(at <= self.clock.now() for at in await self.unsettled()):
                    await self.sandbox.changes.wait_after(self.sandbox.changes.last, deadline=_LOOK_EVERY)
                return True
        return False


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How the stage is set.

    `port`: where the product listens, 0 for a free one. `paced`: the messengers limit how fast the bot may send, and
    the bot keeps to it. `private_webhooks`: webhooks may go to this machine.
    """

    port: int = 0
    paced: bool = True
    private_webhooks: bool = False


@asynccontextmanager
async def open_stage(options: StageOptions, database: Database | None = None) -> AsyncGenerator[Stage, None]:
    """Set the stage: a fresh database unless one is given, thrown away afterwards, and nothing outside this machine."""
    clock = MovableClock(WEDNESDAY_NOON)
    async with (
        TelegramSandbox.serve(options=SandboxOptions(clock=clock.now, pace=options.paced)) as sandbox,
        VKSandbox.serve(options=VKSandboxOptions(clock=clock.now, pace=options.paced)) as vk,
        nullcontext(database) if database is not None else open_throwaway_database() as opened,
    ):
        cast = gather_cast(sandbox, vk)
        api_key = secrets.token_urlsafe(24)
        settings = DemoSettings(
            telegram_token=SecretStr(sandbox.token),
            telegram_api_url=sandbox.api_url,
            vk_token=SecretStr(vk.token),
            vk_group_id=vk.group_id,
            vk_api_url=vk.api_url,
            owners=(cast.olga.id,),
            staff_chat=cast.team.id,
            api_key=SecretStr(api_key),
            http_host="127.0.0.1",
            http_port=options.port,
            pace_telegram=_PACE_TELEGRAM if options.paced else 0,
            pace_vk=_PACE_VK if options.paced else 0,
            webhooks_private="allow" if options.private_webhooks else "refuse",
        )
        application = Application(settings, opened, clock)
        await application.prepare(sample_source())
        async with _running(application, vk), _shop(application, api_key) as shop:
            yield Stage(sandbox, vk, cast, shop, application, clock, api_key)


@asynccontextmanager
async def _running(application: Application, vk: VKSandbox) -> AsyncGenerator[None, None]:
    stop, started = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(application.run(RunRole.ALL, stop, started=started))
    starting = asyncio.create_task(started.wait())
    await asyncio.wait((running, starting), return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    if running.done():
        await running
    try:
        # what is written before anybody ever asked for events is not VK's to keep
        while not (vk.polling.is_held or running.done()):
            await asyncio.wait((running,), timeout=_LOOK_EVERY)
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _shop(application: Application, api_key: str) -> AsyncGenerator[Shop, None]:
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{application.http_port}", headers={"Authorization": f"Bearer {api_key}"}
    ) as session:
        yield Shop(session)
