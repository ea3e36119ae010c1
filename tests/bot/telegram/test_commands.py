"""Everybody sees their own commands, in their language."""

from __future__ import annotations

from bot.sandbox import TelegramSandbox
from bot.telegram.client import TelegramClient
from bot.telegram.commands import CUSTOMER, MANAGER, OWNER, TEAM_CHAT, CommandMenus
from surveys.membership import Role


async def test_menus_follow_role_chat_and_language(telegram: TelegramSandbox) -> None:
    anna = telegram.add_person(1, "Anna", "ru", started=True)
    john = telegram.add_person(2, "John", "en", started=True)
    hans = telegram.add_person(3, "Hans", "de", started=True)
    manager = telegram.add_person(4, "Marta", "ru", started=True)
    owner = telegram.add_person(5, "Olga", "ru", started=True)
    team = telegram.add_group(-100, "Team", [owner, manager])
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        menus = CommandMenus(client, ["ru", "en"])
        assert await menus.publish(managers=[4, 5], owners=[5], team_chats=[-100]) == 0
        assert [name for name, _ in anna.commands()] == list(CUSTOMER)
        assert dict(anna.commands())["language"] == "Выбрать язык"
        assert dict(john.commands())["language"] == "Choose the language"
        assert dict(hans.commands()) == dict(anna.commands())
        assert [name for name, _ in manager.commands()] == list(MANAGER)
        assert [name for name, _ in owner.commands()] == list(OWNER)
        assert [name for name, _ in manager.commands(team)] == list(TEAM_CHAT)
        assert await menus.show(4, Role.NOBODY) == 0
        assert [name for name, _ in manager.commands()] == list(CUSTOMER)


async def test_a_menu_telegram_refuses_stops_nothing(telegram: TelegramSandbox) -> None:
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        menus = CommandMenus(client, ["ru", "en"])
        assert await menus.publish(managers=[4711]) == 3
    assert telegram.add_person(1, started=True).commands() != ()
