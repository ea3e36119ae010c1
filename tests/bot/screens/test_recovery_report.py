"""What recovery brought, in words: plural forms, what is not known said as not known, nobody told apart too early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.screens.plain import plain_text
from bot.screens.recovery_report import brought_text, own_recovery_screen, recovery_screen
from bot.screens.wording import Wording
from surveys.buying_again import BoughtAgain
from surveys.recovery_figures import (
    PARTS,
    CaseFigures,
    OwnReport,
    PartFigures,
    RecoveryFigures,
    RecoveryReport,
)
from surveys.rules.journey import Metric
from surveys.rules.recovery_measures import Share, compare_shares, measure_pairs
from surveys.rules.weeks import Period

PERIOD = Period(date(2026, 11, 16), date(2026, 11, 23))
NOBODY = Share(0, 0)
SINCE, UNTIL = datetime(2026, 5, 26, tzinfo=UTC), datetime(2026, 8, 24, tzinfo=UTC)
WORKED = CaseFigures(
    cases=12,
    opened=11,
    claimed=12,
    resolved=11,
    confirmed=7,
    dismissed=1,
    overdue=2,
    settled=11,
    recovered=6,
    resolved_without_answer=3,
    median_first_response=timedelta(minutes=11),
    median_resolve=timedelta(hours=5),
)


def bought(
    recovered: Share = NOBODY, not_recovered: Share = NOBODY, happy: Share = NOBODY, *, waiting: int = 0
) -> BoughtAgain:
    return BoughtAgain(
        horizon=timedelta(days=90),
        since=SINCE,
        until=UNTIL,
        recovered=recovered,
        not_recovered=not_recovered,
        never_unhappy=happy,
        waiting=waiting,
        against_not_recovered=compare_shares(recovered, not_recovered),
        against_never_unhappy=compare_shares(recovered, happy),
    )


def figures(
    total: CaseFigures = WORKED, again: BoughtAgain | None = None, **by: tuple[PartFigures, ...]
) -> RecoveryFigures:
    pairs = measure_pairs(Metric.CSAT, {(1, 4): 6, (2, 5): 3, (2, 1): 1})
    return RecoveryFigures(total, {part: by.get(part, ()) for part in PARTS}, (pairs,), again or bought())


def shown(found: RecoveryFigures, language: str = "ru") -> str:
    report = RecoveryReport("Пекарня", "ru", "Europe/Moscow", PERIOD, found)
    return plain_text(recovery_screen(report, language)).replace("\xa0", " ")


def test_everything_in_russian() -> None:
    again = bought(Share(56, 70), Share(48, 80), Share(90, 120), waiting=3)
    people = (
        PartFigures("Павел", {}, 1003, 1, WORKED),
        PartFigures(None, {}, None, 3, replace(WORKED, cases=4, settled=0, overdue=0, median_first_response=None)),
        PartFigures(None, {}, None, 0, CaseFigures(cases=1, opened=1)),
    )
    teams = (PartFigures("logistics", {"ru": "Логисты"}, None, 0, WORKED),)
    assert shown(figures(again=again, person=people, team=teams)) == (
        "Пекарня: работа с жалобами, 16 – 22 ноября 2026\n\n"
        "Жалобы: открыто 11, взято в работу 12, решено 11, подтверждено клиентом 7, просрочено 2, отклонена 1. "
        "Среди решённых довольных клиентов: 6, не ответили: 3. "
        "Первая реакция — обычно 11 минут. Решение — обычно 5 часов.\n\n"
        "Оценки до и после\n"
        "• CSAT: оценка после исправления — +2,6 (+1,7 … +3,5), 10 пар оценок; недовольных было 100 %, стало 10 %\n\n"
        "Купили снова за 90 дней\n"
        "• жалобу исправили: 80,0 % (69,2 … 87,7), 70 человек\n"
        "• жалобу не исправили: 60,0 % (49,0 … 70,0), 80 человек\n"
        "• ни разу не жаловались: 75,0 % (66,6 … 81,9), 120 человек\n"
        "Исправленные и неисправленные: разница +20,0 п. п. (+5,2 … +33,4), случайностью не объяснить.\n"
        "Исправленные и те, кто не жаловался: разница +5,0 п. п. (−7,8 … +16,4), может быть случайностью.\n"
        "Ещё 3 человека с жалобами не в счёт: срок (90 дней) ещё не прошёл.\n\n"
        "По командам\n"
        "• Логисты: 12 жалоб, решено 11, довольных клиентов: 6, просрочено 2, "
        "первая реакция 11 минут, решение 5 часов\n\n"
        "По сотрудникам\n"
        "• Павел: 12 жалоб, решено 11, довольных клиентов: 6, просрочено 2, первая реакция 11 минут, решение 5 часов\n"
        "• ещё 3 сотрудника, у каждого меньше 10 жалоб: 4 жалобы, решение 5 часов\n"
        "• ещё ничьи: 1 жалоба"
    )


def test_the_same_in_english() -> None:
    text = shown(figures(again=bought(Share(4, 4), Share(30, 50), waiting=1)), "en")
    assert "Of those resolved: content customers 6, silent 3." in text
    assert "CSAT: +2.6 (+1.7 … +3.5) after it was put right, 10 pairs of scores; 100 % were unhappy before" in text
    assert "• put right: too few people to tell a share (4)\n• not put right: 60.0 %" in text
    assert "1 more person with a complaint is left out: their time (90 days) has not passed." in text
    assert "a difference of" not in text


@pytest.mark.parametrize(
    ("language", "nothing", "too_few", "no_pairs"),
    [
        ("ru", "ничего не происходило", "пока сказать нельзя: мало людей", "Повторных оценок пока нет"),
        ("en", "Nothing was done about complaints", "cannot be told yet: too few people", "Nobody has rated again"),
    ],
)
def test_empty_states_are_said_and_show_no_zero(language: str, nothing: str, too_few: str, no_pairs: str) -> None:
    empty = RecoveryFigures(CaseFigures(), dict.fromkeys(PARTS, ()), (), bought())
    text = shown(empty, language)
    assert nothing in text
    assert too_few in text
    assert no_pairs in text
    assert " 0" not in text
    assert brought_text(empty, Wording(language)) == ""
    assert brought_text(None, Wording(language)) == ""
    own = plain_text(own_recovery_screen(OwnReport("ru", PERIOD, CaseFigures()), language))
    assert ("не было жалоб" in own) or ("no complaints" in own)


def test_a_shop_that_reports_no_amounts_is_not_told_that_nobody_buys() -> None:
    text = shown(figures(again=bought(Share(0, 40), Share(0, 30), Share(0, 90))))
    assert "нет покупок с суммой" in text
    assert "0,0 %" not in text


@pytest.mark.parametrize(
    ("n", "ru", "en"),
    [
        (1, "Решена и не вернулась в работу 1 жалоба;", "1 complaint was put right and stayed so:"),
        (2, "Решены и не вернулись в работу 2 жалобы;", "2 complaints were put right and stayed so:"),
        (5, "Решено и не вернулось в работу 5 жалоб;", "5 complaints were put right and stayed so:"),
        (11, "Решено и не вернулось в работу 11 жалоб;", "11 complaints were put right and stayed so:"),
        (21, "Решена и не вернулась в работу 21 жалоба;", "21 complaints were put right and stayed so:"),
    ],
)
def test_the_weekly_report_s_sentence_in_every_plural_form(n: int, ru: str, en: str) -> None:
    found = figures(CaseFigures(cases=n, settled=n, recovered=1))
    assert brought_text(found, Wording("ru")).startswith(ru)
    assert brought_text(found, Wording("en")).startswith(en)


def test_the_weekly_report_says_what_it_brought_only_where_the_data_say_it() -> None:
    wording = Wording("ru")
    more = brought_text(figures(again=bought(Share(56, 70), Share(48, 80))), wording)
    assert more.endswith("Если жалобу исправили, снова покупают 80 %, если нет — 60 %: исправлять стоит.")
    same = brought_text(figures(again=bought(Share(13, 20), Share(12, 20))), wording)
    assert same.endswith("если нет — 60 %; разница может быть случайной.")
    less = brought_text(figures(again=bought(Share(48, 80), Share(70, 80))), wording)
    assert less.endswith("снова покупают 60 %, если нет — 88 %.")
    assert "покупают" not in brought_text(figures(again=bought(Share(4, 4), Share(40, 80))), wording)
    assert "Решённых жалоб за это время нет." in brought_text(figures(CaseFigures(cases=2)), wording)


@pytest.mark.parametrize(
    ("resolved", "told", "left_out"),
    [(15, "не вернулось в работу 14 жалоб", "Среди решённых"), (14, "Среди решённых довольных", "не вернулось")],
)
def test_how_many_were_resolved_is_said_again_only_where_some_came_back(
    resolved: int, told: str, left_out: str
) -> None:
    text = shown(figures(replace(WORKED, resolved=resolved, settled=14)))
    assert f"решено {resolved}" in text
    assert told in text
    assert left_out not in text
