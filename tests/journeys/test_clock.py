"""A case that waits is told to somebody: warnings, levels, repeats, the morning, and what staff look up."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.app import RunRole
from bot.sandbox import Fault, FaultKind, Person
from db import cases
from surveys import claiming, recovery
from surveys.moving import Ending, move_case
from surveys.recovery import StaffActor
from surveys.rules.cases import ActorKind, CaseMove, Mover
from tests.journeys.product import CATALOGUE, NOON, STAFF, TEAM, ZONE, Customer, CustomerMessage, Product, button, forge
from tests.journeys.test_races import another, rows
from tests.journeys.troubles import count, end_leases, eventually, sent_to

pytestmark = pytest.mark.customers_in("telegram", why="the clock runs for staff, who are in Telegram")

SEND = frozenset(("sendMessage",))
MANAGER = 1004
WORKING = """\
recovery:
  urgent: {at: {csat: 1}}
  first_response: PT30M
  resolve: PT4H
  teams:
    logistics: &team
      chat: staff
      working_hours: {mon-fri: "09:00-18:00", holidays: [2026-11-23]}
      escalate: [{after: PT30M, to: managers}, {after: PT2H, to: owners}]
    staff:
      chat: staff
      working_hours: {mon-fri: "09:00-18:00", holidays: [2026-11-23]}
      escalate: [{after: PT30M, to: managers}, {after: PT2H, to: owners}]
""".replace("&team", "")
TEN_MINUTES, HALF_AN_HOUR = timedelta(minutes=10), timedelta(minutes=30)


@pytest.fixture(autouse=True)
def working_hours(product: Product) -> None:
    """A team that works nine hours on weekdays, and escalates."""
    product.catalogue = CATALOGUE.replace("recovery:\n  teams: {logistics: {chat: staff}}\n", WORKING)


@pytest.fixture
async def manager(product: Product) -> Person:
    """Marina, who is a manager once the product runs."""
    marina = product.telegram.add_person(MANAGER, "Марина", started=True)
    async with product.database.transaction() as transaction:
        await transaction.run(
            "insert into members (telegram_id, role, name, since, added_by) values ($1, 'manager', 'Марина', $2, 1)",
            MANAGER,
            NOON,
        )
    return marina


def moscow(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)


async def complain(product: Product, *people: Customer) -> None:
    """Have them complain, one after the other."""
    for person in people:
        if not person.see():
            await person.start()
        written = await person.write("/complaint Не дали чек")
        await person.wait_for(lambda message: "Передали команде" in message.text, after=written)
    await done(product)


async def done(product: Product) -> None:
    """Wait until everything due by now is sent, dropped or moved."""
    product.application.wake()
    await eventually(lambda: _nothing_due(product))


async def _nothing_due(product: Product) -> bool:
    query = "select count(*) from schedule where state = 'sending' or (state = 'due' and due_at <= $1)"
    return await count(product, query, product.clock.now()) == 0


async def at(product: Product, moment: datetime) -> None:
    await product.move_to(moment)
    await done(product)


def heard(person: Customer, part: str, *, product: Product | None = None) -> list[CustomerMessage]:
    """What the bot said that holds the text, in private or, given the product, in the team's chat."""
    seen = person.see() if product is None else product.team.see()
    return [message for message in seen if message.from_bot and part in message.text]


