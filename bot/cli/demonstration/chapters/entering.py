"""A customer nobody reported scans a code and is asked at once."""

from __future__ import annotations

from typing import Final

from bot.cli.demonstration.narrator import Narrator, has

PLACE: Final = "Лесная"


async def order_sheet(narrator: Narrator) -> None:
    """Drawing it takes seconds of a process of its own, and nobody waits for it."""
    narrator.heading("Olga asks for a sheet with a QR code; it is drawn while the story goes on")
    await narrator.cast.olga.write(f"/qr visit {PLACE}")


async def scan(narrator: Narrator) -> None:
    """The code leads a customer whom nobody reported to the question."""
    narrator.heading("The sheet hangs by the till: Zoya scans its code, and the survey opens at once")
    olga, zoya = narrator.cast.olga, narrator.cast.zoya
    sheet = await narrator.seen(olga, lambda message: message.kind == "photo", "the sheet")
    await narrator.seen(olga, lambda message: message.kind == "document", "the sheet for print")
    (link,) = (word for word in sheet.text.split() if word.startswith("https://t.me/"))
    narrator.must("https://vk.me/" in sheet.text, "the sheet leads into VK as well")
    question = await narrator.ask(zoya, f"/start {link.partition('start=')[2]}")
    narrator.must(has(question, "5") and PLACE in question.text, "she is asked about the place at once")
    await narrator.tap(zoya, question, "5")
    for part in ("Тёплый хлеб", "Готово", "Пропустить"):
        await narrator.tap(zoya, question, part)
    await narrator.seen(zoya, lambda message: "Заходите за горячим" in message.text, "the thanks")
