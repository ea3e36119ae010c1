"""The budget: everybody's slots, direct answers first, and a messenger that wants to be left alone."""

from __future__ import annotations

import time

import pytest

from bot.answers import DirectAnswers
from bot.budget import Budget
from bot.sandbox import Fault, FaultKind, TelegramSandbox
from bot.screens.screen import Run, Screen
from bot.telegram.client import TelegramClient
from bot.telegram.messenger import TelegramMessenger
from db.database import Database
from surveys.rules.pace import SCHEDULED_BURST
from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused
from tests.bot.outages import DatabaseLine

HELLO = Screen(((Run("hello"),),))


async def test_a_group_is_a_fifth_of_a_second(database: Database) -> None:
    sizes = [Budget(database, "telegram", rate).group_size for rate in (30, 20, 1, 1000, 0)]
    assert sizes == [6, 4, 1, 200, None]


async def test_without_a_pace_the_database_is_not_asked(line: DatabaseLine, line_database: Database) -> None:
    budget = Budget(line_database, "telegram", 0)
    await line.cut()
    slots = await budget.reserve([1, 2, -3])
    assert [slot.wait for slot in slots] == [0, 0, 0]
    assert await budget.wait_to_answer(1)
    await budget.hold(60)
    assert (await budget.reserve([1]))[0].refused
    assert not await budget.wait_to_answer(1)


async def test_a_direct_answer_goes_before_what_the_schedule_reserved(database: Database) -> None:
    budget = Budget(database, "telegram", 30)
    await budget.reserve(list(range(1, SCHEDULED_BURST + 7)))
    began = time.monotonic()
    assert await budget.wait_to_answer(500)
    assert time.monotonic() - began < 0.15


async def test_a_hold_reaches_other_processes(database: Database) -> None:
    await Budget(database, "telegram", 30).hold(60)
    other = Budget(database, "telegram", 30)
    assert (await other.reserve([1]))[0].refused
    assert not await other.wait_to_answer(1)


async def test_a_database_that_is_away_does_not_silence_answers(line: DatabaseLine, line_database: Database) -> None:
    budget = Budget(line_database, "telegram", 30)
    await line.cut()
    assert await budget.wait_to_answer(1)
    with pytest.raises(OSError):  # noqa: PT011 - whichever of them says that the socket is gone
        await budget.reserve([1])


async def answers_of(
    telegram: TelegramSandbox, database: Database, client: TelegramClient
) -> tuple[DirectAnswers, list[tuple[int, RefusalCause]]]:
    unreachable: list[tuple[int, RefusalCause]] = []

    async def note(chat_id: int, cause: RefusalCause) -> None:
        unreachable.append((chat_id, cause))

    budget = Budget(database, "telegram", 30)
    return DirectAnswers(TelegramMessenger(client), budget, note), unreachable


async def test_a_quick_dialogue_meets_no_429(telegram: TelegramSandbox, database: Database) -> None:
    anna = telegram.add_person(11, started=True)
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        answers, _ = await answers_of(telegram, database, client)
        began = time.monotonic()
        first = await answers.send(11, HELLO)
        assert isinstance(first, Accepted)
        await answers.edit(11, first.message_id, Screen(((Run("edited"),),)))
        await answers.send(11, HELLO)
        assert time.monotonic() - began < 0.5
        await answers.send(11, HELLO)
        assert time.monotonic() - began > 0.9
    assert [seen.text for seen in anna.see()] == ["edited", "hello", "hello"]
    assert {call.status for call in telegram.journal.calls()} == {200}


async def test_an_answer_is_sent_once_and_a_block_is_told(telegram: TelegramSandbox, database: Database) -> None:
    anna = telegram.add_person(11, started=True)
    await anna.block()
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        answers, unreachable = await answers_of(telegram, database, client)
        outcome = await answers.send(11, HELLO)
    assert isinstance(outcome, Refused)
    assert unreachable == [(11, RefusalCause.BLOCKED)]
    assert len(telegram.journal.calls("sendMessage")) == 1


async def test_a_429_holds_the_channel(telegram: TelegramSandbox, database: Database) -> None:
    telegram.add_person(11, started=True)
    telegram.fail(Fault(FaultKind.TOO_MANY_REQUESTS, retry_after=60))
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        answers, _ = await answers_of(telegram, database, client)
        assert isinstance(await answers.send(11, HELLO), NotExecuted)
        assert isinstance(await answers.send(11, HELLO), NotExecuted)
    assert len(telegram.journal.calls("sendMessage")) == 1


async def test_a_message_that_is_gone_is_sent_anew(telegram: TelegramSandbox, database: Database) -> None:
    anna = telegram.add_person(11, started=True)
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        answers, _ = await answers_of(telegram, database, client)
        assert isinstance(await answers.edit(11, 999, HELLO), Accepted)
    assert [seen.text for seen in anna.see()] == ["hello"]
