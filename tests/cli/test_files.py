"""`otklik simulate`, `links`, `export` and `key`."""

from __future__ import annotations

import csv
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from bot.cli import build_application
from bot.files.export_kinds import ExportKind

Command = Callable[..., Awaitable[Result]]
HEADER = "id,touchpoint,occurred_at,order_id,customer.id,customer.name,attributes.shop"


def write(path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
    return path


async def run_sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def test_simulating_needs_no_database_and_tells_who_would_be_asked(folder: Path) -> None:
    file = write(
        folder / "shop.csv",
        "e-1,delivery,2026-01-10T12:00:00+03:00,1,c-1,,",
        "e-2,delivery,2026-01-11T12:00:00+03:00,2,c-1,,",
        "e-3,delivery,2026-01-11T12:00:00+03:00,3,c-2,,",
        "e-4,delivery,soon,3,c-2,,",
    )

    result = CliRunner().invoke(build_application(), ["simulate", str(file)])

    assert result.exit_code == 1
    assert "asked" in result.output
    assert "quarantine" in result.output
    assert "e-1 of 2026-01-10 12:00: asked 2026-01-10 14:00" in result.output
    assert "1 row not read: occurred_at" in result.output
    assert "played in the file's own time" in result.output
    assert "of the 2 asked here it would skip 2 as stale" in result.output
    assert not (folder / "data").exists()


def test_simulations_can_be_read_by_programs(folder: Path) -> None:
    file = write(folder / "shop.csv", "=1,delivery,2026-01-10T12:00:00+03:00,1,c-1,,")

    as_json = CliRunner().invoke(build_application(), ["simulate", str(file), "--json"])
    as_csv = CliRunner().invoke(build_application(), ["simulate", str(file), "--csv", "--known-only"])
    both = CliRunner().invoke(build_application(), ["simulate", str(file), "--csv", "--json"])

    document = json.loads(as_json.stdout)
    assert (document["event_id"], document["outcome"], document["at"]) == ("=1", "asked", "2026-01-10T14:00:00+03:00")
    (row,) = csv.DictReader(as_csv.stdout.splitlines())
    assert (row["event_id"], row["outcome"], row["reason"]) == ("'=1", "waiting", "unreachable")
    assert "of the 1 asked here it would skip 1 as stale" in as_json.stderr
    assert both.exit_code == 2


def test_simulating_what_just_happened_says_that_nothing_is_stale(folder: Path, hour_ago: str) -> None:
    file = write(folder / "shop.csv", f"e-1,delivery,{hour_ago},1,c-1,,")

    result = CliRunner().invoke(build_application(), ["simulate", str(file)])

    assert "`otklik import events` decides now: none of those asked here is stale yet." in result.output


async def test_links_are_added_to_the_shops_own_file_in_its_own_dialect(
    otklik: Command, folder: Path, database_url: str
) -> None:
    await run_sql(database_url, "insert into channels (channel, username) values ('telegram', 'bakery_bot')")
    file = folder / "shop.csv"
    file.write_text("order_id;customer.id;Имя\n1;c-1;=Анна\n2;c-1;Анна\n;c-1;Анна\n4;;Пётр\n", encoding="cp1251")

    result = await otklik("links", file)
    again = await otklik("links", file, "--output", "again.csv")

    assert result.exit_code == 1
    assert "line 5: no link: customer.id: is empty" in result.output
    assert again.exit_code == 1
    with (folder / "shop.links.csv").open(encoding="cp1251", newline="") as output:
        header, *rows = csv.reader(output, delimiter=";")
    assert header == ["order_id", "customer.id", "Имя", "telegram_link"]
    assert [row[:3] for row in rows] == [
        ["1", "c-1", "=Анна"],
        ["2", "c-1", "Анна"],
        ["", "c-1", "Анна"],
        ["4", "", "Пётр"],
    ]
    links = [row[3] for row in rows]
    assert all(link.startswith("https://t.me/bakery_bot?start=") for link in links[:3])
    assert len(set(links)) == 4
    assert links[3] == ""
    assert (folder / "again.csv").read_bytes() == (folder / "shop.links.csv").read_bytes()


async def test_links_of_both_messengers_stand_side_by_side(otklik: Command, folder: Path, database_url: str) -> None:
    await run_sql(
        database_url, "insert into channels (channel, username) values ('telegram', 'bakery_bot'), ('vk', 'bakery')"
    )
    file = write(folder / "shop.csv", "1,c-1", header="order_id,customer.id")
    assert (await otklik("links", file)).exit_code == 0
    (row,) = csv.DictReader((folder / "shop.links.csv").read_text(encoding="utf-8-sig").splitlines())
    key = row["telegram_link"].removeprefix("https://t.me/bakery_bot?start=")
    assert row["vk_link"] == f"https://vk.me/bakery?ref={key}"


async def test_links_need_the_name_of_the_bot_and_the_customer(
    otklik: Command, folder: Path, database_url: str
) -> None:
    file = write(folder / "shop.csv", "1", header="order_id")

    nameless = await otklik("links", file)
    await run_sql(database_url, "insert into channels (channel, username) values ('telegram', 'bakery_bot')")
    ownerless = await otklik("links", file)

    assert (nameless.exit_code, ownerless.exit_code) == (2, 2)
    assert "start `otklik run` once" in nameless.output
    assert "no column `customer.id`" in ownerless.output


async def export(otklik: Command, folder: Path) -> None:
    events = write(
        folder / "events.csv",
        "e-1,delivery,2026-01-10T12:00:00+03:00,o-1,c-1,=Анна,s-1",
        "e-2,delivery,2026-01-10T12:00:00+03:00,o-2,c-2,Пётр,+7",
    )
    answers = write(
        folder / "answers.csv",
        'r-1,delivery,2026-01-11T12:00:00+03:00,2,"=HYPERLINK(""x"")",late|cold,o-1',
        "r-2,delivery,2026-02-11T12:00:00+03:00,5,Спасибо,,o-2",
        header="id,touchpoint,answered_at,score,comment,reasons,order_id",
    )
    for kind, file in (("events", events), ("answers", answers)):
        result = await otklik("import", kind, file)
        assert result.exit_code == 0, result.output


async def test_answers_go_to_csv_with_their_context_and_without_formulas(otklik: Command, folder: Path) -> None:
    await export(otklik, folder)

    result = await otklik("export", "out.csv", "--from", "2026-01-01", "--to", "2026-02-01")

    assert result.exit_code == 0, result.output
    assert (folder / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["answered_at"] == "2026-01-11T12:00:00+03:00"
    assert (row["score"], row["sentiment"], row["reasons"]) == ("2", "negative", "late|cold")
    assert (row["event_id"], row["order_id"], row["customer.id"]) == ("e-1", "o-1", "c-1")
    assert row["comment"] == '\'=HYPERLINK("x")'
    assert row["customer.name"] == "'=Анна"
    assert row["attributes.shop"] == "s-1"


async def test_answers_go_to_xlsx_with_types(otklik: Command, folder: Path) -> None:
    await export(otklik, folder)

    result = await otklik("export", "out.xlsx")

    assert result.exit_code == 0, result.output
    header, first, second = CalamineWorkbook.from_path("out.xlsx").get_sheet_by_name("Ответы").to_python()
    cells = dict(zip(header, first, strict=True))
    assert cells["answered_at (Europe/Moscow)"] == datetime(2026, 1, 11, 12)
    assert cells["score"] == 2.0
    assert cells["comment"] == '=HYPERLINK("x")'
    assert dict(zip(header, second, strict=True))["attributes.shop"] == "+7"


async def test_a_folder_takes_a_csv_of_each_kind_and_a_kind_alone_may_be_named(otklik: Command, folder: Path) -> None:
    await export(otklik, folder)

    everything = await otklik("export", "out/")
    reasons = await otklik("export", "reasons.csv", "--kind", "reasons", "--touchpoint", "delivery")
    nothing = await otklik("export", "none.xlsx", "--kind", "cases", "--touchpoint", "delivery")

    assert (everything.exit_code, reasons.exit_code, nothing.exit_code) == (0, 0, 0), everything.output
    assert "answers 2, events 2" in everything.output
    assert {path.name for path in (folder / "out").iterdir()} == {f"{kind}.csv" for kind in ExportKind}
    with (folder / "reasons.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["week"], row["reason"], row["answers"]) for row in csv.DictReader(file)] == [
            ("2026-01-05", "cold", "1"),
            ("2026-01-05", "late", "1"),
        ]
    assert CalamineWorkbook.from_path("none.xlsx").sheet_names == ["Жалобы", "О файле"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["out.csv", "--kind", "everything"], "there is no kind"),
        (["out.ods"], ".csv or .xlsx"),
        (["out.csv", "--from", "monday"], "2026-11-16"),
        (["out.csv", "--from", "2026-01-02", "--to", "2026-01-02"], "after --from"),
        (["nowhere/out.csv"], "nowhere"),
        (["out.csv", "--kind", "cases", "--touchpoint", "nosuch"], "no touchpoint 'nosuch'; there are: delivery"),
        (["out/", "--touchpoint", "nosuch"], "there are: delivery"),
    ],
)
async def test_a_wrong_export_is_told(otklik: Command, folder: Path, arguments: list[str], words: str) -> None:
    await otklik("import", "events", write(folder / "none.csv"))

    result = await otklik("export", *arguments)

    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert not [path for path in folder.iterdir() if path.name.startswith("out")]


async def test_a_key_is_shown_once_and_stored_hashed(otklik: Command, database_url: str) -> None:
    created = await otklik("key", "create", "crm")
    twice = await otklik("key", "create", "crm")
    listed = await otklik("key", "list")
    revoked = await otklik("key", "revoke", "crm")
    gone = await otklik("key", "revoke", "crm")

    key = created.stdout.strip()
    assert key.startswith("otk_")
    assert twice.exit_code == 2
    assert "crm" in listed.output
    assert key not in listed.output
    assert revoked.exit_code == 0
    assert gone.exit_code == 2
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow("select name, digest, revoked_at from api_keys")
    await connection.close()
    assert row is not None
    assert key.encode() not in row["digest"]
    assert row["revoked_at"] <= datetime.now(UTC)
