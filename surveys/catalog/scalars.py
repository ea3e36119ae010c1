"""How single values of the catalogue are read: names, texts, durations, times and days.

Each is an annotated type that both reads the value and describes itself in the JSON Schema, so that the reader
and the editor never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from surveys.catalog.faults import did_you_mean
from surveys.rules.durations import DURATION_PATTERN, DurationError, parse_duration
from surveys.rules.putting_right import WorkingHours
from surveys.rules.trial_sizes import SMALLEST

NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,31}$"
"""Names go into buttons, links, metrics and exports: short, lower-case, without spaces."""

LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
CLOCK_PATTERN = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
INTERVAL_PATTERN = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]-(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
URL_PATTERN = r"^https?://[^\s/?#]+[^\s]*$"
LONGEST_TEXT = 1000

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_DAYS = tuple(day[:3] for day in DAYS)
_ONE_DAY = "|".join(SHORT_DAYS)
DAYS_PATTERN = rf"^({_ONE_DAY})(-({_ONE_DAY}))?$"

MIDNIGHT = "24:00"
HOLIDAYS = "holidays"

ValueT = TypeVar("ValueT")


def refusal(message: str, fix: str) -> PydanticCustomError:
    """The error of a value that was understood and is wrong."""
    return PydanticCustomError("catalogue", "{message}", {"message": message, "fix": fix})


def _text(value: object, example: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise refusal("nothing is written here", f"Write a value such as {example}, or remove the key")
    raise refusal(f"{shown_value(value)} is not a text", f"Write it in quotes, such as {example}")


def shown_value(value: object) -> str:
    """A value from a file, short enough for a message."""
    if value is None:
        return "nothing"
    shown = {bool: str(value).lower(), dict: "a group of keys", list: "a list"}.get(type(value), str(value))
    return shown if len(shown) <= 40 else f"{shown[:40]}…"


def _duration(value: object) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    try:
        return parse_duration(_text(value, "PT2H"))
    except DurationError as error:
        raise refusal(error.message, error.fix) from error


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise refusal("must be longer than nothing", "Write a duration such as PT2H")
    return value


def _clock(value: object) -> time:
    text = _text(value, '"21:00"')
    if re.fullmatch(CLOCK_PATTERN, text):
        hour, _, minute = text.partition(":")
        return time(int(hour), int(minute))
    if text == MIDNIGHT:
        raise refusal("24:00 is not a time of day", 'Write "00:00"')
    raise refusal(
        f"{shown_value(text)} is not a time of day", 'Write hours and minutes of 24 hours, such as "09:00" or "21:30"'
    )


@cache
def _zone_names() -> frozenset[str]:
    """The zones of this machine: finding them reads its whole time zone folder."""
    return frozenset(available_timezones())


_MEANT: Mapping[str, str] = {
    "moskva": "Europe/Moscow",
    "москва": "Europe/Moscow",
    "msk": "Europe/Moscow",
    "мск": "Europe/Moscow",
    "samt": "Europe/Samara",
    "ekt": "Asia/Yekaterinburg",
    "yekt": "Asia/Yekaterinburg",
    "omst": "Asia/Omsk",
    "novt": "Asia/Novosibirsk",
    "krat": "Asia/Krasnoyarsk",
    "irkt": "Asia/Irkutsk",
    "yakt": "Asia/Yakutsk",
    "vlat": "Asia/Vladivostok",
    "magt": "Asia/Magadan",
    "pett": "Asia/Kamchatka",
}
"""Abbreviations and spellings that are no names of the IANA list, which by letters alone are near to other zones."""


def _meant_zone(text: str, known: frozenset[str]) -> str | None:
    city = text.rpartition("/")[2]
    if city.casefold() in _MEANT:
        return _MEANT[city.casefold()]
    close = get_close_matches(text, known, n=1) or [zone for zone in known if zone.endswith(f"/{text.title()}")]
    return close[0] if close else None


def _zone(value: object) -> ZoneInfo:
    text = _text(value, "Europe/Moscow")
    known = _zone_names()
    if text not in known:
        meant = _meant_zone(text, known)
        fix = f"Did you mean {meant}?" if meant else "Write an IANA name such as Europe/Moscow or Asia/Omsk"
        raise refusal(f"{shown_value(text)} is not a time zone", fix)
    return ZoneInfo(text)


def _day(value: object) -> date:
    text = _text(value, "2027-01-01")
    try:
        if re.fullmatch(DATE_PATTERN, text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise refusal(f"{text} is not in the calendar ({error})", "Write year-month-day, such as 2027-01-01") from error
    raise refusal(f"{shown_value(text)} is not a date", "Write year-month-day, such as 2027-01-01")


def _weekday(value: object) -> int:
    text = _text(value, "monday")
    if text not in DAYS:
        raise refusal(f"{shown_value(text)} is not a day", did_you_mean(text, DAYS))
    return DAYS.index(text)


def _name(value: object) -> str:
    text = _text(value, "delivery")
    if not re.fullmatch(NAME_PATTERN, text):
        long = len(text) > 32
        message = (
            f"{shown_value(text)} is too long for a button ({len(text)} characters)"
            if long
            else f"{shown_value(text)!r} is not a name"
        )
        raise refusal(message, "Write at most 32 of a-z, 0-9, _ and -, beginning with a letter")
    return text


def _language(value: object) -> str:
    text = _text(value, "ru")
    if not re.fullmatch(LANGUAGE_PATTERN, text):
        fix = "Write a code such as ru, en or pt-BR"
        if not text.isascii() or " " in text:
            fix += "; a text with a comma inside { } goes in quotes"
        raise refusal(f"{shown_value(text)!r} is not a language code", fix)
    return text


def _shown_text(value: object) -> str:
    text = _text(value, '"5"')
    if not text.strip():
        raise refusal("the text is empty", "Write the text, or remove the key")
    if len(text) > LONGEST_TEXT:
        raise refusal(
            f"the text has {len(text):,} characters", f"Write at most {LONGEST_TEXT:,}: it is read on a phone"
        )
    return text.strip()


def _url(value: object) -> str:
    text = _text(value, "https://example.org/review")
    try:
        parts = urlsplit(text)
        good = bool(re.fullmatch(URL_PATTERN, text)) and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise refusal(f"{shown_value(text)} is not a web address", "Write it in full, beginning with https://")
    return text


def _working_hours(value: object) -> WorkingHours:
    """All that is wrong in it at once, each at its own key."""
    example = 'Write {mon-fri: "09:00-18:00"}, or remove working_hours for round the clock'
    if not isinstance(value, Mapping):
        raise refusal("working hours are keys", example)
    reader = _HoursReader()
    for key, given in value.items():
        if key == HOLIDAYS:
            reader.take_holidays(given)
        else:
            reader.take_days(str(key), given)
    if reader.errors:
        raise ValidationError.from_exception_data("working_hours", reader.errors)
    if not reader.weekdays:
        raise refusal("the team never works", example)
    return WorkingHours(dict(sorted(reader.weekdays.items())), frozenset(reader.holidays))


class _HoursReader:
    """Gathers days, holidays and what is wrong with them."""

    def __init__(self) -> None:
        self.weekdays: dict[int, tuple[time, time]] = {}
        self.holidays: set[date] = set()
        self.errors: list[InitErrorDetails] = []

    def take_days(self, key: str, given: object) -> None:
        days = self._tried(_days, key, key) or ()
        interval = self._tried(_interval, given, key)
        repeated = [SHORT_DAYS[day] for day in days if day in self.weekdays]
        if repeated:
            message = f"{' and '.join(repeated)} {'are' if len(repeated) > 1 else 'is'} here a second time"
            self._note(refusal(message, "Give each day its hours once"), given, key)
        elif interval is not None:
            self.weekdays |= dict.fromkeys(days, interval)

    def take_holidays(self, given: object) -> None:
        if not isinstance(given, list):
            fix = "Write [2027-01-01, 2027-01-02]"
            self._note(refusal(f"{shown_value(given)} is not a list of dates", fix), given, HOLIDAYS)
            return
        days = [self._tried(_day, day, HOLIDAYS, place) for place, day in enumerate(given)]
        self.holidays = {day for day in days if day is not None}

    def _tried(self, read: Callable[[object], ValueT], given: object, *place: str | int) -> ValueT | None:
        try:
            return read(given)
        except PydanticCustomError as error:
            self._note(error, given, *place)
            return None

    def _note(self, error: PydanticCustomError, given: object, *place: str | int) -> None:
        self.errors.append(InitErrorDetails(type=error, loc=place, input=given))


def _days(value: object) -> tuple[int, ...]:
    key = str(value)
    if not re.fullmatch(DAYS_PATTERN, key):
        parts = [part[:3].lower() for part in key.split("-")]
        guess = "-".join(parts)
        fix = (
            f"Did you mean {guess}?"
            if len(parts) <= 2 and set(parts) <= set(SHORT_DAYS)
            else "Write mon, tue, wed, thu, fri, sat, sun, mon-fri or holidays"
        )
        raise refusal(f"{shown_value(key)} is not a day", fix)
    first, _, last = key.partition("-")
    start, end = SHORT_DAYS.index(first), SHORT_DAYS.index(last or first)
    if start > end:
        raise refusal(f"{key} runs backwards", f"Write {first}-sun and mon-{last}")
    return tuple(range(start, end + 1))


def _interval(value: object) -> tuple[time, time]:
    text = _text(value, '"09:00-18:00"')
    if not re.fullmatch(INTERVAL_PATTERN, text):
        raise refusal(
            f"{shown_value(text)} is not an interval of the day",
            'Write opening and closing time, such as "09:00-18:00"',
        )
    opens_text, _, closes_text = text.partition("-")
    opens = _clock(opens_text)
    closes = time.max if closes_text == MIDNIGHT else _clock(closes_text)
    if closes <= opens:
        raise refusal(
            f"{text} closes before it opens",
            f'Write "{opens_text}-24:00" for open until midnight; past midnight is not possible',
        )
    return opens, closes


def _read(reader: Callable[[object], object], **schema: object) -> tuple[PlainValidator, WithJsonSchema]:
    return PlainValidator(reader), WithJsonSchema(dict(schema))


Duration = Annotated[timedelta, *_read(_duration, type="string", pattern=DURATION_PATTERN, examples=["PT2H", "P1D"])]
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
Clock = Annotated[time, *_read(_clock, type="string", pattern=CLOCK_PATTERN, examples=["09:00"])]
Day = Annotated[date, *_read(_day, type="string", pattern=DATE_PATTERN, examples=["2027-01-01"])]
Zone = Annotated[ZoneInfo, *_read(_zone, type="string", examples=["Europe/Moscow"])]
Weekday = Annotated[int, *_read(_weekday, type="string", enum=list(DAYS))]
Name = Annotated[str, *_read(_name, type="string", pattern=NAME_PATTERN)]
Language = Annotated[str, *_read(_language, type="string", pattern=LANGUAGE_PATTERN)]
Text = Annotated[str, *_read(_shown_text, type="string", pattern=r"\S", maxLength=LONGEST_TEXT)]
Url = Annotated[str, *_read(_url, type="string", pattern=URL_PATTERN)]
Hours = Annotated[
    WorkingHours,
    *_read(
        _working_hours,
        type="object",
        description='Days and hours, such as mon-fri: "09:00-18:00"; holidays: dates without work.',
        properties={HOLIDAYS: {"type": "array", "items": {"type": "string", "pattern": DATE_PATTERN}}},
        patternProperties={DAYS_PATTERN: {"type": "string", "pattern": INTERVAL_PATTERN}},
        additionalProperties=False,
        minProperties=1,
    ),
]
TextsByLanguage = Annotated[dict[Language, Text], Field(min_length=1)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
PositiveCount = Annotated[int, Field(strict=True, ge=1, le=2**52)]
Several = Annotated[int, Field(strict=True, ge=2, le=10_000)]
Enough = Annotated[int, Field(strict=True, ge=SMALLEST, le=1_000_000)]
Difference = Annotated[float, Field(strict=True, ge=0.01, le=0.5, allow_inf_nan=False)]
Rank = Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)]
