"""The demo with its page: the stage, the people who have opened their links, and everything the page may ask for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.app import AddressTakenError
from bot.cli.demonstration.backstage import StageBackstage
from bot.cli.demonstration.counter import Counter, ShopCustomer
from bot.cli.demonstration.crowd import Crowd
from bot.cli.demonstration.stage import ZONE, Stage, StageOptions, open_stage
from bot.cli.demonstration.transcript import Transcript
from bot.sandbox import Person
from bot.sandbox.page import Messengers, PageOptions, Seat, listen_for_page, serve_page
from surveys.storage import Database

ANNA: Final = ShopCustomer("c-anna", "Анна")
BORIS: Final = ShopCustomer("c-boris", "Борис")
GLEB: Final = ShopCustomer("c-gleb", "Глеб", "vk")


@dataclass(frozen=True, slots=True)
class OpenDemo:
    """A demo whose page can be opened."""

    address: str
    stage: Stage
    transcript: Transcript


@asynccontextmanager
async def open_demo(port: int, database: Database | None = None) -> AsyncGenerator[OpenDemo, None]:
    """The whole demo with its page on the port; raises AddressTakenError."""
    try:
        listening = listen_for_page(port)
    except OSError as error:
        raise AddressTakenError(f"cannot listen on 127.0.0.1:{port} ({error.strerror})") from error
    async with open_stage(StageOptions(), database) as stage:
        crowd = Crowd(stage.sandbox)
        transcript = Transcript(stage.sandbox, stage.vk, stage.clock.now, ZONE, hidden=crowd.includes)
        counter = Counter(stage.shop, (ANNA, BORIS, GLEB), crowd, stage.clock.now)
        backstage = StageBackstage(stage, counter)
        pacing = asyncio.create_task(backstage.keep_pace(), name="pace of the demo")
        try:
            await _open_links(stage, counter)
            async with serve_page(
                Messengers(stage.sandbox, stage.vk), _options(stage, backstage), listening
            ) as address:
                yield OpenDemo(address, stage, transcript)
        finally:
            pacing.cancel()
            await asyncio.gather(pacing, return_exceptions=True)
            await crowd.close()
            transcript.close()


async def show(port: int) -> None:
    """Serve the demo's page until interrupted."""
    async with open_demo(port) as demo:
        say = demo.transcript.say
        say("")
        say(f"Open {demo.address}", "bold green")
        say("The page is everybody: three customers, one of them in VK, the team, the manager and the shop.")
        say(f"The product's own HTTP: {demo.stage.address}")
        say("What happens is printed here. Ctrl-C ends it and throws everything away.")
        await asyncio.Event().wait()


def _options(stage: Stage, backstage: StageBackstage) -> PageOptions:
    cast = stage.cast
    return PageOptions(
        seats=(
            Seat("anna", "customer", cast.anna, customer=ANNA.id),
            Seat("boris", "customer", cast.boris, customer=BORIS.id),
            Seat("gleb", "customer", cast.gleb, customer=GLEB.id),
            Seat("team", "staff", cast.oleg, group=cast.team),
            Seat("olga", "manager", cast.olga),
        ),
        backstage=backstage,
        zone=ZONE.key,
        api_url=stage.address,
        api_key=stage.api_key,
    )


async def _open_links(stage: Stage, counter: Counter) -> None:
    """The owner starts the bot; the customers open the links on their parcels."""
    await _answered(stage.cast.olga, "/start")
    for person, customer in ((stage.cast.anna, ANNA), (stage.cast.boris, BORIS)):
        _order, start = await counter.print_link(customer)
        await _answered(person, f"/start {start}")
    _order, key = await counter.print_link(GLEB)
    begun = await stage.cast.gleb.start(key)
    await stage.cast.gleb.wait_for(after=begun, deadline=10)


async def _answered(person: Person, text: str) -> None:
    written = await person.write(text)
    await person.wait_for(after=written.id, deadline=10)
