"""`otklik comments` from a terminal."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from bot.cli import build_application
from db.database import Database
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues, publish
from tests.bot.cli.test_report import CATALOGUE, TUESDAY

THEMES = """
themes:
  - {key: lateness, title: {ru: Опоздания, en: Lateness}, words: {ru: [опоздать]}}
"""
DAYS = ("--from", "2026-11-16", "--to", "2026-11-23")


async def fill(url: str) -> None:
    database = await Database.connect(url)
    await publish(database, CATALOGUE + THEMES, now=TUESDAY)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    answers = [
        PastAnswer(f"a-{n}", "delivery", TUESDAY, 1, comment="Опоздали, пишите на anna@example.com") for n in range(6)
    ]
    await import_answers(database, catalogues, answers, now=TUESDAY + timedelta(days=1))
    await database.close()


def comments(url: str, *arguments: str, command: str = "comments") -> Result:
    return CliRunner().invoke(build_application(), [command, *arguments], env={"OTKLIK_DATABASE_URL": url})


@pytest.fixture
def filled_url(database_url: str) -> str:
    asyncio.run(fill(database_url))
    return database_url


def test_what_people_write_about_as_text_and_as_json(filled_url: str) -> None:
    text, english, document = (
        comments(filled_url, *DAYS, *more)
        for more in ((), ("--language", "en"), ("--json", "--touchpoint", "delivery"))
    )
    assert text.exit_code == 0, text.output
    assert "Пекарня: о чём пишут, 16 – 22 ноября 2026" in text.stdout
    assert "«Опоздали, пишите на ✉ ••» · CSAT 1, 17 ноября" in text.stdout
    assert "Lateness: 6, that is 100\u00a0% of the comments" in english.stdout
    found = json.loads(document.stdout)
    assert (found["from"], found["to"], found["touchpoint"]) == ("2026-11-16", "2026-11-23", "delivery")
    assert [(theme["theme"], theme["n"], theme["verdict"]) for theme in found["themes"]] == [
        ("lateness", 6, "not_enough_answers")
    ]
    assert comments(filled_url, "--json").exit_code == 0


def test_an_export_has_the_themes_and_no_address(filled_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("export") / "answers.csv"
    comments(filled_url, *DAYS)
    assert comments(filled_url, str(path), command="export").exit_code == 0
    written = path.read_text(encoding="utf-8-sig")
    assert "Опоздали, пишите на ✉ ••" in written
    assert written.count("lateness") == 6
    assert "anna@example.com" not in written


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--from", "2026-11-16"), "--from and --to go together"),
        (("--from", "16.11.2026", "--to", "2026-11-23"), "write it like 2026-11-16"),
        (("--from", "2026-11-23", "--to", "2026-11-16"), "must end after 2026-11-23"),
        ((*DAYS, "--touchpoint", "delivry"), "there are: delivery"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_would_be_right(
    filled_url: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = comments(filled_url, *arguments)
    assert result.exit_code == 2
    assert fault in result.stderr
