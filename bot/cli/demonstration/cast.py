"""Who is in the demo, and in which messenger."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox import Group, Person, TelegramSandbox, VKPerson, VKSandbox

_OLGA, _OLEG, _PAVEL, _MARINA = 1001, 1002, 1003, 1004
_ANNA, _BORIS, _VERA, _DASHA, _ZOYA = 2001, 2002, 2003, 2004, 2005
_GLEB = 7_000_001
"""In VK; the numbers of people are different ones in all messengers, so that one names a chat."""

_TEAM_CHAT = -5001


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the demo, and the group in which staff work; Gleb is in VK, all others are in Telegram."""

    olga: Person
    oleg: Person
    pavel: Person
    marina: Person
    anna: Person
    boris: Person
    vera: Person
    dasha: Person
    zoya: Person
    gleb: VKPerson
    team: Group


def gather_cast(sandbox: TelegramSandbox, vk: VKSandbox) -> Cast:
    """Add everybody to their messenger; staff know the bot, customers have never opened it."""
    olga = sandbox.add_person(_OLGA, "Ольга", started=True)
    oleg = sandbox.add_person(_OLEG, "Олег", started=True)
    pavel = sandbox.add_person(_PAVEL, "Павел", started=True)
    return Cast(
        olga=olga,
        oleg=oleg,
        pavel=pavel,
        marina=sandbox.add_person(_MARINA, "Марина"),
        anna=sandbox.add_person(_ANNA, "Анна"),
        boris=sandbox.add_person(_BORIS, "Борис"),
        vera=sandbox.add_person(_VERA, "Вера"),
        dasha=sandbox.add_person(_DASHA, "Даша"),
        zoya=sandbox.add_person(_ZOYA, "Зоя"),
        gleb=vk.add_person(_GLEB, "Глеб"),
        team=sandbox.add_group(_TEAM_CHAT, "Команда", (olga, oleg, pavel)),
    )
