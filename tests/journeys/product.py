"""The whole product over real HTTP: a shop, the sandbox's people, the running application, and a clock that stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from bot.app import Application, RunRole
from bot.catalogue_file import CatalogueFile
from bot.clock import MovableClock
from bot.sandbox import (
    Fault,
    FaultKind,
    Group,
    MessageView,
    Person,
    TelegramSandbox,
    VKMessageView,
    VKPerson,
    VKSandbox,
)
from bot.settings import Settings
from bot.vk.drawing import ACTION
from db.database import Database

ZONE = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)
OWNER, STAFF, OTHER_STAFF, ANNA, BORIS = 1001, 1002, 1003, 2001, 2002
TEAM = -5001
KEY = "the-shops-key"

CATALOGUE = """\
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
contact_rules:
  quiet_hours: {start: "21:00", end: "10:00"}
  quarantine: {any: P7D, relational: P90D}
touchpoints:
  delivery:
    title: {ru: Доставка, en: Delivery}
    survey: delivery-csat
    owner: logistics
    ask_after: PT2H
    ask_by: P2D
    remind_after: P1D
    expires_after: P7D
    priority: 10
  visit:
    title: {ru: Визит, en: Visit}
    survey: visit-nps
    owner: logistics
    ask_after: PT1H
    ask_by: P1D
surveys:
  delivery-csat:
    metric: csat
    question: {ru: "{name|}, как вам доставка заказа {order_id|}?", en: "{name|}, how was the delivery of {order_id|}?"}
    reasons:
      negative:
        - {key: late, title: {ru: Опоздали, en: Late}}
        - {key: damaged, title: {ru: Помялось, en: Damaged}}
      positive: [{key: on_time, title: {ru: Вовремя, en: On time}}]
    comment:
      negative: {ru: "Расскажите, что случилось", en: Tell us what happened}
      neutral: {ru: Чего не хватило?, en: What was missing?}
      positive: {ru: Хотите добавить?, en: Anything to add?}
    thanks:
      negative: {ru: "Простите нас, разберёмся", en: "We are sorry"}
      neutral: {ru: "Спасибо, учтём", en: "Thank you"}
      positive: {ru: "Спасибо, рады!", en: "Thank you, glad!"}
    review_links: [{title: {ru: Отзыв на картах, en: Review on maps}, url: "https://maps.example/bakery"}]
  visit-nps:
    metric: nps
    question: {ru: "Посоветуете нас друзьям?", en: "Would you recommend us?"}
recovery:
  teams: {logistics: {chat: staff}}
