"""A card that cannot be drawn still shows that there is a complaint."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.renderers import build_renderers
from bot.telegram.drawing import draw
from db.cases import StoredCase
from db.database import Database
from surveys.cards import PostCard
from surveys.case_views import CaseView
from surveys.due import Due
from surveys.publishing import Catalogues
from surveys.rules.cases import CaseState
from surveys.rules.journey import Metric

NOON = datetime(2026, 11, 18, 9, tzinfo=UTC)


def _case(**fields: object) -> StoredCase:
    values: dict[str, object] = dict.fromkeys(StoredCase.__dataclass_fields__)
    values |= {"id": 7, "state": "open", "team": "staff", "cause": "score", "opened_at": NOON, "reasons": ()}
    values |= {"attributes": {}, "attachments": 0, "comment": "Ждали два часа", **fields}
    return StoredCase(**values)


def _due(case: StoredCase) -> Due:
    view = CaseView(
        case=case,
        state=CaseState(case.state),
        touchpoint_title={"ru": "Доставка"},
        reason_titles=(),
        metric=Metric.CSAT,
        business_name="Пекарня",
        language="ru",
        zone=ZoneInfo("Europe/Moscow"),
    )
    return Due(1, "card", case.id, "team:staff", "telegram", -1, 1, False, PostCard(view, None, None))


async def test_a_card_that_cannot_be_drawn_shows_its_number_the_comment_and_its_buttons(database: Database) -> None:
    renderers = build_renderers(database, Catalogues(), MovableClock(NOON, running=False))
    # attributes that are no mapping: nothing of ours stores such, so drawing them fails
    rendering = await renderers.render(_due(_case(attributes=["broken"])))
    drawing = draw(rendering.screen)
    assert "Жалоба № 7" in drawing.html
    assert "Ждали два часа" in drawing.html
    assert "cc:7" in str(drawing.markup)
