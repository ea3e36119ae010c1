"""Parameters of addresses that several routes share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime

from bot.drawing.kinds import Theme
from surveys.rules.incoming import MAX_TEXT

LONGEST_ID = MAX_TEXT
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000


def check_text(text: str) -> str:
    """The text itself; raises ValueError for a character PostgreSQL cannot keep."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that is no text")
    return text


def check_id(text: str | None) -> str | None:
    """The id itself; raises ValueError for one of blanks alone."""
    if text is None:
        return None
    if not text.strip():
        raise ValueError("is empty")
    return check_text(text)


def check_instant(instant: datetime | None) -> datetime | None:
    """The instant itself; raises ValueError for one that leaves the calendar in another zone."""
    if instant is not None and not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"lies outside of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return instant


EventId = Annotated[
    str,
    Path(description="the shop's own id; slashes and colons are fine", max_length=LONGEST_ID),
    AfterValidator(check_id),
]
OrderId = Annotated[str, Path(description="the shop's own order id", max_length=LONGEST_ID), AfterValidator(check_id)]
CustomerId = Annotated[
    str, Path(description="the shop's own customer id", max_length=LONGEST_ID), AfterValidator(check_id)
]
Text = Annotated[str, AfterValidator(check_text)]
Since = Annotated[
    AwareDatetime | None,
    AfterValidator(check_instant),
    Query(description="an instant with its offset: 2026-11-20T14:05:00+03:00 (write + as %2B)"),
]
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="the `next_after` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000, description="rows on a page")]
SpokenIn = Annotated[Text | None, Query(description="ru or en; the business's first language without it")]
PaperTheme = Annotated[Theme, Query(description="light or dark")]
