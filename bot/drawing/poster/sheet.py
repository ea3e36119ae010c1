"""What is printed on a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from bot.drawing.kinds import Drawable, Kind

Format = Literal["png", "svg", "pdf"]
FORMATS: Final[tuple[Format, ...]] = ("png", "svg", "pdf")


@dataclass(frozen=True, slots=True)
class Poster(Drawable):
    """An A5 sheet: the business, the question, how to answer it, a code for each messenger, and the place in small."""

    kind: ClassVar[Kind] = Kind.POSTER
    business: str
    question: str
    invitation: str
    codes: Mapping[str, str]
    place: str | None = None
    form: Format = "png"
