"""The customer's commands as words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.telegram.commands import CUSTOMER
from bot.vk.words import SHOWN, Asked, Command, command_of, worded


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("стоп", Command.STOP),
        (" СТОП! ", Command.STOP),
        ("/stop", Command.STOP),
        ("«Не спрашивать»", Command.STOP),
        ("Resume", Command.RESUME),
        ("мои   данные", Command.MY_DATA),
        ("/mydata", Command.MY_DATA),
        ("жалоба", Command.COMPLAINT),
        ("Начать", Command.START),
        ("помощь?", None),
        ("стоп, а где мой заказ", None),
        ("не забыть бы", None),
        ("5", None),
        ("", None),
        ("стоп" * 20, None),
    ],
)
def test_a_message_is_a_command_only_as_a_whole(text: str, command: Command | None) -> None:
    assert command_of(text) == (None if command is None else Asked(command))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("жалоба курьер опоздал", "курьер опоздал"),
        ("Жалоба: курьер\nопоздал", "курьер\nопоздал"),
        ("/complaint — it was late", "it was late"),
    ],
)
def test_a_complaint_takes_words_with_it(text: str, words: str) -> None:
    assert command_of(text) == Asked(Command.COMPLAINT, words)


def test_every_word_we_name_is_understood() -> None:
    assert {command_of(word) for words in SHOWN.values() for word in words} == {Asked(command) for command in SHOWN}


def test_whatever_customers_have_in_telegram_has_a_word() -> None:
    assert set(CUSTOMER) <= {command.value for command in SHOWN}


def test_every_word_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "vk.md").read_text(encoding="utf-8")
    for russian, english in SHOWN.values():
        assert f"«{russian}»" in page
        assert f'"{english}"' in page


def test_wishes_have_words_of_their_own() -> None:
    assert command_of("Позвоните мне!") == Asked(Command.CALL)
    assert command_of("присылайте предложения") == Asked(Command.OFFERS)
    assert command_of("не присылать предложений") == Asked(Command.NO_OFFERS)
    assert command_of("согласие") is None, "that may be the answer to anything"


def test_commands_are_named_in_the_language_of_the_text() -> None:
    assert worded("Остановить: /stop, данные: /mydata.") == "Остановить: «стоп», данные: «мои данные»."
    assert worded("Stop: /stop") == 'Stop: "stop"'
    assert worded("и/или, https://x.example/stop, /stopping") == "и/или, https://x.example/stop, /stopping"
