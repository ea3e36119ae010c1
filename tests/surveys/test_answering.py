"""Taps and messages of one who was asked, each step stored at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from surveys import answering, complaining, declining, linking, people
from surveys.answer_views import (
    AskComment,
    AskReasons,
    AskScore,
    Closed,
    Kept,
    KeptUnread,
    NotUsable,
    NotYours,
    ScoreLocked,
    Stopped,
    Telling,
    Thanks,
    TooLate,
)
from surveys.messages import IncomingMessage, unplaced_messages
from surveys.rules.dialogue import MessageKind
from surveys.storage import Database
from tests.dialogue_scene import ANNA, BORIS, NOON, Scene, open_shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest_asyncio.fixture
async def scene(database: Database) -> Scene:
    return await open_shop(database)


async def test_a_tap_is_an_answer_with_all_that_was_asked(scene: Scene) -> None:
    asked = await scene.ask(order_id="42")
    view = await scene.rate(asked, 5, now=NOON + HOUR)
    assert isinstance(view, AskReasons)
    assert (view.answer.score, view.answer.reasons, view.answer.changeable) == (5, (), True)
    [row] = await scene.rows("select * from responses")
    assert (row["invitation_id"], row["score"], row["metric"], row["step"]) == (asked, 5, "csat", "reasons")
    assert (row["question"], row["language"], row["order_id"]) == ("Как вам?", "ru", "42")
    assert row["attributes"] == {"location": "shop-1"}
    assert row["answered_at"] == row["changed_at"] == NOON + HOUR
    [invitation] = await scene.rows("select state, answered_at from invitations")
    assert tuple(invitation) == ("answered", NOON + HOUR)
    steps = await scene.rows("select step from invitation_steps where step = 'answered'")
    assert len(steps) == 1
    assert await scene.count("cases") == 0
    assert await scene.value("select state from accounts") == "connected"


async def test_the_whole_dialogue_of_an_unhappy_customer(scene: Scene) -> None:
    asked = await scene.ask(order_id="42")
    view = await scene.rate(asked, 2)
    assert isinstance(view, AskReasons)
    assert view.answer.has_case
    response_id = view.answer.response_id
    assert await scene.value("select state from cases where response_id = $1", response_id) == "open"
    assert await scene.value("select count(*) from schedule where kind = 'card'") == 1

    view = await answering.toggle_reason(scene.database, scene.catalogues, ANNA, response_id, 1, chosen=True, now=NOON)
    view = await answering.toggle_reason(scene.database, scene.catalogues, ANNA, response_id, 0, chosen=True, now=NOON)
    assert isinstance(view, AskReasons)
    assert view.answer.reasons == ("late", "cold")
    view = await answering.toggle_reason(scene.database, scene.catalogues, ANNA, response_id, 1, chosen=False, now=NOON)
    view = await answering.finish_reasons(scene.database, scene.catalogues, ANNA, response_id, now=NOON)
    assert isinstance(view, AskComment)
    view = await scene.write("Опоздали на час", 1)
    assert isinstance(view, Thanks)
    assert not view.added
    view = await scene.write("и всё остыло", 2, now=NOON + HOUR)
    assert isinstance(view, Thanks)
    assert view.added
    [row] = await scene.rows("select score, step, reasons, comment from responses")
    assert tuple(row) == (2, "done", ["late"], "Опоздали на час\nи всё остыло")
    assert await scene.value("select count(*) from messages where response_id = $1", response_id) == 2


async def test_without_fitting_reasons_the_comment_comes_at_once_and_may_be_skipped(scene: Scene) -> None:
    asked = await scene.ask(touchpoint="visit")
    view = await scene.rate(asked, 8)
    assert isinstance(view, AskComment)
    view = await answering.skip_comment(scene.database, scene.catalogues, ANNA, view.answer.response_id, now=NOON)
    assert isinstance(view, Thanks)
    assert await scene.value("select step from responses") == "done"


async def test_a_double_tap_stores_one_answer_and_shows_where_it_stands(scene: Scene) -> None:
    asked = await scene.ask()
    views = await asyncio.gather(*(scene.rate(asked, 4) for _ in range(8)))
    assert {type(view) for view in views} == {AskReasons}
    assert (await scene.count("responses"), await scene.count("response_scores")) == (1, 0)
    assert await scene.value("select count(*) from invitation_steps where step = 'answered'") == 1


async def test_two_scores_at_one_instant_are_one_answer_with_a_history(scene: Scene) -> None:
    for round_number in range(5):
        asked = await scene.ask(f"e-{round_number}")
        await asyncio.gather(scene.rate(asked, 1), scene.rate(asked, 5))
        [row] = await scene.rows("select id, score from responses where invitation_id = $1", asked)
        [earlier] = await scene.rows("select score from response_scores where response_id = $1", row["id"])
        assert {row["score"], earlier["score"]} == {1, 5}
        assert await scene.value("select count(*) from cases where response_id = $1", row["id"]) == 1


async def test_a_low_score_tapped_twice_at_once_opens_one_case(scene: Scene) -> None:
    asked = await scene.ask()
    await asyncio.gather(*(scene.rate(asked, 1) for _ in range(6)))
    assert (await scene.count("responses"), await scene.count("cases")) == (1, 1)


async def test_a_changed_score_keeps_its_history_and_its_week(scene: Scene) -> None:
    asked = await scene.ask()
    await scene.rate(asked, 5, now=NOON)
    view = await scene.rate(asked, 2, now=NOON + 23 * HOUR)
    assert isinstance(view, AskReasons)
    [row] = await scene.rows("select score, answered_at, changed_at from responses")
    assert tuple(row) == (2, NOON, NOON + 23 * HOUR)
    [history] = await scene.rows("select score, given_at from response_scores")
    assert tuple(history) == (5, NOON)
    assert await scene.value("select state from cases") == "open"
    late = await scene.rate(asked, 4, now=NOON + DAY)
    assert isinstance(late, ScoreLocked)
    assert await scene.value("select score from responses") == 2


async def test_a_better_score_does_not_close_the_case(scene: Scene) -> None:
    asked = await scene.ask()
    await scene.rate(asked, 2)
    view = await scene.rate(asked, 5)
    assert isinstance(view, AskReasons)
    assert view.answer.has_case
    assert [row["state"] for row in await scene.rows("select state from cases")] == ["open"]


async def test_reasons_of_another_feeling_go_with_the_score(scene: Scene) -> None:
    asked = await scene.ask()
    view = await scene.rate(asked, 2)
    assert isinstance(view, AskReasons)
    response_id = view.answer.response_id
    await answering.toggle_reason(scene.database, scene.catalogues, ANNA, response_id, 0, chosen=True, now=NOON)
    await scene.rate(asked, 1)
    assert await scene.value("select reasons from responses") == ["late"]
    await scene.rate(asked, 5)
    assert await scene.value("select reasons from responses") == []


async def test_changing_shows_the_scale_and_stores_nothing(scene: Scene) -> None:
    asked = await scene.ask()
    view = await scene.rate(asked, 4)
    assert isinstance(view, AskReasons)
    response_id = view.answer.response_id
    shown = await answering.show_scale_again(scene.database, scene.catalogues, ANNA, response_id, now=NOON + HOUR)
    assert isinstance(shown, AskScore)
    assert shown.answer is not None
    kept = await answering.show_answer(scene.database, scene.catalogues, ANNA, response_id, now=NOON + HOUR)
    assert isinstance(kept, AskReasons)
    late = await answering.show_scale_again(scene.database, scene.catalogues, ANNA, response_id, now=NOON + DAY)
    assert isinstance(late, ScoreLocked)
    assert await scene.count("response_scores") == 0


@pytest.mark.parametrize("score", [0, 6, 10, -1, 2**40])
async def test_a_score_off_the_scale_is_refused_and_nothing_is_stored(scene: Scene, score: int) -> None:
    asked = await scene.ask()
    assert isinstance(await scene.rate(asked, score), Closed)
    assert await scene.count("responses") == 0
    assert await scene.value("select state from invitations") == "sent"


async def test_somebody_elses_tap_stores_nothing(scene: Scene) -> None:
    asked = await scene.ask()
    assert isinstance(await scene.rate(asked, 1, actor=BORIS), NotYours)
    view = await scene.rate(asked, 2)
    assert isinstance(view, AskReasons)
    response_id = view.answer.response_id
    database, catalogues = scene.database, scene.catalogues
    views = [
        await scene.rate(asked, 5, actor=BORIS),
        await answering.toggle_reason(database, catalogues, BORIS, response_id, 0, chosen=True, now=NOON),
        await answering.finish_reasons(database, catalogues, BORIS, response_id, now=NOON),
        await answering.skip_comment(database, catalogues, BORIS, response_id, now=NOON),
        await answering.show_answer(database, catalogues, BORIS, response_id, now=NOON),
        await declining.stop_asking(database, catalogues, BORIS, asked, now=NOON),
        await declining.ask_after_all(database, catalogues, BORIS, asked, now=NOON),
        await complaining.tell_us(database, catalogues, BORIS, asked, now=NOON),
    ]
    assert {type(view) for view in views} == {NotYours}
    assert [tuple(row) for row in await scene.rows("select score, step, reasons from responses")] == [
        (2, "reasons", [])
    ]
    assert await scene.value("select count(*) from persons where opted_out_at is not null") == 0
    assert await scene.count("accounts") == 1


async def test_the_same_number_in_another_messenger_is_somebody_else(scene: Scene) -> None:
    asked = await scene.ask()
    stranger = type(ANNA)("vk", ANNA.external_id, None, None)
    assert isinstance(await scene.rate(asked, 1, actor=stranger), NotYours)


async def test_forged_ids_are_answered_politely(scene: Scene) -> None:
    assert isinstance(await scene.rate(2**62, 5), Closed)
    view = await answering.finish_reasons(scene.database, scene.catalogues, ANNA, 99, now=NOON)
    assert isinstance(view, Closed)
    assert await scene.count("accounts") == 0


@pytest.mark.parametrize("state", ["cancelled", "rejected"])
async def test_a_closed_question_takes_no_answer(scene: Scene, state: str) -> None:
    asked = await scene.ask(state=state)
    assert isinstance(await scene.rate(asked, 1), Closed)
    assert await scene.count("responses") == 0


async def test_a_planned_question_cannot_be_answered_by_forged_data(scene: Scene) -> None:
    planned = await scene.event("e-1")
    assert await scene.value("select state from invitations") == "planned"
    assert isinstance(await scene.rate(planned, 5), Closed)
    assert await scene.value("select state from invitations") == "planned"


@pytest.mark.parametrize("state", ["unknown", "sending"])
async def test_a_tap_proves_that_the_question_arrived(scene: Scene, state: str) -> None:
    asked = await scene.ask(state=state)
    assert isinstance(await scene.rate(asked, 5, now=NOON + HOUR), AskReasons)
    [row] = await scene.rows("select state, sent_at from invitations")
    assert row["state"] == "answered"
    assert row["sent_at"] == (NOON if state == "unknown" else NOON + HOUR)


async def test_a_low_tap_after_expiry_changes_no_score_and_offers_to_tell(scene: Scene) -> None:
    asked = await scene.ask()
    late = NOON + 8 * DAY
    view = await scene.rate(asked, 1, now=late)
    assert isinstance(view, TooLate)
    assert view.low
    assert (await scene.count("responses"), await scene.count("cases")) == (0, 0)

    told = await complaining.tell_us(scene.database, scene.catalogues, ANNA, asked, now=late)
    assert isinstance(told, Telling)
    await complaining.tell_us(scene.database, scene.catalogues, ANNA, asked, now=late)
    [case] = await scene.rows("select cause, touchpoint, event_id, response_id from cases")
    assert tuple(case)[:2] == ("message", "delivery")
    assert case["event_id"] is not None
    written = await scene.write("Торт раздавили", now=late)
    assert isinstance(written, Kept)
    assert await scene.value("select case_id from messages") == written.case_id
    assert await scene.value("select count(*) from schedule where kind = 'relay'") == 1
    assert await scene.count("responses") == 0


async def test_a_high_tap_after_expiry_is_thanked_and_stores_nothing(scene: Scene) -> None:
    asked = await scene.ask()
    view = await scene.rate(asked, 5, now=NOON + 8 * DAY)
    assert isinstance(view, TooLate)
    assert not view.low
    assert await scene.count("responses") == 0


async def test_a_late_tap_on_an_unknown_question_proves_its_delivery(scene: Scene) -> None:
    asked = await scene.ask(state="unknown")
    await scene.rate(asked, 5, now=NOON + 8 * DAY)
    assert await scene.value("select state from invitations") == "sent"


async def test_ticking_twice_ticks_once(scene: Scene) -> None:
    asked = await scene.ask()
    view = await scene.rate(asked, 2)
    assert isinstance(view, AskReasons)
    await asyncio.gather(
        *(
            answering.toggle_reason(
                scene.database, scene.catalogues, ANNA, view.answer.response_id, index, chosen=True, now=NOON
            )
            for index in (0, 1, 0, 1)
        )
    )
    assert await scene.value("select reasons from responses") == ["late", "cold"]


async def test_two_surveys_in_flight_keep_apart(scene: Scene) -> None:
    delivery = await scene.ask("e-1")
    visit = await scene.ask("e-2", touchpoint="visit")
    await scene.rate(delivery, 2)
    await scene.rate(visit, 9)
    await scene.write("это про доставку", 1, reply_to=delivery + 1000)
    await scene.write("это про визит", 2, reply_to=visit + 1000)
    rows = await scene.rows("select touchpoint, score, comment from responses order by touchpoint")
    assert [tuple(row) for row in rows] == [("delivery", 2, "это про доставку"), ("visit", 9, "это про визит")]


async def test_a_typed_score_answers_the_only_open_question(scene: Scene) -> None:
    await scene.ask(touchpoint="visit")
    view = await scene.write("семь из десяти", 1)
    assert isinstance(view, AskComment)
    [row] = await scene.rows("select score, given_by from responses")
    assert tuple(row) == (7, "typed")
    assert await scene.value("select response_id from messages") == view.answer.response_id
    view = await scene.write("просто долго", 2)
    assert isinstance(view, Thanks)
    assert await scene.value("select comment from responses") == "просто долго"


async def test_a_low_typed_score_opens_a_case(scene: Scene) -> None:
    await scene.ask()
    await scene.write("1")
    assert (await scene.count("responses"), await scene.count("cases")) == (1, 1)


async def test_with_two_open_questions_a_typed_score_needs_a_reply(scene: Scene) -> None:
    delivery = await scene.ask("e-1")
    await scene.ask("e-2", touchpoint="visit")
    assert isinstance(await scene.write("5", 1), Kept)
    assert await scene.count("responses") == 0
    assert isinstance(await scene.write("5", 2, reply_to=delivery + 1000), AskReasons)
    assert await scene.value("select invitation_id from responses") == delivery


async def test_a_repeated_message_is_taken_once(scene: Scene) -> None:
    asked = await scene.ask(touchpoint="visit")
    await scene.rate(asked, 3)
    views = await asyncio.gather(*(scene.write("плохо", 5) for _ in range(4)))
    assert {type(view) for view in views} == {Thanks}
    assert await scene.value("select comment from responses") == "плохо"
    assert await scene.count("messages") == 1


async def test_comments_sent_at_once_are_all_kept(scene: Scene) -> None:
    asked = await scene.ask(touchpoint="visit")
    await scene.rate(asked, 3)
    await asyncio.gather(*(scene.write(f"строка {n}", n) for n in range(1, 6)))
    comment = await scene.value("select comment from responses")
    assert sorted(str(comment).split("\n")) == [f"строка {n}" for n in range(1, 6)]


@pytest.mark.parametrize("kind", [MessageKind.VOICE, MessageKind.PHOTO, MessageKind.DOCUMENT])
async def test_a_file_goes_under_the_card_of_the_complaint(scene: Scene, kind: MessageKind) -> None:
    asked = await scene.ask()
    await scene.rate(asked, 1)
    view = await scene.write("вот так привезли", 1, kind=kind, file_id="file-1")
    assert isinstance(view, Thanks)
    [row] = await scene.rows("select kind, file_id, response_id from messages")
    assert tuple(row) == (kind.value, "file-1", view.answer.response_id)
    assert await scene.value("select comment from responses") == "вот так привезли"
    assert await scene.value("select count(*) from schedule where kind = 'relay'") == 1


async def test_a_happy_customers_photo_is_kept_and_shown_to_nobody(scene: Scene) -> None:
    asked = await scene.ask()
    await scene.rate(asked, 5)
    assert isinstance(await scene.write(None, 1, kind=MessageKind.PHOTO, file_id="file-1"), Thanks)
    assert await scene.value("select count(*) from schedule where kind = 'relay'") == 0
    assert await scene.value("select step from responses") == "done"


async def test_a_sticker_instead_of_words_is_kept_and_the_step_waits_on(scene: Scene) -> None:
    asked = await scene.ask(touchpoint="visit")
    await scene.rate(asked, 3)
    assert isinstance(await scene.write(None, 1, kind=MessageKind.OTHER), NotUsable)
    assert await scene.value("select step from responses") == "comment"
    assert await scene.value("select kind from messages") == "other"


async def test_a_message_three_days_later_is_kept_and_shown_to_staff(scene: Scene) -> None:
    asked = await scene.ask(touchpoint="visit")
    await scene.rate(asked, 9)
    view = await scene.write("А где мой заказ?", now=NOON + 3 * DAY)
    assert view == Kept("ru", message_id=1)
    assert await scene.value("select comment from responses") is None
    assert await scene.value("select count(*) from schedule where kind = 'relay'") == 1
    [unplaced] = await unplaced_messages(scene.database)
    assert (unplaced.text, unplaced.account_name) == ("А где мой заказ?", "Анна К")


async def test_later_words_of_a_complaint_reach_its_case(scene: Scene) -> None:
    asked = await scene.ask()
    await scene.rate(asked, 1)
    view = await scene.write("Ну что там?", now=NOON + 3 * DAY)
    assert isinstance(view, Kept)
    assert view.case_id == await scene.value("select id from cases")
    assert await unplaced_messages(scene.database) == ()


async def test_a_stranger_who_writes_is_met(scene: Scene) -> None:
    assert isinstance(await scene.write("Здравствуйте", actor=BORIS), Kept)
    assert isinstance(await scene.write(None, 2, actor=BORIS, kind=MessageKind.OTHER), KeptUnread)
    [account] = await scene.rows("select external_id, state, name from accounts")
    assert tuple(account) == (222, "connected", "Boris")
    assert await scene.value("select count(*) from schedule where kind = 'relay'") == 1


async def test_dont_ask_me_holds_for_the_person_and_can_be_undone(scene: Scene) -> None:
    asked = await scene.ask(state="unknown")
    view = await declining.stop_asking(scene.database, scene.catalogues, ANNA, asked, now=NOON)
    assert isinstance(view, Stopped)
    assert await scene.value("select opted_out_at from persons") == NOON
    assert await scene.value("select state from invitations") == "sent"
    await declining.stop_asking(scene.database, scene.catalogues, ANNA, asked, now=NOON + HOUR)
    assert await scene.value("select opted_out_at from persons") == NOON
    undone = await declining.ask_after_all(scene.database, scene.catalogues, ANNA, asked, now=NOON + HOUR)
    assert isinstance(undone, AskScore)
    assert await scene.value("select opted_out_at from persons") is None
    assert isinstance(await scene.rate(asked, 5), AskReasons)


async def test_a_complaint_without_an_order_reaches_staff(scene: Scene) -> None:
    await complaining.complain(scene.database, scene.catalogues, BORIS, now=NOON)
    again = await complaining.complain(scene.database, scene.catalogues, BORIS, now=NOON)
    assert again == Telling("en", case_id=1)
    words = IncomingMessage(77, MessageKind.TEXT, "We waited long")
    told = await complaining.complain(scene.database, scene.catalogues, BORIS, words, now=NOON)
    assert told == Telling("en", case_id=1, is_told=True)
    assert [row["cause"] for row in await scene.rows("select cause from cases")] == ["complaint"]
    view = await scene.write("Бариста нагрубил", actor=BORIS)
    assert isinstance(view, Kept)
    assert view.case_id is not None


async def test_the_language_chosen_wins_over_the_one_asked_in(scene: Scene) -> None:
    asked = await scene.ask(language="ru")
    await scene.run("update persons set language = 'en'")
    view = await scene.rate(asked, 5)
    assert isinstance(view, AskReasons)
    assert view.answer.question.language == "en"
    assert view.answer.question.text == "Как вам?"


async def test_an_answer_is_read_with_the_survey_it_was_asked_under(scene: Scene) -> None:
    from surveys.publishing import publish
    from tests.dialogue_scene import CATALOGUE

    asked = await scene.ask()
    await publish(scene.database, CATALOGUE.replace("key: late", "key: tardy"), now=NOON)
    await scene.catalogues.refresh(scene.database)
    view = await scene.rate(asked, 2)
    assert isinstance(view, AskReasons)
    view = await answering.toggle_reason(
        scene.database, scene.catalogues, ANNA, view.answer.response_id, 0, chosen=True, now=NOON
    )
    assert await scene.value("select reasons from responses") == ["late"]


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
async def test_a_typed_score_is_taken_whenever_a_tap_is(scene: Scene, state: str) -> None:
    asked = await scene.ask(touchpoint="visit", state=state)
    view = await scene.write("9")
    assert isinstance(view, AskComment)
    [row] = await scene.rows("select invitation_id, score, given_by from responses")
    assert tuple(row) == (asked, 9, "typed")


async def test_who_opened_the_parcel_is_never_addressed_by_the_name_of_who_ordered_it(scene: Scene) -> None:
    links = await people.make_links(scene.database, "c-7", ["42"], now=NOON)
    await linking.connect(scene.database, scene.catalogues, BORIS, links.order_keys["42"], now=NOON)
    asked = await scene.ask(order_id="42", state="sending")
    await scene.run("update invitations set question = null where id = $1", asked)
    [row] = await scene.rows("select a.external_id from invitations i join accounts a on a.id = i.account_id")
    assert row["external_id"] == BORIS.external_id
    view = await scene.rate(asked, 5, actor=BORIS)
    assert isinstance(view, AskReasons)
    assert view.answer.question.text == "Boris, как вам доставка?"
    assert "Анна" not in view.answer.question.values.values()
    assert await scene.value("select question from responses") == "Boris, как вам доставка?"
