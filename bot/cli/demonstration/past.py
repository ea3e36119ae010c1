"""A month of the bakery's past, so that reports have something to say; the same every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from surveys.history import PastAnswer
from surveys.rules.journey import Catalogue, Metric

DAYS: Final = 35

_ANSWERS_A_DAY: Final = {"delivery": 9, "visit": 6, "product": 4, "support": 3, "checkout": 3, "consultation": 2}
_PLACES: Final = ("Арбат", "Лесная")
_COURIERS: Final = ("Ирина", "Сергей", "Тимур")
_COMMENTS: Final = {
    "negative": (
        "Не то, чего ожидали.",
        "Пришлось звонить самим, мой номер 8 900 000-00-00.",
        "Хлеб вчерашний, сухой.",
        "Дорого для такого вкуса.",
        "Перепутали заказ и долго не отвечали.",
        "Стояли в очереди двадцать минут.",
    ),
    "positive": (
        "Спасибо, всё отлично!",
        "Очень вкусно, хлеб ещё тёплый.",
        "Приятные люди, вежливый курьер.",
        "Свежее, как всегда.",
        "Торт красивый и вкусный.",
    ),
}
_LATE_COMMENTS: Final = (
    "Курьер опоздал на полтора часа, никто не предупредил.",
    "Долго ждали, всё остыло.",
    "Опаздываете второй раз за неделю!",
    "Привезли поздно, коробка помята.",
)
_GOOD: Final = {Metric.CSAT: (5, 5, 5, 4), Metric.NPS: (10, 10, 9, 9), Metric.CES: (7, 7, 6, 5)}
_FAIR: Final = {Metric.CSAT: (3, 3), Metric.NPS: (8, 7), Metric.CES: (4, 4)}
_POOR: Final = {Metric.CSAT: (2, 1), Metric.NPS: (6, 3), Metric.CES: (3, 2)}


def past_answers(catalogue: Catalogue, now: datetime) -> Iterator[PastAnswer]:
    """Answers of the days before now; deliveries got worse in the last of them, which a report should notice."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(DAYS, -1, -1):
        for touchpoint, number in _ANSWERS_A_DAY.items():
            if touchpoint not in catalogue.touchpoints:
                continue
            for place in range(number):
                answer = _answer(
                    catalogue, touchpoint, midnight - timedelta(days=day), f"{day}:{touchpoint}:{place}", day
                )
                if answer is not None and answer.answered_at < now:
                    yield answer


def _answer(catalogue: Catalogue, touchpoint: str, day: datetime, name: str, days_ago: int) -> PastAnswer | None:
    survey_name = catalogue.touchpoints[touchpoint].survey
    if survey_name is None:
        return None
    survey = catalogue.surveys[survey_name]
    draw = sha256(name.encode()).digest()
    late = touchpoint == "delivery" and draw[0] % 100 < (35 if days_ago <= 7 else 15)
    luck = draw[1] % 100 + (35 if late else 0)
    mood, scores = ("positive", _GOOD) if luck < 74 else ("neutral", _FAIR) if luck < 88 else ("negative", _POOR)
    of_metric = scores[survey.metric]
    offered = [reason.key for reason in getattr(survey.reasons, mood)]
    reasons = (offered[draw[3] % len(offered)],) if offered and draw[4] % 3 else ()
    if late and mood == "negative" and "late" in offered:
        reasons = ("late",)
    comments = _LATE_COMMENTS if late and mood != "positive" else _COMMENTS.get(mood, ())
    return PastAnswer(
        id=f"sample:{name}",
        touchpoint=touchpoint,
        answered_at=day + timedelta(hours=10 + draw[5] % 11, minutes=draw[6] % 60),
        score=of_metric[draw[2] % len(of_metric)],
        reasons=reasons,
        comment=comments[draw[7] % len(comments)] if comments and draw[8] % 4 == 0 else None,
        attributes=_attributes(touchpoint, draw, late=late),
    )


def _attributes(touchpoint: str, draw: bytes, *, late: bool) -> Mapping[str, object]:
    attributes: dict[str, object] = {}
    if touchpoint in ("delivery", "visit", "product"):
        attributes["location"] = _PLACES[draw[9] % len(_PLACES)]
    if touchpoint == "delivery":
        attributes |= {"late": late, "employee": _COURIERS[draw[10] % len(_COURIERS)]}
    return attributes
