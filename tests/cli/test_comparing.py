"""`otklik simulate --catalogue NEW.yaml`: the last month under another catalogue, told and as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.cli.conftest import CATALOGUE, Command


async def fill(otklik: Command, folder: Path, database_url: str) -> None:
    """Six deliveries of four people over the last days, of whom the loop asked four."""
    now = datetime.now(UTC)
    rows = ["id,touchpoint,occurred_at,order_id,customer.id,customer.telegram_id"]
    for number in range(6):
        occurred_at, who = now - timedelta(days=9, hours=-number), number % 4
        rows.append(f"e-{number},delivery,{occurred_at.isoformat()},o-{number},c-{who},{100 + who}")
    (folder / "events.csv").write_text("\n".join(rows), encoding="utf-8")
    assert (await otklik("import", "events", folder / "events.csv")).exit_code == 0
    connection = await asyncpg.connect(database_url)
    await connection.execute("update touchpoint_events set received_at = occurred_at")
    await connection.execute("update accounts set created_at = created_at - interval '30 days'")
    await connection.execute(
        "update invitations i set state = case when e.id <= 4 then 'expired' else 'skipped' end, reason = case when"
        " e.id > 4 then 'quarantine' end, sent_at = case when e.id <= 4 then e.occurred_at + interval '2 hours' end"
        " from touchpoint_events e where e.id = i.event_id"
    )
    await connection.close()


async def test_the_last_month_under_another_catalogue(otklik: Command, folder: Path, database_url: str) -> None:
    await fill(otklik, folder, database_url)
    new = folder / "new.yaml"
    new.write_text(CATALOGUE.replace("ask_by: P2D", "ask_by: P2D\n    sample: 0.0"), encoding="utf-8")

    told = await otklik("simulate", "--catalogue", new)
    same = await otklik("simulate", "--catalogue", folder / "catalog.yaml")
    as_json = await otklik("simulate", "--catalogue", new, "--json")
    early = await otklik("simulate", "--catalogue", new, "--from", "2020-01-01", "--to", "2020-02-01")

    output = " ".join(told.output.split())
    assert told.exit_code == 0, told.output
    assert "6 events from" in output
    assert "4 fewer questions: 0 instead of 4, 100%" in output
    assert "delivery: 4 events skipped (" in output
    assert "brings 6 of 6 events (100.0 %)" in output
    assert "Blocking the bot and coming back in between is not recorded" in output
    assert "Nothing: every event comes to the same under both catalogues" in " ".join(same.output.split())
    document = json.loads(as_json.stdout)
    assert (document["events"], document["reproduced"]) == (6, 6)
    assert document["recorded"]["people"] == document["in_force"]["people"] == {"1": 4}
    assert document["proposed"]["touchpoints"] == {
        "delivery": [{"outcome": "skipped", "reason": "not_sampled", "events": 6}]
    }
    assert document["in_force"]["per_day"]["max"] <= 4
    assert "nothing can be compared" in early.output


async def test_questions_that_are_only_planned_are_not_told_as_fewer(
    otklik: Command, folder: Path, database_url: str
) -> None:
    occurred_at = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    rows = ["id,touchpoint,occurred_at,customer.id,customer.telegram_id"]
    rows += [f"e-{number},delivery,{occurred_at},c-{number},{100 + number}" for number in range(3)]
    (folder / "events.csv").write_text("\n".join(rows), encoding="utf-8")
    await otklik("import", "events", folder / "events.csv")
    connection = await asyncpg.connect(database_url)
    await connection.execute("update touchpoint_events set received_at = occurred_at")
    await connection.execute("update accounts set created_at = created_at - interval '30 days'")
    await connection.close()
    new = folder / "new.yaml"
    new.write_text(CATALOGUE.replace("ask_after: PT2H", "ask_after: P1D"), encoding="utf-8")

    told = await otklik("simulate", "--catalogue", new)
    as_json = await otklik("simulate", "--catalogue", new, "--json")

    output = " ".join(told.output.split())
    assert "As many questions, 3, at other times" in output
    assert "only planned so far: 3 instead of 0" in output
    assert "fewer" not in output
    proposed = json.loads(as_json.stdout)["proposed"]
    assert (proposed["asked"], proposed["planned"]) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--catalogue NEW.yaml"),
        (["--catalogue", "new.yaml", "--csv"], "go with FILE alone"),
        (["events.csv", "--from", "2026-01-01"], "a file is replayed whole"),
        (["--catalogue", "new.yaml", "--from", "monday"], "2026-11-16"),
        (["--catalogue", "new.yaml", "--from", "2026-01-02", "--to", "2026-01-02"], "after --from"),
        (["--catalogue", "nowhere.yaml"], "nowhere.yaml"),
        (["--catalogue", "faulty.yaml"], "ask_bye"),
    ],
)
async def test_what_cannot_be_simulated_is_told(
    otklik: Command, folder: Path, arguments: list[str], words: str
) -> None:
    (folder / "new.yaml").write_text(CATALOGUE, encoding="utf-8")
    (folder / "faulty.yaml").write_text(CATALOGUE.replace("ask_by", "ask_bye"), encoding="utf-8")
    (folder / "events.csv").write_text("id,touchpoint,occurred_at,customer.id\n", encoding="utf-8")
    await otklik("import", "events", folder / "events.csv")

    result = await otklik("simulate", *arguments)

    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", "").split())
    assert "Traceback" not in result.output
