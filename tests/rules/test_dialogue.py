"""What a tap or a message means, given what was asked and said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.dialogue import (
    COMMENT_LENGTH,
    ChangedScore,
    CommentOn,
    FirstScore,
    FitsNothing,
    GivenAnswer,
    LateScore,
    LockedScore,
    MessageKind,
    NotAsked,
    OffScale,
    OpenAnswer,
    OpenQuestion,
    Question,
    SameScore,
    Step,
    TypedScore,
    Unusable,
    WrittenMessage,
    all_reasons,
    choose_reason,
    extend_comment,
    may_change,
    offered_reasons,
    place_message,
    reason_numbers,
    receive_score,
    speak,
    step_now,
)
from surveys.rules.journey import Metric, Reason, ReasonChoices, Survey
from surveys.rules.metrics import SCALES, sentiment

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE, COLD, TASTY = (Reason(key, {"ru": key}) for key in ("late", "cold", "tasty"))
SURVEY = Survey(Metric.CSAT, {"ru": "?"}, reasons=ReasonChoices(negative=(LATE, COLD), positive=(TASTY,)))
SENT = Question("sent", NOON + 7 * DAY)
TWO = GivenAnswer(2, Step.REASONS, ("late",), NOON, NOON)


def test_a_first_score_goes_on_to_the_reasons_that_fit_it() -> None:
    assert receive_score(SURVEY, SENT, None, 2, NOON) == FirstScore(Step.REASONS)
    assert receive_score(SURVEY, SENT, None, 5, NOON) == FirstScore(Step.REASONS)


def test_without_reasons_for_the_sentiment_the_comment_comes_next() -> None:
    assert receive_score(SURVEY, SENT, None, 3, NOON) == FirstScore(Step.COMMENT)


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_a_question_that_may_have_arrived_can_be_answered(state: str) -> None:
    assert isinstance(receive_score(SURVEY, Question(state, None), None, 4, NOON), FirstScore)


@pytest.mark.parametrize("state", ["planned", "waiting", "skipped", "cancelled", "rejected", "answered"])
def test_a_question_that_was_not_asked_cannot(state: str) -> None:
    assert receive_score(SURVEY, Question(state, None), None, 4, NOON) == NotAsked()


@pytest.mark.parametrize("score", [-1, 0, 6, 10])
def test_a_score_off_the_scale_is_refused(score: int) -> None:
    assert receive_score(SURVEY, SENT, None, score, NOON) == OffScale()
    assert receive_score(SURVEY, SENT, TWO, score, NOON) == OffScale()


def test_the_question_expires_at_its_instant() -> None:
    at = NOON + 7 * DAY
    assert isinstance(receive_score(SURVEY, SENT, None, 4, at - timedelta(microseconds=1)), FirstScore)
    assert receive_score(SURVEY, SENT, None, 4, at) == LateScore()
    assert receive_score(SURVEY, Question("expired", NOON), None, 4, NOON) == LateScore()


def test_the_same_score_again_changes_nothing_at_any_time() -> None:
    assert receive_score(SURVEY, SENT, TWO, 2, NOON + 30 * DAY) == SameScore()


def test_a_score_may_change_for_a_day_from_the_first_answer() -> None:
    last = NOON + DAY - timedelta(microseconds=1)
    assert receive_score(SURVEY, SENT, TWO, 1, last) == ChangedScore(Step.REASONS, ("late",))
    assert receive_score(SURVEY, SENT, TWO, 1, NOON + DAY) == LockedScore()
    changed_since = replace(TWO, scored_at=NOON + 23 * HOUR)
    assert receive_score(SURVEY, SENT, changed_since, 1, NOON + DAY) == LockedScore()


def test_another_feeling_asks_for_its_own_reasons() -> None:
    done = replace(TWO, step=Step.DONE)
    assert receive_score(SURVEY, SENT, done, 5, NOON) == ChangedScore(Step.REASONS, ())
    assert receive_score(SURVEY, SENT, done, 1, NOON) == ChangedScore(Step.DONE, ("late",))
    assert receive_score(SURVEY, SENT, done, 3, NOON) == ChangedScore(Step.COMMENT, ())


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(tuple(Metric)),
    st.integers(-3, 13),
    st.sampled_from(("planned", "sending", "sent", "unknown", "expired", "skipped")),
    st.integers(-72, 72),
)
def test_a_score_is_stored_only_on_its_scale_and_in_its_time(
    metric: Metric, score: int, state: str, hours: int
) -> None:
    survey, now = replace(SURVEY, metric=metric), NOON + hours * HOUR
    decision = receive_score(survey, Question(state, NOON), None, score, now)
    expected = score in SCALES[metric].scores and state in ("sending", "sent", "unknown") and now < NOON
    assert isinstance(decision, FirstScore) is expected


def test_reasons_are_ticked_and_unticked_in_the_order_offered() -> None:
    assert choose_reason(SURVEY, TWO, 1, chosen=True) == ("late", "cold")
    both = replace(TWO, reasons=("late", "cold"))
    assert choose_reason(SURVEY, both, 0, chosen=False) == ("cold",)
    assert choose_reason(SURVEY, both, 0, chosen=True) == ("late", "cold")


@pytest.mark.parametrize("index", [-1, 2, 3, 99])
def test_a_reason_of_another_feeling_or_of_none_is_refused(index: int) -> None:
    assert choose_reason(SURVEY, TWO, index, chosen=True) is None


def test_reasons_are_closed_once_the_dialogue_has_moved_on() -> None:
    assert choose_reason(SURVEY, replace(TWO, step=Step.COMMENT), 1, chosen=True) is None


@given(st.sampled_from(tuple(Metric)), st.data())
def test_reason_numbers_name_exactly_the_offered_ones(metric: Metric, data: st.DataObject) -> None:
    survey = replace(SURVEY, metric=metric)
    score = data.draw(st.sampled_from(SCALES[metric].scores))
    named = tuple(all_reasons(survey)[number] for number in reason_numbers(survey, score))
    assert named == offered_reasons(survey, score)
    assert sentiment(metric, score) is not None


def test_after_a_day_the_dialogue_is_done_whatever_was_left_open() -> None:
    assert step_now(TWO, NOON + DAY - timedelta(microseconds=1)) is Step.REASONS
    assert step_now(TWO, NOON + DAY) is Step.DONE
    assert may_change(TWO, NOON + DAY) is False


# Where messages belong

DELIVERY = OpenQuestion(1, Metric.CSAT, frozenset({100, 101}))
VISIT = OpenQuestion(2, Metric.NPS, frozenset({200}))
ANSWERED = OpenAnswer(7, Step.COMMENT, NOON, frozenset({300}))
DONE = OpenAnswer(8, Step.DONE, NOON + HOUR, frozenset({400}))


def text(words: str, reply_to: int | None = None) -> WrittenMessage:
    return WrittenMessage(MessageKind.TEXT, words, reply_to)


def test_a_typed_score_counts_when_one_question_is_unanswered() -> None:
    assert place_message(text("5"), [DELIVERY], [], NOON) == TypedScore(1, 5)


def test_with_two_questions_it_counts_only_in_reply() -> None:
    assert place_message(text("5"), [DELIVERY, VISIT], [], NOON) == FitsNothing()
    assert place_message(text("5", reply_to=200), [DELIVERY, VISIT], [], NOON) == TypedScore(2, 5)
    assert place_message(text("5", reply_to=101), [DELIVERY, VISIT], [], NOON) == TypedScore(1, 5)


def test_seven_of_ten_is_no_answer_to_a_question_of_five() -> None:
    assert place_message(text("7/10", reply_to=100), [DELIVERY, VISIT], [], NOON) == FitsNothing()
    assert place_message(text("7/10", reply_to=200), [DELIVERY, VISIT], [], NOON) == TypedScore(2, 7)


def test_words_in_reply_to_an_unanswered_question_are_kept_for_staff() -> None:
    assert place_message(text("опоздали", reply_to=100), [DELIVERY], [ANSWERED], NOON) == FitsNothing()


def test_words_belong_to_the_answer_that_waits_for_them() -> None:
    assert place_message(text("опоздали"), [], [DONE, ANSWERED], NOON + HOUR) == CommentOn(7)
    assert place_message(text("опоздали"), [VISIT], [DONE], NOON + HOUR) == CommentOn(8)


def test_a_reply_names_its_answer() -> None:
    assert place_message(text("ещё одно", reply_to=400), [], [DONE, ANSWERED], NOON + HOUR) == CommentOn(8)


def test_a_number_is_the_score_of_the_one_open_question_and_not_a_comment() -> None:
    assert place_message(text("5"), [DELIVERY], [ANSWERED], NOON) == TypedScore(1, 5)
    assert place_message(text("5", reply_to=300), [DELIVERY], [ANSWERED], NOON) == CommentOn(7)


def test_three_days_later_nothing_waits_for_words() -> None:
    assert place_message(text("и вот ещё"), [], [ANSWERED, DONE], NOON + 3 * DAY) == FitsNothing()
    assert place_message(text("и вот ещё", reply_to=300), [], [ANSWERED], NOON + DAY) == FitsNothing()


@pytest.mark.parametrize("kind", [MessageKind.VOICE, MessageKind.PHOTO, MessageKind.DOCUMENT])
def test_a_file_is_a_comment(kind: MessageKind) -> None:
    assert place_message(WrittenMessage(kind, None, None), [VISIT], [ANSWERED], NOON) == CommentOn(7)


def test_a_sticker_is_no_comment_and_no_score() -> None:
    sticker = WrittenMessage(MessageKind.OTHER, None, None)
    assert place_message(sticker, [], [ANSWERED], NOON) == Unusable(7)
    assert place_message(sticker, [DELIVERY], [], NOON) == FitsNothing()


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=20),
    st.lists(st.sampled_from((DELIVERY, VISIT)), unique=True),
    st.lists(st.sampled_from((ANSWERED, DONE)), unique=True),
    st.none() | st.integers(100, 401),
)
def test_a_message_only_ever_lands_on_what_is_open(
    words: str, questions: list[OpenQuestion], answers: list[OpenAnswer], reply_to: int | None
) -> None:
    match place_message(text(words, reply_to), questions, answers, NOON + 2 * HOUR):
        case TypedScore(invitation_id, score):
            asked = next(question for question in questions if question.invitation_id == invitation_id)
            assert score in SCALES[asked.metric].scores
            assert len(questions) == 1 or reply_to in asked.message_ids
        case CommentOn(response_id):
            assert response_id in {answer.response_id for answer in answers}


def test_comments_are_gathered_and_bounded() -> None:
    assert extend_comment(None, " опоздали ") == "опоздали"
    assert extend_comment("опоздали", "и всё холодное") == "опоздали\nи всё холодное"
    assert extend_comment("опоздали", None) == "опоздали"
    assert extend_comment(None, "  ") is None
    assert len(extend_comment("a" * COMMENT_LENGTH, "b" * 9) or "") == COMMENT_LENGTH


def test_the_first_wished_language_the_business_speaks_is_spoken() -> None:
    assert speak(("ru", "en"), None, "de", "en-US", "ru") == "en"
    assert speak(("ru", "en"), None, "EN") == "en"
    assert speak(("ru", "en"), "de") == "ru"
    assert speak(("ru", "en")) == "ru"
