"""The product's own words: messages of `bot/locales` in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages import pofile

LOCALES = Path(__file__).resolve().parent.parent / "locales"


class MissingTextError(LookupError):
    """A key no `.po` file of the language has; always our own mistake."""


@dataclass(frozen=True, slots=True)
class Messages:
    """All messages of one language: key to its text, or to its plural forms."""

    texts: Mapping[str, str]
    plurals: Mapping[str, tuple[str, ...]]
    plural_form: Callable[[int], int]


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages there are messages in, sorted."""
    return tuple(sorted(folder.name for folder in LOCALES.iterdir() if (folder / "LC_MESSAGES").is_dir()))


@lru_cache
def messages(language: str) -> Messages:
    """The messages of all the language's `.po` files, read once; raises ValueError for a key given twice."""
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    plural_expression = "n != 1"
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            catalog = pofile.read_po(file, locale=language, abort_invalid=True)
        plural_expression = catalog.plural_expr
        for message in catalog:
            key = message.id if isinstance(message.id, str) else message.id[0]
            if not key:
                continue
            if key in texts or key in plurals:
                raise ValueError(f"{path}: {key} is given twice in {language}")
            if isinstance(message.string, str):
                texts[key] = message.string
            else:
                plurals[key] = tuple(message.string or ())
    return Messages(texts, plurals, c2py(plural_expression))


@lru_cache
def known_language(language: str | None, fallback: str = "en") -> str:
    """The nearest language there are messages in: itself, without its region, the fallback, English."""
    for wanted in (language, fallback):
        for code in (wanted, (wanted or "").replace("_", "-").partition("-")[0].lower()):
            if code in languages():
                return code
    return "en"


@lru_cache
def _locale(language: str) -> Locale:
    # Babel asks the file system each time
    return Locale.parse(language)


class Wording:
    """Words, numbers and dates in one language.

    `fallback` (the business's first language) is spoken when there are no messages in `language`.
    """

    __slots__ = ("_locale", "_messages", "language")

    def __init__(self, language: str | None, fallback: str = "en") -> None:
        self.language = known_language(language, fallback)
        self._messages = messages(self.language)
        self._locale = _locale(self.language)

    def text(self, key: str, **values: object) -> str:
        """The text under the key with its placeholders filled; raises MissingTextError for an unknown key."""
        template = self._messages.texts.get(key)
        if template is None:
            raise MissingTextError(f"{self.language}: no text {key}")
        return template.format_map(values)

    def plural(self, key: str, n: int, **values: object) -> str:
        """The form of the text that fits the count, with `{n}` filled as well."""
        forms = self._messages.plurals.get(key)
        if forms is None:
            raise MissingTextError(f"{self.language}: no plural text {key}")
        return forms[self._messages.plural_form(n)].format_map({"n": self.number(n), **values})

    def number(self, value: float, decimals: int = 0, *, sign: bool = False) -> str:
        """The number as the language writes it, rounded half to even; `sign` shows a plus too."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        shown = numbers.format_decimal(abs(value), format=pattern, locale=self._locale)
        if round(value, decimals) == 0:
            return shown
        if value < 0:
            return f"−{shown}"
        return f"+{shown}" if sign else shown

    def day(self, day: date) -> str:
        """The date with its month in words."""
        return dates.format_date(day, format="d MMMM y", locale=self._locale)

    def day_and_month(self, day: date) -> str:
        """The date without its year."""
        return dates.format_date(day, format="d MMMM", locale=self._locale)

    def day_range(self, first: date, last: date) -> str:
        """Two dates, both included, saying month and year once where they agree."""
        if first == last:
            return self.day(last)
        pattern = "d MMMM y"
        if first.year == last.year:
            pattern = "d" if first.month == last.month else "d MMMM"
        return f"{dates.format_date(first, format=pattern, locale=self._locale)} – {self.day(last)}"

    def moment(self, instant: datetime, zone: ZoneInfo, *, with_year: bool = False) -> str:
        """The instant as a date and a time of that zone."""
        local = instant.astimezone(zone)
        pattern = "d MMMM y" if with_year else "d MMMM"
        return f"{dates.format_date(local.date(), format=pattern, locale=self._locale)}, {local:%H:%M}"

    def duration(self, duration: timedelta) -> str:
        """The duration in its two largest units: 2 d 4 h, 35 min."""
        return self._duration(duration, "wording.minutes")

    def lasting(self, duration: timedelta) -> str:
        """The duration as it stands after "for" or "within": where a language declines it, in the accusative."""
        return self._duration(duration, "wording.minutes_for")

    def _duration(self, duration: timedelta, minutes_key: str) -> str:
        minutes = max(round(duration.total_seconds() / 60), 0)
        days, rest = divmod(minutes, 24 * 60)
        parts = [("wording.days", days), ("wording.hours", rest // 60), (minutes_key, rest % 60)]
        shown = [self.plural(key, count) for key, count in parts if count][:2]
        return " ".join(shown) or self.plural(minutes_key, 0)
