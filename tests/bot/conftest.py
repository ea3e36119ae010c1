"""A Telegram for every test that asks for one."""

from __future__ import annotations

from tests.bot.outages import line, line_database
from tests.bot.sandbox.conformance import serve_telegram, telegram

__all__ = ["line", "line_database", "serve_telegram", "telegram"]
