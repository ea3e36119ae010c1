"""The story of the demo: a complaint put right, an apology before one, whom nobody may ask, and the week's report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from bot.cli.demonstration.stage import ZONE, Stage, open_stage
from bot.cli.demonstration.transcript import Transcript
from bot.cli.faults import CommandError
from bot.sandbox import Group, MessageView, Person

_DEADLINE = 10.0


class StepError(CommandError):
    """A step of the story did not happen."""

    exit_status = 1


async def tell() -> None:
    """Set the stage and tell the story; raises StepError."""
    async with open_stage(0) as stage:
        transcript = Transcript(stage.sandbox, stage.clock.now, ZONE)
        try:
            await Story(stage, transcript).tell()
        finally:
            transcript.close()


class Story:
    """The steps, in order; each waits until what it tells has really happened."""

    def __init__(self, stage: Stage, transcript: Transcript) -> None:
        self._stage = stage
        self._cast = stage.cast
        self._transcript = transcript

    async def tell(self) -> None:
        """All steps; raises StepError at the first that does not happen."""
        say = self._transcript.say
        say(
            "Otklik demo: the real bot, a real PostgreSQL, a local stand-in for Telegram. Business time is moved.",
            "bold",
        )
        await self._greet_owner()
        await self._open_order_link()
        await self._deliver_orders()
        await self._rate_badly()
        await self._rate_well()
        await self._put_right()
        await self._act_first()
        await self._leave_alone()
        await self._see_the_week()
        say("")
        say("Every step above really happened.", "bold green")

    async def _greet_owner(self) -> None:
        self._transcript.heading("The owner opens the bot")
        await self._ask(self._cast.olga, "/start")

    async def _open_order_link(self) -> None:
        self._transcript.heading("Links on the orders are opened")
        for person, customer, order in (
            (self._cast.anna, "c-anna", "1041"),
            (self._cast.boris, "c-boris", "1042"),
            (self._cast.vera, "c-vera", "1043"),
        ):
            await self._open_link(person, customer, order)

    async def _open_link(self, person: Person, customer: str, order: str) -> None:
        links = await self._stage.shop.post(f"/api/v1/customers/{customer}/links", {"order_id": order})
        link = str(links["telegram"])
        self._transcript.shop(f"prints {link} on order {order}")
        await self._ask(person, f"/start {link.partition('start=')[2]}")

    async def _deliver_orders(self) -> None:
        self._transcript.heading("Two orders are delivered; the bot waits two hours before it asks")
        late = {"location": "Арбат", "employee": "Сергей", "product": "торт «Прага»", "late": True}
        await self._report("delivery", "1041", "c-anna", "Анна", late, expected="planned")
        punctual = {"location": "Арбат", "employee": "Ирина", "product": "багет", "late": False}
        await self._report("delivery", "1042", "c-boris", "Борис", punctual, expected="planned")
        await self._stage.pass_time(timedelta(hours=2))
        for person in (self._cast.anna, self._cast.boris):
            await self._seen(person, lambda message: _has(message, "5") and _has(message, "2"), "the question")

    async def _rate_badly(self) -> None:
        self._transcript.heading("Anna rates it 2 and says why")
        anna = self._cast.anna
        question = anna.last()
        await self._tap(anna, question, "2")
        await self._tap(anna, await self._shows(anna, question, "Опоздали"), "Опоздали")
        await self._tap(anna, await self._shows(anna, question, "Помялось в дороге"), "Помялось в дороге")
        await self._tap(anna, await self._shows(anna, question, "Готово"), "Готово")
        await self._seen(anna, lambda message: "Расскажите" in message.text, "the invitation to comment")
        await self._ask(anna, "Ждали два часа, торт помялся, а у ребёнка праздник.")
        await self._seen(anna, lambda message: "Простите нас" in message.text, "the thanks")
        await self._sees_card("Ждали два часа")

    async def _rate_well(self) -> None:
        self._transcript.heading("Boris rates it 5; everybody is offered the review links, whatever they scored")
        boris = self._cast.boris
        question = boris.last()
        await self._tap(boris, question, "5")
        await self._tap(boris, await self._shows(boris, question, "Точно вовремя"), "Точно вовремя")
        await self._tap(boris, await self._shows(boris, question, "Готово"), "Готово")
        comment = await self._seen(
            boris, lambda message: "Хотите передать" in message.text, "the invitation to comment"
        )
        await self._tap(boris, comment, "Пропустить")
        await self._seen(boris, lambda message: "Приятного аппетита" in message.text, "the thanks")

    async def _put_right(self) -> None:
        self._transcript.heading("Staff claim the complaint and put it right")
        oleg, team = self._cast.oleg, self._cast.team
        card = await self._sees_card("Ждали два часа")
        await self._stage.pass_time(timedelta(minutes=4))
        await self._tap(oleg, card, "Взять")
        await self._seen(oleg, lambda message: message == card and "Олег" in message.text, "the claim", chat=team)
        await self._talk(card)
        await self._stage.pass_time(timedelta(minutes=35))
        await self._close(card, "Испекли заново", "Испекли торт заново и привезли в тот же вечер.")
        self._transcript.heading("Anna has the last word")
        asked = await self._seen(self._cast.anna, lambda message: _has(message, "Да, решено"), "the last question")
        await self._tap(self._cast.anna, asked, "Да, решено")
        await self._seen(oleg, lambda message: message == card and "подтвердил" in message.text, "her word", chat=team)

    async def _talk(self, card: MessageView) -> None:
        self._transcript.heading(
            "Oleg replies to the card; Anna reads it in her chat, and what she says comes under the card"
        )
        oleg, anna, team = self._cast.oleg, self._cast.anna, self._cast.team
        await oleg.write("Простите! Испечём торт заново и привезём к шести?", chat=team, reply_to=card)
        answer = await self._seen(anna, lambda message: "к шести" in message.text, "the answer of the team")
        await anna.write("Да, к шести успеваем.", reply_to=answer)
        await self._seen(oleg, lambda message: "успеваем" in message.text, "her reply under the card", chat=team)

    async def _close(self, card: MessageView, reason: str, note: str) -> None:
        oleg, team = self._cast.oleg, self._cast.team
        seen = oleg.last(chat=team).id
        await self._tap(oleg, card, "Решено")
        form = await self._seen(
            oleg, lambda message: "как её решили" in message.text, "the form", chat=team, after=seen
        )
        for part in (reason, "Извинение", "Дальше"):
            await self._tap(oleg, await self._shows(oleg, form, part, chat=team), part)
        await oleg.write(note, chat=team, reply_to=form)
        form = await self._seen(oleg, lambda message: message == form and note in message.text, "the note", chat=team)
        await self._tap(oleg, form, "Закрыть жалобу")
        await self._seen(
            oleg, lambda message: message == card and "Решено" in message.text, "the resolved card", chat=team
        )

    async def _act_first(self) -> None:
        self._transcript.heading("The shop itself reports trouble: the customer gets an apology instead of a question")
        await self._open_link(self._cast.boris, "c-boris", "1045")
        trouble = {"location": "Арбат", "employee": "Сергей", "incident": True}
        await self._report("delivery", "1045", "c-boris", "Борис", trouble, expected="skipped")
        await self._seen(self._cast.boris, lambda message: "заказа 1045" in message.text, "the apology")
        card = await self._sees_card("Бот извинился")
        await self._tap(self._cast.oleg, card, "Взять")
        await self._stage.pass_time(timedelta(minutes=50))
        await self._close(card, "Довезли недостающее", "Привезли другой торт и проводили до двери.")

    async def _leave_alone(self) -> None:
        self._transcript.heading("Two customers nobody may ask, and why")
        await self._ask(self._cast.vera, "/stop")
        await self._report("delivery", "1043", "c-vera", "Вера", {"late": False}, expected="skipped")
        await self._report("delivery", "1044", "c-boris", "Борис", {"late": False}, expected="waiting")
        links = await self._stage.shop.post("/api/v1/customers/c-boris/links")
        await self._ask(self._cast.boris, f"/start {str(links['telegram']).partition('start=')[2]}")
        told = await self._stage.shop.get("/api/v1/events/1044:delivery")
        invitations = told["invitations"]
        assert isinstance(invitations, list)
        if told["outcome"] != "skipped":
            raise StepError(f"the second order of Boris was expected to be skipped, not {told['outcome']}")
        self._transcript.shop(f"asks what became of 1044: {invitations[0]['text']}")
        await self._ask(self._cast.olga, "/why 1044")

    async def _see_the_week(self) -> None:
        self._transcript.heading("Monday, 09:00: the week's report reaches the manager")
        today = self._stage.clock.now().astimezone(ZONE).date()
        monday = today + timedelta(days=7 - today.weekday())
        seen = self._cast.olga.last().id
        await self._stage.move_to(datetime.combine(monday, time(9), ZONE))
        await self._seen(self._cast.olga, lambda message: ": неделя " in message.text, "the weekly report", after=seen)
        await self._ask(self._cast.olga, "/cases")

    async def _report(
        self, touchpoint: str, order: str, customer: str, name: str, attributes: dict[str, object], *, expected: str
    ) -> None:
        decided = await self._stage.shop.report(
            {
                "id": f"{order}:{touchpoint}",
                "touchpoint": touchpoint,
                "occurred_at": self._stage.clock.now().isoformat(),
                "order_id": order,
                "customer": {"id": customer, "name": name},
                "attributes": attributes,
            }
        )
        outcome = decided.get("outcome")
        told = f"reports {touchpoint} of order {order}: {outcome}"
        if decided.get("reason"):
            told += f" ({decided['reason']})"
        if decided.get("ask_at"):
            asked_at = datetime.fromisoformat(str(decided["ask_at"])).astimezone(ZONE)
            told += f", asked at {asked_at:%H:%M}"
        self._transcript.shop(told)
        if outcome != expected:
            raise StepError(f"order {order} was expected to be {expected}: {decided}")

    async def _ask(self, person: Person, text: str) -> None:
        """Write to the bot and wait for what it answers."""
        written = await person.write(text)
        await self._seen(person, lambda _message: True, f"an answer to {text.split(maxsplit=1)[0]}", after=written.id)

    async def _tap(self, person: Person, message: MessageView, part: str) -> None:
        for button in message.buttons:
            if button.data is not None and part in button.text:
                self._transcript.tap(person.user.first_name, button.text)
                try:
                    await person.tap(message, button.data, deadline=_DEADLINE)
                except TimeoutError as error:
                    raise StepError(str(error)) from error
                return
        raise StepError(f"there is no button {part} under {message!r}")

    async def _shows(
        self, person: Person, message: MessageView, part: str, *, chat: Group | None = None
    ) -> MessageView:
        return await self._seen(
            person, lambda seen: seen.id >= message.id and _has(seen, part), f"a button {part}", chat=chat
        )

    async def _sees_card(self, part: str) -> MessageView:
        return await self._seen(
            self._cast.oleg, lambda message: part in message.text, "the complaint card", chat=self._cast.team
        )

    async def _seen(
        self,
        person: Person,
        predicate: Callable[[MessageView], bool],
        what: str,
        *,
        chat: Group | None = None,
        after: int | None = None,
    ) -> MessageView:
        try:
            return await person.wait_for(predicate, chat=chat, after=after, deadline=_DEADLINE)
        except TimeoutError as error:
            raise StepError(f"{person.user.first_name} never saw {what}: {error}") from error


def _has(message: MessageView, part: str) -> bool:
    return any(part in label for label in message.labels)