reports: {weekly: {day: monday, at: "09:00"}}
"""


Customer = Person | VKPerson
CustomerMessage = MessageView | VKMessageView


@dataclass
class Product:
    """One installation and everybody around it; customers are where `vk` says, staff always in Telegram."""

    database: Database
    telegram: TelegramSandbox
    clock: MovableClock
    settings: Settings
    owner: Person
    oleg: Person
    pavel: Person
    anna: Customer
    boris: Customer
    team: Group
    catalogue: str = CATALOGUE
    vk: VKSandbox | None = None
    application: Application = field(init=False, repr=False)

    @asynccontextmanager
    async def running(
        self, role: RunRole = RunRole.ALL, *, catalogue_file: CatalogueFile | None = None
    ) -> AsyncGenerator[Application, None]:
        """A process of the product, stopped in order at the end."""
        application = Application(self.settings, self.database, self.clock, catalogue_file=catalogue_file)
        await application.prepare(self.catalogue if catalogue_file is None else catalogue_file.read())
        stop, started = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(application.run(role, stop, started=started))
        starting = asyncio.create_task(started.wait())
        await asyncio.wait((task, starting), return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        if task.done():
            await task
        self.application = application
        try:
            # what is written before anybody ever asked for events is not VK's to keep
            while self.vk is not None and self.settings.vk_mode == "longpoll" and not self.vk.polling.is_held:
                await asyncio.sleep(0.01)
            yield application
        finally:
            stop.set()
            await task

    @property
    def shop(self) -> httpx.AsyncClient:
        """The shop's HTTP client."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.application.http_port}",
            headers={"Authorization": f"Bearer {KEY}"},
            verify=False,  # plain HTTP: reading the machine's certificates takes far longer than a request
        )

    async def get(self, path: str) -> dict[str, object]:
        """Read from the API."""
        async with self.shop as shop:
            answer = await shop.get(path)
            answer.raise_for_status()
            return answer.json()

    async def post(self, path: str, body: object = None) -> dict[str, object]:
        """Send to the API."""
        async with self.shop as shop:
            answer = await shop.post(path, json=body)
            answer.raise_for_status()
            return answer.json()

    @property
    def channel(self) -> str:
        """Where customers are."""
        return "telegram" if self.vk is None else "vk"

    @property
    def messenger(self) -> TelegramSandbox | VKSandbox:
        """Where customers are, to make trouble there."""
        return self.vk or self.telegram

    def key_of(self, links: dict[str, object]) -> str:
        """The key in a customer's link."""
        return str(links[self.channel]).rpartition("=")[2]

    def fail_sending(self, person: Customer, kind: FaultKind, **options: object) -> int:
        """What goes wrong with messages to a customer from now on (see Fault); the number it is lifted by."""
        method = "sendMessage" if self.vk is None else "messages.send"
        return self.messenger.fail(Fault(kind, frozenset((method,)), chat_id=person.id, **options))  # type: ignore[arg-type]  # as given

    def forbid(self, person: Customer, *, times: int | None = 1) -> int:
        """Messages to this person are refused, and nobody told us before; the number this is lifted by."""
        return self.fail_sending(person, FaultKind.FORBIDDEN, times=times)

    def customers(self, number: int) -> list[Customer]:
        """People who may be written to and are not known to the shop."""
        return [self.messenger.add_person(3000 + one, f"Гость{one}", started=True) for one in range(number)]

    def content_of(self, message: MessageView) -> bytes:
        """The file somebody sees in Telegram."""
        assert message.file_id is not None
        return self.telegram.world.files[message.file_id].content

    async def connect(self, person: Customer, customer: str, order: str | None = None) -> None:
        """Have somebody open a customer's or an order's link."""
        body = None if order is None else {"order_id": order}
        links = await self.post(f"/api/v1/customers/{customer}/links", body)
        written = await person.start(self.key_of(links))
        await person.wait_for(after=written)

    async def report(self, touchpoint: str, order: str, customer: str, **more: object) -> dict[str, object]:
        """Report an event that happened now."""
        event = {
            "id": f"{order}:{touchpoint}",
            "touchpoint": touchpoint,
            "occurred_at": self.clock.now().isoformat(),
            "order_id": order,
            "customer": {
                "id": customer,
                "name": more.pop("name", "Анна"),
                **{name: more.pop(name) for name in ("telegram_id", "vk_id") if name in more},
            },
            **more,
        }
        results = (await self.post("/api/v1/events", event))["results"]
        assert isinstance(results, list)
        return results[0]

    async def pass_time(self, duration: timedelta) -> None:
        """Move business time and let the product notice."""
        await self.move_to(self.clock.now() + duration)

    async def move_to(self, instant: datetime) -> None:
        """Move business time and let the product notice."""
        self.clock.move_to(instant)
        await self.application.sweep()

    async def asked(self, person: Customer, order: str, customer: str) -> CustomerMessage:
        """Deliver an order to somebody who is connected, and wait for the question."""
        seen = person.see()[-1].id
        decided = await self.report(
            "delivery", order, customer, name=person.user.first_name, attributes={"employee": "e-17"}
        )
        assert decided["outcome"] == "planned", decided
        await self.pass_time(timedelta(hours=2))
        question = await person.wait_for(lambda message: "5" in message.labels, after=seen)
        # the moment it is written down is the moment it was sent: time must not move before that
        await self.told(f"{order}:delivery", "sent")
        return question

    async def noted(self, person: Customer, state: str) -> None:
        """Wait until the product knows that somebody can, or cannot, be written to (five seconds of machine time)."""
        query = "select state from accounts where channel = $2 and external_id = $1"
        async with asyncio.timeout(5):
            while True:
                async with self.database.autocommit() as transaction:
                    if await transaction.value(query, person.id, self.channel) == state:
                        return

    async def told(self, event: str, outcome: str) -> dict[str, object]:
        """What became of an event, once it has this outcome (within five seconds of machine time)."""
        async with asyncio.timeout(5):
            while (told := await self.get(f"/api/v1/events/{event}"))["outcome"] != outcome:
                await asyncio.sleep(0)
        return told

    async def card(self, part: str = "", person: Person | None = None) -> MessageView:
        """The complaint card in the team's chat that holds this text."""
        return await (person or self.oleg).wait_for(
            lambda message: "Жалоба" in message.text and part in message.text, chat=self.team
        )


