"""Logs never show a secret or a customer."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Generator

import pytest
import structlog

from bot.logs import HIDDEN, configure_logging

TOKEN = "123456789:AAH-abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def output() -> Generator[io.StringIO, None, None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("INFO", "json", secrets=["s3cret-webhook", "abc"], stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(output: io.StringIO) -> None:
    structlog.get_logger().info("delivery_settled", channel="telegram", outcomes=3)
    (line,) = lines(output)
    assert line.pop("timestamp")
    assert line == {"event": "delivery_settled", "channel": "telegram", "outcomes": 3, "level": "info"}


def test_secrets_are_hidden_wherever_they_turn_up(output: io.StringIO) -> None:
    log = structlog.get_logger()
    log.warning("odd", url=f"https://api.telegram.org/bot{TOKEN}/getMe", given=["s3cret-webhook"], short="abc")
    log.warning("dsn", url="postgresql://otklik:pa55word@db/otklik", vk="https://api.vk.ru/?access_token=vkvkvk&v=5")
    logging.getLogger("library").warning("calling %s", f"/bot{TOKEN}/sendMessage")
    text = output.getvalue()
    for secret in (TOKEN, "s3cret-webhook", "pa55word", "vkvkvk"):
        assert secret not in text
    assert text.count(HIDDEN) >= 5
    assert '"short": "abc"' in text


def test_personal_fields_are_hidden(output: io.StringIO) -> None:
    structlog.get_logger().info("odd", phone="+79001234567", customer={"name": "Анна", "id": 7}, comment=None)
    (line,) = lines(output)
    assert line["phone"] == HIDDEN
    assert line["customer"] == {"name": HIDDEN, "id": 7}
    assert line["comment"] is None
    assert "Анна" not in output.getvalue()


def test_a_traceback_shows_neither_token_nor_row(output: io.StringIO) -> None:
    words = "duplicate key\nDETAIL:  Key (phone)=(+7900" + f"1234567) exists at {TOKEN}"
    try:
        raise ValueError(words)
    except ValueError:
        structlog.get_logger().exception("failed")
    text = output.getvalue()
    assert "ValueError" in text
    assert "79001234567" not in text
    assert TOKEN not in text


def test_of_a_value_of_many_lines_none_is_shown_and_what_comes_behind_it_is(output: io.StringIO) -> None:
    said = "Позвоните\n\n+7900" + "1234567\nAnna"
    refused = f"no such row\nDETAIL:  Failing row contains (1, {said}).\nHINT: {said}"
    unreadable = f"invalid input for query argument $3: {said!r} and {said}"
    try:
        try:
            raise ValueError(refused)
        except ValueError as error:
            raise LookupError(unreadable) from error
    except LookupError:
        structlog.get_logger().exception("failed")
    text = output.getvalue()
    assert "1234567" not in text
    assert "Anna" not in text
    assert "no such row" in text
    assert "direct cause" in text
    assert "LookupError: invalid input for query argument $3" in text


def test_levels_hold_and_chatty_libraries_are_quiet(output: io.StringIO) -> None:
    structlog.get_logger().debug("unseen")
    logging.getLogger("apscheduler.executors.default").info("unseen")
    logging.getLogger("aiogram.event").info("unseen")
    assert output.getvalue() == ""


def test_the_console_is_for_people() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    try:
        configure_logging("INFO", "console", stream=stream)
        structlog.get_logger().info("polling_started", channel="telegram")
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
    assert "polling_started" in stream.getvalue()
    assert "channel=telegram" in stream.getvalue()
