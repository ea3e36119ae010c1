"""Screens as VK takes them: every keyboard is held against the sandbox's own check."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.vk.keyboards import read_keyboard
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.vk.drawing import NO_KEYBOARD, TEXT_LIMIT, Buttons, draw, lies_under_the_input


def group(arrangement: Arrangement, *labels: str) -> ChoiceGroup:
    return ChoiceGroup(arrangement, tuple(Choice(label, f"r:1:{place}") for place, label in enumerate(labels)))


STOP = group(Arrangement.ROW, "Больше не спрашивать")
CSAT = Screen(((Run("Как вам?"),),), (group(Arrangement.SCALE, *"12345"), STOP))
CES = Screen(((Run("Было легко?"),),), (group(Arrangement.SCALE, *"1234567"), STOP))
NPS = Screen(((Run("Посоветуете?"),),), (group(Arrangement.SCALE, *map(str, range(11))), STOP))


def rows(keyboard: str | None) -> list[list[str]]:
    assert keyboard is not None
    assert read_keyboard(keyboard) is not None
    return [[button["action"]["label"] for button in row] for row in json.loads(keyboard)["buttons"]]


def kinds(keyboard: str | None) -> set[str]:
    assert keyboard is not None
    return {button["action"]["type"] for row in json.loads(keyboard)["buttons"] for button in row}


def test_scales_in_rows_that_read_well() -> None:
    assert rows(draw(CSAT).keyboard) == [["1", "2", "3", "4", "5"], ["Больше не спрашивать"]]
    assert rows(draw(CES).keyboard) == [["1", "2", "3", "4"], ["5", "6", "7"], ["Больше не спрашивать"]]
    drawn = draw(NPS)
    assert rows(drawn.keyboard) == [
        ["0", "1", "2", "3"],
        ["4", "5", "6", "7"],
        ["8", "9", "10"],
        ["Больше не спрашивать"],
    ]
    assert (drawn.inline, kinds(drawn.keyboard)) == (False, {"text"})
    assert [lies_under_the_input(screen) for screen in (CSAT, CES, NPS)] == [False, False, True]


@pytest.mark.parametrize(
    ("buttons", "inline", "kind"),
    [
        (Buttons.CALLBACK, True, "callback"),
        (Buttons.TEXT, True, "text"),
        (Buttons.KEYBOARD, False, "text"),
    ],
)
def test_every_program_gets_the_buttons_it_knows(buttons: Buttons, inline: bool, kind: str) -> None:
    drawn = draw(CSAT, buttons)
    assert (drawn.inline, kinds(drawn.keyboard)) == (inline, {kind})
    assert json.loads(str(drawn.keyboard)).get("one_time", False) is not inline


def test_a_program_without_any_keyboard_gets_the_words() -> None:
    assert draw(NPS, Buttons.NONE).keyboard is None


def test_only_what_lay_under_the_input_field_says_so() -> None:
    payloads = [
        json.loads(json.loads(str(draw(screen).keyboard))["buttons"][0][0]["action"]["payload"])
        for screen in (CSAT, NPS)
    ]
    assert payloads == [{"do": "r:1:0"}, {"do": "r:1:0", "by": "keyboard"}]


def test_links_open_without_a_colour_and_tones_colour_the_rest() -> None:
    screen = Screen(
        ((Run("?"),),),
        (
            ChoiceGroup(
                Arrangement.LIST,
                (
                    Choice("Отзыв", url="https://maps.example"),
                    Choice("Да", "fg", tone=Tone.NEGATIVE),
                    Choice("Нет", "fk"),
                ),
            ),
        ),
    )
    buttons = [button for row in json.loads(str(draw(screen).keyboard))["buttons"] for button in row]
    assert [button.get("color") for button in buttons] == [None, "negative", "secondary"]
    assert buttons[0]["action"] == {"type": "open_link", "label": "Отзыв", "link": "https://maps.example"}


def test_a_keyboard_is_taken_away() -> None:
    drawn = draw(Screen(((Run("Записали"),),), takes_keyboard_away=True))
    assert drawn.keyboard == NO_KEYBOARD
    assert read_keyboard(NO_KEYBOARD).empty  # type: ignore[union-attr]


def test_text_is_plain_and_slash_commands_become_words() -> None:
    screen = Screen(
        (
            (Run("Что хранится", Style.BOLD), Run(": всё <b>")),
            (Run("Остановить: /stop. Данные: /mydata, сайт https://x.example/stop"),),
            (Run("напишите /stop", Style.QUOTE),),
            (Run("Stop: /stop", Style.ITALIC),),
        )
    )
    assert draw(screen).text == (
        "Что хранится: всё <b>\n\n"
        "Остановить: «стоп». Данные: «мои данные», сайт https://x.example/stop\n\n"
        "«напишите /stop»\n\n"
        'Stop: "stop"'
    )


def test_nothing_is_cut_for_the_sake_of_a_longer_word() -> None:
    said = "ж" * (TEXT_LIMIT - 8) + " /mydata"
    assert draw(Screen(((Run(said),),))).text == said


def test_what_is_too_long_is_cut() -> None:
    drawn = draw(Screen(((Run("😀" * TEXT_LIMIT),),), (group(Arrangement.LIST, "Ж" * 60),)))
    assert len(drawn.text.encode("utf-16-le")) // 2 <= TEXT_LIMIT
    assert drawn.text.endswith("…")
    assert rows(drawn.keyboard) == [["Ж" * 39 + "…"]]


def test_choices_that_fit_no_keyboard_are_refused() -> None:
    with pytest.raises(ValueError, match="fit no keyboard"):
        draw(Screen(((Run("?"),),), (group(Arrangement.LIST, *map(str, range(41))),)))
    with pytest.raises(ValueError, match="payload"):
        draw(Screen(((Run("?"),),), (ChoiceGroup(Arrangement.ROW, (Choice("x", "x" * 300),)),)))


@given(
    st.lists(
        st.tuples(st.sampled_from(Arrangement), st.lists(st.text(min_size=1, max_size=60), max_size=13)), max_size=3
    )
)
def test_whatever_is_drawn_vk_takes(groups: list[tuple[Arrangement, list[str]]]) -> None:
    screen = Screen(
        ((Run("?"),),), tuple(group(arrangement, *(f"№{label}" for label in labels)) for arrangement, labels in groups)
    )
    for buttons in Buttons:
        drawn = draw(screen, buttons)
        if drawn.keyboard is not None:
            shown = rows(drawn.keyboard)
            assert sum(map(len, shown)) == sum(len(labels) for _, labels in groups)
