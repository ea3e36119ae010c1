"""What is said of an export while it is made, and the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.screens.screen import Attachment, AttachmentKind, Run, Screen
from bot.screens.wording import Wording
from surveys.exporting import ScoresRequest
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick

BYTES_IN_MEGABYTE = 1024 * 1024


def export_label(request: ScoresRequest, catalogue: Catalogue) -> str:
    """The days, and the touchpoint when only one was asked for."""
    language = catalogue.business.languages[0]
    days = Wording(language).day_range(request.period.start, request.period.last_day)
    if request.touchpoint is None:
        return days
    configured = catalogue.touchpoints.get(request.touchpoint)
    title = pick({} if configured is None else configured.title, language) or request.touchpoint
    return f"{title}, {days}"


def export_notice(key: str, language: str, **values: object) -> Screen:
    """A plain sentence about an export."""
    return Screen(((Run(Wording(language).text(f"export.{key}", **values)),),))


def unknown_export_screen(text: str, touchpoints: Sequence[str], language: str) -> Screen:
    """What was typed behind the command is neither a touchpoint nor a period."""
    return export_notice(
        "unknown", language, text=text, touchpoint=next(iter(touchpoints), ""), touchpoints=", ".join(touchpoints)
    )


def too_large_screen(size: int, limit: int, touchpoints: Sequence[str], language: str) -> Screen:
    """The file, of so many bytes, is more than the messenger takes; what to do instead."""
    wording = Wording(language)
    return export_notice(
        "too_large",
        language,
        megabytes=wording.number(size / BYTES_IN_MEGABYTE),
        limit=wording.number(limit / BYTES_IN_MEGABYTE),
        touchpoint=next(iter(touchpoints), ""),
    )


def export_file_screen(content: bytes, label: str, first: date, last: date, language: str) -> Screen:
    """The workbook, under a name that tells its days."""
    caption = Wording(language).text("export.caption", period=label)
    name = f"otklik-{first}-{last}.xlsx"
    return Screen(((Run(caption),),), attachment=Attachment(AttachmentKind.DOCUMENT, content=content, name=name))
