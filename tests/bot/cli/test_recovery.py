"""`otklik recovery` from a terminal."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from bot.cli import build_application
from tests.bot.cli.test_report import filled_url

__all__ = ["filled_url"]


def recovery(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(build_application(), ["recovery", *arguments], env={"OTKLIK_DATABASE_URL": url})


def test_the_figures_as_text_and_as_json(filled_url: str) -> None:
    days = ("--from", "2026-11-16", "--to", "2026-11-23")
    text, english, document = (recovery(filled_url, *days, *more) for more in ((), ("--language", "en"), ("--json",)))
    assert text.exit_code == 0, text.output
    assert "Пекарня: работа с жалобами, 16 – 22 ноября 2026" in text.stdout
    assert "Nothing was done about complaints in this time." in english.stdout
    found = json.loads(document.stdout)
    assert (found["from"], found["to"], found["cases"]["opened"]) == ("2026-11-16", "2026-11-23", 0)
    assert set(found["cases"]["by"]) == {"team", "person", "touchpoint", "reason"}
    assert found["recovery"]["bought_again"]["never_unhappy"]["n"] == 0
    assert recovery(filled_url, "--json").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--from", "2026-11-16"), "--from and --to go together"),
        (("--from", "16.11.2026", "--to", "2026-11-23"), "write it like 2026-11-16"),
        (("--from", "2026-11-23", "--to", "2026-11-16"), "must end after 2026-11-23"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_would_be_right(
    filled_url: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = recovery(filled_url, *arguments)
    assert result.exit_code == 2
    assert fault in result.stderr