async def test_from_the_warning_through_the_managers_to_the_owners(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
        card = await product.card("№ 1")
        await at(product, NOON + timedelta(minutes=19))
        assert heard(product.oleg, "ответить обещали", product=product) == []
        await at(product, NOON + timedelta(minutes=20))
        (warning,) = heard(product.oleg, "ответить обещали до 18 ноября, 12:30", product=product)
        assert warning.reply_to == card.id
        assert heard(manager, "№ 1") == []

        await at(product, NOON + HALF_AN_HOUR)
        (told,) = heard(manager, "№ 1 ждёт уже 30 минут")
        assert "без точки контакта" in told.text
        assert heard(product.owner, "ждёт уже") == []
        redrawn = await product.card("№ 1")
        assert "Просрочено" not in redrawn.text
        await at(product, NOON + timedelta(hours=2))
        assert len(heard(product.owner, "№ 1 ждёт уже 2 часа")) == 1
        assert len(heard(manager, "№ 1 ждёт уже")) == 1
        await product.oleg.wait_for_edit(card, lambda message: "Просрочено: 1 час 30 минут" in message.text)

        # the manager opens it in private, takes it, and nobody hears of it any more
        assert "ваша" in await manager.tap(told, button(told, "Взять"))
        await product.oleg.wait_for_edit(card, lambda message: "Марина" in message.text)
        await manager.tap(told, button(told, "Открыть"))
        opened = await manager.wait_for(lambda message: "Как шло дело" in message.text)
        assert "взял(а) Марина" in opened.text
        before = len(product.team.see())
        await at(product, NOON + timedelta(hours=3))
        assert len(product.team.see()) == before
        kept = await rows(product, "select distinct kind from case_posts where chat_id = $1", MANAGER)
        assert set(kept) == {("escalation",), ("view",)}


async def test_a_claim_in_between_stops_the_clock_and_giving_back_starts_it(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
        card = await product.card("№ 1")
        product.clock.move_by(timedelta(minutes=5))
        await product.oleg.tap(card, button(card, "Взять"))
        await at(product, NOON + timedelta(hours=1))
        assert heard(manager, "№ 1") == []
        assert heard(product.oleg, "никто не взял", product=product) == []

        await moved(product, CaseMove.RELEASE, Mover(ActorKind.STAFF, STAFF, "Олег"))
        await done(product)
        assert len(heard(manager, "№ 1 ждёт уже 1 час")) == 1
        assert heard(product.owner, "№ 1") == []
        await at(product, NOON + timedelta(hours=1, minutes=29))
        assert heard(product.oleg, "никто не взял", product=product) == []
        await at(product, NOON + timedelta(hours=1, minutes=30))
        assert len(heard(product.oleg, "№ 1 всё ещё никто не взял", product=product)) == 1


async def moved(product: Product, move: CaseMove, by: Mover, *, case_id: int = 1, ending: Ending | None = None) -> None:
    """Move a case as another part of the product would."""
    catalogues = product.application.catalogues
    async with product.database.transaction() as transaction:
        case = await cases.lock(transaction, case_id)
        assert case is not None
        now = product.clock.now()
        assert await move_case(transaction, catalogues, case, move, by=by, now=now, ending=ending) is not None


async def test_weekends_and_holidays_do_not_count(product: Product, manager: Person) -> None:
    friday = moscow(2026, 11, 20, 17, 50)
    product.clock.move_to(friday)
    async with product.running():
        await complain(product, product.anna)
        for silent in (moscow(2026, 11, 21, 12), moscow(2026, 11, 22, 12), moscow(2026, 11, 23, 12)):
            await at(product, silent)
            assert heard(product.oleg, "обещали", product=product)[1:] == []
            assert heard(manager, "№ 1") == []
        await at(product, moscow(2026, 11, 24, 9, 10))
        assert len(heard(product.oleg, "ответить обещали до 24 ноября, 09:20", product=product)) == 1
        await at(product, moscow(2026, 11, 24, 9, 20))
        assert len(heard(manager, "№ 1 ждёт уже 3 дня 15 часов")) == 1


@pytest.mark.customers_in("telegram", "vk", why="it begins with what a customer taps or hears")
async def test_what_is_urgent_wakes_them_at_night(product: Product, manager: Person) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await at(product, moscow(2026, 11, 18, 23))
        await product.anna.tap(question, "1")
        await product.anna.wait_for_edit(question, lambda message: "1" in message.text)
        card = await product.card("Срочно")
        await done(product)
        await forge(product.anna, question, "f:1")
        await forge(product.anna, question, "k:1")
        thanks = await product.anna.wait_for_edit(question, lambda message: "Простите нас" in message.text)
        assert "Команда ответит" not in thanks.text
        await at(product, moscow(2026, 11, 18, 23, 20))
        (warning,) = heard(product.oleg, "ответить обещали до 18 ноября, 23:30", product=product)
        assert warning.reply_to == card.id
        await at(product, moscow(2026, 11, 18, 23, 30))
        assert len(heard(manager, "№ 1 ждёт уже 30 минут")) == 1
        assert len(heard(product.oleg, "№ 1 всё ещё никто не взял", product=product)) == 1


@pytest.mark.customers_in("telegram", "vk", why="it begins with what a customer taps or hears")
async def test_a_complaint_that_turns_out_urgent_does_not_wait_for_the_morning(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await at(product, moscow(2026, 11, 18, 23))
        await product.anna.tap(question, "2")
        await eventually(lambda: count(product, "select count(*) from cases"))
        await done(product)
        assert heard(product.oleg, "Жалоба", product=product) == []
        await forge(product.anna, question, "r:1:1")
        await product.card("Срочно")
        await at(product, moscow(2026, 11, 18, 23, 20))
        assert len(heard(product.oleg, "ответить обещали до 18 ноября, 23:30", product=product)) == 1


async def test_unclaimed_ones_are_shown_again_in_one_message_until_somebody_takes_them(product: Product) -> None:
    async with product.running():
        await complain(product, product.anna, product.boris)
        card = await product.card("№ 1")
        for half_hours in (1, 2):
            await at(product, NOON + half_hours * HALF_AN_HOUR)
            shown = heard(product.oleg, "никто не взял 2 жалобы", product=product)
            repeats = [message for message in shown if "Всё ещё" in message.text]
            assert len(repeats) == half_hours
            assert {"№ 1", "№ 2"} <= set(repeats[-1].labels)
        # nobody is a manager, so the owner heard of both at once, by one message for each level
        assert len(heard(product.owner, "Слишком долго ждут 2 жалобы")) == 1

        await product.oleg.tap(repeats[-1], button(repeats[-1], "№ 2"))
        opened = await product.oleg.wait_for(lambda message: "Как шло дело" in message.text, chat=product.team)
        assert "ваша" in await product.oleg.tap(opened, button(opened, "Взять"))
        await at(product, NOON + 3 * HALF_AN_HOUR)
        (alone,) = heard(product.oleg, "№ 1 всё ещё никто не взял", product=product)
        assert alone.reply_to == card.id
        await product.pavel.tap(alone, button(alone, "Взять"))
        before = len(heard(product.oleg, "сё ещё никто", product=product))
        await at(product, NOON + 8 * HALF_AN_HOUR)
        assert len(heard(product.oleg, "сё ещё никто", product=product)) == before == 3


@pytest.mark.customers_in("telegram", "vk", why="it begins with what a customer taps or hears")
async def test_the_morning_begins_with_how_many_waited(product: Product) -> None:
    product.clock.move_to(moscow(2026, 11, 18, 22))
    async with product.running():
        await complain(product, product.anna, product.boris)
        assert len(heard(product.anna, "Команда ответит завтра с 9:00")) == 1
        assert product.team.see() == ()
        await product.oleg.write("/cases")
        listed = await product.oleg.wait_for(lambda message: message.text.startswith("2 открытые"))
        assert listed.text.count("ждёт до 9:00") == 2
        await at(product, moscow(2026, 11, 19, 9))
        first, *others = [message for message in product.team.see() if message.from_bot]
        assert first.text.startswith("За ночь: 2 жалобы")
        assert "№ 1" in first.text
        assert "№ 2" in first.text
        assert sum("Жалоба" in message.text for message in others) == 2
        await at(product, moscow(2026, 11, 19, 9, 5))
        assert len(heard(product.oleg, "За ночь", product=product)) == 1


async def test_one_that_waited_alone_needs_no_line_above_it_and_a_weekend_is_no_night(product: Product) -> None:
    product.clock.move_to(moscow(2026, 11, 18, 22))
    async with product.running():
        await complain(product, product.anna)
        await at(product, moscow(2026, 11, 19, 9))
        (card,) = heard(product.oleg, "№ 1", product=product)[:1]
        assert "Жалоба" in card.text
        assert heard(product.oleg, "За ночь", product=product) == []
        await product.oleg.tap(card, button(card, "Взять"))
        await at(product, moscow(2026, 11, 20, 19))
        await complain(product, product.boris, *[product.telegram.add_person(2003, "Вера")])
        assert len(heard(product.boris, "Команда ответит 24 ноября с 9:00")) == 1
        await at(product, moscow(2026, 11, 24, 9))
        assert len(heard(product.oleg, "Пока вас не было: 2 жалобы", product=product)) == 1


async def test_whoever_has_it_is_warned_and_its_being_overdue_is_told_once(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
        card = await product.card("№ 1")
        await product.oleg.tap(card, button(card, "Взять"))
        await at(product, NOON + timedelta(hours=3, minutes=50))
        (warning,) = heard(product.oleg, "№ 1 обещали решить до 18 ноября, 16:00", product=product)
        assert warning.text.startswith("Олег, ")
        assert warning.reply_to == card.id
        await at(product, NOON + timedelta(hours=4))
        await at(product, NOON + timedelta(hours=5))
        assert len(heard(product.oleg, "№ 1 просрочена", product=product)) == 1
        assert len(heard(manager, "№ 1 просрочена")) == 1
        assert heard(product.owner, "просрочена") == []


async def test_a_customers_no_brings_it_back_to_the_same_person_and_the_next_level_hears(
    product: Product, manager: Person
) -> None:
    async with product.running():
        await complain(product, product.anna)
        await at(product, NOON + HALF_AN_HOUR)
        assert len(heard(manager, "№ 1 ждёт уже")) == 1
        card = await product.card("№ 1")
        await product.oleg.tap(card, button(card, "Взять"))
        await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text)
        await moved(product, CaseMove.RESOLVE, Mover(ActorKind.STAFF, STAFF, "Олег"))
        await moved(product, CaseMove.REOPEN, Mover(ActorKind.CUSTOMER))
        await done(product)
        (called,) = heard(product.oleg, "снова в работе: клиент говорит", product=product)
        assert called.text.startswith("Олег, ")
        # the managers have heard of it before: the owners are next
        assert len(heard(product.owner, "клиент говорит, что вопрос не решён")) == 1
        assert heard(manager, "клиент говорит") == []


async def test_a_chat_that_refuses_sends_the_owners_what_the_team_was_to_hear(product: Product) -> None:
    async with product.running():
        await complain(product, product.anna)
        await product.card("№ 1")
        product.team.kick_bot(product.oleg)
        await product.move_to(NOON + timedelta(minutes=20))
        told = await product.owner.wait_for(lambda message: "ответить обещали" in message.text)
        assert "Чат команды «staff» недоступен" in told.text
        assert "ваша" in await product.owner.tap(told, button(told, "Взять"))


async def test_a_manager_who_cannot_be_reached_is_no_end_of_it(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
        product.telegram.fail(Fault(FaultKind.FORBIDDEN, SEND, chat_id=MANAGER, times=None))
        await product.move_to(NOON + HALF_AN_HOUR)
        await product.owner.wait_for(lambda message: "№ 1 ждёт уже 30 минут" in message.text)


async def test_what_a_dead_process_had_in_hand_comes_again_and_says_so(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna, product.boris)
    product.clock.move_to(NOON + HALF_AN_HOUR)
    async with product.running(RunRole.WEB):
        database, catalogues = product.database, product.application.catalogues
        claimed = await claiming.claim(database, catalogues, "telegram", now=product.clock.now())
        assert sum(due.kind == "escalation" for due in claimed) == 3
        await end_leases(product)
    async with product.running():
        await product.move_to(product.clock.now() + timedelta(seconds=1))
        told = await manager.wait_for(lambda message: "Слишком долго ждут 2 жалобы" in message.text)
        shown = await product.oleg.wait_for(
            lambda message: "Всё ещё никто не взял 2 жалобы" in message.text, chat=product.team
        )
        for message in (told, shown):
            assert "Повтор" in message.text
            assert {"№ 1", "№ 2"} <= set(message.labels)
        await done(product)
        await at(product, NOON + timedelta(minutes=61))
        again = [one for one in heard(product.oleg, "никто не взял 2", product=product) if "Всё ещё" in one.text]
        assert len(again) == 2


async def test_two_processes_escalate_each_case_once(product: Product, manager: Person, database_url: str) -> None:
    async with product.running():
        people = [product.telegram.add_person(3000 + one, f"П{one}") for one in range(6)]
        await complain(product, *people)
    async with product.running(RunRole.WEB):
        product.clock.move_to(NOON + HALF_AN_HOUR)
        async with another(product, database_url, RunRole.WORKER), another(product, database_url, RunRole.WORKER):
            await eventually(lambda: _nothing_due(product), deadline=20)
    told = [message for message in manager.see() if message.from_bot]
    numbers = [label for message in told for label in message.labels if label.startswith("№")]
    assert sorted(numbers) == sorted(f"№ {one}" for one in range(1, 7))
    assert len(told) <= 2
    assert len(sent_to(product, MANAGER)) == len(told)


async def test_a_claim_and_an_escalation_at_one_instant(product: Product, manager: Person) -> None:
    async with product.running():
        people = [product.telegram.add_person(3000 + one, f"П{one}") for one in range(6)]
        await complain(product, *people)
    async with product.running(RunRole.WEB):
        product.clock.move_to(NOON + HALF_AN_HOUR)
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()
        oleg = StaffActor(STAFF, "Олег", TEAM)
        # whose case is being moved at this moment waits for the end of that, and is not escalated
        async with database.transaction() as transaction:
            case = await cases.lock(transaction, 1)
            assert case is not None
            due = await claiming.claim(database, catalogues, "telegram", now=now, limit=1)
            assert all(1 not in {one.view.case.id for one in due.work.cases} for due in due)
            assert await move_case(transaction, catalogues, case, CaseMove.CLAIM, by=oleg.mover, now=now)
        results = await asyncio.gather(
            *(recovery.claim_case(database, catalogues, number, oleg, now=now) for number in range(2, 7)),
            *(claiming.claim(database, catalogues, "telegram", now=now, limit=3) for _ in range(4)),
        )
        assert sum(isinstance(result, recovery.Claimed) for result in results) == 5
        async with database.transaction() as transaction:
            await transaction.run("update schedule set retry_at = null where state = 'due'")
        while await claiming.claim(database, catalogues, "telegram", now=now):
            pass
    about_levels = "select state, reason from schedule where detail = 'level:1' order by subject_id"
    states = await rows(product, about_levels)
    assert states[0] == ("dropped", "moved_on")
    for state, reason in states:
        assert state == "sending" or str(reason).startswith("folded:") or reason == "moved_on"


async def test_what_staff_look_up(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
        card = await product.card("№ 1")
        product.clock.move_by(timedelta(minutes=12))
        await product.oleg.tap(card, button(card, "Взять"))
        await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text)
        await complain(product, product.boris)

        for person, chat in ((product.oleg, None), (manager, None), (product.pavel, product.team)):
            written = await person.write("/case 1", chat=chat)
            shown = await person.wait_for(after=written, chat=chat)
            for part in ("Жалоба № 1", "открыта, клиент", "взял(а) Олег", "1 сообщение клиента"):
                assert part in shown.text
            assert "Решено" in "".join(shown.labels)
        for asked, answer in (("/case 99", "Такой жалобы нет."), ("/case", "/case 12"), ("/case 1x", "/case 12")):
            written = await product.oleg.write(asked)
            assert answer in (await product.oleg.wait_for(after=written)).text
        strange = await product.anna.write("/case 1")
        unknown = await product.anna.wait_for(after=strange)
        again = await product.anna.write("/nonsense")
        assert unknown.text == (await product.anna.wait_for(after=again)).text
        assert "нет" in await product.anna.forge_tap(unknown, "cv:1")

        product.clock.move_to(NOON + timedelta(hours=5))
        written = await product.oleg.write("/mycases")
        mine = await product.oleg.wait_for(after=written)
        assert mine.text.startswith("У вас 1 жалоба, 1 просрочена")
        assert "взято 1, решено 0, клиент подтвердил 0" in mine.text
        assert "12 минут" in mine.text
        assert "№ 2" not in mine.text
        await product.oleg.tap(mine, button(mine, "№ 1"))
        await product.oleg.wait_for(lambda message: "Как шло дело" in message.text, after=mine)
        written = await manager.write("/mycases")
        nothing = await manager.wait_for(after=written)
        assert "нет жалоб" in nothing.text
        assert "не брали" in nothing.text


async def test_a_long_list_is_turned_page_by_page(product: Product) -> None:
    async with product.running():
        people = [product.telegram.add_person(3000 + one, f"П{one}") for one in range(11)]
        await complain(product, *people)
        written = await product.oleg.write("/cases")
        first = await product.oleg.wait_for(after=written)
        assert first.text.startswith("11 открытых жалоб (показаны 1–10 из 11)")
        assert "№ 11" not in first.text
        await product.oleg.tap(first, button(first, "Дальше"))
        second = await product.oleg.wait_for_edit(first, lambda message: "№ 11" in message.text)
        assert "№ 1," not in second.text
        await product.oleg.tap(second, button(second, "Раньше"))
        await product.oleg.wait_for_edit(first, lambda message: "№ 1," in message.text)
        await product.oleg.forge_tap(first, "cl:999999999999")
        await product.oleg.wait_for_edit(first, lambda message: "№ 11" in message.text)


async def test_the_catalogue_in_force_decides_when_it_is_due(product: Product, manager: Person) -> None:
    async with product.running():
        await complain(product, product.anna)
    product.catalogue = product.catalogue.replace("after: PT30M", "after: PT1H").replace("chat: staff", "chat: crew")
    async with product.running():
        crew = product.telegram.add_group(-5009, "Смена", (product.owner, product.oleg))
        written = await product.owner.write("/here crew", chat=crew)
        await product.owner.wait_for(after=written, chat=crew)
        await at(product, NOON + timedelta(minutes=45))
        assert heard(manager, "№ 1") == []
        # what the team was to hear follows it into its new chat
        assert len([message for message in crew.see() if "всё ещё никто не взял" in message.text]) == 1
        assert heard(product.oleg, "никто не взял", product=product) == []
        await at(product, NOON + timedelta(hours=1))
        assert len(heard(manager, "№ 1 ждёт уже 1 час")) == 1
