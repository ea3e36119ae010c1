"""Cards and what goes under them, as staff see them; a card that cannot be drawn still shows the complaint."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.clock import MovableClock
from bot.renderers import build_renderers
from bot.screens.cards import card_screen, relay_screen
from bot.screens.plain import plain_text
from bot.telegram.drawing import draw
from db.cases import StoredCase
from db.database import Database
from surveys.cards import PostCard, RelayMessage
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
        close_reason_title={},
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


@pytest.mark.parametrize(
    ("file_id", "heading"), [(None, "№ 7: сообщение от клиента"), ("voice-1", "№ 7: файл от клиента")]
)
def test_what_goes_under_a_card_is_called_what_it_is(file_id: str | None, heading: str) -> None:
    kind = "text" if file_id is None else "voice"
    work = RelayMessage(
        case_id=7,
        reply_to=1,
        kind=kind,
        text="Где заказ?",
        file_id=file_id,
        customer_name="Анна",
        language="ru",
        message_id=3,
    )
    assert relay_screen(work).paragraphs[0][0].text == heading


@pytest.mark.parametrize(
    ("language", "told"), [("ru", "место: Арбат · опоздание: да"), ("en", "late: yes · place: Арбат")]
)
def test_attributes_are_called_what_staff_call_them_and_empty_ones_are_left_out(language: str, told: str) -> None:
    attributes = {"late": True, "location": "Арбат", "employee": "", "product": None, "courier": "  "}
    work = _due(_case(attributes=attributes)).work
    assert isinstance(work, PostCard)
    text = plain_text(card_screen(replace(work, view=replace(work.view, language=language))))
    assert told.split(" · ", maxsplit=1)[0] in text
    assert told.split(" · ")[1] in text
    assert [name for name in ("employee", "сотрудник", "product", "товар", "courier") if f"{name}:" in text] == []
