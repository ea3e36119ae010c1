"""A Telegram and a VK for every test that asks for one."""

from __future__ import annotations

from tests.bot.outages import line, line_database
from tests.bot.sandbox.conformance import serve_telegram, telegram
from tests.bot.sandbox.vk_conformance import serve_vk, vk

__all__ = ["line", "line_database", "serve_telegram", "serve_vk", "telegram", "vk"]
