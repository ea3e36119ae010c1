"""The week's report, and what putting complaints right has brought."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.cli.demonstration.narrator import Narrator
from bot.cli.demonstration.stage import ZONE


async def see_the_week(narrator: Narrator) -> None:
    """Monday morning."""
    narrator.heading("Monday, 09:00: the week's report reaches the owner and the manager")
    today = narrator.now.date()
    monday = today + timedelta(days=7 - today.weekday())
    olga, marina = narrator.cast.olga, narrator.cast.marina
    seen, seen_by_marina = olga.last().id, marina.last().id
    with narrator.transcript.hidden_for(marina.id):
        await narrator.move_to(datetime.combine(monday, time(9), ZONE))
        for person, after in ((olga, seen), (marina, seen_by_marina)):
            await narrator.seen(person, lambda message: ": неделя " in message.text, "the weekly report", after=after)
    await narrator.ask(olga, "/cases")


async def see_what_it_brought(narrator: Narrator) -> None:
    """Scores before and after."""
    narrator.heading("What putting right has brought: scores before and after")
    told = await narrator.ask(narrator.cast.olga, "/recovery")
    narrator.must("CSAT: оценка после исправления — +" in told.text, "the difference of the scores is told")
