"""Trials in words: what is missing, what was found, and a line for the weekly report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.screens.plain import plain_text
from bot.screens.trials import SHOWN, trial_lines, trials_screen
from bot.screens.wording import Wording
from surveys.rules.journey import Metric
from surveys.rules.trial_verdicts import Scores, Split, compare_variants
from surveys.rules.trials import Differs, Measure, VariantName
from surveys.trials import TrialsReport, TrialState, TrialView

A, B = VariantName
ZONE = ZoneInfo("Europe/Moscow")
RUNNING = TrialView(
    key="later",
    touchpoint="delivery",
    title={"ru": "Доставка", "en": "Delivery"},
    measure=Measure.RESPONSE_RATE,
    metric=Metric.CSAT,
    differs=Differs.ASK_AFTER,
    values={A: "PT0S", B: "PT4H"},
    starts_on=date(2026, 12, 1),
    share=0.5,
    planned=400,
    detect=None,
    state=TrialState.RUNNING,
    stopped_at=None,
    reached={A: 279, B: 288},
    split=Split(300, 310, 0.5),
    reached_about=datetime(2027, 1, 14, 22, tzinfo=UTC),
    result=None,
)


def rates(answered: int, n: int = 400) -> Scores:
    return {None: n - answered, 5: answered}


def decided(a: Scores, b: Scores, split: Split = RUNNING.split, **more: object) -> TrialView:
    view = replace(RUNNING, **more)  # type: ignore[arg-type]
    result = compare_variants(view.measure, view.metric, a, b, split)
    return replace(
        view, state=TrialState.DECIDED, result=result, split=split, reached={A: 400, B: 400}, reached_about=None
    )


def told(*trials: TrialView, language: str = "ru") -> str:
    return plain_text(trials_screen(TrialsReport("Пекарня", "ru", ZONE.key, trials), language))


def test_before_the_planned_n_it_tells_what_is_missing_and_nothing_else() -> None:
    assert told(RUNNING) == (
        "Пекарня: эксперименты\n\n"
        "later · Доставка\n"
        "Сравниваем, сколько людей отвечает.\n"
        "Разное время от события до вопроса:\n"
        "A: сразу\n"
        "B: 4 часа\n"
        "Идёт с 1 декабря 2026.\n"
        "На каждый вариант нужно 400 приглашений, срок ответа на которые вышел.\n"
        "Вывода пока нет, не хватает: A — 121, B — 112. При нынешнем темпе наберётся примерно к 15 января 2027."
    )
    assert "still missing: A 121, B 112. At the present pace" in told(RUNNING, language="en")
    assert "темпе" not in told(replace(RUNNING, reached_about=None))


def test_a_verdict_names_the_better_one_with_its_uncertainty() -> None:
    shown = told(decided(rates(120), rates(160)))
    assert "A: 30,0 % (от 25,7 до 34,7), n = 400\nB: 40,0 % (от 35,3 до 44,9), n = 400" in shown
    assert "Лучше вариант B: B − A = +10,0 п. п. (от +3,4 до +16,5), p = 0,003." in shown
    assert "(400 приглашений каждого варианта); что приходит позже, вывода не меняет" in shown
    assert "A is better" in told(decided(rates(260), rates(160)), language="en")
    assert "p < 0.001" in told(decided(rates(260), rates(160)), language="en")
    assert "Разницы не видно" in told(decided(rates(150), rates(155)))


def test_an_nps_is_in_points() -> None:
    scores = ({10: 200, 7: 100, 0: 100}, {10: 260, 7: 100, 0: 40})
    shown = told(decided(*scores, measure=Measure.SCORE, metric=Metric.NPS))
    assert "Сравниваем оценки: NPS." in shown
    assert "A: +25 (от " in shown
    assert "B − A = +30 п. п." in shown
    assert "ответов каждого варианта" in shown


def test_a_split_that_cannot_be_is_said_and_has_no_verdict() -> None:
    shown = told(decided(rates(120), rates(160), Split(600, 400, 0.5)))
    assert "Вывода не будет" in shown
    assert "A достался 600 клиентам, B — 400, а должно быть 50 на 50 %" in shown
    assert "Лучше" not in shown
    assert "do not trust" in told(replace(RUNNING, split=Split(600, 400, 0.5)), language="en")


def test_questions_reminders_and_other_states() -> None:
    words = replace(
        RUNNING,
        differs=Differs.QUESTION,
        values={A: {"ru": "{name|}, как?", "en": "{name|}, how?"}, B: {"ru": "Ну " * 60}},
    )
    assert "A: «Как?»\nB: «Ну Ну" in told(words)
    assert "…»" in told(words)
    silent = replace(RUNNING, differs=Differs.REMIND_AFTER, values={A: None, B: "P2D"})
    assert "A: без напоминания\nB: 2 дня" in told(silent)
    stopped = replace(
        RUNNING, state=TrialState.STOPPED, stopped_at=datetime(2026, 12, 9, 21, tzinfo=UTC), reached_about=None
    )
    assert "Снят 10 декабря 2026, не хватало: A — 121, B — 112. Вывода нет." in told(stopped)
    assert "Начнётся 1 декабря 2026." in told(replace(RUNNING, state=TrialState.TO_COME))
    assert "Экспериментов нет" in told()
    assert "И ещё 2 более ранних." in told(*[RUNNING] * (SHOWN + 2))
    assert len(told(*[replace(words, result=decided(rates(1), rates(9)).result)] * SHOWN)) < 4000


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_weekly_report_has_a_line_of_each_that_runs(language: str) -> None:
    ended = replace(RUNNING, stopped_at=datetime(2026, 12, 9, tzinfo=UTC), state=TrialState.STOPPED)
    to_come = replace(RUNNING, state=TrialState.TO_COME)
    found = decided(rates(120), rates(160))
    lines = trial_lines([RUNNING, found, ended, to_come], Wording(language), ZONE)
    assert len(lines) == 2
    assert all("\n" not in line and "later" in line for line in lines)
    assert "121" in lines[0]
    assert ("Лучше вариант B" if language == "ru" else "B is better") in lines[1]
