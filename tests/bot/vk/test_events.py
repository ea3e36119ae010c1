"""Events of VK read into values of our own."""

from __future__ import annotations

import pytest

from bot.vk.drawing import Buttons
from bot.vk.events import Edited, UnreadableEventError, Written, read_event

PREVIEW = {"type": "link", "link": {"url": "https://x.example/cake/"}}


def message(text: str, **more: object) -> dict[str, object]:
    return {"from_id": 5, "peer_id": 5, "conversation_message_id": 7, "text": text, "attachments": [], **more}


def written(text: str, **more: object) -> Written:
    event = read_event({"type": "message_new", "object": {"message": message(text, **more), "client_info": {}}})
    assert isinstance(event, Written)
    return event


def test_an_edit_is_the_message_as_it_is_now() -> None:
    event = read_event({"type": "message_edit", "object": message("Ждали три часа")})
    assert event == Edited(Written(5, 7, "Ждали три часа", buttons=Buttons.CALLBACK))


def test_our_own_edits_are_nobodys() -> None:
    own = message("Как вам?", from_id=-240_000_001, out=1)
    assert read_event({"type": "message_edit", "object": own}) is None


def test_an_edit_that_is_no_message_cannot_be_read() -> None:
    with pytest.raises(UnreadableEventError, match="from_id"):
        read_event({"type": "message_edit", "object": {"message": message("Ждали")}})


@pytest.mark.parametrize("text", ["Смотрите https://x.example/cake/", "x.example/cake", "http://x.example/cake!"])
def test_a_preview_of_an_address_that_was_written_adds_nothing(text: str) -> None:
    assert written(text, attachments=[PREVIEW]).text == written(text).text == text


def test_an_address_that_was_attached_alone_is_told() -> None:
    assert written("Вот", attachments=[PREVIEW]).text == "Вот\nhttps://x.example/cake/"
    assert written("", attachments=[PREVIEW]).text == "https://x.example/cake/"


def test_a_file_is_told_from_another_in_its_place() -> None:
    before, after = (
        written("", attachments=[{"type": "photo", "photo": {"id": number, "owner_id": 5}}]).files for number in (1, 2)
    )
    assert before != after
