"""What somebody may write about their weekly report: a day, a time, the paper, a pause; in Russian or English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

_DAYS: Final[tuple[str, ...]] = (
    "monday mondays mon понедельник понедельникам пн",
    "tuesday tuesdays tue вторник вторникам вт",
    "wednesday wednesdays wed среда среду средам ср",
    "thursday thursdays thu четверг четвергам чт",
    "friday fridays fri пятница пятницу пятницам пт",
    "saturday saturdays sat суббота субботу субботам сб",
    "sunday sundays sun воскресенье воскресеньям вс",
)
_WEEKDAYS: Final[Mapping[str, int]] = {word: day for day, words in enumerate(_DAYS) for word in words.split()}
_THEMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(["light", "светлый", "светлая", "светло"], "light"),
    **dict.fromkeys(["dark", "тёмный", "темный", "тёмная", "темная", "тёмно", "темно"], "dark"),
}
_PAUSES: Final[Mapping[str, bool]] = {
    **dict.fromkeys(["pause", "off", "stop", "пауза", "паузу", "паузе", "выключить", "выкл", "стоп"], True),
    **dict.fromkeys(["on", "resume", "continue", "включить", "вкл", "присылать", "продолжить"], False),
}
_BETWEEN: Final = frozenset(["at", "every", "в", "во", "по", "на", "и"])
"""Words that join the others and ask for nothing."""

_NOT: Final = re.compile(r"\bне присылать\b")
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")


class WishError(ValueError):
    """A wish nobody can make out; `text` is the part of it."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no day, time, paper or pause")
        self.text = text


@dataclass(frozen=True, slots=True)
class ReportWish:
    """What is to change; None leaves as it is. Monday is 0, `at` in the business's zone."""

    paused: bool | None = None
    weekday: int | None = None
    at: time | None = None
    theme: str | None = None


def read_report_wish(text: str) -> ReportWish:
    """The wish in the text: `monday 09:00`, `пауза`, `dark`. Raises WishError, also for two of a kind.

    Whoever names a day or a time wants the report again, unless the pause is named too.
    """
    wish = ReportWish()
    for word in _NOT.sub("пауза", " ".join(text.lower().split())).replace(",", " ").split():
        if word not in _BETWEEN:
            wish = _with(wish, word)
    if wish == ReportWish():
        raise WishError(text)
    if wish.paused is None and (wish.weekday is not None or wish.at is not None):
        return replace(wish, paused=False)
    return wish


def _with(wish: ReportWish, word: str) -> ReportWish:
    if word in _PAUSES and wish.paused is None:
        return replace(wish, paused=_PAUSES[word])
    if word in _WEEKDAYS and wish.weekday is None:
        return replace(wish, weekday=_WEEKDAYS[word])
    if word in _THEMES and wish.theme is None:
        return replace(wish, theme=_THEMES[word])
    if (found := _TIME.fullmatch(word)) and wish.at is None:
        hour, minute = int(found[1]), int(found[2] or 0)
        if hour < 24 and minute < 60:
            return replace(wish, at=time(hour, minute))
    raise WishError(word)
