"""Links, connecting, stopping, languages and being forgotten."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
import pytest_asyncio

from surveys import people
from surveys.actors import Actor
from surveys.answer_views import AskReasons
from surveys.people import (
    Connected,
    Forgotten,
    LanguageChosen,
    LanguageOffer,
    LinkRequest,
    LinkTaken,
    LinkUnknown,
    NothingKnown,
    OptedOut,
    Welcome,
)
from surveys.rules.dialogue import MessageKind
from surveys.shop_cases import ShopCase, open_shop_case
from surveys.storage import Database
from tests.dialogue_scene import ANNA, BORIS, NOON, Scene, open_shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANNA_VK = Actor("vk", 333, "Анна", None)


@pytest_asyncio.fixture
async def scene(database: Database) -> Scene:
    return await open_shop(database)


async def connect(scene: Scene, actor: Actor, key: str | None = None) -> people.ConnectView:
    return await people.connect(scene.database, scene.catalogues, actor, key, now=NOON)


async def person_of(scene: Scene, actor: Actor) -> object:
    return await scene.value("select person_id from accounts where external_id = $1", actor.external_id)


async def test_links_are_made_once_for_each_customer_and_order(scene: Scene) -> None:
    first = await people.make_links(scene.database, "c-1", ["42", "43"], now=NOON)
    again = await people.make_links(scene.database, "c-1", ["43", "42"], now=NOON + DAY)
    other = await people.make_links(scene.database, "c-2", ["42"], now=NOON)
    assert again.customer_key == first.customer_key
    assert again.order_keys == first.order_keys
    keys = [first.customer_key, *first.order_keys.values(), other.customer_key, *other.order_keys.values()]
    assert len(set(keys)) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,64}", key) for key in keys)
    assert (await scene.count("customers"), await scene.count("persons")) == (2, 2)


async def test_links_made_by_several_at_once_are_the_same(scene: Scene) -> None:
    made = await asyncio.gather(*(people.make_links(scene.database, "c-1", ["42"], now=NOON) for _ in range(6)))
    assert len({links.customer_key for links in made}) == 1
    assert len({links.order_keys["42"] for links in made}) == 1


async def test_many_links_are_made_in_order(scene: Scene) -> None:
    requests = [LinkRequest("c-1", "42"), LinkRequest("c-2"), LinkRequest("c-1", "42"), LinkRequest("c-1")]
    keys = await people.make_link_keys(scene.database, requests, now=NOON)
    assert keys[0] == keys[2]
    assert len(set(keys)) == 3


async def test_start_without_a_link_says_hello_and_stores_who_it_was(scene: Scene) -> None:
    assert await connect(scene, BORIS) == Welcome("en", "Пекарня", opted_out=False)
    assert await connect(scene, BORIS) == Welcome("en", "Пекарня", opted_out=False)
    [account] = await scene.rows("select external_id, name, language, state from accounts")
    assert tuple(account) == (222, "Boris", "en", "connected")
    assert await scene.count("persons") == 1


async def test_a_customers_link_joins_the_account_and_what_waited_is_planned(scene: Scene) -> None:
    await scene.event("e-1", customer="c-1", telegram_id=None)
    assert await scene.value("select state from invitations") == "waiting"
    links = await people.make_links(scene.database, "c-1", now=NOON)
    view = await connect(scene, BORIS, links.customer_key)
    assert view == Connected("en", "Пекарня", opted_out=False, customer_name="Анна")
    assert await scene.value("select state from invitations") == "planned"
    assert await person_of(scene, BORIS) == await scene.value("select person_id from customers")
    [move] = await scene.rows("select account_id, customer_id, cause from person_moves")
    assert move["account_id"] is not None
    assert (move["customer_id"], move["cause"]) == (None, "customer_link")


async def test_opening_a_link_again_repeats_the_result(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-1", ["42"], now=NOON)
    for key in (links.customer_key, links.order_keys["42"]):
        assert await connect(scene, BORIS, key) == await connect(scene, BORIS, key)
    assert await scene.count("person_moves") == 1
    assert await scene.count("order_bindings") == 1


async def test_a_link_that_was_opened_is_taken_for_others(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-1", ["42"], now=NOON)
    for key in (links.customer_key, links.order_keys["42"]):
        await connect(scene, BORIS, key)
        assert await connect(scene, ANNA, key) == LinkTaken("ru")
    assert await person_of(scene, ANNA) != await person_of(scene, BORIS)


async def test_of_two_who_open_a_link_at_once_one_has_it(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-1", ["42"], now=NOON)
    for key in (links.customer_key, links.order_keys["42"]):
        views = await asyncio.gather(connect(scene, ANNA, key), connect(scene, BORIS, key))
        assert {type(view) for view in views} == {Connected, LinkTaken}


async def test_people_opening_each_others_links_at_once_do_not_wait_for_ever(scene: Scene) -> None:
    for actor, customer in ((ANNA, "c-1"), (BORIS, "c-2")):
        own = await people.make_links(scene.database, customer, now=NOON)
        await connect(scene, actor, own.customer_key)
    first = await people.make_links(scene.database, "c-1", ["1", "2"], now=NOON)
    second = await people.make_links(scene.database, "c-2", ["1", "2"], now=NOON)
    views = await asyncio.gather(
        connect(scene, ANNA, second.order_keys["1"]),
        connect(scene, BORIS, first.order_keys["1"]),
        connect(scene, ANNA, second.order_keys["2"]),
        connect(scene, BORIS, first.order_keys["2"]),
    )
    assert {type(view) for view in views} == {Connected}


async def test_an_unknown_key_is_answered_and_the_account_kept(scene: Scene) -> None:
    assert await connect(scene, BORIS, "no-such-key") == LinkUnknown("en")
    assert await connect(scene, BORIS, "'; drop table persons; --") == LinkUnknown("en")
    assert await scene.count("accounts") == 1


async def test_an_orders_link_binds_the_order_and_not_the_person(scene: Scene) -> None:
    await scene.event("e-1", customer="c-1", telegram_id=None, order_id="42")
    await scene.event("e-2", customer="c-1", telegram_id=None, order_id="43")
    links = await people.make_links(scene.database, "c-1", ["42"], now=NOON)
    view = await connect(scene, BORIS, links.order_keys["42"])
    assert view == Connected("en", "Пекарня", opted_out=False, order_id="42")
    states = await scene.rows("select order_id, state from invitations order by order_id")
    assert [tuple(row) for row in states] == [("42", "planned"), ("43", "waiting")]
    assert await person_of(scene, BORIS) != await scene.value("select person_id from customers")
    assert await scene.count("person_moves") == 0


async def test_an_event_of_a_bound_order_is_asked_of_who_opened_the_link(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-7", ["42"], now=NOON)
    await connect(scene, BORIS, links.order_keys["42"])
    asked = await scene.event("e-1", order_id="42")
    account_id = await scene.value("select account_id from invitations where id = $1", asked)
    assert account_id == await scene.value("select id from accounts where external_id = 222")


async def test_two_messengers_of_one_customer_are_one_person(scene: Scene) -> None:
    await scene.event("e-1", customer="c-7", telegram_id=ANNA.external_id)
    links = await people.make_links(scene.database, "c-7", now=NOON)
    await people.opt_out(scene.database, scene.catalogues, ANNA_VK, now=NOON)
    view = await connect(scene, ANNA_VK, links.customer_key)
    assert isinstance(view, Connected)
    assert view.opted_out
    assert await person_of(scene, ANNA) == await person_of(scene, ANNA_VK)
    assert await scene.value("select opted_out_at from persons where id = $1", await person_of(scene, ANNA)) == NOON


async def test_one_account_with_two_customer_numbers_is_one_person(scene: Scene) -> None:
    for customer in ("c-1", "c-2"):
        links = await people.make_links(scene.database, customer, now=NOON)
        await connect(scene, BORIS, links.customer_key)
    persons = {row["person_id"] for row in await scene.rows("select person_id from customers")}
    assert persons == {await person_of(scene, BORIS)}
    moved = await scene.rows("select customer_id, account_id from person_moves order by id")
    assert len(moved) == 3


async def test_stopping_and_resuming(scene: Scene) -> None:
    await scene.event("e-1")
    view = await people.opt_out(scene.database, scene.catalogues, ANNA, now=NOON)
    assert isinstance(view, OptedOut)
    assert [one.title["ru"] for one in view.touchpoints] == ["Доставка"]
    await people.opt_out(scene.database, scene.catalogues, ANNA, now=NOON + DAY)
    assert await scene.value("select opted_out_at from persons") == NOON
    assert (await connect(scene, ANNA)) == Welcome("ru", "Пекарня", opted_out=True)
    await scene.event("e-2")
    assert await scene.value("select reason from invitations order by id desc limit 1") == "opted_out"
    await people.opt_in(scene.database, scene.catalogues, ANNA, now=NOON)
    assert await scene.value("select opted_out_at from persons") is None


async def test_blocking_and_coming_back(scene: Scene) -> None:
    await connect(scene, ANNA)
    await people.note_blocked(scene.database, "telegram", [ANNA.external_id, 999], now=NOON)
    assert await scene.value("select state from accounts") == "blocked"
    await scene.event("e-1")
    assert await scene.value("select state from invitations") == "waiting"
    await people.note_unblocked(scene.database, scene.catalogues, ANNA, now=NOON + HOUR)
    assert await scene.value("select state from accounts") == "connected"
    assert await scene.value("select state from invitations") == "planned"
    assert await scene.count("accounts") == 1


async def test_the_chosen_language_is_spoken_from_then_on(scene: Scene) -> None:
    offer = await people.offer_languages(scene.database, scene.catalogues, ANNA)
    assert offer == LanguageOffer("ru", ("ru", "en"))
    chosen = await people.choose_language(scene.database, scene.catalogues, ANNA, 1, now=NOON)
    assert chosen == LanguageChosen("en")
    assert await people.speak_to(scene.database, scene.catalogues, ANNA) == "en"
    forged = await people.choose_language(scene.database, scene.catalogues, ANNA, 7, now=NOON)
    assert isinstance(forged, LanguageOffer)


@pytest.mark.parametrize(
    ("customer", "messenger", "spoken"), [("en", "ru", "en"), (None, "en-GB", "en"), (None, "de", "ru")]
)
async def test_the_customers_language_goes_before_the_messengers(
    scene: Scene, customer: str | None, messenger: str, spoken: str
) -> None:
    await scene.event("e-1", language=customer)
    actor = Actor("telegram", ANNA.external_id, "Анна", messenger)
    assert await people.speak_to(scene.database, scene.catalogues, actor) == spoken


async def test_my_data_shows_what_is_kept(scene: Scene) -> None:
    asked = await scene.ask(order_id="42")
    await scene.rate(asked, 2)
    await scene.write("опоздали")
    data = await people.my_data(scene.database, scene.catalogues, ANNA)
    assert [(one.external_id, one.name, one.phone, one.orders) for one in data.customers] == [
        ("c-7", "Анна", "+79001234567", 1)
    ]
    assert [(one.score, one.comment) for one in data.answers] == [(2, "опоздали")]
    assert data.messages == 1
    nobody = await people.my_data(scene.database, scene.catalogues, BORIS)
    assert (nobody.customers, nobody.answers, nobody.messages) == ((), (), 0)


async def test_forgetting_leaves_scores_that_belong_to_nobody(scene: Scene) -> None:
    asked = await scene.ask(order_id="order-42")
    await scene.rate(asked, 1)
    await scene.write("Курьер Анне нагрубил", 1, kind=MessageKind.PHOTO, file_id="photo-1")
    waiting = await scene.ask("e-2", order_id="order-43")
    await scene.event("e-3", touchpoint="visit")
    links = await people.make_links(scene.database, "c-7", ["order-42"], now=NOON)
    await connect(scene, ANNA, links.customer_key)

    view = await people.forget(scene.database, scene.catalogues, ANNA, now=NOON + HOUR)
    assert view == Forgotten("ru", 1)
    [row] = await scene.rows(
        "select score, touchpoint, attributes, comment, account_id, customer_id, order_id, step from responses"
    )
    assert tuple(row) == (1, "delivery", {"location": "shop-1"}, None, None, None, None, "done")
    assert await scene.value("select count(*) from touchpoint_events where customer_id is not null") == 0
    counts = {table: await scene.count(table) for table in ("customers", "links", "messages", "person_moves")}
    assert counts == dict.fromkeys(counts, 0)
    [case] = await scene.rows("select state, account_id, customer_id from cases")
    assert tuple(case) == ("open", None, None)
    [account] = await scene.rows("select external_id, name, language from accounts")
    assert tuple(account) == (ANNA.external_id, None, None)
    states = await scene.rows("select state, reason, account_id, order_id from invitations order by id")
    assert [tuple(one) for one in states] == [
        ("answered", None, None, None),
        ("sent", None, None, None),
        ("skipped", "opted_out", None, None),
    ]
    due = await scene.value(
        "select count(*) from schedule where state = 'due' and kind = 'invitation' and subject_id > $1", waiting
    )
    assert due == 0
    assert not isinstance(await scene.rate(waiting, 5), AskReasons)
    assert await scene.count("responses") == 1


@pytest.mark.parametrize(
    "secret", ["Анна", "+7900", "c-7", "order-42", "нагрубил", "photo-1", "shop-e-1", "crm-17", "order-77"]
)
async def test_nothing_stored_names_the_forgotten_person(scene: Scene, secret: str) -> None:
    asked = await scene.ask("shop-e-1", order_id="order-42")
    await scene.rate(asked, 1)
    await scene.write("Курьер Анне нагрубил", 1, kind=MessageKind.PHOTO, file_id="photo-1")
    links = await people.make_links(scene.database, "c-7", ["order-42"], now=NOON)
    await connect(scene, ANNA, links.order_keys["order-42"])
    told = ShopCase("c-7", "Звонила Анна", order_id="order-77", id="crm-17")
    await open_shop_case(scene.database, scene.catalogues, told, now=NOON)
    await people.forget(scene.database, scene.catalogues, ANNA, now=NOON)
    tables = await scene.rows("select tablename from pg_tables where schemaname = 'public'")
    found = [
        table["tablename"]
        for table in tables
        if table["tablename"] != "catalogue_versions"
        and await scene.value(
            f"select count(*) from {table['tablename']} t where to_jsonb(t)::text like '%' || $1 || '%'", secret
        )
    ]
    assert found == []


async def test_the_forgotten_are_not_asked_when_the_shop_names_them_again(scene: Scene) -> None:
    await scene.ask("e-1", order_id="42")
    await people.forget(scene.database, scene.catalogues, ANNA, now=NOON)
    again = await scene.event("e-1", order_id="42")
    [row] = await scene.rows("select state, reason from invitations where id = $1", again)
    assert tuple(row) == ("skipped", "opted_out")


async def test_the_forgotten_may_come_back_by_themselves(scene: Scene) -> None:
    await scene.ask("e-1")
    await people.forget(scene.database, scene.catalogues, ANNA, now=NOON)
    assert await connect(scene, ANNA) == Welcome("ru", "Пекарня", opted_out=True)
    await people.opt_in(scene.database, scene.catalogues, ANNA, now=NOON)
    asked = await scene.event("e-9")
    assert await scene.value("select state from invitations where id = $1", asked) == "planned"


async def test_what_is_being_sent_survives_forgetting(scene: Scene) -> None:
    await scene.ask("e-1", state="sending")
    await people.forget(scene.database, scene.catalogues, ANNA, now=NOON)
    [row] = await scene.rows("select state, account_id, customer_id from invitations")
    assert row["state"] == "sending"
    assert row["account_id"] is not None
    assert row["customer_id"] is None


async def test_what_a_relative_answered_about_the_order_stays_theirs(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-7", ["42"], now=NOON)
    await connect(scene, BORIS, links.order_keys["42"])
    asked = await scene.ask("e-1", order_id="42")
    await scene.rate(asked, 5, actor=BORIS)
    await scene.write("Всё отлично", actor=BORIS)
    await people.forget(scene.database, scene.catalogues, ANNA, now=NOON)
    [row] = await scene.rows("select score, comment, customer_id, account_id is null from responses")
    assert tuple(row) == (5, "Всё отлично", None, False)
    await people.forget(scene.database, scene.catalogues, BORIS, now=NOON)
    [row] = await scene.rows("select score, comment, account_id from responses")
    assert tuple(row) == (5, None, None)


async def test_forgetting_somebody_unknown_says_so(scene: Scene) -> None:
    assert await people.forget(scene.database, scene.catalogues, BORIS, now=NOON) == NothingKnown("en")


async def test_privacy_is_built_from_the_settings(scene: Scene) -> None:
    told = await people.describe_privacy(scene.database, scene.catalogues, BORIS)
    assert (told.language, told.business, told.quarantine) == ("en", "Пекарня", timedelta(0))
