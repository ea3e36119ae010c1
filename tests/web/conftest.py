"""The web application on a fresh database with a small catalogue in force, and a real server around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from bot.clock import MovableClock
from bot.drawing.painting import Painter, open_painter
from bot.web.app import build_web_application
from bot.web.dependencies import WebDependencies
from bot.web.server import bind, build_server
from db.database import Database
from surveys.publishing import Catalogues, publish

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "a-key-from-the-environment"
CATALOGUE = """\
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru]}
touchpoints:
  delivery:
    survey: delivery-csat
    ask_after: PT2H
    ask_by: P2D
surveys:
  delivery-csat:
    metric: csat
    kind: transactional
    question: {ru: "Как вам доставка?"}
"""


class Receiver:
    """Stands where the Telegram side is wired in: notes what it was given, fails when told to."""

    def __init__(self) -> None:
        self.updates: list[bytes] = []
        self.failure: Exception | None = None

    def is_from_telegram(self, header: str | None) -> bool:
        return header == "s3cret"

    async def handle(self, update: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.updates.append(update)


async def deep_links(key: str) -> Mapping[str, str]:
    return {"telegram": f"https://t.me/bakery_bot?start={key}"}


@pytest.fixture
def key() -> str:
    """The key from the environment."""
    return KEY


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW, running=False)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest_asyncio.fixture
async def catalogues(database: Database) -> Catalogues:
    await publish(database, CATALOGUE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return catalogues


@pytest_asyncio.fixture
async def painter() -> AsyncGenerator[Painter, None]:
    async with open_painter() as painter:
        yield painter


@pytest.fixture
def dependencies(
    database: Database, catalogues: Catalogues, clock: MovableClock, receiver: Receiver, painter: Painter
) -> WebDependencies:
    return WebDependencies(
        database=database,
        catalogues=catalogues,
        clock=clock,
        deep_links=deep_links,
        api_key=KEY,
        telegram=receiver,
        painter=painter,
    )


@pytest.fixture
def application(dependencies: WebDependencies) -> FastAPI:
    return build_web_application(dependencies)


@pytest_asyncio.fixture
async def address(application: FastAPI) -> AsyncGenerator[str, None]:
    """A real server on a free port."""
    listening = bind("127.0.0.1", 0)
    server = build_server(application)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture
async def client(address: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Somebody who has the key."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=10) as client:
        yield client


@pytest_asyncio.fixture
async def stranger(address: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Somebody who has none."""
    async with httpx.AsyncClient(base_url=address, timeout=10) as client:
        yield client
