"""A customer wants to be called, and chooses when."""

from __future__ import annotations

from bot.cli.demonstration.chapters.asking import PHONE_OF_VERA
from bot.cli.demonstration.narrator import Narrator
from bot.sandbox import MessageView


async def call(narrator: Narrator) -> None:
    """From the wish to the call."""
    narrator.heading("Vera wants to be called; she chooses among the hours in which the team works")
    vera, pavel, team = narrator.cast.vera, narrator.cast.pavel, narrator.cast.team
    card = await narrator.card("Забыли свечи")
    thanks = await narrator.seen(vera, lambda message: "Позвоните мне" in message.labels, "the button Call me")
    await narrator.tap(vera, thanks, "Позвоните мне")
    offered = await narrator.seen(vera, lambda message: "Когда вам позвонить" in message.text, "the hours")
    await narrator.tap(vera, offered, "сегодня, 10:00")
    await narrator.says(card, "Позвонить:", "when to call")
    narrator.heading("At the hour the team is reminded, with her number")
    seen = pavel.last(chat=team).id
    await narrator.move_to(narrator.now.replace(hour=10, minute=0, second=0, microsecond=0))
    reminder = await narrator.in_team("пора позвонить", "the reminder", after=seen)
    narrator.must(PHONE_OF_VERA in reminder.text, "the reminder holds her number")
    narrator.must("ведёт Павел" in reminder.text, "the reminder says whose case it is")
    await narrator.tap(pavel, reminder, "Позвонили")
    await narrator.says(card, "Клиенту позвонили", "that she was called")
    await _finish(narrator, card)


async def _finish(narrator: Narrator, card: MessageView) -> None:
    note = "Позвонили, свечи завезли по дороге."
    await narrator.resolve(narrator.cast.pavel, card, "Довезли недостающее", note)
    await narrator.confirm(narrator.cast.vera, card)
