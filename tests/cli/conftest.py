"""The command line on a fresh database, in an empty folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import build_application

Command = Callable[..., Awaitable[Result]]

CATALOGUE = """\
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru]}
contact_rules:
  quiet_hours: {start: "03:00", end: "03:01"}
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run; there is a catalogue, and no settings but ours."""
    for name in ("OTKLIK_TELEGRAM_TOKEN", "OTKLIK_API_KEY", "OTKLIK_DATABASE_URL", "OTKLIK_CATALOG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def otklik(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `otklik …` as the shell would, on the test's database; a second argument is typed in."""
    monkeypatch.setenv("OTKLIK_DATABASE_URL", database_url)

    async def run(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return await asyncio.to_thread(CliRunner().invoke, build_application(), words)

    return run


@pytest.fixture
def hour_ago() -> str:
    """A delivery fresh enough to be asked about."""
    return (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
