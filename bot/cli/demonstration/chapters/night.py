"""Working hours: what comes at night waits for the morning, and what nobody takes becomes louder."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.cli.demonstration.narrator import Narrator
from bot.cli.demonstration.stage import ZONE
from bot.sandbox import Person


async def wait_for_morning(narrator: Narrator) -> None:
    """Two complaints of one night."""
    narrator.heading("Two complaints at night: the team is not woken, and the customers are told when it answers")
    cast = narrator.cast
    await narrator.move_to(datetime.combine(narrator.now.date(), time(22, 30), ZONE))
    seen = cast.team.see()[-1].id
    await _complain(narrator, cast.vera, "Забыли свечи", "Привезли не всё")
    await _complain(narrator, cast.dasha, "Случайно нажалось", "Не предупредили")
    narrator.must(cast.team.see()[-1].id == seen, "nothing comes into the team's chat at night")
    narrator.heading("The morning begins with how many waited")
    await narrator.move_to(datetime.combine(narrator.now.date() + timedelta(days=1), time(8), ZONE))
    await narrator.in_team("За ночь: 2 жалобы", "how many waited", after=seen)
    await narrator.card("Забыли свечи")
    await narrator.card("Случайно нажалось")


async def _complain(narrator: Narrator, person: Person, comment: str, reason: str) -> None:
    question = person.last()
    await narrator.tap(person, question, "2")
    for part in (reason, "Готово"):
        await narrator.tap(person, question, part)
    told = await narrator.ask(person, comment)
    await narrator.seen(
        person, lambda message: "ответит завтра с 8:00" in message.text, "when the team answers", after=told.id - 1
    )


async def grow_louder(narrator: Narrator) -> None:
    """The warning, the managers, and the chat once more."""
    narrator.heading("Nobody takes them: a warning, the manager hears of it, and they are shown again")
    cast = narrator.cast
    morning = narrator.now.replace(hour=8, minute=0, second=0, microsecond=0)
    await narrator.move_to(morning + timedelta(minutes=20))
    await narrator.in_team("Скоро срок ответа", "the warning")
    await narrator.move_to(morning + timedelta(minutes=30))
    await narrator.seen(cast.marina, lambda message: "ждут" in message.text, "that complaints wait too long")
    await narrator.in_team("сё ещё никто не взял 2 жалобы", "the complaints nobody took")
    await narrator.claim(cast.oleg, await narrator.card("Забыли свечи"))


async def dismiss(narrator: Narrator) -> None:
    """One is no complaint."""
    narrator.heading("The other one is no complaint, and whoever says so says why")
    oleg, team = narrator.cast.oleg, narrator.cast.team
    card = await narrator.card("Случайно нажалось")
    seen = oleg.last(chat=team).id
    await narrator.tap(oleg, card, "Не жалоба")
    form = await narrator.seen(oleg, lambda message: message.reply_to == card.id, "the form", chat=team, after=seen)
    note = "Даша написала, что нажала случайно."
    await oleg.write(note, chat=team, reply_to=form)
    await narrator.says(form, note, "the note")
    await narrator.tap(oleg, form, "Это не жалоба")
    await narrator.says(card, f"Почему: {note}", "that it is no complaint")
