"""`otklik people`, `otklik qr` and `otklik reach`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from typer.testing import Result

Command = Callable[..., Awaitable[Result]]


async def run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def shop(otklik: Command, database_url: str, folder: Path, hour_ago: str) -> Command:
    """A shop with one delivery, a bot and a community whose names are known."""
    file = folder / "events.csv"
    file.write_text(f"id,touchpoint,occurred_at,order_id,customer.id\ne-1,delivery,{hour_ago},42,c-1\n", "utf-8")
    assert (await otklik("import", "events", file)).exit_code == 0
    await run_sql(
        database_url,
        "insert into channels (channel, username) values ('telegram', 'bakery_bot'), ('vk', 'bakery')"
        " on conflict (channel) do update set username = excluded.username",
        "with person as (insert into persons (created_at) values (now()) returning id)"
        " insert into accounts (channel, external_id, person_id, name, state, state_since, created_at, last_used_at)"
        " select 'vk', 222, id, 'Анна', 'connected', now(), now(), now() from person",
    )
    return otklik


async def test_people_are_shown_joined_and_split(shop: Command) -> None:
    joined = await shop("people", "join", "42", "vk:222")
    assert joined.exit_code == 0, joined.output
    assert "VK 222 (Анна)" in joined.output
    assert "покупатель c-1" in joined.output
    shown = await shop("people", "show", "vk:222")
    assert "владелец" in shown.output
    split = await shop("people", "split", "c-1")
    assert (split.exit_code, "Разделили" in split.output) == (0, True)
    alone = await shop("people", "split", "c-1")
    assert (alone.exit_code, "Отделять не от кого" in alone.output) == (1, True)
    unknown = await shop("people", "show", "nobody")
    assert unknown.exit_code == 2
    assert "nobody is known as nobody" in unknown.stderr


@pytest.mark.parametrize(("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
async def test_a_sheet_is_drawn_in_each_format(shop: Command, folder: Path, form: str, begins: bytes) -> None:
    file = folder / f"sheet.{form}"
    drawn = await shop("qr", "delivery", "--location", "shop-1", "--out", file)
    assert drawn.exit_code == 0, drawn.output
    assert file.read_bytes().startswith(begins)
    again = await shop("qr", "delivery", "--location", "shop-1", "--out", file)
    assert again.stdout == drawn.stdout, "the same place has the same code"
    telegram, vk = [line for line in drawn.stdout.splitlines() if line.startswith("https")]
    token = telegram.partition("?start=at-")[2]
    assert vk == f"https://vk.me/bakery?ref=at-{token}"
    assert token in (await shop("qr", "--list")).stdout
    assert (await shop("qr", "--revoke", token)).exit_code == 0
    assert (await shop("qr", "--revoke", token)).exit_code == 2


async def test_a_wrong_wish_names_the_fix(shop: Command, folder: Path) -> None:
    for arguments, told in (
        (("qr", "nothing"), "these do: delivery"),
        (("qr",), "name the touchpoint"),
        (("qr", "delivery", "--out", folder / "sheet.bmp"), ".png, .svg or .pdf"),
        (("qr", "delivery", "--location", " "), "the location takes 1 to 100"),
    ):
        result = await shop(*arguments)
        assert result.exit_code == 2
        assert told in " ".join(result.stderr.split())


async def test_the_reach_says_how_many_could_be_asked(shop: Command) -> None:
    await shop("people", "join", "42", "vk:222")
    found = json.loads((await shop("reach", "--from", "2020-01-01", "--to", "2029-01-01", "--json")).stdout)
    assert (found["customers"], found["reachable"], found["by_channel"]) == (1, 1, {"telegram": 0, "vk": 1})
    assert set(found["linked_by"]) == {"order_link", "customer_link", "phone", "code", "qr", "shop_id"}
    text = await shop("reach", "--from", "2020-01-01", "--to", "2029-01-01")
    assert "Можем спросить 1 из 1 покупателя (100 %), считая все точки контакта" in text.stdout
    report = json.loads((await shop("report", "--from", "2020-01-01", "--to", "2029-01-01", "--json")).stdout)
    assert report["reach"] == found
