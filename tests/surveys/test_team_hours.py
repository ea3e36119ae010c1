from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.screens.dialogue import answer_screen
from surveys.answer_views import Telling
from surveys.rules.journey import Business, Catalogue, Touchpoint
from surveys.rules.putting_right import Recovery, Team, WorkingHours
from surveys.team_hours import works_again

MOSCOW = ZoneInfo("Europe/Moscow")
CATALOGUE = Catalogue(
    business=Business("Пекарня", MOSCOW),
    touchpoints={"delivery": Touchpoint(owner="couriers")},
    surveys={},
    recovery=Recovery(
        teams={
            "staff": Team(working_hours=WorkingHours({day: (time(9), time(18)) for day in range(5)})),
            "couriers": Team(chat="couriers"),
        }
    ),
)


@pytest.mark.parametrize(
    ("now", "timezone", "said"),
    [
        (datetime(2026, 11, 18, 22, tzinfo=MOSCOW), None, "Команда ответит завтра с 9:00."),
        # it is past midnight in Omsk already, and the team begins at its noon
        (datetime(2026, 11, 18, 22, tzinfo=MOSCOW), "Asia/Omsk", "Команда ответит сегодня с 12:00."),
        (datetime(2026, 11, 18, 7, tzinfo=MOSCOW), "Europe/Kaliningrad", "Команда ответит сегодня с 8:00."),
        (datetime(2026, 11, 20, 18, tzinfo=MOSCOW), None, "Команда ответит 23 ноября с 9:00."),
        (datetime(2026, 11, 18, 22, tzinfo=MOSCOW), "no/where", "Команда ответит завтра с 9:00."),
    ],
)
def test_a_customer_is_told_when_the_team_answers_in_their_own_time(
    now: datetime, timezone: str | None, said: str
) -> None:
    view = Telling("ru", works_again=works_again(CATALOGUE, None, timezone, now=now))
    assert answer_screen(view).paragraphs[-1][0].text == said


def test_while_the_team_works_or_always_works_nothing_is_said() -> None:
    assert works_again(CATALOGUE, None, None, now=datetime(2026, 11, 18, 9, tzinfo=MOSCOW)) is None
    assert works_again(CATALOGUE, "delivery", None, now=datetime(2026, 11, 18, 22, tzinfo=MOSCOW)) is None
