"""Screens through the sandbox: what arrives, and what comes back."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from bot.sandbox import Fault, FaultKind, TelegramSandbox
from bot.screens.screen import (
    Arrangement,
    Attachment,
    AttachmentKind,
    Choice,
    ChoiceGroup,
    Run,
    Screen,
    Style,
    Tone,
)
from bot.telegram.client import TelegramClient
from bot.telegram.messenger import TelegramMessenger
from surveys.rules.sending import Accepted, Migrated, NotExecuted, RefusalCause, Refused, Unknown

QUESTION = Screen(
    ((Run("Анна, как вам "), Run("<доставка> & всё", Style.BOLD), Run("?")),),
    (
        ChoiceGroup(Arrangement.SCALE, tuple(Choice(str(n), f"r:1:{n}") for n in range(11))),
        ChoiceGroup(Arrangement.LIST, (Choice("Не спрашивайте меня", "n:1", tone=Tone.NEGATIVE),)),
    ),
)


@pytest_asyncio.fixture
async def messenger(telegram: TelegramSandbox) -> AsyncGenerator[TelegramMessenger, None]:
    async with TelegramClient(telegram.token, telegram.api_url, timeout=0.5) as client:
        yield TelegramMessenger(client)


async def test_a_question_arrives_as_it_was_meant(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    anna = telegram.add_person(11, "Anna", started=True)
    outcome = await messenger.send(11, QUESTION)
    (seen,) = anna.see()
    assert outcome == Accepted(seen.id)
    assert seen.text == "Анна, как вам <доставка> & всё?"
    assert seen.entities == ({"type": "bold", "offset": 14, "length": 16},)
    keyboard = json.loads(seen.encode())["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in keyboard] == [6, 5, 1]
    assert seen.labels[:11] == tuple(str(n) for n in range(11))


async def test_a_message_is_redrawn_in_place_and_the_same_again_is_fine(
    telegram: TelegramSandbox, messenger: TelegramMessenger
) -> None:
    anna = telegram.add_person(11, started=True)
    sent = await messenger.send(11, QUESTION)
    assert isinstance(sent, Accepted)
    thanks = Screen(((Run("Спасибо!"),),))
    assert await messenger.edit(11, sent.message_id, thanks) == sent
    assert await messenger.edit(11, sent.message_id, thanks) == sent
    (seen,) = anna.see()
    assert (seen.text, seen.labels) == ("Спасибо!", ())


async def test_a_message_that_is_gone_says_so(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    telegram.add_person(11, started=True)
    outcome = await messenger.edit(11, 999, QUESTION)
    assert isinstance(outcome, Refused)
    assert outcome.cause is RefusalCause.MESSAGE_GONE


async def test_a_reply_quotes_what_is_there_and_goes_out_without_what_is_not(
    telegram: TelegramSandbox, messenger: TelegramMessenger
) -> None:
    anna = telegram.add_person(11, started=True)
    written = await anna.write("hello")
    await messenger.send(11, QUESTION, reply_to=written.id)
    await messenger.send(11, Screen(((Run("again"),),)), reply_to=4711)
    assert [seen.reply_to for seen in anna.see() if seen.from_bot] == [written.id, None]


async def test_files_travel_by_id_and_as_bytes(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    anna = telegram.add_person(11, started=True)
    photo = await anna.send_photo()
    voice = await anna.send_voice()
    caption = ((Run("from <Anna>", Style.ITALIC),),)
    choices = (ChoiceGroup(Arrangement.ROW, (Choice("Claim", "cc:1"),)),)
    for attachment in (
        Attachment(AttachmentKind.PHOTO, file_id=photo.file_id),
        Attachment(AttachmentKind.VOICE, file_id=voice.file_id),
        Attachment(AttachmentKind.DOCUMENT, content=b"a;b", name="answers.csv"),
    ):
        assert isinstance(await messenger.send(11, Screen(caption, choices, attachment)), Accepted)
    sent = [seen for seen in anna.see() if seen.from_bot]
    assert [seen.kind for seen in sent] == ["photo", "voice", "document"]
    assert {seen.text for seen in sent} == {"from <Anna>"}
    assert {seen.labels for seen in sent} == {("Claim",)}


async def test_a_tap_is_answered(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    anna = telegram.add_person(11, started=True)
    await messenger.send(11, QUESTION)
    tapping = telegram.taps.make(anna.id, 1).id
    await messenger.answer_tap(tapping, "Спасибо" + "!" * 300)
    await messenger.answer_tap(tapping)
    calls = telegram.journal.calls("answerCallbackQuery")
    assert [call.status for call in calls] == [200, 400]
    assert len(str(calls[0].parameters["text"])) == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(FaultKind.TOO_MANY_REQUESTS, retry_after=7), NotExecuted),
        (Fault(FaultKind.SERVER_ERROR), Unknown),
        (Fault(FaultKind.SERVER_ERROR, executed=True), Unknown),
        (Fault(FaultKind.RESET), Unknown),
        (Fault(FaultKind.HANG), Unknown),
        (Fault(FaultKind.FORBIDDEN), Refused),
    ],
)
async def test_trouble_comes_back_as_an_outcome(
    telegram: TelegramSandbox, messenger: TelegramMessenger, fault: Fault, expected: type
) -> None:
    telegram.add_person(11, started=True)
    telegram.fail(fault)
    outcome = await messenger.send(11, QUESTION)
    assert type(outcome) is expected
    if isinstance(outcome, NotExecuted):
        assert (outcome.retry_after, outcome.whole_channel) == (7, True)


async def test_people_who_cannot_be_written_to(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    telegram.add_person(1)
    blocking = telegram.add_person(2, started=True)
    gone = telegram.add_person(3, started=True)
    await blocking.block()
    await gone.deactivate()
    causes = []
    for chat_id in (1, 2, 3, 4):
        outcome = await messenger.send(chat_id, QUESTION)
        assert isinstance(outcome, Refused)
        causes.append(outcome.cause)
    not_found = RefusalCause.CHAT_NOT_FOUND
    assert causes == [not_found, RefusalCause.BLOCKED, RefusalCause.DEACTIVATED, not_found]


async def test_a_group_that_moved_or_threw_the_bot_out(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    boss = telegram.add_person(1, started=True)
    team = telegram.add_group(-100, "Team", [boss])
    moved = team.upgrade()
    assert await messenger.send(-100, QUESTION) == Migrated(moved.id)
    moved.kick_bot(boss)
    outcome = await messenger.send(moved.id, QUESTION)
    assert isinstance(outcome, Refused)
    assert outcome.cause is RefusalCause.KICKED


async def test_a_probe_says_whether_telegram_answers(telegram: TelegramSandbox, messenger: TelegramMessenger) -> None:
    telegram.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("getMe",))))
    assert [await messenger.probe(), await messenger.probe()] == [False, True]


async def test_a_choice_that_does_not_fit_is_refused_here(
    telegram: TelegramSandbox, messenger: TelegramMessenger
) -> None:
    screen = Screen(((Run("?"),),), (ChoiceGroup(Arrangement.ROW, (Choice("x", "x" * 65),)),))
    outcome = await messenger.send(11, screen)
    assert isinstance(outcome, Refused)
    assert outcome.cause is RefusalCause.INVALID
    assert telegram.journal.count == 0
