"""Keyboards within VK's limits, and what people do with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import VKSandbox
from bot.sandbox.vk.errors import VKError
from bot.sandbox.vk.keyboards import buttons_of, read_keyboard
from tests.bot.sandbox.conftest import VKCaller


def text_button(label: str = "a", **more: Any) -> dict[str, Any]:
    return {"action": {"type": "text", "label": label, **more}}


def rows(*lengths: int) -> list[list[dict[str, Any]]]:
    return [[text_button() for _ in range(length)] for length in lengths]


@pytest.mark.parametrize(
    "keyboard",
    [
        {"inline": True, "buttons": rows(5, 5)},
        {"inline": True, "buttons": rows(1, 1, 1, 1, 1, 5)},
        {"buttons": rows(*[4] * 10)},
        {"buttons": rows(*[5] * 8), "one_time": True},
        {"inline": True, "buttons": [[text_button("я" * 40)]]},
        {"inline": True, "buttons": [[text_button(payload=json.dumps("a" * 253))]]},
        {"inline": True, "buttons": [[text_button(payload={"a": 1})]]},
        {"inline": True, "buttons": [[{**text_button(), "color": "positive"}]]},
        {"inline": True, "buttons": [[{"action": {"type": "open_link", "label": "a", "link": "https://example.com"}}]]},
        {"buttons": [[{"action": {"type": "location"}}]]},
    ],
)
def test_keyboards_within_the_limits(keyboard: dict[str, Any]) -> None:
    read = read_keyboard(json.dumps(keyboard))
    assert read is not None
    assert len(buttons_of(read.text)) == sum(len(row) for row in keyboard["buttons"])
    assert read.inline == keyboard.get("inline", False)


@pytest.mark.parametrize(
    ("keyboard", "detail"),
    [
        ({"inline": True, "buttons": rows(5, 5, 1)}, "too much buttons, max 10"),
        ({"inline": True, "buttons": rows(6)}, "row 0 contains too much columns"),
        ({"inline": True, "buttons": rows(1, 1, 1, 1, 1, 1, 1)}, "too much rows, max 6"),
        ({"buttons": rows(*[1] * 11)}, "too much rows, max 10"),
        ({"buttons": rows(*[5] * 9)}, "too much buttons, max 40"),
        ({"buttons": [text_button()]}, "array of arrays"),
        ({"buttons": [[]]}, "row 0 is empty"),
        ({"rows": []}, "unknown field rows"),
        ({"inline": True}, "array of arrays"),
        ({"inline": 1, "buttons": rows(1)}, "inline should be boolean"),
        ({"inline": True, "one_time": True, "buttons": rows(1)}, "one_time is not allowed"),
        ({"buttons": [[{"label": "a"}]]}, "button [0][0] has no action"),
        ({"buttons": [[text_button("")]]}, "label should be at least 1 letters length"),
        ({"buttons": [[text_button("a"), text_button("я" * 41)]]}, "button [0][1] label should not exceed 40"),
        ({"buttons": [[text_button(payload="{")]]}, "payload is not a valid JSON"),
        ({"buttons": [[text_button(payload=5)]]}, "payload is not a valid JSON"),
        ({"buttons": [[text_button(payload=json.dumps("a" * 254))]]}, "payload should not exceed 255"),
        ({"buttons": [[{**text_button(), "color": "red"}]]}, "invalid color"),
        ({"buttons": [[text_button(link="https://example.com")]]}, "unknown field link"),
        ({"buttons": [[{**text_button(), "style": "a"}]]}, "unknown field style"),
        ({"buttons": [[{"action": {"type": "url", "label": "a"}}]]}, "invalid action type"),
        ({"buttons": [[{"action": {"type": "open_link", "label": "a"}}]]}, "has no link"),
        ({"buttons": [[{"action": {"type": "open_link", "label": "a", "link": "a"}}]]}, "link is invalid"),
        (
            {
                "inline": True,
                "buttons": [
                    [{"action": {"type": "open_link", "label": "a", "link": "https://a.b"}, "color": "primary"}]
                ],
            },
            "button [0][0] has action type which is not compatible with setting colors",
        ),
        ([], "should be an object"),
    ],
)
def test_keyboards_beyond_the_limits(keyboard: object, detail: str) -> None:
    with pytest.raises(VKError) as refused:
        read_keyboard(json.dumps(keyboard))
    assert refused.value.code == 911
    assert refused.value.message.startswith("Keyboard format is invalid: ")
    assert detail in refused.value.message


@given(lengths=st.lists(st.integers(1, 7), min_size=1, max_size=12), inline=st.booleans())
def test_exactly_the_keyboards_within_the_limits_are_taken(lengths: list[int], inline: bool) -> None:
    most_rows, most_buttons = (6, 10) if inline else (10, 40)
    fits = max(lengths) <= 5 and len(lengths) <= most_rows and sum(lengths) <= most_buttons
    keyboard = json.dumps({"inline": inline, "buttons": rows(*lengths)})
    if not fits:
        with pytest.raises(VKError, match=r"^911 "):
            read_keyboard(keyboard)
        return
    taken = read_keyboard(keyboard)
    assert taken is not None
    assert [button.row for button in buttons_of(taken.text)] == [
        row for row, length in enumerate(lengths) for _ in range(length)
    ]


async def test_a_keyboard_stays_until_it_is_replaced_or_taken_away(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    eleven = [[text_button(str(number), payload={"score": number}) for number in row] for row in ((0, 1, 2, 3), (4, 5))]
    await vk_call.send(keyboard={"buttons": eleven})
    question = anna.last()
    assert question.labels == ("0", "1", "2", "3", "4", "5")
    assert (question.buttons, len(question.reply_buttons)) == ((), 6)
    await vk_call.send(message="b")
    assert [button.text for button in anna.keyboard] == ["0", "1", "2", "3", "4", "5"]
    await anna.press("3")
    assert (anna.see()[-1].text, anna.see()[-1].payload) == ("3", '{"score":3}')
    assert anna.keyboard
    await vk_call.send(keyboard={"buttons": [[text_button("once")]], "one_time": True})
    await anna.write("no")
    await anna.tap(question, "once")
    assert (anna.see()[-1].text, anna.see()[-1].payload) == ("once", None)
    assert anna.keyboard == ()
    await vk_call.send(keyboard={"buttons": eleven})
    await vk_call.send(keyboard={"buttons": []}, message="c")
    assert anna.keyboard == ()
    with pytest.raises(LookupError, match="no button '3'"):
        await anna.press("3")
    with pytest.raises(LookupError, match="no button '3'"):
        await anna.tap(question, "3")


async def test_an_inline_text_button_writes(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen()
    link = {"action": {"type": "open_link", "label": "site", "link": "https://example.com"}}
    await vk_call.send(keyboard={"inline": True, "buttons": [[text_button("5", payload='{"score":5}'), link]]})
    assert await anna.tap(anna.last(), "5") == ""
    (event,) = await listener.events()
    assert event["object"]["message"]["text"] == "5"
    assert json.loads(event["object"]["message"]["payload"]) == {"score": 5}
    with pytest.raises(LookupError, match=r"opens https://example\.com"):
        await anna.tap(anna.last(), "site")
