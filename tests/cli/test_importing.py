"""`otklik import events` and `otklik import answers`."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from typer.testing import Result

Command = Callable[..., Awaitable[Result]]
HEADER = "id,touchpoint,occurred_at,order_id,customer.id,customer.telegram_id,attributes.shop"


async def count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(f"select count(*) from {table}")
        return found
    finally:
        await connection.close()


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


async def test_good_rows_are_taken_and_bad_ones_go_to_the_rejects_file(
    otklik: Command, folder: Path, database_url: str, hour_ago: str
) -> None:
    file = write(
        folder / "shop.csv",
        f"e-1,delivery,{hour_ago},1,c-1,101,Арбат",
        f"e-2,delivry,{hour_ago},2,c-2,,",
        "e-3,delivery,soon,3,c-3,,",
        f"e-4,delivery,{hour_ago}",
        f"e-5,delivery,{hour_ago},5,c-5,,=1+1",
    )

    result = await otklik("import", "events", file)

    assert result.exit_code == 1, result.output
    assert "5 rows (UTF-8, comma)" in result.output
    assert "1 planned" in result.output
    assert "1 waiting" in result.output
    assert "rejected 3" in result.output
    assert await count(database_url, "touchpoint_events") == 2
    with (folder / "data" / "rejects" / "shop.events.csv").open(encoding="utf-8-sig", newline="") as rejects:
        header, *rows = csv.reader(rejects)
    assert header == ["rejected_line", "rejected_reason", *HEADER.split(",")]
    assert [row[0] for row in rows] == ["3", "4", "5"]
    assert "delivry" in rows[0][1]
    assert rows[1][1].startswith("occurred_at: “soon” is not an instant")
    assert rows[2][1].startswith("has 3 values")
    assert rows[1][2:5] == ["e-3", "delivery", "soon"]


async def test_a_corrected_rejects_file_is_imported_as_it_is(
    otklik: Command, folder: Path, database_url: str, hour_ago: str
) -> None:
    file = write(folder / "shop.csv", "e-1,delivery,soon,1,c-1,,", f"e-2,delivery,{hour_ago},2,c-2,,")
    await otklik("import", "events", file, "--rejects", "bad.csv")
    rejects = folder / "bad.csv"
    rejects.write_text(rejects.read_text("utf-8-sig").replace("soon,1", f"{hour_ago},1"), encoding="utf-8-sig")

    result = await otklik("import", "events", rejects, "--rejects", "still_bad.csv")

    assert result.exit_code == 0, result.output
    assert not (folder / "still_bad.csv").exists()
    assert await count(database_url, "touchpoint_events") == 2


async def test_why_rows_are_not_asked_about_is_told_in_words(otklik: Command, folder: Path) -> None:
    file = write(folder / "shop.csv", "e-1,delivery,2020-01-10T12:00:00+03:00,1,c-1,101,")
    result = await otklik("import", "events", file)
    assert "1 skipped: stale, too late after the event" in result.output


async def test_importing_again_doubles_nothing(otklik: Command, folder: Path, database_url: str, hour_ago: str) -> None:
    file = write(folder / "shop.csv", *(f"e-{n},delivery,{hour_ago},{n},c-{n},," for n in range(2_500)))

    first = await otklik("import", "events", file)
    again = await otklik("import", "events", file)

    assert first.exit_code == 0, first.output
    assert "accepted 2,500" in first.output
    assert "accepted 0" in again.output
    assert "known already 2,500" in again.output
    assert await count(database_url, "invitations") == 2_500


async def test_more_than_500_are_not_asked_without_a_word(
    otklik: Command, folder: Path, database_url: str, hour_ago: str
) -> None:
    rows = [f"e-{n},delivery,{hour_ago},{n},c-{n},{n + 1}," for n in range(700)]
    rows += [f"f-{n},delivery,{hour_ago},{n},c-{n},{n + 1}," for n in range(100)]
    rows += [f"g-{n},delivery,{hour_ago},g-{n},d-{n},," for n in range(50)]
    file = write(folder / "shop.csv", *rows)

    refused = await otklik("import", "events", file)

    assert refused.exit_code == 2
    assert "would ask about 700 people, and about 50 more as they connect a messenger" in refused.output
    assert "--yes" in refused.output
    assert await count(database_url, "touchpoint_events") == 0
    assert await count(database_url, "customers") == 0

    taken = await otklik("import", "events", file, "--yes")

    assert taken.exit_code == 0, taken.output
    assert "700 planned" in taken.output
    assert "would ask about 700" in taken.output


async def test_counting_whom_an_import_would_ask_holds_nobody_up(
    otklik: Command, folder: Path, database_url: str, hour_ago: str
) -> None:
    """The count is made to stand in its second batch; whom it met in the first can be worked with meanwhile."""
    for n in (0, 1_500):  # one after the other: persons are locked in the order they became known
        known = write(folder / "known.csv", f"k-{n},delivery,{hour_ago},k{n},c-{n},{n + 1},")
        assert (await otklik("import", "events", known)).exit_code == 0
    file = write(folder / "shop.csv", *(f"e-{n},delivery,{hour_ago},{n},c-{n},{n + 1}," for n in range(2_000)))
    person = "select from persons p join customers c on c.person_id = p.id where c.external_id = $1 for update of p"
    waiting = (
        "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
    )
    holding, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        async with holding.transaction():
            await holding.execute(person.replace("$1", "'c-1500'"))
            counting = asyncio.create_task(otklik("import", "events", file))
            async with asyncio.timeout(30):
                while not await other.fetchval(waiting):
                    await asyncio.sleep(0.02)
            await other.execute(person.replace("$1", "'c-0'") + " nowait")
        refused = await counting
    finally:
        await holding.close()
        await other.close()
    assert "would ask about 1,998 people" in refused.output
    assert await count(database_url, "touchpoint_events") == 2


async def test_many_rows_that_ask_nobody_need_no_word(otklik: Command, folder: Path, hour_ago: str) -> None:
    unreachable = write(folder / "a.csv", *(f"e-{n},delivery,{hour_ago},{n},c-{n},," for n in range(600)))
    one_person = write(folder / "b.csv", *(f"f-{n},delivery,{hour_ago},f{n},p,7," for n in range(600)))

    for file in (unreachable, one_person):
        assert (await otklik("import", "events", file)).exit_code == 0


async def test_a_mapping_reads_a_shops_own_export(otklik: Command, folder: Path, database_url: str) -> None:
    (folder / "map.yaml").write_text(
        "touchpoint: delivery\n"
        "timezone: Asia/Omsk\n"
        "columns:\n"
        "  id: {join: [Заказ, {value: доставлен}], with: ':'}\n"
        "  occurred_at: Доставлен\n"
        "  customer.id: Клиент\n"
        "  attributes.late: {after: [Доставлен, Обещан], by: date}\n",
        encoding="utf-8",
    )
    file = folder / "shop.csv"
    file.write_text(
        "Заказ;Клиент;Доставлен;Обещан\n1;Анна;01.02.2026 10:00;31.01.2026\n2;Анна;;31.01.2026\n", encoding="cp1251"
    )

    result = await otklik("import", "events", file, "--mapping", "map.yaml")

    assert result.exit_code == 0, result.output
    assert "CP1251, semicolon" in result.output
    assert "without an instant 1" in result.output
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow("select external_id, occurred_at, attributes::text from touchpoint_events")
    await connection.close()
    assert row is not None
    assert row["external_id"] == "1:доставлен"
    assert row["occurred_at"].isoformat() == "2026-02-01T04:00:00+00:00"
    assert row["attributes"] == '{"late": true}'


async def test_past_answers_fill_the_history(otklik: Command, folder: Path, database_url: str) -> None:
    header = "id,touchpoint,answered_at,score,comment,reasons,customer.id"
    file = write(
        folder / "answers.csv",
        'r-1,delivery,2026-01-02 12:00,5,"Хорошо,\nспасибо",fast|kind,c-1',
        "r-2,delivery,2026-01-02 12:00,6,,,c-1",
        header=header,
    )

    result = await otklik("import", "answers", file)

    assert result.exit_code == 1
    assert "accepted 1" in result.output
    assert "rejected 1" in result.output
    assert (folder / "data" / "rejects" / "answers.answers.csv").exists()
    assert await count(database_url, "responses") == 1
    assert await count(database_url, "schedule") == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "events", "missing.csv"], "no such file"),
        (["import", "events", "catalog.yaml"], "no column `id`"),
        (["import", "events", "good.csv", "--mapping", "missing.yaml"], "the mapping missing.yaml cannot be read"),
        (["import", "events", "good.csv", "--mapping", "map.yaml"], "map.yaml:1: colums: is not a known key"),
        (["import", "events", "good.csv", "--encoding", "klingon"], "is not known"),
        (["import", "answers", "good.csv"], "no column `answered_at`, `score`"),
    ],
)
async def test_what_cannot_be_imported_at_all_is_told(
    otklik: Command, folder: Path, arguments: list[str], words: str
) -> None:
    write(folder / "good.csv")
    (folder / "map.yaml").write_text("colums: {}\n")

    result = await otklik(*arguments)

    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


async def test_a_missing_catalogue_is_told(otklik: Command, folder: Path) -> None:
    (folder / "catalog.yaml").unlink()

    result = await otklik("import", "events", write(folder / "good.csv"))

    assert result.exit_code == 2
    assert "OTKLIK_CATALOG" in result.output


async def test_an_interrupted_import_keeps_whole_batches_and_goes_on(
    folder: Path, otklik: Command, database_url: str
) -> None:
    rows = (f"e-{n},delivery,2026-01-01T00:00:00Z,{n},c-{n},," for n in range(12_000))
    file = write(folder / "shop.csv", *rows)
    command = [sys.executable, "-c", "from bot.cli import main; main()", "import", "events", str(file)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while await count(database_url, "touchpoint_events") == 0:
            assert time.monotonic() < deadline
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)

    kept = await count(database_url, "touchpoint_events")
    assert running.returncode == 130
    assert "Run the same command again" in told
    assert 0 < kept < 12_000
    assert kept % 1_000 == 0
    result = await otklik("import", "events", file)
    assert result.exit_code == 0
    assert await count(database_url, "touchpoint_events") == 12_000
