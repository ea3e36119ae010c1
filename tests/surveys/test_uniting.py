"""One human in several messengers: codes, telephone numbers, and taking apart what does not belong together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from surveys import people, splitting, uniting
from surveys.actors import Actor
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.splitting import Disowned, NotLinked, Subject, UnknownPersonError
from surveys.storage import Database
from surveys.uniting import (
    CodeOffer,
    CodeWrong,
    Joined,
    JoinedAlready,
    OwnCode,
    PhoneForeign,
    PhoneJoined,
    PhoneTaken,
    PhoneUnknown,
    SharedContact,
    TooManyCodes,
)
from tests.dialogue_scene import ANNA, BORIS, NOON, Scene, open_shop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANNA_VK = Actor("vk", 333, "Анна", None)
PHONE = "+79001234567"


@pytest_asyncio.fixture
async def scene(database: Database) -> Scene:
    return await open_shop(database)


async def person_of(scene: Scene, actor: Actor) -> object:
    query = "select person_id from accounts where channel = $1 and external_id = $2"
    return await scene.value(query, actor.channel, actor.external_id)


async def person_of_customer(scene: Scene, customer: str) -> object:
    return await scene.value("select person_id from customers where external_id = $1", customer)


async def offer(scene: Scene, actor: Actor) -> str:
    view = await uniting.offer_code(scene.database, scene.catalogues, actor, now=NOON)
    assert isinstance(view, CodeOffer)
    return view.code


async def redeem(scene: Scene, actor: Actor, code: str, at: timedelta = MINUTE) -> uniting.CodeView:
    return await uniting.redeem_code(scene.database, scene.catalogues, actor, code, now=NOON + at)


async def share(scene: Scene, actor: Actor, phone: str = PHONE, owner: int | None = None) -> uniting.PhoneView:
    contact = SharedContact(phone, owner or actor.external_id)
    return await uniting.share_phone(scene.database, scene.catalogues, actor, contact, now=NOON)


async def connect(scene: Scene, actor: Actor, customer: str | None = None) -> None:
    key = None
    if customer is not None:
        key = (await people.make_links(scene.database, customer, now=NOON)).customer_key
    await people.connect(scene.database, scene.catalogues, actor, key, now=NOON)


@pytest.mark.parametrize(("first", "second"), [(ANNA, ANNA_VK), (ANNA_VK, ANNA)])
async def test_a_code_joins_two_accounts_in_either_direction(scene: Scene, first: Actor, second: Actor) -> None:
    await connect(scene, first, "c-1")
    await connect(scene, second)
    code = await offer(scene, first)
    assert await redeem(scene, second, f"{code[:3].lower()} - {code[3:]}") == Joined("ru", 2, 1)
    assert await person_of(scene, first) == await person_of(scene, second) == await person_of_customer(scene, "c-1")
    [move] = await scene.rows("select cause, by_account_id, account_id from person_moves where cause = 'code'")
    assert move["by_account_id"] == move["account_id"]
    assert isinstance(await redeem(scene, second, code), CodeWrong), "a code is good once"


async def test_a_code_lasts_ten_minutes_and_not_where_it_was_got(scene: Scene) -> None:
    code = await offer(scene, ANNA)
    assert isinstance(await redeem(scene, ANNA, code), OwnCode)
    assert isinstance(await redeem(scene, ANNA_VK, code, 10 * MINUTE), CodeWrong)
    assert isinstance(await redeem(scene, ANNA_VK, code, 10 * MINUTE - timedelta(seconds=1)), Joined)
    again = await offer(scene, ANNA)
    assert isinstance(await redeem(scene, ANNA_VK, again), JoinedAlready)


async def test_guessing_ends_after_five_wrong_codes_for_an_hour(scene: Scene) -> None:
    code = await offer(scene, ANNA)
    for number in range(5):
        assert isinstance(await redeem(scene, ANNA_VK, f"AAA23{number + 2}", timedelta(0)), CodeWrong)
    assert isinstance(await redeem(scene, ANNA_VK, code, MINUTE), TooManyCodes)
    assert isinstance(await redeem(scene, BORIS, code, MINUTE), Joined), "others are not held up"
    fresh = (await uniting.offer_code(scene.database, scene.catalogues, ANNA, now=NOON + HOUR)).code
    assert isinstance(await redeem(scene, ANNA_VK, fresh, HOUR), Joined)


async def test_a_message_that_only_looks_like_a_code_stays_a_message_and_counts_as_a_guess(scene: Scene) -> None:
    for text in ("СПАСИБО", "thanks", "123456", "спасибо вам большое"):
        assert await uniting.redeem_written(scene.database, scene.catalogues, BORIS, text, now=NOON) is None
    assert await scene.count("wrong_codes") == 0
    assert await uniting.redeem_written(scene.database, scene.catalogues, BORIS, "AB2-34C", now=NOON) is None
    assert await scene.count("wrong_codes") == 1


async def test_of_two_who_type_a_code_at_once_one_is_joined(scene: Scene) -> None:
    code = await offer(scene, ANNA)
    views = await asyncio.gather(redeem(scene, ANNA_VK, code), redeem(scene, BORIS, code))
    assert {type(view) for view in views} == {Joined, CodeWrong}


async def test_codes_crossed_between_two_accounts_do_not_wait_for_ever(scene: Scene) -> None:
    first, second = await offer(scene, ANNA), await offer(scene, ANNA_VK)
    views = await asyncio.gather(redeem(scene, ANNA_VK, first), redeem(scene, ANNA, second))
    assert {type(view) for view in views} == {Joined, JoinedAlready}
    assert await person_of(scene, ANNA) == await person_of(scene, ANNA_VK)


async def test_a_join_and_a_decision_at_once_leave_one_question(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-1")
    await connect(scene, ANNA)
    code = await offer(scene, ANNA)

    async def report(event_id: str) -> None:
        event = IncomingEvent(event_id, "delivery", NOON, IncomingCustomer("c-1"), "42")
        await take_in(scene.database, scene.catalogues, [event], now=NOON)

    await asyncio.gather(report("e-1"), redeem(scene, ANNA_VK, code), report("e-2"))
    states = await scene.rows("select state from invitations order by state")
    assert [row["state"] for row in states] in (["planned", "skipped"], ["skipped", "waiting"])
    assert await person_of(scene, ANNA) == await person_of_customer(scene, "c-1")


async def test_a_shared_number_joins_all_customers_who_have_it(scene: Scene) -> None:
    await scene.event("e-1", customer="c-1", telegram_id=None)
    await scene.event("e-2", customer="c-2", telegram_id=None)
    assert await scene.value("select count(*) from invitations where state = 'waiting'") == 2
    assert await share(scene, ANNA, "8 (900) 123-45-67", owner=999) == PhoneForeign("ru")
    assert await share(scene, ANNA, "+7 900 123-45-68") == PhoneUnknown("ru")
    assert await share(scene, ANNA, "8 (900) 123-45-67") == PhoneJoined("ru", 2)
    assert await share(scene, ANNA) == JoinedAlready("ru")
    assert (
        await person_of(scene, ANNA) == await person_of_customer(scene, "c-1") == await person_of_customer(scene, "c-2")
    )
    assert await scene.value("select count(*) from invitations where state = 'planned'") == 2
    assert await scene.value("select count(*) from person_moves where cause = 'phone' and customer_id is not null") == 2


async def test_a_number_never_takes_a_customer_from_somebody_who_writes(scene: Scene) -> None:
    await scene.event("e-1", customer="c-1", telegram_id=None)
    await connect(scene, BORIS, "c-1")
    owner = await person_of(scene, BORIS)
    assert await share(scene, ANNA) == PhoneTaken("ru")
    assert await person_of_customer(scene, "c-1") == owner
    await scene.event("e-2", customer="c-2", telegram_id=None)
    await connect(scene, ANNA_VK, "c-2")
    assert await share(scene, ANNA) == PhoneJoined("ru", 1), "an account in another messenger may be the same human's"
    assert await person_of(scene, ANNA) == await person_of(scene, ANNA_VK)


async def test_a_number_of_many_customers_is_nobodys(scene: Scene) -> None:
    for number in range(11):
        await scene.event(f"e-{number}", customer=f"c-{number}", telegram_id=None)
    assert await share(scene, ANNA) == PhoneUnknown("ru")


async def test_this_is_not_me_restores_what_the_log_says_and_holds(scene: Scene) -> None:
    await connect(scene, ANNA)
    before = await person_of(scene, ANNA)
    await scene.event("e-1", customer="c-1", telegram_id=None)
    theirs = await person_of_customer(scene, "c-1")
    await connect(scene, ANNA, "c-1")
    assert await person_of(scene, ANNA) == theirs
    assert await scene.value("select state from invitations") == "planned"
    customer = await scene.value("select id from customers where external_id = 'c-1'")
    assert isinstance(customer, int)
    subject = Subject("customer", customer)
    assert isinstance(await splitting.disown(scene.database, scene.catalogues, BORIS, subject, now=NOON), NotLinked), (
        "only the person themselves"
    )
    assert await splitting.disown(scene.database, scene.catalogues, ANNA, subject, now=NOON) == Disowned("ru")
    assert (await person_of(scene, ANNA), await person_of_customer(scene, "c-1")) == (before, theirs)
    assert await scene.value("select state from invitations") == "waiting", "nobody is asked about a stranger's order"
    assert await scene.value("select state from schedule where kind = 'invitation'") == "dropped"
    causes = [row["cause"] for row in await scene.rows("select cause from person_moves order by id")]
    assert causes == ["customer_link", "split"], "the log grows and is not rewritten"
    await scene.event("e-2", customer="c-1", telegram_id=ANNA.external_id)
    assert await person_of_customer(scene, "c-1") != await person_of(scene, ANNA), "the shop does not know better"


async def test_what_somebody_brought_in_leaves_with_them(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-1")
    await scene.event("e-2", customer="c-2", telegram_id=None)
    code = await offer(scene, ANNA_VK)
    await redeem(scene, ANNA, code)
    await share(scene, ANNA)
    assert await person_of_customer(scene, "c-2") == await person_of_customer(scene, "c-1")
    other = await scene.value("select id from accounts where channel = 'vk'")
    assert isinstance(other, int)
    subject = Subject("account", other)
    view = await splitting.disown(scene.database, scene.catalogues, ANNA, subject, now=NOON + HOUR)
    assert view == Disowned("ru")
    own, others = [await splitting.show_person(scene.database, name) for name in ("telegram:111", "vk:333")]
    assert [[one.external_id for one in linked.customers] for linked in (own, others)] == [["c-2"], ["c-1"]]
    assert [[one.channel for one in linked.accounts] for linked in (own, others)] == [["telegram"], ["vk"]]


async def test_the_owner_undoes_the_last_join_first(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-1")
    await scene.event("e-2", customer="c-2", telegram_id=None)
    await redeem(scene, ANNA, await offer(scene, ANNA_VK))
    await share(scene, ANNA)

    async def split() -> splitting.Split | None:
        return await splitting.split_person(scene.database, scene.catalogues, "telegram:111", now=NOON + HOUR)

    first, second, third = await split(), await split(), await split()
    assert first is not None
    assert [one.external_id for one in first.left.customers] == ["c-2"]
    assert second is not None
    assert ([one.channel for one in second.left.accounts], second.left.customers) == (["telegram"], ())
    assert third is None
    with pytest.raises(UnknownPersonError, match="nobody is known as 77"):
        await splitting.split_person(scene.database, scene.catalogues, "77", now=NOON)


async def test_a_wish_not_to_be_asked_survives_joining_and_splitting(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-1")
    await connect(scene, ANNA)
    await redeem(scene, ANNA, await offer(scene, ANNA_VK))
    await people.opt_out(scene.database, scene.catalogues, ANNA, now=NOON)
    await splitting.split_person(scene.database, scene.catalogues, "telegram:111", now=NOON)
    stopped = await scene.value(
        "select count(*) from persons p join accounts a on a.person_id = p.id where p.opted_out_at is not null"
    )
    assert stopped == 2


async def test_the_owner_joins_and_sees_who_is_who(scene: Scene) -> None:
    await scene.event("e-1", customer="c-1", telegram_id=None, order_id="42")
    await connect(scene, ANNA_VK)
    linked = await splitting.join_persons(scene.database, scene.catalogues, "42", "vk:333", now=NOON)
    assert [one.external_id for one in linked.accounts] == [333]
    assert [one.external_id for one in linked.customers] == ["c-1"]
    assert await splitting.show_person(scene.database, "vk:333") == linked
    assert await scene.value("select state from invitations") == "waiting", "VK is not set up here"


async def test_two_splits_at_once_split_once(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-1")
    await redeem(scene, ANNA, await offer(scene, ANNA_VK))
    splits = await asyncio.gather(
        *(splitting.split_person(scene.database, scene.catalogues, "telegram:111", now=NOON) for _ in range(3))
    )
    assert [split is not None for split in splits].count(True) == 1


@pytest.mark.parametrize("way", ["code", "owner", "phone"])
async def test_ones_own_refusal_of_offers_outranks_the_shops_word_however_two_are_joined(
    scene: Scene, way: str
) -> None:
    await connect(scene, ANNA_VK, "c-7")
    customer = IncomingCustomer("c-7", phone=PHONE, offers=True)
    await take_in(scene.database, scene.catalogues, [IncomingEvent("e-1", "delivery", NOON, customer)], now=NOON)
    refuses = ANNA_VK if way == "phone" else ANNA
    for minutes, agreed in enumerate((True, False)):
        at = NOON + minutes * MINUTE
        await people.settle_offers(scene.database, scene.catalogues, refuses, agreed=agreed, now=at)
    if way == "code":
        assert isinstance(await redeem(scene, ANNA, await offer(scene, ANNA_VK), 2 * MINUTE), Joined)
    elif way == "owner":
        await splitting.join_persons(scene.database, scene.catalogues, "c-7", "telegram:111", now=NOON + 2 * MINUTE)
    else:
        assert isinstance(await share(scene, ANNA), PhoneJoined)
    for actor in (ANNA, ANNA_VK):
        privacy = await people.describe_privacy(scene.database, scene.catalogues, actor)
        assert privacy.agreed_to_offers is False, actor


async def test_who_refused_offers_while_they_were_one_is_sent_none_as_either(scene: Scene) -> None:
    await connect(scene, ANNA_VK, "c-7")
    await people.settle_offers(scene.database, scene.catalogues, ANNA, agreed=True, now=NOON)
    await redeem(scene, ANNA, await offer(scene, ANNA_VK))
    await people.settle_offers(scene.database, scene.catalogues, ANNA_VK, agreed=False, now=NOON + 2 * MINUTE)
    assert await splitting.split_person(scene.database, scene.catalogues, "telegram:111", now=NOON + HOUR)
    assert await person_of(scene, ANNA) != await person_of(scene, ANNA_VK)
    for actor in (ANNA, ANNA_VK):
        privacy = await people.describe_privacy(scene.database, scene.catalogues, actor)
        assert privacy.agreed_to_offers is False, actor
