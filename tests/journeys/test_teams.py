"""Who belongs where: teams' chats, what staff, managers and owners see, and what they are offered."""

from __future__ import annotations

import pytest

from bot.sandbox import Group, Person
from bot.screens.helping import commands_screen, greeting_screen
from bot.screens.plain import plain_text
from bot.telegram.commands import commands_of
from surveys.membership import Role
from tests.journeys.product import CATALOGUE, TEAM, Product, button
from tests.journeys.troubles import count, eventually

pytestmark = pytest.mark.customers_in("telegram", why="teams are in Telegram")

CUSTOMERS = ("start", "complaint", "stop", "resume", "language", "privacy", "mydata", "link", "forget", "help")
OTHER_CHAT, STRANGE_CHAT = -5002, -5003


def names(commands: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(name for name, _ in commands)


async def said(person: Person, text: str, chat: Group | None = None) -> str:
    """What the bot answers."""
    written = await person.write(text, chat=chat)
    return (await person.wait_for(after=written, chat=chat)).text


async def complain_about_delivery(product: Product) -> None:
    await product.connect(product.anna, "c-7")
    await product.anna.tap(await product.asked(product.anna, "42", "c-7"), "2")


async def two_teams(product: Product) -> Group:
    """Case 1 is the drivers', who work in the group returned; case 2 is the default team's."""
    drivers = product.telegram.add_group(OTHER_CHAT, "Водители", (product.owner, product.pavel))
    assert "logistics" in await said(product.owner, "/here logistics", drivers)
    await complain_about_delivery(product)
    await product.owner.wait_for(lambda message: "№ 1" in message.text, chat=drivers)
    await product.boris.start()
    await said(product.boris, "/complaint Не дали чек")
    await product.card("№ 2")
    return drivers


async def test_open_cases_are_listed_to_those_whose_they_are(product: Product) -> None:
    product.catalogue = CATALOGUE.replace("{chat: staff}", "{chat: drivers}")
    async with product.running():
        drivers = await two_teams(product)
        strange = product.telegram.add_group(STRANGE_CHAT, "Болтовня", (product.owner, product.oleg))
        for person in (product.owner, product.oleg):
            await person.write("/cases", chat=strange)
        for person, chat, seen in (
            (product.pavel, drivers, {"№ 1"}),
            (product.owner, drivers, {"№ 1"}),
            (product.oleg, product.team, {"№ 2"}),
            (product.oleg, None, {"№ 2"}),
            (product.pavel, None, {"№ 1", "№ 2"}),
            (product.owner, None, {"№ 1", "№ 2"}),
        ):
            text = await said(person, "/cases", chat)
            assert {number for number in ("№ 1", "№ 2") if number in text} == seen, (person, text)
            assert text.startswith(f"{len(seen)} ")
        assert await said(product.anna, "/cases") == await said(product.anna, "/nonsense")
        assert [message for message in strange.see() if message.from_bot] == []


async def test_whoever_left_the_team_or_was_removed_lists_no_cases(product: Product) -> None:
    async with product.running():
        await complain_about_delivery(product)
        await product.card()
        product.team.remove_member(product.oleg)
        product.team.remove_member(product.pavel, by=product.owner)
        for person in (product.oleg, product.pavel):
            assert await said(person, "/cases") == await said(person, "/nonsense")


async def test_a_team_that_moves_takes_its_open_cards_along(product: Product) -> None:
    async with product.running():
        await complain_about_delivery(product)
        old = await product.card()
        await eventually(lambda: count(product, "select 1 from schedule where kind = 'card' and state = 'sent'"))
        product.team = product.telegram.add_group(OTHER_CHAT, "Новая команда", (product.owner, product.oleg))
        await said(product.owner, "/here", product.team)
        card = await product.card()
        assert "ваша" in await product.oleg.tap(card, button(card, "Взять"))
        assert "команда" in await product.oleg.forge_tap(old, button(old, "Взять"))


async def test_a_changed_setting_moves_the_team_and_what_here_said_stays(product: Product) -> None:
    async with product.running():
        pass
    new = product.telegram.add_group(OTHER_CHAT, "Новая команда", (product.owner, product.oleg))
    product.settings = product.settings.model_copy(update={"staff_chat": OTHER_CHAT})
    async with product.running():
        await complain_about_delivery(product)
        await product.oleg.wait_for(lambda message: "Жалоба" in message.text, chat=new)
        await said(product.owner, "/here", product.team)
    product.settings = product.settings.model_copy(update={"staff_chat": STRANGE_CHAT})
    async with product.running():
        assert await count(product, "select chat_id from team_chats") == TEAM


async def test_here_warns_of_a_public_chat_and_names_the_teams_there_are(product: Product) -> None:
    product.team.chat.username = "everybody_reads_this"
    async with product.running():
        unknown = await said(product.owner, "/here nobody", product.team)
        assert "logistics, staff" in unknown
        written = await product.owner.write("/here logistics", chat=product.team)
        warning = await product.owner.wait_for(
            lambda message: "публичный" in message.text, after=written, chat=product.team
        )
        assert warning.id == written.id + 2


async def test_everybody_is_offered_their_own_commands_until_a_role_is_taken_back(product: Product) -> None:
    async with product.running():

        async def are_offered(person: Person, command: str, chat: Group | None = None) -> bool:
            return command in names(person.commands(chat))

        await eventually(lambda: are_offered(product.oleg, "cases", product.team))
        assert names(product.anna.commands()) == CUSTOMERS
        assert names(product.oleg.commands(product.team)) == ("cases", "case", "mycases", "help")
        assert {"scores", "people", "invite", "here", "pause"} <= set(names(product.owner.commands()))

        link = await said(product.owner, "/invite manager")
        await product.boris.start(link.partition("start=")[2].split()[0])
        await eventually(lambda: are_offered(product.boris, "scores"))
        await eventually(lambda: are_offered(product.boris, "cases"))
        offered = set(names(product.boris.commands()))
        assert {"scores", "report", "why", "people", "cases"} <= offered
        assert "invite" not in offered
        await said(product.owner, f"/remove {product.boris.id}")
        assert names(product.boris.commands()) == CUSTOMERS


async def test_an_owner_named_by_a_number_is_listed_by_name(product: Product) -> None:
    async with product.running():
        assert "Ольга: владелец" in await said(product.owner, "/people")
        product.owner.user.first_name = "Ольга Петровна"
        product.owner.user.forget_encoded()
        assert "Ольга Петровна: владелец" in await said(product.owner, "/people")


async def test_a_request_for_scores_that_means_nothing_is_answered_once(product: Product) -> None:
    async with product.running():
        written = await product.owner.write("/scores nonsense")
        answer = await product.owner.wait_for(after=written)
        assert "nonsense" in answer.text
        assert "delivery, visit" in answer.text
        following = await product.owner.write("/people")
        assert following.id == answer.id + 1 == written.id + 2


async def test_a_team_may_work_in_a_topic_and_a_deleted_one_loses_no_card(product: Product) -> None:
    forum = product.telegram.add_group(-1000000005005, "Форум", (product.owner, product.oleg), is_forum=True)
    topic = forum.add_topic("Жалобы")
    async with product.running():
        written = await product.owner.write("/here", chat=forum, thread_id=topic)
        await product.owner.wait_for(after=written, chat=forum)
        await complain_about_delivery(product)
        card = await product.oleg.wait_for(lambda message: "Жалоба № 1" in message.text, chat=forum)
        assert card.thread_id == topic
        forum.close_topic(topic)
        await product.boris.start()
        await said(product.boris, "/complaint Не дали чек")
        general = await product.oleg.wait_for(lambda message: "Жалоба № 2" in message.text, chat=forum)
        assert general.thread_id is None
        await product.oleg.tap(general, button(general, "Взять"))
        await product.oleg.wait_for_edit(general, lambda message: "Олег" in message.text)


async def test_help_names_the_commands_of_ones_role(product: Product) -> None:
    async with product.running():
        owner, staff = await said(product.owner, "/help"), await said(product.oleg, "/help")
        started = await product.anna.start()
        await product.anna.wait_for(after=started)
        customer, unknown = await said(product.anna, "/help"), await said(product.anna, "/nosuch")
        greeted, in_team = await said(product.owner, "/start"), await said(product.oleg, "/help", product.team)
    assert "/invite: Пригласить менеджера" in owner
    assert "/stop:" not in owner
    assert "/mycases: Мои жалобы" in staff
    assert "/mycases: Мои жалобы" in in_team
    assert "/stop: Больше не спрашивать моё мнение" in customer
    assert "/invite" not in customer + staff + in_team
    assert "/help" in unknown
    assert "вы здесь владелец" in greeted
    assert "/help" in greeted


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_every_command_of_a_role_has_its_line(role: Role, language: str) -> None:
    told = plain_text(commands_screen(role, commands_of(role), language))
    assert [command for command in commands_of(role) if f"/{command}: " not in told] == []
    assert "/help" in plain_text(greeting_screen(Role.OWNER, "Печь", language))


@pytest.mark.parametrize(
    ("teams", "told"),
    [
        (
            "{logistics: {chat: drivers}, staff: {title: {ru: Забота, en: Care}}}",
            "Теперь команда «Забота» работает здесь",
        ),
        ("{logistics: {chat: drivers}}", "Теперь команда работает здесь"),
    ],
)
async def test_a_team_is_called_by_its_title(product: Product, teams: str, told: str) -> None:
    product.catalogue = CATALOGUE.replace("{logistics: {chat: staff}}", teams)
    async with product.running():
        assert told in await said(product.owner, "/here", product.team)
