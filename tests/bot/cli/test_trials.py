"""`otklik trials` from a terminal."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli import build_application
from db.database import Database
from surveys.publishing import publish
from tests.surveys.test_trials import CATALOGUE


def trials(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(build_application(), ["trials", *arguments], env={"OTKLIK_DATABASE_URL": url})


async def fill(url: str) -> None:
    database = await Database.connect(url)
    await publish(database, CATALOGUE.replace("2026-12-01", "2026-01-01"), now=datetime(2026, 1, 1, tzinfo=UTC))
    await database.close()


def test_trials_as_text_and_as_json(database_url: str) -> None:
    asyncio.run(fill(database_url))
    text, english, document = (trials(database_url, *more) for more in ((), ("--language", "en"), ("--json",)))
    assert text.exit_code == 0, text.output
    assert "later · Доставка" in text.stdout
    assert "still missing: A 40, B 40" in english.stdout
    found = json.loads(document.stdout)
    assert found["timezone"] == "UTC"
    words = next(trial for trial in found["trials"] if trial["trial"] == "words")
    assert words["variants"]["b"]["question"]["en"] == "Would you tell others?"
    assert (words["state"], words["verdict"], words["split"]) == (
        "running",
        None,
        {"a": 0, "b": 0, "p_value": 1.0, "suspicious": False},
    )


def test_a_catalogue_that_changes_a_trial_which_runs_does_not_start(database_url: str, tmp_path: Path) -> None:
    asyncio.run(fill(database_url))
    file = tmp_path / "catalog.yaml"
    file.write_text(CATALOGUE.replace("2026-12-01", "2026-01-02", 1).replace("2026-12-01", "2026-01-01"))
    settings = {"OTKLIK_DATABASE_URL": database_url, "OTKLIK_CATALOG": str(file), "OTKLIK_API_KEY": "k"}
    result = CliRunner().invoke(build_application(), ["run", "--role", "web"], env=settings)
    assert result.exit_code == 2
    assert "line 13, trials.later.from: the first day cannot change" in result.stderr
    assert "it was 2026-01-01, now it is 2026-01-02: Write it as it was; or take this trial out" in result.stderr
