"""What managers read: changes beyond chance first, few answers said as few, no data said as no data."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from rich.console import Console

from bot.screens.json_values import iso_duration
from bot.screens.plain import plain_text
from bot.screens.report import report_caption, report_screen
from bot.screens.report_table import build_report_table
from bot.screens.scores import scores_screen
from db.reports import CaseCounts
from surveys.findings import Findings, Funnel, Segment, TouchpointReport
from surveys.reporting import Report
from surveys.rules.journey import Metric
from surveys.rules.metrics import compare, measure
from surveys.rules.weeks import Period

NO_CASES = CaseCounts(0, 0, 0, 0, 0, 0, 0, None, None)
TITLES = {
    "delivery": {"ru": "Доставка", "en": "Delivery"},
    "support": {"ru": "Служба заботы", "en": "Support"},
    "relationship": {"ru": "Отношения", "en": "Relationship"},
}


def found(
    metric: Metric,
    counts: dict[int, int],
    before: dict[int, int] | None = None,
    *,
    funnel: Funnel | None = None,
    reasons: dict[str, int] | None = None,
) -> Findings:
    measured, previous = measure(metric, counts), measure(metric, before or {})
    return Findings(measured, previous, compare(measured, previous), funnel or Funnel(), reasons or {})


def entry(touchpoint: str, findings: Findings, segments: tuple[Segment, ...] | None = None) -> TouchpointReport:
    return TouchpointReport(
        touchpoint=touchpoint,
        title=TITLES.get(touchpoint, {}),
        metric=findings.measured.metric,
        findings=findings,
        reason_titles={"late": {"ru": "Опоздали", "en": "Late"}, "fast": {"ru": "Быстро", "en": "Fast"}},
        praise=frozenset({"fast"}),
        segments=segments,
    )


def report(*entries: TouchpointReport, cases: CaseCounts = NO_CASES, by: str | None = None) -> Report:
    return Report(
        business_name="Пекарня",
        language="ru",
        timezone="Europe/Moscow",
        period=Period(date(2026, 11, 16), date(2026, 11, 23)),
        by=by,
        touchpoints=entries,
        cases=cases,
    )


WORSE = entry(
    "delivery",
    found(
        Metric.CSAT,
        {1: 30, 2: 10, 5: 60},
        {1: 5, 5: 95},
        funnel=Funnel(events=300, delivered=202, answered=119, commented=40, maturing=True),
        reasons={"late": 31, "fast": 22, "cold": 5},
    ),
)
PRELIMINARY = entry("relationship", found(Metric.NPS, {10: 12, 8: 3, 2: 5}, {10: 10, 3: 5}))
FEW = entry("support", found(Metric.CES, {7: 2, 1: 1}))


def words(shown: str) -> str:
    """The text with plain spaces."""
    return shown.replace("\xa0", " ")


def test_the_weekly_report_in_russian() -> None:
    cases = CaseCounts(15, 14, 12, 9, 1, 2, 3, timedelta(minutes=11), timedelta(hours=5))
    shown = words(plain_text(report_screen(report(WORSE, PRELIMINARY, FEW, cases=cases), "ru")))
    assert shown == (
        "Пекарня: неделя 47, 16 – 22 ноября 2026\n\n"
        "Стало хуже\n"
        "• Доставка · CSAT: 60,0 % (50,2 … 69,1), 100 ответов; стало хуже: было 95,0 %, разница −35,0\n\n"
        "Пока предварительно (меньше 30 ответов)\n"
        "• Отношения · NPS: +35 (−4 … +65), 20 ответов\n\n"
        "Оценки пока нет (нужно 5 ответов)\n"
        "• Служба заботы · CES: только 3 ответа\n\n"
        "На что жалуются\n"
        "• Опоздали (Доставка): 31\n"
        "• cold (Доставка): 5\n\n"
        "300 событий, о которых спрашиваем, "
        "доставлено вопросов: 202, ответили: 119 (58,9 %), с комментарием: 40. Ответы ещё приходят.\n\n"
        "Жалобы: открыто 15, взято в работу 14, решено 12, подтверждено клиентом 9, открыта заново 1, просрочено 2. "
        "Первая реакция — обычно 11 минут. Решение — обычно 5 часов. Сейчас открыто 3 жалобы."
    )


def test_the_weekly_report_in_english() -> None:
    better = entry("delivery", found(Metric.CSAT, {5: 95, 1: 5}, {5: 60, 1: 40}))
    steady = entry("support", found(Metric.CES, {6: 30, 2: 10}, {6: 31, 2: 9}))
    shown = words(plain_text(report_screen(report(better, steady), "en")))
    assert (
        "Better\n• Delivery · CSAT: 95.0 % (88.8 … 97.8), 100 answers; better: was 60.0 %, a difference of +35.0"
        in shown
    )
    assert "No real change\n• Support · CES: 75.0 % (59.8 … 85.8), 40 answers; on average 5.00 (4.44 … 5.56)\n" in shown
    assert "There were no complaints in this time. Nothing is open now." in shown
    assert "There were no events in this time." in shown


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_week_without_answers_says_so_and_shows_no_zero(language: str) -> None:
    empty = entry("delivery", found(Metric.CSAT, {}))
    shown = plain_text(report_screen(report(empty), language))
    assert {"ru": "ответов нет", "en": "no answers"}[language] in shown
    assert not re.search(r"\b0\b", shown)
    alone = plain_text(scores_screen(report(empty), language))
    assert {"ru": "нет данных", "en": "no data"}[language] in alone


def test_one_touchpoint_s_scores_are_told_in_full() -> None:
    late = Segment(True, found(Metric.CSAT, {1: 9, 5: 3}))
    missing = Segment(None, found(Metric.CSAT, {5: 2}))
    shown = words(plain_text(scores_screen(report(replace(WORSE, segments=(late, missing)), by="late"), "ru")))
    assert shown == (
        "16 – 22 ноября 2026\n\n"
        "Доставка · CSAT\n"
        "60,0 % (50,2 … 69,1), 100 ответов\n"
        "стало хуже: было 95,0 %, разница −35,0\n"
        "Ответы: 1: 30 · 2: 10 · 3: 0 · 4: 0 · 5: 60\n"
        "В среднем 3,50 (3,13 … 3,87)\n"
        "300 событий, о которых спрашиваем, "
        "доставлено вопросов: 202, ответили: 119 (58,9 %), с комментарием: 40. Ответы ещё приходят.\n"
        "Причины: Опоздали: 31, Быстро: 22, cold: 5\n\n"
        "По атрибуту late\n"
        "• да: 25,0 % (8,9 … 53,2), 12 ответов\n"
        "• не указано: только 2 ответа"
    )


def test_a_mean_does_not_reach_over_its_scale() -> None:
    shown = words(plain_text(scores_screen(report(entry("delivery", found(Metric.CSAT, {5: 5, 4: 1}))), "en")))
    assert "On average 4.83 (4.40 … 5.00)" in shown


@pytest.mark.parametrize("language", ["ru", "en"])
def test_very_many_touchpoints_still_fit_one_message(language: str) -> None:
    entries = tuple(
        entry(f"touchpoint-with-a-long-name-{number}", found(Metric.CSAT, {5: 50, 1: 50}, {5: 50 + number % 50}))
        for number in range(120)
    )
    for screen in (report_screen(report(*entries), language), scores_screen(report(*entries), language)):
        assert len(plain_text(screen)) <= 4096
    assert "112" in plain_text(report_screen(report(*entries), language))


def test_without_earlier_answers_nothing_is_said_to_have_stayed_the_same() -> None:
    first = entry("delivery", found(Metric.CSAT, {5: 60, 1: 40}))
    text = plain_text(report_screen(report(first), "en"))
    assert "Nothing to compare with" in text
    assert "No real change" not in text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_table_fits_a_terminal_of_80_columns(language: str) -> None:
    split = replace(WORSE, segments=(Segment(None, found(Metric.CSAT, {5: 9, 1: 20}, {5: 9, 1: 18})),))
    console = Console(width=80, file=StringIO())
    console.print(build_report_table(report(split, by="late"), language))
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 3
    assert "…" not in lines[0]


def test_the_table_of_the_terminal_has_a_row_for_each_touchpoint_and_segment() -> None:
    split = replace(WORSE, segments=(Segment("Казань", found(Metric.CSAT, {5: 9})),))
    table = build_report_table(report(split, FEW, by="city"), "ru")
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    assert columns[0] == ["Доставка · CSAT", "  city: Казань", "Служба заботы · CES"]
    assert [words(cell) for cell in columns[1]] == ["60,0 %", "100,0 %", "—"]
    assert columns[3] == ["100", "9", "3"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_customer_effort_has_its_mean_with_an_interval_wherever_its_share_stands(language: str) -> None:
    effort = found(Metric.CES, {6: 30, 2: 10})
    split = entry("support", effort, (Segment("a", effort), Segment("b", found(Metric.CES, {7: 2}))))
    mean = {"ru": "5,00 (4,44 … 5,56)", "en": "5.00 (4.44 … 5.56)"}[language]
    assert words(plain_text(report_screen(report(split), language))).count(mean) == 1
    scores = words(plain_text(scores_screen(report(split, by="shop"), language)))
    assert scores.count(mean) == 2, "once in full, once for the segment"

    table = build_report_table(report(split, WORSE, by="shop"), language)
    touchpoint, score, interval = ([words(str(cell)) for cell in column.cells] for column in table.columns[:3])
    name = {"ru": "среднее", "en": "mean"}[language]
    assert touchpoint[1] == f"  {name}"
    assert touchpoint[2:4] == ["  shop: a", f"    {name}"]
    assert [f"{score[row]} ({interval[row]})" for row in (1, 3)] == [mean, mean]
    assert len(touchpoint) == 6, "neither too few answers nor other metrics have one"


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (None, None),
        (timedelta(0), "PT0S"),
        (timedelta(minutes=11), "PT11M"),
        (timedelta(hours=5), "PT5H"),
        (timedelta(hours=26, seconds=4.6), "P1DT2H5S"),
        (timedelta(days=2), "P2D"),
    ],
)
def test_durations_in_json(duration: timedelta | None, shown: str | None) -> None:
    assert iso_duration(duration) == shown


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("size", [1, 3, 12, 40])
def test_the_words_under_a_picture_fit_a_caption_and_lead_with_what_moved(language: str, size: int) -> None:
    title = "Самовывоз из пункта выдачи заказов на Большой Академической улице"
    many = [replace(WORSE, touchpoint=f"t{number}", title={language: f"{title} {number}"}) for number in range(size)]
    cases = CaseCounts(15, 14, 12, 9, 1, 2, 3, timedelta(minutes=11), timedelta(hours=5))
    caption = plain_text(report_caption(report(*many, cases=cases), language))
    assert len(caption.encode("utf-16-le")) // 2 <= 1024
    assert f"{title} 0" in caption
    assert caption.startswith("Пекарня")
    if size == 1:
        assert caption == plain_text(report_screen(report(*many, cases=cases), language)), "all of it where it fits"


def test_a_short_caption_says_that_nothing_moved() -> None:
    steady = entry("delivery", found(Metric.CSAT, {5: 90, 1: 10}, {5: 90, 1: 10}))
    many = [replace(steady, touchpoint=f"t{number}", title={"ru": f"Точка {number} " * 8}) for number in range(30)]
    caption = plain_text(report_caption(report(*many), "ru"))
    assert len(caption) <= 1024
    assert "Настоящих изменений нет." in caption
