"""Everybody opens the bot, and the shop gets ready."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bot.cli.codes import fill_pool
from bot.cli.demonstration.narrator import Narrator

POOL: Final = "sorry"
CODES: Final = 40


async def greet_staff(narrator: Narrator) -> None:
    """The owner starts the bot and invites a manager."""
    narrator.heading("The owner opens the bot and makes Marina a manager")
    olga, marina = narrator.cast.olga, narrator.cast.marina
    await narrator.ask(olga, "/start")
    invited = await narrator.ask(olga, "/invite manager")
    (link,) = (word for word in invited.text.split() if "start=" in word)
    await narrator.ask(marina, f"/start {link.partition('start=')[2]}")


async def load_codes(narrator: Narrator) -> None:
    """The shop fills a pool of promo codes from a file."""
    narrator.heading("Promo codes are loaded, to say sorry with")
    application = narrator.stage.application
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "codes.txt"
        file.write_text("".join(f"SORRY-{number:03}\n" for number in range(1, CODES + 1)), encoding="utf-8")
        narrator.transcript.shop(f"runs otklik codes import {POOL} {file.name}")
        refused = await fill_pool(application.database, application.catalogues, POOL, file, now=narrator.now)
    narrator.must(refused == 0, "every line of the file is a code")


async def open_links(narrator: Narrator) -> None:
    """Customers open the links on their parcels, Gleb in VK."""
    narrator.heading("Links on the orders are opened, each in the messenger its customer has")
    cast = narrator.cast
    for person, customer, order in (
        (cast.anna, "c-anna", "1041"),
        (cast.boris, "c-boris", "1042"),
        (cast.vera, "c-vera", "1043"),
        (cast.dasha, "c-dasha", "1044"),
        (cast.gleb, "c-gleb", "2041"),
    ):
        await narrator.open_link(person, customer, order)
