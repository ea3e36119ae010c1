"""The shop itself reports trouble, and a code is handed over in person."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.demonstration.narrator import Delivered, Narrator


async def act_first(narrator: Narrator) -> None:
    """An apology instead of a question; Boris never agreed to offers."""
    narrator.heading("The shop itself reports trouble: the customer gets an apology instead of a question")
    boris, pavel = narrator.cast.boris, narrator.cast.pavel
    await narrator.open_link(boris, "c-boris", "1045")
    trouble = {"location": "Арбат", "employee": "Сергей", "incident": True}
    await narrator.report(Delivered("1045", "c-boris", "Борис", trouble), expected="skipped")
    await narrator.seen(boris, lambda message: "заказа 1045" in message.text, "the apology")
    card = await narrator.card("Бот извинился")
    await narrator.claim(pavel, card)
    await narrator.pass_time(timedelta(minutes=50))
    narrator.heading("Boris never agreed to offers: his promo code is handed over in person")
    note = "Привезли другой торт и проводили до двери."
    await narrator.resolve(pavel, card, "Довезли недостающее", note, ("Извинение", "Промокод"))
    await narrator.says(card, "передать лично: SORRY-", "the code to hand over")
    narrator.must(not any("SORRY-" in message.text for message in boris.see()), "the bot sends Boris no code")
