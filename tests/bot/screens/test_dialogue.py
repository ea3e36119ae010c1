"""The dialogue's and people's screens, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bot.screens.actions import decode
from bot.screens.customer_actions import ChooseReason, Rate, StopAsking
from bot.screens.dialogue import answer_screen, closed_summary, invitation_screen, reminder_screen, tap_text
from bot.screens.people import complaint_offer_screen, connect_screen, people_screen, unknown_command_screen
from bot.screens.screen import Arrangement, Screen, Tone
from bot.screens.wording import Wording
from db.people import KnownAnswer, KnownCustomer
from surveys.answer_views import (
    AnswerSoFar,
    AnswerView,
    AskComment,
    AskedQuestion,
    AskReasons,
    AskScore,
    Closed,
    CountedAlready,
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
from surveys.due import AskInvitation, RemindInvitation
from surveys.linking import Connected, LinkTaken, LinkUnknown, Welcome
from surveys.people import (
    ForgetOffer,
    ForgetRefused,
    Forgotten,
    LanguageChosen,
    LanguageOffer,
    MyData,
    NothingKnown,
    OptedIn,
    OptedOut,
    Privacy,
)
from surveys.rules.journey import Metric, Reason, ReasonChoices, ReviewLink, SentimentTexts, Survey
from surveys.rules.metrics import SCALES

LANGUAGES = ("ru", "en")
NAME = "<b>Анна</b> & {score}"
SURVEY = Survey(
    Metric.CSAT,
    {"ru": "{name|друг}, как вам?", "en": "{name|friend}, how was it?"},
    reasons=ReasonChoices(
        negative=(Reason("late", {"ru": "Опоздали", "en": "Late"}), Reason("cold", {"ru": "Остыло", "en": "Cold"})),
        positive=(Reason("fast", {"ru": "Быстро", "en": "Fast"}),),
    ),
    thanks=SentimentTexts(positive={"ru": "Спасибо, {name|друг}!", "en": "Thank you, {name|friend}!"}),
    review_links=(ReviewLink({"ru": "Карты", "en": "Maps"}, "https://maps.example"),),
)


def asked(language: str, survey: Survey = SURVEY) -> AskedQuestion:
    return AskedQuestion(12, "delivery", survey, language, "Анна <3, как вам?", {"name": NAME}, 5)


def answer(language: str, score: int = 2, *, changeable: bool = True, reasons: tuple[str, ...] = ()) -> AnswerSoFar:
    return AnswerSoFar(asked(language), 7, score, reasons, None, changeable=changeable, has_case=score < 3)


def views(language: str) -> list[AnswerView]:
    question, given = asked(language), answer(language)
    return [
        AskScore(question),
        AskScore(question, given),
        AskReasons(given),
        AskComment(given),
        Thanks(given),
        Thanks(given, added=True),
        NotUsable(given),
        ScoreLocked(given),
        TooLate(question, low=True),
        TooLate(question, low=False),
        Telling(language),
        Telling(language, question),
        Telling(language, case_id=3, is_told=True),
        Stopped(language, question),
        Kept(language),
        Kept(language, 3),
        KeptUnread(language),
        CountedAlready(language),
        Closed(language),
        NotYours(language),
    ]


def words(screen: Screen) -> str:
    return "\n".join("".join(run.text for run in paragraph) for paragraph in screen.paragraphs)


def labels(screen: Screen) -> list[str]:
    return [choice.label for group in screen.groups for choice in group.choices]


def test_every_view_is_drawn_in_both_languages() -> None:
    assert {type(view) for view in views("ru")} == set(get_args(AnswerView))
    for russian, english in zip(views("ru"), views("en"), strict=True):
        first, second = answer_screen(russian), answer_screen(english)
        assert words(first).strip()
        assert words(first) != words(second)
        assert len(labels(first)) == len(labels(second))
        for screen in (first, second):
            choices = [choice for group in screen.groups for choice in group.choices]
            assert all((choice.action is None) != (choice.url is None) for choice in choices)
            assert all(choice.action is None or decode(choice.action) is not None for choice in choices)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("metric", list(Metric))
def test_a_question_shows_its_whole_scale_without_colours_and_the_way_out(metric: Metric, language: str) -> None:
    survey = replace(SURVEY, metric=metric)
    screen = invitation_screen(AskInvitation(12, "delivery", "d", survey, language, {"name": NAME}))
    scale, out = screen.groups
    assert scale.arrangement is Arrangement.SCALE
    assert [decode(choice.action or "") for choice in scale.choices] == [
        Rate(12, score) for score in SCALES[metric].scores
    ]
    assert [choice.label for choice in scale.choices] == [str(score) for score in SCALES[metric].scores]
    assert {choice.tone for choice in scale.choices} == {Tone.NEUTRAL}
    assert decode(out.choices[0].action or "") == StopAsking(12)
    assert words(screen).startswith(NAME)
    assert f"{SCALES[metric].highest}: " in words(screen)


def test_a_question_that_explains_its_scale_is_not_explained_twice() -> None:
    survey = replace(SURVEY, question={"ru": "Как вам? 1 — ужасно, 5 — отлично"})
    screen = invitation_screen(AskInvitation(12, "delivery", "d", survey, "ru", {}))
    assert words(screen) == "Как вам? 1 — ужасно, 5 — отлично"


def test_a_missing_value_takes_its_fallback_and_a_reminder_says_so() -> None:
    assert "Friend, how was it?" in words(invitation_screen(AskInvitation(12, "delivery", "d", SURVEY, "en", {})))
    shown = words(reminder_screen(RemindInvitation(12, "delivery", "d", SURVEY, "en", "Anna, how was it?", None)))
    assert shown.startswith("A single reminder")
    assert "Anna, how was it?" in shown


def test_ticks_show_what_was_chosen_and_tapping_takes_it_back() -> None:
    screen = answer_screen(AskReasons(answer("en", reasons=("cold",))))
    assert labels(screen) == ["Late", "✓ Cold", "Done", "Skip", "Change the score"]
    actions = [decode(choice.action or "") for choice in screen.groups[0].choices]
    assert actions == [ChooseReason(7, 0, 1), ChooseReason(7, 1, 0)]
    assert labels(answer_screen(AskReasons(answer("en")))) == ["Late", "Cold", "Skip", "Change the score"]


def test_a_positive_score_is_asked_its_own_reasons() -> None:
    screen = answer_screen(AskReasons(answer("ru", 5)))
    assert decode(screen.groups[0].choices[0].action or "") == ChooseReason(7, 2, 1)
    assert "Что понравилось?" in words(screen)


@pytest.mark.parametrize("score", [1, 3, 5])
def test_review_links_are_offered_whatever_the_score(score: int) -> None:
    assert "Maps" in labels(answer_screen(Thanks(answer("en", score))))


def test_the_businesss_own_thanks_are_filled_and_never_read_as_a_template() -> None:
    assert f"Thank you, {NAME}!" in words(answer_screen(Thanks(answer("en", 5))))


def test_after_a_day_there_is_nothing_to_change() -> None:
    assert "Change the score" not in labels(answer_screen(Thanks(answer("en", changeable=False))))


def test_what_the_message_does_not_say_is_said_over_the_tap() -> None:
    assert "somebody else" in (tap_text(NotYours("en")) or "")
    assert "stays as it was: 2" in (tap_text(ScoreLocked(answer("en"))) or "")
    assert tap_text(Thanks(answer("en"))) is None
    assert all(len(tap_text(view) or "") <= 200 for language in LANGUAGES for view in views(language))


def test_the_summary_has_the_score_and_no_choices() -> None:
    summary = closed_summary(answer("en"))
    assert words(summary) == "Анна <3, как вам?\nYour score: 2"
    assert summary.groups == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_screens(language: str) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    data = MyData(
        language,
        ZoneInfo("Europe/Moscow"),
        NAME,
        opted_out=True,
        customers=(KnownCustomer("c-7", "Анна", None, 2, 7),),
        answers=(KnownAnswer("delivery", "d", 1, "csat", 2, "опоздали", at),),
        messages=5,
    )
    screens = [
        *(
            connect_screen(view)
            for view in (
                Welcome(language, "Пекарня", opted_out=False),
                Welcome(language, "Пекарня", opted_out=True),
                Connected(language, "Пекарня", opted_out=False),
                Connected(language, "Пекарня", opted_out=True, customer_name=NAME),
                Connected(language, "Пекарня", opted_out=False, order_id="42"),
                LinkTaken(language),
                LinkUnknown(language),
            )
        ),
        *(
            people_screen(view)
            for view in (
                OptedOut(language),
                OptedIn(language),
                LanguageOffer(language, ("ru", "en")),
                LanguageChosen(language),
                Privacy(language, "Пекарня", timedelta(days=7)),
                data,
                MyData(language, ZoneInfo("UTC"), None, opted_out=False, customers=(), answers=(), messages=0),
                ForgetOffer(language),
                ForgetRefused(language),
                Forgotten(language, 2),
                NothingKnown(language),
            )
        ),
        complaint_offer_screen(language),
        unknown_command_screen(language),
    ]
    assert all(words(screen).strip() for screen in screens)
    assert "опоздали" in words(people_screen(data))
    assert NAME in words(people_screen(data))


@pytest.mark.parametrize(("language", "thanked"), [("ru", "Передали команде"), ("en", "with the team now")])
def test_who_said_what_happened_is_thanked_and_told_when_they_are_answered(language: str, thanked: str) -> None:
    told, asked = (words(answer_screen(Telling(language, case_id=3, is_told=is_told))) for is_told in (True, False))
    assert thanked in told
    assert Wording(language).text("dialogue.told_soon") in told
    assert thanked not in asked
