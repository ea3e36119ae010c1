"""ISO-8601 durations in days, hours, minutes and seconds; a day is 24 hours."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)
"""Nothing in a customer's journey waits longer; a larger number is a slip of the finger."""

DURATION_PATTERN = r"^P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"
"""What `parse_duration` takes, for editors."""

_DURATION = re.compile(DURATION_PATTERN, re.ASCII)
_SECONDS = {"D": 86400, "H": 3600, "M": 60, "S": 1}
_PARTS = re.compile(r"(\d+)([DHMS])", re.ASCII)
_BARE = re.compile(r"^\d+\s*[dhms](\s*\d+\s*[dhms])*$", re.IGNORECASE | re.ASCII)
_EXAMPLES = "PT30M is half an hour, PT2H two hours, P1D a day of 24 hours, P1DT12H a day and a half"


class DurationError(ValueError):
    """A text that is no duration: `message` says what is wrong, `fix` what would be right."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}. {fix}")
        self.message = message
        self.fix = fix


def parse_duration(text: str) -> timedelta:
    """The duration an ISO-8601 text such as `P1DT12H` means; raises DurationError."""
    if not _DURATION.fullmatch(text):
        raise _explained(text)
    seconds = 0
    for number, unit in _PARTS.findall(text):
        if len(number) > 12:
            raise _too_long(text)
        seconds += int(number) * _SECONDS[unit]
    if seconds > LONGEST.total_seconds():
        raise _too_long(text)
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest ISO-8601 text of the duration; seconds are whole, a fraction of one is cut off."""
    seconds = int(abs(duration).total_seconds())
    sign = "-" if duration < timedelta(0) and seconds else ""
    days, rest = divmod(seconds, 86400)
    numbers = {"H": rest // 3600, "M": rest % 3600 // 60, "S": rest % 60}
    day_part = f"{days}D" if days else ""
    time_part = "".join(f"{number}{unit}" for unit, number in numbers.items() if number)
    if not day_part and not time_part:
        return "PT0S"
    return f"{sign}P{day_part}{'T' if time_part else ''}{time_part}"


def _too_long(text: str) -> DurationError:
    return DurationError(f"{text} is longer than ten years", f"Write at most {format_duration(LONGEST)}")


def _explained(text: str) -> DurationError:
    upper = text.strip().upper()
    return (
        _explained_sign(text, upper)
        or _explained_unit(text, upper)
        or _explained_form(text, upper)
        or DurationError(f"{text!r} is not a duration", _EXAMPLES)
    )


def _explained_sign(text: str, upper: str) -> DurationError | None:
    if upper[:1] in "+-" and _DURATION.fullmatch(upper[1:]):
        message = f"{text} is a negative duration" if upper[0] == "-" else f"{text} has a sign"
        return DurationError(message, f"Write {upper[1:]}: every duration here looks forward")
    return None


def _explained_unit(text: str, upper: str) -> DurationError | None:
    if found := re.match(r"^P(\d+)W$", upper, re.ASCII):
        return DurationError(f"{text} is in weeks", f"Write it in days: P{int(found[1]) * 7}D")
    if found := re.match(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:\d+D)?(?:T.*)?$", upper, re.ASCII):
        years, months = found.groups()
        if years or months:
            days = int(years or 0) * 365 + int(months or 0) * 30
            unit = "months" if months else "years"
            fix = f"Write it in days: P{days}D"
            if months and not years:
                fix += f", or PT{int(months)}M if minutes were meant"
            return DurationError(f"{text} is in {unit}, which differ in length", fix)
    if re.match(r"^P[\dDTHMS]*\d+[.,]\d+[DHMS]", upper, re.ASCII):
        return DurationError(f"{text} has a fraction", "Write whole numbers, such as PT90M for an hour and a half")
    return None


def _explained_form(text: str, upper: str) -> DurationError | None:
    if _DURATION.fullmatch(upper):
        return DurationError(f"{text!r} must be in capitals, without spaces around it", f"Write {upper}")
    if upper in {"P", "PT"} or re.match(r"^P(\d+D)?T$", upper, re.ASCII):
        return DurationError(f"{text} ends before its number and unit", _EXAMPLES)
    if units := _missing_units(upper):
        return DurationError(f"{text} has no unit after its last number", f"Write {units}")
    if upper.isdigit():
        return DurationError(
            f"{text} has no unit", f"Write PT{upper}M for minutes, PT{upper}H for hours, P{upper}D for days"
        )
    if _BARE.match(upper) or re.match(r"^P?T?(\d+[DHMS])+$", upper, re.ASCII):
        return _explained_order(text, upper)
    return None


def _missing_units(upper: str) -> str:
    """The units that would make a duration of it, as advice; nothing when none would."""
    names = {"D": "days", "H": "hours", "M": "minutes", "S": "seconds"}
    possible = [unit for unit in names if _DURATION.fullmatch(upper + unit)]
    return ", ".join(f"{upper}{unit} for {names[unit]}" for unit in possible[:2])


def _explained_order(text: str, upper: str) -> DurationError:
    """Units that are right but in a wrong frame: `2H`, `P2H`, `PT1D`, `PT5M2H`."""
    amounts: dict[str, int] = {}
    for number, unit in re.findall(r"(\d+)\s*([DHMS])", upper, re.ASCII):
        amounts[unit] = amounts.get(unit, 0) + int(number)
    days = f"{amounts['D']}D" if "D" in amounts else ""
    clock = "".join(f"{amounts[unit]}{unit}" for unit in "HMS" if unit in amounts)
    right = f"P{days}{'T' if clock else ''}{clock}"
    if not upper.startswith("P"):
        message = f"{text!r} lacks the P every duration begins with"
    elif clock and "T" not in upper:
        message = f"{text} lacks the T that comes before hours, minutes and seconds"
    elif "T" in upper and "D" in upper.partition("T")[2]:
        message = f"{text} has its days after the T"
    else:
        message = f"{text} has its units out of order (days, hours, minutes, seconds)"
    return DurationError(message, f"Write {right}")
