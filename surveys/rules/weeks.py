"""Periods of whole days in the business's zone: ISO weeks, and what a manager may type for one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=3660)
"""Longer periods are surely a slip of the pen."""

_WORDS = {
    "today": "today",
    "сегодня": "today",
    "yesterday": "yesterday",
    "вчера": "yesterday",
    "week": "week",
    "last week": "week",
    "неделя": "week",
    "неделю": "week",
    "прошлая неделя": "week",
    "прошлую неделю": "week",
    "this week": "this week",
    "эта неделя": "this week",
    "эту неделю": "this week",
    "month": "month",
    "last month": "month",
    "месяц": "month",
    "прошлый месяц": "month",
    "this month": "this month",
    "этот месяц": "this month",
    "quarter": "quarter",
    "last quarter": "quarter",
    "квартал": "quarter",
    "прошлый квартал": "quarter",
    "year": "year",
    "год": "year",
}
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_RUNNING = re.compile(r"(\d{1,4}) ?(d|day|days|д|дн|дня|дней|день|w|week|weeks|н|нед|недели|недель)")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2}) ?(?:\.\.|…|–|—) ?(\d{4}-\d{2}-\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class PeriodError(ValueError):
    """A period nobody can make out, or an impossible one; says what would be right. `text` is what was given."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `start` to `end`, which is not included; raises PeriodError for an empty or endless one."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise PeriodError(
                f"the period must end after {self.start}, which is its first day; its end is {self.end}", str(self)
            )
        if self.end - self.start > LONGEST:
            raise PeriodError(f"the period is longer than ten years: {self.start} to {self.end}", str(self))

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"

    @property
    def previous(self) -> Period:
        """The same number of days just before."""
        return Period(self.start - (self.end - self.start), self.start)

    @property
    def last_day(self) -> date:
        """The last day that is included."""
        return self.end - timedelta(days=1)

    @property
    def week_name(self) -> str | None:
        """`2026-W47` when the period is exactly an ISO week."""
        is_week = self.start.weekday() == 0 and self.end - self.start == timedelta(days=7)
        return week_name(self.start) if is_week else None


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day in the zone, in UTC, also where midnight is skipped or happens twice."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The date the instant falls on in the zone."""
    return instant.astimezone(zone).date()


def week_name(day: date) -> str:
    """The ISO name of the week the day lies in: `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def week_containing(day: date) -> Period:
    """The ISO week, Monday to Sunday, that contains the day."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=7))


def weeks_until(day: date, count: int) -> tuple[Period, ...]:
    """So many ISO weeks, oldest first, the last of them the one the day lies in."""
    last = week_containing(day)
    weeks = [last]
    while len(weeks) < count:
        weeks.append(weeks[-1].previous)
    return tuple(reversed(weeks[:count]))


def last_complete_week(now: datetime, zone: ZoneInfo) -> Period:
    """The last ISO week that is over in the zone."""
    return week_containing(local_day(now, zone)).previous


def parse_week(text: str) -> Period:
    """The week named like `2026-W47`; raises PeriodError."""
    found = _WEEK.fullmatch(text.strip().lower())
    if not found:
        raise PeriodError(f"{text!r} is no week; write it like 2026-W47", text)
    try:
        return week_containing(_in_reach(date.fromisocalendar(int(found[1]), int(found[2]), 1)))
    except ValueError as error:
        raise PeriodError(f"there is no week {found[2]} in {found[1]}", text) from error


def parse_day(text: str) -> date:
    """The date written like `2026-11-16`; raises PeriodError."""
    if not _DAY.fullmatch(text.strip()):
        raise PeriodError(f"{text!r} is no date; write it like 2026-11-16", text)
    try:
        return _in_reach(date.fromisoformat(text.strip()))
    except ValueError as error:
        raise PeriodError(f"there is no day {text.strip()} in reach", text) from error


def parse_period(text: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """The period a person typed, in English or Russian; raises PeriodError.

    `week`, `month` and `quarter` are the last complete ones; `7d` is the last seven days with today; also
    `today`, `yesterday`, `this week`, `2026-W47`, `2026-11`, `2026-11-16` and `2026-11-01..2026-11-08`, the
    end of which is not included.
    """
    wanted = " ".join(text.lower().split())
    today = local_day(now, zone)
    word = _WORDS.get(wanted)
    if word is not None:
        return _named(word, today)
    if _WEEK.fullmatch(wanted):
        return parse_week(wanted)
    if found := _RUNNING.fullmatch(wanted):
        days = int(found[1]) * (7 if found[2][0] in "wн" else 1)
        if not 0 < days <= LONGEST.days:
            raise PeriodError(f"{text!r}: between 1 day and ten years, please", text)
        return Period(today - timedelta(days=days - 1), today + timedelta(days=1))
    if found := _RANGE.fullmatch(wanted):
        return Period(parse_day(found[1]), parse_day(found[2]))
    if _DAY.fullmatch(wanted):
        day = parse_day(wanted)
        return Period(day, day + timedelta(days=1))
    if found := _MONTH.fullmatch(wanted):
        return _months(parse_day(f"{wanted}-01"), 1)
    raise PeriodError(f"{text!r} is no period; write week, month, 7d, 2026-W47 or 2026-11-01..2026-11-08", text)


def _in_reach(day: date) -> date:
    """The day itself; raises ValueError where no period around it could be reckoned with."""
    if not 1970 <= day.year <= 2200:
        raise ValueError(day)
    return day


def _named(word: str, today: date) -> Period:
    tomorrow = today + timedelta(days=1)
    month = today.replace(day=1)
    quarter = month.replace(month=month.month - (month.month - 1) % 3)
    periods = {
        "today": lambda: Period(today, tomorrow),
        "yesterday": lambda: Period(today - timedelta(days=1), today),
        "week": lambda: week_containing(today).previous,
        "this week": lambda: week_containing(today),
        "month": lambda: _months(_months_before(month, 1), 1),
        "this month": lambda: _months(month, 1),
        "quarter": lambda: _months(_months_before(quarter, 3), 3),
        "year": lambda: _months(today.replace(year=today.year - 1, month=1, day=1), 12),
    }
    return periods[word]()


def _months(first: date, count: int) -> Period:
    return Period(first, _months_before(first, -count))


def _months_before(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)