async def forge(person: Customer, message: CustomerMessage, action: str) -> str:
    """Tap what the message does not offer (any more): an action as the product encodes it."""
    if isinstance(person, VKPerson):
        return await person.forge_tap(cast("VKMessageView", message), json.dumps({ACTION: action}))
    return await person.forge_tap(cast("MessageView", message), action)


def action_of(data: str) -> str:
    """The action in a button's data, whichever messenger it is of."""
    return str(json.loads(data)[ACTION]) if data.startswith("{") else data


KINDS = {"audio_message": "voice", "doc": "document"}


def kind_of(message: CustomerMessage) -> str:
    """text, photo, voice or document, whichever messenger it is of."""
    return KINDS.get(message.kind, message.kind)


def button(message: CustomerMessage, part: str) -> str:
    """The data of the button whose label holds the text."""
    for candidate in message.buttons:
        if part in candidate.text and candidate.data is not None:
            return candidate.data
    raise AssertionError(f"no button {part} under {message!r}")


async def press(person: Customer, message: CustomerMessage, part: str) -> str:
    """Tap the button with this text once the message shows it: a tap is answered while the message is redrawn."""

    def is_shown(seen: CustomerMessage) -> bool:
        return seen == message and any(part in label for label in seen.labels)

    if isinstance(person, VKPerson):
        shown: CustomerMessage = await person.wait_for(is_shown, after=message.id - 1)
    else:
        shown = await person.wait_for(is_shown, chat=message.chat_id, after=message.id - 1)
    return await person.tap(shown, button(shown, part))


def make_product(
    database: Database, telegram: TelegramSandbox, clock: MovableClock, folder: Path, vk: VKSandbox | None = None
) -> Product:
    """People, a team and settings; nothing runs yet. With `vk` the customers are there."""
    in_vk = {}
    if vk is not None:
        in_vk = {"vk_token": SecretStr(vk.token), "vk_group_id": vk.group_id, "vk_api_url": vk.api_url, "pace_vk": 0}
    owner = telegram.add_person(OWNER, "Ольга", started=True)
    oleg = telegram.add_person(STAFF, "Олег", started=True)
    pavel = telegram.add_person(OTHER_STAFF, "Павел", started=True)
    team = telegram.add_group(TEAM, "Команда", (owner, oleg, pavel))
    settings = Settings(
        _env_file=None,
        database_url=None,
        data_dir=folder,
        telegram_token=SecretStr(telegram.token),
        telegram_api_url=telegram.api_url,
        owners=(OWNER,),
        staff_chat=TEAM,
        api_key=SecretStr(KEY),
        http_port=0,
        pace_telegram=0,
        **in_vk,
    )
    customers = telegram if vk is None else vk
    return Product(
        database=database,
        telegram=telegram,
        clock=clock,
        settings=settings,
        owner=owner,
        oleg=oleg,
        pavel=pavel,
        anna=customers.add_person(ANNA, "Анна"),
        boris=customers.add_person(BORIS, "Борис"),
        team=team,
        vk=vk,
    )
