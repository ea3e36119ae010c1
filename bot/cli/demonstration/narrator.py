"""What the chapters of the story are told with: each step waits until what it tells has really happened."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.cli.demonstration.cast import Cast
from bot.cli.demonstration.stage import ZONE, Shop, Stage
from bot.cli.demonstration.transcript import Transcript
from bot.cli.faults import CommandError
from bot.sandbox import Group, MessageView, Person, VKMessageView, VKPerson

PATIENCE: Final = 20.0
"""Seconds of the machine's time after which a step has not happened."""

YES: Final = "Да, решено"
NO: Final = "Нет, не решено"


class StepError(CommandError):
    """A step of the story did not happen."""

    exit_status = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as the shop reports it: whose order, and what it says beside that."""

    order: str
    customer: str
    name: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    touchpoint: str = "delivery"
    more: Mapping[str, object] = field(default_factory=dict)

    def at(self, now: datetime) -> dict[str, object]:
        """The event, which happens now."""
        return {
            "id": f"{self.order}:{self.touchpoint}",
            "touchpoint": self.touchpoint,
            "occurred_at": now.isoformat(),
            "order_id": self.order,
            "customer": {"id": self.customer, "name": self.name, **self.more},
            "attributes": self.attributes,
        }


class Narrator:
    """Acts, prints what the shop and people do, and raises StepError for what does not happen."""

    def __init__(self, stage: Stage, transcript: Transcript, patience: float = PATIENCE) -> None:
        self.stage = stage
        self.transcript = transcript
        self._patience = patience

    @property
    def cast(self) -> Cast:
        """Who is on stage."""
        return self.stage.cast

    @property
    def shop(self) -> Shop:
        """The shop's own system."""
        return self.stage.shop

    @property
    def now(self) -> datetime:
        """Business time in the business's zone."""
        return self.stage.clock.now().astimezone(ZONE)

    def heading(self, text: str) -> None:
        """Begin a chapter."""
        self.transcript.heading(text)

    def must(self, happened: object, what: str) -> None:
        """Raises StepError unless it happened."""
        if not happened:
            raise StepError(f"it was expected that {what}")

    async def pass_time(self, duration: timedelta) -> None:
        """Move business time forward once everything due by now is sent, and wait for what falls due on the way."""
        await self.move_to(self.stage.clock.now() + duration)

    async def move_to(self, instant: datetime) -> None:
        """Move business time likewise."""
        await self._settle()
        await self.stage.move_to(instant)
        await self._settle()

    async def _settle(self) -> None:
        if not await self.stage.settled(self._patience):
            raise StepError(f"what is due by {self.now:%d %B, %H:%M} was not sent")

    async def report(self, event: Delivered, *, expected: str) -> None:
        """The shop reports an event, of which the product must decide what is expected."""
        decided = await self.shop.report(event.at(self.stage.clock.now()))
        outcome = decided.get("outcome")
        told = f"reports {event.touchpoint} of order {event.order}: {outcome}"
        if decided.get("reason"):
            told += f" ({decided['reason']})"
        if decided.get("ask_at"):
            told += f", asked on {datetime.fromisoformat(str(decided['ask_at'])).astimezone(ZONE):%A at %H:%M}"
        self.transcript.shop(told)
        if outcome != expected:
            raise StepError(f"order {event.order} was expected to be {expected}: {decided}")

    async def open_link(self, person: Person | VKPerson, customer: str, order: str) -> None:
        """Somebody opens the link on their parcel, in the messenger they have."""
        links = await self.shop.post(f"/api/v1/customers/{customer}/links", {"order_id": order})
        link = str(links["vk" if isinstance(person, VKPerson) else "telegram"])
        self.transcript.shop(f"prints {link} on order {order}")
        if isinstance(person, VKPerson):
            person.open_link(link)
            written = await person.start()
            await self.seen_in_vk(person, lambda _message: True, "a welcome", after=written)
        else:
            await self.ask(person, f"/start {link.partition('start=')[2]}")

    async def ask(self, person: Person, text: str) -> MessageView:
        """Write to the bot in private; what it answers."""
        written = await person.write(text)
        return await self.seen(
            person, lambda _message: True, f"an answer to {text.split(maxsplit=1)[0]}", after=written.id
        )

    async def tap(self, person: Person, message: MessageView, part: str) -> str:
        """Press the button that says so under a message, once it is there; the pop-up it is answered with."""
        chat = message.chat_id if message.chat_id < 0 else None
        shown = await self.seen(
            person,
            lambda seen: seen == message and has(seen, part),
            f"a button {part}",
            chat=chat,
            after=message.id - 1,
        )
        (button, *_) = (one for one in shown.buttons if part in one.text and one.data is not None)
        assert button.data is not None
        self.transcript.tap(person.user.first_name, button.text)
        return await self._answered(person.tap(message, button.data, deadline=self._patience))

    async def tap_in_vk(self, person: VKPerson, message: VKMessageView, part: str) -> str:
        """The same in VK, under a message or under the input field."""
        shown = await self.seen_in_vk(
            person,
            lambda seen: seen == message and (has(seen, part) or any(one.text == part for one in person.keyboard)),
            f"a button {part}",
            after=message.id - 1,
        )
        (button, *_) = (one for one in (*shown.buttons, *person.keyboard) if part in one.text)
        self.transcript.tap(f"{person.user.first_name} (VK)", button.text)
        return await self._answered(person.tap(message, button.text, deadline=self._patience))

    async def _answered(self, tapping: Coroutine[object, object, str]) -> str:
        try:
            return await tapping
        except TimeoutError as error:
            raise StepError(str(error)) from error

    async def seen(
        self,
        person: Person,
        predicate: Callable[[MessageView], bool],
        what: str,
        *,
        chat: Group | int | None = None,
        after: int | None = None,
    ) -> MessageView:
        """The bot's newest message that fits, in a chat or in private."""
        try:
            return await person.wait_for(predicate, chat=chat, after=after, deadline=self._patience)
        except TimeoutError as error:
            raise StepError(f"{person.user.first_name} never saw {what}: {error}") from error

    async def seen_in_vk(
        self,
        person: VKPerson,
        predicate: Callable[[VKMessageView], bool],
        what: str,
        *,
        after: VKMessageView | int | None = None,
    ) -> VKMessageView:
        """The community's newest message that fits."""
        try:
            return await person.wait_for(predicate, after=after, deadline=self._patience)
        except TimeoutError as error:
            raise StepError(f"{person.user.first_name} never saw {what} in VK: {error}") from error

    async def says(self, message: MessageView, part: str, what: str) -> MessageView:
        """A message of the team's chat, once it says this."""
        return await self.seen(
            self.cast.oleg,
            lambda seen: seen == message and part in seen.text,
            what,
            chat=self.cast.team,
            after=message.id - 1,
        )

    async def in_team(self, part: str, what: str, *, after: int | None = None) -> MessageView:
        """The newest message of the bot in the team's chat that says this."""
        return await self.seen(
            self.cast.oleg, lambda message: part in message.text, what, chat=self.cast.team, after=after
        )

    async def card(self, part: str) -> MessageView:
        """The newest complaint card that says this."""
        return await self.seen(
            self.cast.oleg,
            lambda message: message.text.startswith("Жалоба №") and part in message.text,
            f"a complaint card with {part}",
            chat=self.cast.team,
        )

    async def claim(self, person: Person, card: MessageView) -> None:
        """Somebody of the team takes the case."""
        await self.tap(person, card, "Взять")
        await self.says(card, f"Взял(а) {person.user.first_name}", "who has it")

    async def resolve(
        self, person: Person, card: MessageView, reason: str, note: str, given: Sequence[str] = ("Извинение",)
    ) -> None:
        """Somebody fills in the form under the card, to its end."""
        team = self.cast.team
        seen = person.last(chat=team).id
        await self.tap(person, card, "Решено")
        form = await self.in_team("как её решили", "the form", after=seen)
        for part in (reason, *given, "Дальше"):
            await self.tap(person, form, part)
        await person.write(note, chat=team, reply_to=form)
        await self.says(form, note, "the note")
        await self.tap(person, form, "Закрыть жалобу")
        await self.says(card, "Решено", "the resolved card")

    async def confirm(self, person: Person, card: MessageView) -> None:
        """The customer has the last word, and says that it is solved."""
        asked = await self.seen(person, lambda message: has(message, YES), "the last question")
        await self.tap(person, asked, YES)
        await self.says(card, "подтвердил", "the customer's word")


def has(message: MessageView | VKMessageView, part: str) -> bool:
    """Whether a button says so."""
    return any(part in label for label in message.labels)


def number_of(card: MessageView) -> int:
    """The number of the case that a card shows."""
    return int(card.text.partition("№ ")[2].partition(":")[0].split()[0])
