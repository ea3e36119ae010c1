"""The demo with its page: the stage, the people who have opened their links, and everything the page may ask for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from bot.cli.demonstration.counter import Counter, ShopCustomer
from bot.cli.demonstration.crowd import Crowd
from bot.cli.demonstration.past import past_answers
from bot.cli.demonstration.stage import ZONE, Stage, open_stage
from bot.cli.demonstration.transcript import Transcript
from bot.sandbox import Person
from bot.sandbox.page import PageOptions, Seat, ShopReceipt, serve_page
from bot.settings import StartError
from surveys.history import AnswerStatus, import_answers

ANNA: Final = ShopCustomer("c-anna", "Анна")
BORIS: Final = ShopCustomer("c-boris", "Борис")
FAST_SWEEP_EVERY: Final = 0.5
"""Seconds between two looks at what is due while business time runs faster than the machine's."""


class StageBackstage:
    """Business time, the shop and the past of a stage."""

    def __init__(self, stage: Stage, counter: Counter) -> None:
        self._stage = stage
        self._counter = counter

    def now(self) -> datetime:
        """The present instant of business time."""
        return self._stage.clock.now()

    @property
    def rate(self) -> float:
        """Seconds of business time in one of the machine's."""
        return self._stage.clock.rate

    async def move_clock(self, move: str) -> None:
        """Move to a named instant; raises LookupError for a name there is not."""
        await self._stage.move_to(_instant(move, self.now()))

    async def run_clock(self, rate: float) -> None:
        """Run business time faster, or as fast as the machine's."""
        self._stage.clock.run_at(rate)

    async def act_in_shop(self, action: str, customer: str) -> ShopReceipt:
        """Press a button of the shop."""
        return await self._counter.act(action, customer)

    def reported(self) -> Sequence[str]:
        """Ids of the events the shop has reported, oldest first."""
        return tuple(self._counter.reported)

    async def load_history(self) -> int:
        """A month of past answers, imported as those of another tool; how many were new."""
        application = self._stage.application
        answers = list(past_answers(application.catalogues.in_force.catalogue, self.now().astimezone(ZONE)))
        results = await import_answers(application.database, application.catalogues, answers, now=self.now())
        return sum(result.status is AnswerStatus.ACCEPTED for result in results)

    async def keep_pace(self) -> None:
        """Let the product notice what is due while time runs fast; runs until cancelled."""
        while True:
            await asyncio.sleep(FAST_SWEEP_EVERY)
            if self.rate > 1:
                await self._stage.application.sweep()


@dataclass(frozen=True, slots=True)
class OpenDemo:
    """A demo whose page can be opened."""

    address: str
    stage: Stage
    transcript: Transcript


@asynccontextmanager
async def open_demo(port: int) -> AsyncGenerator[OpenDemo, None]:
    """The whole demo with its page on the port; raises StartError when the port is taken."""
    async with open_stage(0) as stage:
        crowd = Crowd(stage.sandbox)
        transcript = Transcript(stage.sandbox, stage.clock.now, ZONE, hidden=crowd.includes)
        counter = Counter(stage.shop, (ANNA, BORIS), crowd, stage.clock.now)
        backstage = StageBackstage(stage, counter)
        pacing = asyncio.create_task(backstage.keep_pace(), name="pace of the demo")
        try:
            await _open_links(stage, counter)
            async with serve_page(stage.sandbox, _options(stage, backstage), port) as address:
                yield OpenDemo(address, stage, transcript)
        except OSError as error:
            raise StartError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another --port") from error
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
        say(
            f"The page is everybody: two customers, the team, the manager and the shop. The product: {demo.stage.address}"
        )
        say("What happens is printed here. Ctrl-C ends it and throws everything away.")
        await asyncio.Event().wait()


def _options(stage: Stage, backstage: StageBackstage) -> PageOptions:
    cast = stage.cast
    return PageOptions(
        seats=(
            Seat("anna", "customer", cast.anna, customer=ANNA.id),
            Seat("boris", "customer", cast.boris, customer=BORIS.id),
            Seat("team", "staff", cast.oleg, group=cast.team),
            Seat("olga", "manager", cast.olga),
        ),
        backstage=backstage,
        zone=ZONE.key,
        api_url=stage.address,
        api_key=stage.api_key,
    )


async def _open_links(stage: Stage, counter: Counter) -> None:
    """The owner starts the bot; both customers open the links on their parcels."""
    await _answered(stage.cast.olga, "/start")
    for person, customer in ((stage.cast.anna, ANNA), (stage.cast.boris, BORIS)):
        _order, start = await counter.print_link(customer)
        await _answered(person, f"/start {start}")


async def _answered(person: Person, text: str) -> None:
    written = await person.write(text)
    await person.wait_for(after=written.id, deadline=10)


def _instant(move: str, now: datetime) -> datetime:
    local = now.astimezone(ZONE)
    if move == "hour":
        return now + timedelta(hours=1)
    if move == "tomorrow":
        return datetime.combine(local.date() + timedelta(days=1), time(10), ZONE)
    if move == "monday":
        return datetime.combine(local.date() + timedelta(days=7 - local.weekday()), time(9), ZONE)
    raise LookupError(f"the clock knows no move {move!r}")
