"""Many complaints about one place at once are one alert; the shop's own system closes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.cli.demonstration.narrator import Narrator, has
from bot.sandbox import MessageView, Person

GUESTS: Final = 10
FIRST_GUEST: Final = 3001
WHY: Final = "Курьерская машина сломалась на Арбате."


async def break_out(narrator: Narrator) -> None:
    """Ten deliveries from one place, all late."""
    narrator.heading("Ten orders from the Arbat come late: the tenth complaint is an alert, not one more card")
    guests = _invite(narrator)
    await _deliver(narrator, guests)
    narrator.transcript.say("Ten customers rate it 2; nine cards like those above are left out here.", "dim")
    with narrator.transcript.silent():
        for number, guest in enumerate(guests, start=1):
            await narrator.tap(guest, guest.last(), "2")
            if number < GUESTS - 1:
                await narrator.card(f"заказ {_order(number - 1)}")
        alert = await _alert(narrator)
    narrator.transcript.tell(alert)


def _invite(narrator: Narrator) -> list[Person]:
    add = narrator.stage.sandbox.add_person
    return [add(FIRST_GUEST + number, f"Гость {number + 1}", started=True) for number in range(GUESTS)]


def _order(number: int) -> str:
    return str(1101 + number)


async def _deliver(narrator: Narrator, guests: list[Person]) -> None:
    events = [
        {
            "id": f"{_order(number)}:delivery",
            "touchpoint": "delivery",
            "occurred_at": narrator.stage.clock.now().isoformat(),
            "order_id": _order(number),
            "customer": {"id": f"c-{guest.id}", "name": guest.user.first_name, "telegram_id": guest.id},
            "attributes": {"location": "Арбат", "employee": "Тимур", "late": True},
        }
        for number, guest in enumerate(guests)
    ]
    answer = await narrator.shop.post("/api/v1/events", events)
    results = answer["results"]
    assert isinstance(results, list)
    narrator.must(all(one["outcome"] == "planned" for one in results), "all of them are asked")
    narrator.transcript.shop(f"reports {GUESTS} deliveries: planned")
    with narrator.transcript.silent():
        await narrator.pass_time(timedelta(hours=2))
        for guest in guests:
            await narrator.seen(guest, lambda message: has(message, "2"), "the question")


async def _alert(narrator: Narrator) -> MessageView:
    return await narrator.seen(
        narrator.cast.oleg,
        lambda message: "Вспышка жалоб: Доставка, Арбат" in message.text and f"{GUESTS} жалоб" in message.text,
        "the alert",
        chat=narrator.cast.team,
    )


async def close_from_crm(narrator: Narrator) -> None:
    """A CRM moves cases over HTTP as staff do in their chat."""
    narrator.heading("The cause is found; the manager closes all ten from the shop's CRM, over HTTP")
    with narrator.transcript.silent():
        await narrator.pass_time(timedelta(minutes=15))
    found = await narrator.shop.get("/api/v1/cases?touchpoint=delivery&state=open")
    cases = found["cases"]
    assert isinstance(cases, list)
    narrator.must(len(cases) == GUESTS, f"{GUESTS} complaints are open")
    by = {"name": "Марина", "telegram_id": narrator.cast.marina.id}
    ending = {"close_reason": "apology", "given": ["apology"], "note": WHY}
    with narrator.transcript.silent():
        for case in cases:
            await narrator.shop.post(f"/api/v1/cases/{case['id']}/moves", {"move": "resolve", "by": by, **ending})
        await narrator.pass_time(timedelta(minutes=1))
    narrator.transcript.shop(f"POST /api/v1/cases/…/moves resolve: {GUESTS} complaints are closed")
    left = await narrator.shop.get("/api/v1/cases?touchpoint=delivery&state=open")
    narrator.must(not left["cases"], "none of them is open")


async def ask_guests_again(narrator: Narrator) -> None:
    """Three days later they are asked once more, and most have forgiven."""
    narrator.heading("The ten of the Arbat are asked again as well, and most have forgiven")
    with narrator.transcript.silent():
        await narrator.pass_time(timedelta(hours=2))
        for number in range(GUESTS):
            guest = narrator.stage.sandbox.person(FIRST_GUEST + number)
            again = await narrator.seen(
                guest, lambda message: "постарались это исправить" in message.text, "the question once more"
            )
            await narrator.tap(guest, again, "4" if number % 4 == 0 else "5")
    narrator.transcript.say(f"{GUESTS} answers: 4 or 5, where it was 2.", "dim")
