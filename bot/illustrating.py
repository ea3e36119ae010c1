"""A report as a message with its picture; where there is no picture, the words go alone."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.drawing.painting import Painter, PaintingError
from bot.screens.drilling import with_drill
from bot.screens.report import report_caption
from bot.screens.report_picture import report_picture
from bot.screens.screen import Attachment, AttachmentKind, Screen
from surveys.reporting import Report
from surveys.whole_business import WholeBusiness

log = structlog.get_logger()


async def draw_report(painter: Painter, report: Report, language: str, theme: str) -> Attachment | None:
    """The report's picture; None where it could not be drawn, which is logged."""
    try:
        content = await painter.paint(report_picture(report, language, theme))
    except PaintingError as error:
        log.error("picture_not_drawn", why=str(error))
        return None
    except Exception:
        # a report is never lost for its picture
        log.exception("picture_not_drawn")
        return None
    return Attachment(AttachmentKind.PHOTO, content=content, name="report.png")


def illustrated(report: Report, language: str, picture: Attachment, whole: WholeBusiness | None = None) -> Screen:
    """The picture with the words that fit under it."""
    return replace(with_drill(report_caption(report, language, whole), report.period, language), attachment=picture)
