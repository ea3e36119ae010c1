"""The stage of the demo: an own database, the sandbox with its people, the product, and a shop."""

from __future__ import annotations

import asyncio
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
from bot.cli.storage import open_throwaway_database
from bot.clock import MovableClock
from bot.sandbox import Group, Person, SandboxOptions, TelegramSandbox
from bot.settings import Settings
from surveys.catalog.sample import sample_source
from surveys.storage import Database

ZONE = ZoneInfo("Europe/Moscow")
WEDNESDAY_NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)

_OWNER, _STAFF, _ANNA, _BORIS, _VERA = 1001, 1002, 2001, 2002, 2003
_TEAM_CHAT = -5001


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


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the demo, and the group in which staff work."""

    olga: Person
    oleg: Person
    anna: Person
    boris: Person
    vera: Person
    team: Group


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


@asynccontextmanager
async def open_stage(port: int, database: Database | None = None) -> AsyncGenerator[Stage, None]:
    """Set the stage: a fresh database unless one is given, thrown away afterwards, and nothing outside this machine."""
    clock = MovableClock(WEDNESDAY_NOON)
    async with (
        TelegramSandbox.serve(options=SandboxOptions(clock=clock.now)) as sandbox,
        nullcontext(database) if database is not None else open_throwaway_database() as opened,
    ):
        cast = _cast(sandbox)
        api_key = secrets.token_urlsafe(24)
        settings = DemoSettings(
            telegram_token=SecretStr(sandbox.token),
            telegram_api_url=sandbox.api_url,
            owners=(cast.olga.id,),
            staff_chat=cast.team.id,
            api_key=SecretStr(api_key),
            http_host="127.0.0.1",
            http_port=port,
            pace_telegram=30,
        )
        application = Application(settings, opened, clock)
        await application.prepare(sample_source())
        async with _running(application), _shop(application, api_key) as shop:
            yield Stage(sandbox, cast, shop, application, clock, api_key)


def _cast(sandbox: TelegramSandbox) -> Cast:
    olga = sandbox.add_person(_OWNER, "Ольга", started=True)
    oleg = sandbox.add_person(_STAFF, "Олег", started=True)
    return Cast(
        olga=olga,
        oleg=oleg,
        anna=sandbox.add_person(_ANNA, "Анна"),
        boris=sandbox.add_person(_BORIS, "Борис"),
        vera=sandbox.add_person(_VERA, "Вера"),
        team=sandbox.add_group(_TEAM_CHAT, "Команда", (olga, oleg)),
    )


@asynccontextmanager
async def _running(application: Application) -> AsyncGenerator[None, None]:
    stop, started = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(application.run(RunRole.ALL, stop, started=started))
    starting = asyncio.create_task(started.wait())
    await asyncio.wait((running, starting), return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    if running.done():
        await running
    try:
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
