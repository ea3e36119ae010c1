"""The watch on a real database: what raises an alarm, what does not, who is told when, and that each is told once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest_asyncio

from bot.screens.alarms import alarm_list_screen, alarm_screen, alarms_line
from bot.screens.plain import plain_text
from bot.screens.wording import Wording
from db.database import Database
from surveys import membership, pausing
from surveys.alarm_notices import TellAlarm
from surveys.alarms import AlarmList, alarms_of_period, list_alarms
from surveys.claiming import claim
from surveys.publishing import Catalogues, publish
from surveys.rules.alarms import Sending
from surveys.rules.sending import Accepted
from surveys.settling import settle
from surveys.watching import Watched, watch, watch_step

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 18, 15, tzinfo=ZONE)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
OWNERS = (1001, 1002)
CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
contact_rules: {quiet_hours: {start: "21:00", end: "10:00"}}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat, ask_by: P2D}
  visit: {title: {ru: Визит, en: Visit}, survey: visit-nps, ask_by: P2D}
surveys:
  delivery-csat: {metric: csat, question: {ru: Как доставка?, en: How was it?}}
  visit-nps: {metric: nps, question: {ru: Посоветуете нас?, en: Would you recommend us?}}
"""


@dataclass(slots=True)
class Shop:
    """Puts what happened straight into the tables, and lets the product look."""

    database: Database
    catalogues: Catalogues
    numbers: count[int]

    async def configure(self, alarms: str) -> None:
        await publish(self.database, f"{CATALOGUE}\nalarms: {alarms}\n", now=NOW)
        await self.catalogues.refresh(self.database)

    async def run(self, query: str, *arguments: object) -> None:
        async with self.database.transaction() as transaction:
            await transaction.run(query, *arguments)

    async def answers(
        self,
        score: int,
        times: int,
        *,
        touchpoint: str = "delivery",
        location: str | None = None,
        since: datetime = NOW - HOUR,
        until: datetime | None = None,
    ) -> None:
        """So many answers alike, spread over the time between the two instants."""
        await self.run(
            """
            insert into responses (touchpoint, survey, metric, score, given_by, answered_at, changed_at, attributes)
            select $1, 'x', case $1 when 'visit' then 'nps' else 'csat' end, $2, 'tap',
                   $3::timestamptz + n * ($4::timestamptz - $3) / $5::int, $3, $6
              from generate_series(0, $5::int - 1) as n
            """,
            touchpoint,
            score,
            since,
            until or since,
            times,
            {} if location is None else {"location": location},
        )

    async def events(
        self,
        state: str,
        times: int,
        *,
        touchpoint: str = "delivery",
        since: datetime = NOW - HOUR,
        until: datetime | None = None,
    ) -> None:
        """So many events whose invitations are in this state, spread over the time."""
        await self.run(
            """
            with happened as (
                insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at)
                select $7 || n, $1, $3::timestamptz + n * ($4::timestamptz - $3) / $5::int, $3
                  from generate_series(0, $5::int - 1) as n
                returning id, occurred_at
            )
            insert into invitations (event_id, touchpoint, survey, state, reason, sent_at, expires_at, answered_at,
                                     message_id, catalogue_version_id, changed_at)
            select id, $1, 'x', $2, 'some', case when $2 in ('sent', 'answered') then occurred_at end,
                   occurred_at + interval '7 days', case when $2 = 'answered' then occurred_at end, id, $6, $3
              from happened
            """,
            touchpoint,
            state,
            since,
            until or since,
            times,
            self.catalogues.in_force.version_id,
            f"e-{next(self.numbers)}-",
        )

    async def questions(self, state: str, times: int, at: datetime) -> None:
        """So many rows of the schedule that were settled, or are due, at this instant."""
        await self.run(
            """
            insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, created_at,
                                  settled_at)
            select 'invitation', -n, 'account:1', 'telegram', $4 || n, $2, $1, $2::timestamptz - interval '2 days',
                   case when $1 <> 'due' then $2 end
              from generate_series(1, $3::int) as n
            """,
            state,
            at,
            times,
            f"q-{next(self.numbers)}-",
        )

    async def asked(self, at: datetime, times: int) -> None:
        """How many were asked on that day."""
        day = at.astimezone(ZONE).date()
        await self.run("insert into daily_asks (day, asked) values ($1, $2)", day, times)

    async def look(self, at: datetime = NOW) -> Watched:
        """One look of the loop, whatever round it is."""
        await self.run("delete from rounds")
        return await watch(self.database, self.catalogues, now=at)

    async def listed(self, at: datetime = NOW) -> AlarmList:
        return await list_alarms(self.database, self.catalogues, now=at)

    async def open(self, at: datetime = NOW) -> list[tuple[str, str | None, str | None]]:
        return [(one.kind.value, one.touchpoint, one.location) for one in (await self.listed(at)).open]

    async def shown(self, language: str = "ru", at: datetime = NOW) -> str:
        """What /alarms shows."""
        return plain_text(alarm_list_screen(await self.listed(at), language))

    async def told(self, at: datetime = NOW) -> list[tuple[int, str]]:
        """The messages that go out now: to whom, and their text; every one arrives."""
        due = [one for one in await claim(self.database, self.catalogues, "telegram", now=at) if one.kind == "notice"]
        await settle(self.database, self.catalogues, [(one, Accepted(one.schedule_id), None) for one in due], now=at)
        told = []
        for one in due:
            assert isinstance(one.work, TellAlarm)
            told.append((one.chat_id, plain_text(alarm_screen(one.work))))
        return sorted(told)


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    """A shop with two owners, at an afternoon at which something was sent already."""
    await publish(database, CATALOGUE, now=NOW - 90 * DAY)
    await membership.settle_in(database, owners=OWNERS, staff_chat=None, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Shop(database, catalogues, count())


@pytest_asyncio.fixture
async def busy(shop: Shop) -> Shop:
    """The same, and questions go out from day to day."""
    for day in range(-1, 30):
        await shop.questions("sent", 1, NOW + day * DAY)
    return shop


# Bursts


async def usual(shop: Shop, *locations: str | None) -> None:
    """Eight weeks in which a tenth of the answers was negative; a drop, which a burst may well be too, is not told."""
    await shop.configure("{drop: null}")
    for location in locations:
        await shop.answers(5, 90, location=location, since=NOW - 8 * WEEK, until=NOW - DAY)
        await shop.answers(1, 10, location=location, since=NOW - 8 * WEEK, until=NOW - DAY)


async def test_a_burst_is_of_one_place_and_a_place_without_name_is_one(busy: Shop) -> None:
    await usual(busy, "Ленина", "Мира", None)
    await busy.answers(1, 6, location="Ленина")
    await busy.answers(1, 4, location="Мира")
    await busy.answers(1, 6)
    await busy.answers(5, 1)
    assert (await busy.look()).risen == 2
    assert sorted(await busy.open(), key=str) == [("burst", "delivery", "Ленина"), ("burst", "delivery", None)]
    assert [text.splitlines()[2] for _, text in await busy.told()] == [
        "Доставка, Ленина: 6 из 6 ответов за последние 6 часов отрицательные; обычно 10 %.",
        "Доставка: 6 из 7 ответов за последние 6 часов отрицательные; обычно 10 %.",
    ] * 2
    assert (await busy.look(NOW + timedelta(minutes=10))).risen == 0
    assert await busy.told(NOW + timedelta(minutes=10)) == []


async def test_managers_of_a_part_hear_of_their_places_alone(busy: Shop) -> None:
    for manager, scope in ((2001, {"location": ["Ленина"]}), (2002, {"location": ["Мира"]}), (2003, {})):
        await busy.run(
            "insert into members (telegram_id, role, since, scope) values ($1, 'manager', $2, $3)", manager, NOW, scope
        )
    await usual(busy, "Ленина")
    await busy.answers(1, 6, location="Ленина")
    await busy.look()
    assert [chat_id for chat_id, _ in await busy.told()] == [*OWNERS, 2001, 2003]
    later = NOW + HOUR
    await busy.answers(5, 6, location="Ленина", since=later - timedelta(minutes=5))
    assert await busy.look(later) == Watched(risen=0, ended=1)
    assert [chat_id for chat_id, _ in await busy.told(later)] == [*OWNERS, 2001, 2003]


async def test_a_place_with_little_history_is_judged_by_its_touchpoint(busy: Shop) -> None:
    await usual(busy, "Ленина")
    await busy.answers(1, 3, location="Новый")
    await busy.answers(5, 2, location="Новый")
    assert (await busy.look()).risen == 0, "three of five is possible where a tenth is negative"
    await busy.answers(1, 3, location="Новый")
    assert (await busy.look()).risen == 1


async def test_a_burst_is_over_with_good_answers_and_its_own_answers_raise_no_other(busy: Shop) -> None:
    await usual(busy, "Ленина")
    await busy.answers(1, 8, location="Ленина")
    await busy.look()
    assert len(await busy.told()) == 2
    later = NOW + HOUR
    await busy.answers(5, 4, location="Ленина", since=later - timedelta(minutes=5))
    assert await busy.look(later) == Watched(), "four answers show nothing yet"
    await busy.answers(5, 1, location="Ленина", since=later - timedelta(minutes=4))
    assert await busy.look(later) == Watched(risen=0, ended=1)
    assert [text for _, text in await busy.told(later)] == [
        "Отбой: отрицательных ответов снова не больше обычного\n\n"
        "Доставка, Ленина: отрицательных 0 из 5 последних ответов. Тревога длилась: 1 час."
    ] * 2
    assert await busy.look(later + timedelta(minutes=10)) == Watched(), "8 of 13 in the window were negative"
    await busy.answers(1, 6, location="Ленина", since=later + HOUR)
    assert await busy.look(later + 2 * HOUR) == Watched(risen=1), "a new one"


# Who is told, and when


async def test_at_night_an_alarm_waits_for_the_morning_and_an_urgent_one_does_not(busy: Shop) -> None:
    await usual(busy, "Ленина")
    night, morning = NOW + 8 * HOUR, NOW.replace(hour=10) + DAY
    await busy.answers(1, 8, location="Ленина", since=night - HOUR)
    assert (await busy.look(night)).risen == 1
    assert await busy.told(night) == []
    assert await busy.told(morning - timedelta(seconds=1)) == []
    assert [chat for chat, _ in await busy.told(morning)] == list(OWNERS)

    await busy.configure("{burst: {urgent: true}, drop: null}")
    await busy.answers(1, 8, location="Мира", since=night - HOUR)
    assert (await busy.look(night)).risen == 1
    assert [chat for chat, _ in await busy.told(night)] == list(OWNERS)


async def test_what_is_over_before_the_morning_is_one_message(busy: Shop) -> None:
    await usual(busy, "Ленина")
    night, morning = NOW + 8 * HOUR, NOW.replace(hour=10) + DAY
    await busy.answers(1, 8, location="Ленина", since=night - HOUR)
    await busy.look(night)
    await busy.answers(5, 9, location="Ленина", since=night + HOUR)
    assert (await busy.look(night + 2 * HOUR)).ended == 1
    told = await busy.told(morning)
    assert [chat for chat, _ in told] == list(OWNERS)
    assert "8 из 8 ответов" in told[0][1]
    assert "Отбой 19 ноября, 01:00: отрицательных 0 из 9 последних ответов" in told[0][1]
    assert await busy.told(morning + HOUR) == []


async def test_whoever_was_not_told_of_an_alarm_is_not_told_of_its_end(busy: Shop) -> None:
    await usual(busy, "Ленина")
    await busy.answers(1, 8, location="Ленина")
    await busy.look()
    await busy.told()
    await membership.settle_in(busy.database, owners=(*OWNERS[1:], 1003), staff_chat=None, now=NOW)
    await busy.answers(5, 9, location="Ленина", since=NOW + HOUR)
    await busy.look(NOW + 2 * HOUR)
    assert [chat for chat, _ in await busy.told(NOW + 2 * HOUR)] == [OWNERS[1]]


async def test_many_processes_at_once_raise_and_end_an_alarm_once(busy: Shop) -> None:
    await usual(busy, "Ленина", "Мира")
    await busy.answers(1, 8, location="Ленина")
    await busy.answers(1, 8, location="Мира")

    async def look(at: datetime) -> Watched:
        # the round is passed over: clocks of processes differ, and one of them may look at any moment
        async with busy.database.transaction() as transaction:
            return await watch_step(transaction, busy.catalogues, now=at)

    seen = await asyncio.gather(*(look(NOW + timedelta(seconds=n)) for n in range(8)))
    assert sum(one.risen for one in seen) == 2
    assert len(await busy.told(NOW + HOUR)) == 2 * len(OWNERS)
    await busy.answers(5, 9, location="Ленина", since=NOW + HOUR)
    seen = await asyncio.gather(*(look(NOW + 2 * HOUR + timedelta(seconds=n)) for n in range(8)))
    assert sum(one.ended for one in seen) == 1
    assert len(await busy.told(NOW + 3 * HOUR)) == len(OWNERS)

    watched = await asyncio.gather(*(watch(busy.database, busy.catalogues, now=NOW + 4 * HOUR) for _ in range(8)))
    assert sum(one.risen + one.ended for one in watched) == 0


async def test_an_alarm_that_is_switched_off_is_withdrawn_without_a_word(busy: Shop) -> None:
    await usual(busy, "Ленина")
    await busy.answers(1, 8, location="Ленина", since=NOW + 8 * HOUR)
    night = NOW + 9 * HOUR
    await busy.look(night)
    await busy.configure("{burst: null, drop: null}")
    assert await busy.look(night + HOUR) == Watched(ended=1)
    assert await busy.told(NOW + DAY) == []
    assert "снята без отбоя" in await busy.shown(at=night)
    await busy.answers(1, 30, location="Мира", since=night)
    assert await busy.look(night + HOUR) == Watched()


# Drops


async def test_a_drop_is_told_for_the_location_that_dropped_until_it_is_back(busy: Shop) -> None:
    for location in ("Ленина", "Мира"):
        await busy.answers(5, 360, location=location, since=NOW - 9 * WEEK, until=NOW - WEEK)
        await busy.answers(2, 40, location=location, since=NOW - 9 * WEEK, until=NOW - WEEK)
    await busy.answers(5, 40, location="Ленина", since=NOW - 6 * DAY, until=NOW)
    await busy.answers(2, 25, location="Ленина", since=NOW - 6 * DAY, until=NOW)
    await busy.answers(5, 60, location="Мира", since=NOW - 6 * DAY, until=NOW)
    assert await busy.look() == Watched(risen=1)
    assert (await busy.told())[0][1].splitlines() == [
        "Тревога: оценка упала",
        "",
        "Доставка, Ленина: CSAT за последние 7 дней — 61,5 % (65 ответов); за 56 дней до этого было 90,0 %"
        " (400 ответов). Случайностью такую разницу не объяснить.",
        "",
        "С чего началось, видно по неделям: /scores и /report.",
    ]
    await busy.answers(5, 26, location="Ленина", since=NOW + HOUR, until=NOW + 3 * DAY)
    await busy.answers(2, 4, location="Ленина", since=NOW + HOUR, until=NOW + 3 * DAY)
    assert await busy.look(NOW + 3 * DAY) == Watched(), "86.7 % is not back yet"
    await busy.answers(5, 10, location="Ленина", since=NOW + 3 * DAY, until=NOW + 4 * DAY)
    assert await busy.look(NOW + 4 * DAY) == Watched(ended=1)
    assert "CSAT снова 90,0 % (40 ответов)" in (await busy.told(NOW + 4 * DAY))[0][1]
    assert await busy.look(NOW + 5 * DAY) == Watched()


async def test_the_days_of_a_location_s_drop_do_not_drop_the_touchpoint_once_it_is_over(busy: Shop) -> None:
    await busy.configure("{burst: null}")
    await busy.answers(5, 360, location="Ленина", since=NOW - 9 * WEEK, until=NOW - WEEK)
    await busy.answers(2, 40, location="Ленина", since=NOW - 9 * WEEK, until=NOW - WEEK)
    await busy.answers(2, 60, location="Ленина", since=NOW - DAY, until=NOW)
    assert await busy.look() == Watched(risen=1)
    await busy.answers(5, 30, location="Ленина", since=NOW + HOUR)
    assert await busy.look(NOW + DAY) == Watched(ended=1)
    assert await busy.look(NOW + 2 * DAY) == Watched(), "60 of the touchpoint's 90 answers were negative"
    await busy.answers(2, 60, location="Мира", since=NOW + 2 * DAY)
    await busy.answers(5, 400, location="Мира", since=NOW - 8 * WEEK, until=NOW - 6 * WEEK)
    assert await busy.look(NOW + 3 * DAY) == Watched(risen=1), "what came since is looked at"
    assert await busy.open() == [("drop", "delivery", "Мира")]


async def test_drops_are_looked_at_once_a_day(busy: Shop) -> None:
    assert await watch(busy.database, busy.catalogues, now=NOW) == Watched()
    await busy.answers(9, 200, touchpoint="visit", since=NOW - 9 * WEEK, until=NOW - WEEK)
    await busy.answers(3, 60, touchpoint="visit", since=NOW - 6 * DAY, until=NOW - DAY)
    assert await watch(busy.database, busy.catalogues, now=NOW + 23 * HOUR) == Watched()
    assert await watch(busy.database, busy.catalogues, now=NOW + 24 * HOUR) == Watched(risen=1)
    assert "NPS за последние 7 дней — −100 (60 ответов)" in await busy.shown(at=NOW + DAY)


# Days on which nothing is sent


async def test_a_feed_that_stopped_is_named_and_a_pause_is_no_alarm(shop: Shop) -> None:
    for week in range(1, 5):
        day = NOW - week * WEEK
        await shop.events("answered", 30, since=day - 5 * HOUR, until=day)
        await shop.events("answered", 3, touchpoint="visit", since=day - 5 * HOUR, until=day)
    await shop.events("sent", 1, since=NOW - 20 * HOUR)
    await shop.events("sent", 1, touchpoint="visit", since=NOW - 20 * HOUR)
    assert await shop.look(NOW.replace(hour=13, minute=59)) == Watched(), "it is early"
    await pausing.pause(shop.database, by="Ольга", now=NOW)
    assert await shop.look() == Watched()
    assert (await shop.listed()).today is Sending.PAUSED
    assert "Вопросы на паузе, поэтому сегодня никого не спрашивают; это не тревога." in await shop.shown()
    await pausing.resume(shop.database)
    assert await shop.look() == Watched(risen=1)
    assert (await shop.told())[0][1].splitlines() == [
        "Тревога: сегодня никого не спросили",
        "",
        "От магазина сегодня не пришло ни одного события.",
        "Доставка: последнее — 17 ноября, 19:00; за такое же время в другие недели бывает примерно 30.",
        "",
        "Похоже, остановилась выгрузка событий: проверьте то, что их передаёт.",
    ]
    assert await shop.look(NOW + DAY) == Watched(), "it is told once"
    await shop.events("waiting", 2, since=NOW + DAY + HOUR)
    assert await shop.look(NOW + DAY + 2 * HOUR) == Watched(ended=1)
    assert "С тех пор пришло 2 события." in (await shop.told(NOW + DAY + 2 * HOUR))[0][1]


async def test_questions_that_wait_are_told_and_so_is_that_they_go_out_again(shop: Shop) -> None:
    await shop.questions("due", 3, NOW - timedelta(minutes=29))
    assert await shop.look() == Watched()
    await shop.questions("due", 2, NOW - timedelta(minutes=31))
    await shop.questions("rejected", 1, NOW - HOUR)
    assert await shop.look() == Watched(risen=1)
    assert "2 вопроса ждут отправки дольше получаса; 1 вопрос мессенджер не принял." in await shop.shown()
    assert "2 questions have been due for more than half an hour" in await shop.shown("en")
    await shop.questions("sent", 5, NOW + HOUR)
    assert await shop.look(NOW + 2 * HOUR) == Watched(ended=1)
    assert "с тех пор отправлено 5 вопросов" in (await shop.shown(at=NOW + 2 * HOUR)).lower()


async def test_events_of_whom_nobody_is_asked_are_an_alarm_where_many_usually_are(shop: Shop) -> None:
    await shop.events("waiting", 12, since=NOW - 3 * HOUR, until=NOW)
    await shop.events("skipped", 2, since=NOW - 3 * HOUR, until=NOW)
    assert await shop.look() == Watched()
    assert (await shop.listed()).today is Sending.NOTHING_DUE
    for week in range(1, 5):
        await shop.asked(NOW - week * WEEK, 40)
    assert await shop.look() == Watched(risen=1)
    assert (
        "Пришло 14 событий, но спросить некого: 12 ждут, пока покупатель подключится, 2 пропущено по правилам."
        " Обычно в этот день недели уходит вопросов: 40."
    ) in await shop.shown()


async def test_a_shop_without_events_on_this_weekday_has_nothing_due(shop: Shop) -> None:
    await shop.events("skipped", 50, since=NOW - DAY - 4 * HOUR, until=NOW - DAY)
    await shop.events("skipped", 50, since=NOW - WEEK - DAY - 4 * HOUR, until=NOW - WEEK - DAY)
    assert await shop.look() == Watched()
    assert "Сегодня пока спрашивать некого." in await shop.shown()


# Days on which nobody answers


async def test_nobody_answering_is_told_for_the_touchpoint_until_somebody_does(busy: Shop) -> None:
    await busy.events("answered", 100, since=NOW - 8 * WEEK, until=NOW - WEEK)
    await busy.events("sent", 100, since=NOW - 8 * WEEK, until=NOW - WEEK)
    await busy.events("sent", 19, since=NOW - 2 * DAY, until=NOW - DAY)
    await busy.events("sent", 9, since=NOW - HOUR, until=NOW)
    await busy.events("sent", 40, touchpoint="visit", since=NOW - 2 * DAY, until=NOW - DAY)
    await busy.answers(9, 1, touchpoint="visit", since=NOW - DAY)
    assert await busy.look() == Watched(), "19 had the time to answer"
    await busy.events("sent", 1, since=NOW - 7 * HOUR)
    assert await busy.look() == Watched(risen=1)
    assert (
        "Доставка: за последние 3 дня доставлено 20 вопросов, ответов нет; обычно отвечают на 50 %."
        in ((await busy.told())[0][1])
    )
    assert await busy.look(NOW + HOUR) == Watched()
    await busy.answers(5, 1, since=NOW + HOUR)
    assert await busy.look(NOW + 2 * HOUR) == Watched(ended=1)
    assert "Доставка: с тех пор пришёл 1 ответ." in (await busy.told(NOW + 2 * HOUR))[0][1]


# The lists


async def test_the_week_s_line_counts_what_rose_in_it(busy: Shop) -> None:
    await usual(busy, "Ленина", "Мира")
    await busy.answers(1, 8, location="Ленина")
    await busy.look()
    await busy.answers(1, 8, location="Мира", since=NOW + HOUR)
    await busy.answers(5, 9, location="Ленина", since=NOW + HOUR)
    await busy.look(NOW + 2 * HOUR)
    monday = datetime(2026, 11, 16, tzinfo=UTC).date()
    async with busy.database.transaction() as transaction:
        found = await alarms_of_period(transaction, busy.catalogues, start=monday, end=monday + WEEK)
        before = await alarms_of_period(transaction, busy.catalogues, start=monday - WEEK, end=monday)
    assert alarms_line(found, Wording("ru")) == (
        "За это время было 2 тревоги: Доставка, Ленина: много отрицательных ответов (18 ноября, был отбой);"
        " Доставка, Мира: много отрицательных ответов (18 ноября, ещё продолжается)."
    )
    assert alarms_line(before, Wording("en")) is None


async def test_without_alarms_the_list_says_so(busy: Shop) -> None:
    assert await busy.shown() == "Тревог нет."
    assert await busy.shown("en") == "There are no alarms."
