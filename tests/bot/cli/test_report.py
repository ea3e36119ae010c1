"""`otklik report` from a terminal: the period asked for, as text or JSON, and what is said to a slip of the pen."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import build_application
from db.database import Database
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues, publish

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat}
surveys:
  delivery-csat: {metric: csat, question: {ru: Как доставка?, en: How was it?}}
"""
TUESDAY = datetime(2026, 11, 17, 12, tzinfo=UTC)


async def fill(url: str) -> None:
    database = await Database.connect(url)
    await publish(database, CATALOGUE, now=TUESDAY)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    answers = [
        PastAnswer(f"a-{n}", "delivery", TUESDAY, score, attributes={"shop": "Казань"})
        for n, score in enumerate((5, 5, 5, 4, 1, 3))
    ]
    await import_answers(database, catalogues, answers, now=TUESDAY + timedelta(days=1))
    await database.close()


def report(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(build_application(), ["report", *arguments], env={"OTKLIK_DATABASE_URL": url})


@pytest.fixture
def filled_url(database_url: str) -> str:
    asyncio.run(fill(database_url))
    return database_url


def test_a_week_or_its_days_give_the_same_json(filled_url: str) -> None:
    week = report(filled_url, "--week", "2026-W47", "--by", "shop", "--json")
    days = report(filled_url, "--from", "2026-11-16", "--to", "2026-11-23", "--by", "shop", "--json")
    assert (week.exit_code, days.exit_code) == (0, 0), week.output + days.output
    document = json.loads(week.stdout)
    assert document == json.loads(days.stdout)
    (entry,) = document["touchpoints"]
    assert (entry["n"], entry["score"], entry["verdict"]) == (6, 66.67, "not_enough_answers")
    assert [segment["value"] for segment in entry["by"]["segments"]] == ["Казань"]


def test_the_text_is_in_the_business_s_language_unless_another_is_asked_for(filled_url: str) -> None:
    russian = report(filled_url, "--week", "2026-W47")
    english = report(filled_url, "--week", "2026-W47", "--language", "en")
    assert "Пекарня: неделя 47" in russian.stdout
    assert "6 ответов" in russian.stdout
    assert "Delivery" in english.stdout


def test_the_picture_goes_into_a_file_beside_the_text(filled_url: str, tmp_path: Path) -> None:
    drawn = {}
    for theme, language in (("light", "ru"), ("dark", "en")):
        file = tmp_path / f"{theme}.png"
        done = report(
            filled_url, "--week", "2026-W47", "--picture", str(file), "--theme", theme, "--language", language
        )
        assert done.exit_code == 0, done.output
        drawn[theme] = file.read_bytes()
        assert drawn[theme][:4] == b"\x89PNG"
    assert "Delivery" in done.stdout
    assert drawn["light"] != drawn["dark"]
    folder = report(filled_url, "--week", "2026-W47", "--picture", str(tmp_path))
    assert folder.exit_code == 2
    assert "Is a directory" in folder.stderr


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--week", "47"), "write it like 2026-W47"),
        (("--from", "2026-11-16"), "--from and --to go together"),
        (("--from", "16.11.2026", "--to", "2026-11-23"), "write it like 2026-11-16"),
        (("--from", "2026-11-23", "--to", "2026-11-16"), "must end after 2026-11-23"),
        (("--week", "2026-W47", "--to", "2026-11-16"), "not both"),
        (("--touchpoint", "delivry"), "there are: delivery"),
        (("--theme", "pink"), "neither light nor dark"),
        (("--picture", "/no/such/folder/a.png"), "there is no such folder"),
        (("--picture", "a.png", "--by", "shop"), "without --by"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_would_be_right(
    filled_url: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = report(filled_url, *arguments)
    assert result.exit_code == 2
    assert fault in result.stderr


def test_without_a_catalogue_the_way_to_one_is_told(database_url: str) -> None:
    result = report(database_url)
    assert result.exit_code == 2
    assert "otklik run" in result.stderr
