"""What people write about, in words: what is too little to say is not said, and a message is never too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.screens.comments import comments_screen, written_about_text
from bot.screens.comments_json import build_comment_themes
from bot.screens.plain import plain_text
from bot.screens.wording import Wording
from surveys.comment_figures import CommentFigures, Quote, ThemeFigures
from surveys.comments import CommentsReport
from surveys.rules.journey import Metric
from surveys.rules.metrics import Change, Verdict
from surveys.rules.recovery_measures import Share
from surveys.rules.telling_words import Contrast, TellingWord
from surveys.rules.weeks import Period

AT = datetime(2026, 11, 18, 22, tzinfo=UTC)
UP = Change(12.0, 0.01, Verdict.UP)
SAME = Change(-1.0, 0.6, Verdict.NO_REAL_CHANGE)
UNKNOWN = Change(None, None, Verdict.NOT_ENOUGH_ANSWERS)


def theme(key: str, ru: str, n: int, change: Change = SAME, *, said: str = "Опоздали", quotes: int = 3) -> ThemeFigures:
    words = tuple(Quote(f"{said} {number}", "delivery", Metric.CSAT, 1, AT) for number in range(quotes))
    return ThemeFigures(key, {"ru": ru, "en": key}, Share(n, 200), Share(20, 180), n // 2, change, words)


THEMES = (
    theme("lateness", "Опоздания", 56, UP),
    theme("taste", "Вкус", 40),
    theme("price", "Цены", 30, Change(-9.0, 0.02, Verdict.DOWN)),
    theme("queue", "Очередь", 12, UNKNOWN),
)
FIGURES = CommentFigures(200, 180, 0, 7, THEMES, (), Contrast(60, 120))


def report(figures: CommentFigures, touchpoint: str | None = None) -> CommentsReport:
    period = Period(date(2026, 11, 16), date(2026, 11, 23))
    titles = {"delivery": {"ru": "Доставка", "en": "Delivery"}}
    return CommentsReport("Пекарня", "ru", "Europe/Moscow", period, touchpoint, titles, figures)


def shown(figures: CommentFigures, language: str = "ru", touchpoint: str | None = None) -> str:
    return plain_text(comments_screen(report(figures, touchpoint), language)).replace("\u00a0", " ")


def test_the_weekly_line_has_the_three_largest_themes() -> None:
    line = written_about_text(FIGURES, Wording("ru")).replace("\u00a0", " ")
    assert line == (
        "О чём пишут (200 комментариев): Опоздания — 28 %, пишут чаще, Вкус — 20 %, без настоящих изменений,"
        " Цены — 15 %, пишут реже."
    )
    english = written_about_text(FIGURES, Wording("en")).replace("\u00a0", " ")
    assert english.startswith("What people write about (200 comments): lateness 28 %, written about more often,")


def test_the_weekly_line_is_empty_when_there_is_nothing_to_say() -> None:
    wording = Wording("ru")
    assert written_about_text(None, wording) == ""
    assert written_about_text(replace(FIGURES, comments=4, themes=()), wording) == ""
    assert written_about_text(replace(FIGURES, themes=()), wording) == ""
    assert "предварительно" in written_about_text(replace(FIGURES, comments=29), wording)


def test_everything_there_is_to_say() -> None:
    words = Contrast(
        60,
        120,
        (TellingWord("опоздали", 30, 2, 2.7, 0.0001),),
        (TellingWord("вкусно", 1, 60, -3.0, 0.0001),),
    )
    text = shown(replace(FIGURES, words=words, unread=1_200), touchpoint="delivery")
    assert text.startswith("Пекарня: о чём пишут, 16 – 22 ноября 2026 · Доставка\n\n200 комментариев")
    assert "Ещё 1 200 комментариев не разобраны" in text
    assert "Ни к одной теме не относятся 7" in text
    assert (
        "Опоздания: 56, это 28 % комментариев (22 … 35); с низкой оценкой 28\nПишут чаще: раньше 11 % (+12 п. п.)"
        in text
    )
    assert "«Опоздали 0» · CSAT 1, 19 ноября" in text, "the day is the business's"
    assert "Сравнить не с чем" in text
    assert "• опоздали — 30 из 60 (у остальных 2 из 120)" in text
    assert "• вкусно — 60 из 120 (у остальных 1 из 60)" in text
    assert "Words of the unhappy" in shown(replace(FIGURES, words=words), "en")
    assert "не видно" in shown(FIGURES)


@pytest.mark.parametrize("comments", [0, 1, 4])
def test_too_few_comments_show_nothing(comments: int) -> None:
    text = shown(CommentFigures(comments, 180, 0, 0, (), ("lateness",), Contrast(0, 0)))
    assert ("комментариев нет" if comments == 0 else "Меньше 5 комментариев") in text
    assert "Опоздания" not in text


def test_without_themes_it_is_told_how_to_get_them() -> None:
    assert "под themes" not in shown(FIGURES)
    assert "опишите их под themes" in shown(CommentFigures(9, 9, 0, 9, (), (), Contrast(3, 3)))


def test_a_message_is_never_too_long() -> None:
    long = tuple(theme(f"theme-{n}", "Тема с длинным названием", 50, said="😀" * 79) for n in range(40))
    words = Contrast(90, 90, *(tuple(TellingWord("н" * 30, 30, 2, 2.7, 0.0001) for _ in range(8)) for _ in range(2)))
    text = plain_text(comments_screen(report(replace(FIGURES, themes=long, words=words)), "ru"))
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    assert text.count("«") >= 5
    assert "Ещё пишут" in text


def test_the_same_as_json() -> None:
    document = build_comment_themes(FIGURES)
    assert [one["theme"] for one in document["themes"]] == ["lateness", "taste", "price", "queue"]
    assert document["themes"][0] | {"quotes": []} == {
        "theme": "lateness",
        "title": {"ru": "Опоздания", "en": "lateness"},
        "n": 56,
        "share": 28.0,
        "low": 22.24,
        "high": 34.59,
        "negative": 28,
        "previous": {"n": 20, "share": 11.11},
        "change": 12.0,
        "p_value": 0.01,
        "verdict": "up",
        "quotes": [],
    }
