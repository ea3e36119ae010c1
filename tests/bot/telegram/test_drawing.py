"""Screens as Telegram's HTML and keyboards."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.screens.screen import (
    Arrangement,
    Attachment,
    AttachmentKind,
    Choice,
    ChoiceGroup,
    Run,
    Screen,
    Style,
    Tone,
)
from bot.telegram.drawing import CAPTION_LIMIT, TEXT_LIMIT, draw, draw_text


def rows(*groups: ChoiceGroup) -> list[list[dict[str, str]]]:
    markup = draw(Screen(((Run("?"),),), groups)).markup
    assert markup is not None
    keyboard = json.loads(markup)["inline_keyboard"]
    assert isinstance(keyboard, list)
    return keyboard


def scale(first: int, last: int) -> ChoiceGroup:
    return ChoiceGroup(Arrangement.SCALE, tuple(Choice(str(n), f"r:1:{n}") for n in range(first, last + 1)))


def parsed(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_everything_a_person_wrote_is_escaped() -> None:
    html = draw_text(((Run('<b>&"', Style.QUOTE), Run("x", url='https://e.org/?a=1&b="')),))
    assert html == ('<blockquote>&lt;b&gt;&amp;"</blockquote><a href="https://e.org/?a=1&amp;b=&quot;">x</a>')


def test_paragraphs_are_set_apart_and_a_quote_sits_close() -> None:
    html = draw_text(((Run("One"),), (Run("Two", Style.BOLD),), (Run("Said", Style.QUOTE),)))
    assert html == "One\n\n<b>Two</b>\n<blockquote>Said</blockquote>"


@pytest.mark.parametrize(
    ("first", "last", "widths"), [(0, 10, [6, 5]), (1, 5, [5]), (1, 7, [7]), (1, 8, [8]), (1, 9, [5, 4])]
)
def test_a_scale_fits_a_phone(first: int, last: int, widths: list[int]) -> None:
    keyboard = rows(scale(first, last))
    assert [len(row) for row in keyboard] == widths
    assert [button["text"] for row in keyboard for button in row] == [str(n) for n in range(first, last + 1)]


def test_a_list_shares_rows_only_when_every_label_is_short() -> None:
    short = ChoiceGroup(Arrangement.LIST, tuple(Choice(label, label) for label in ("late", "cold", "rude")))
    long = ChoiceGroup(Arrangement.LIST, (Choice("short", "a"), Choice("the courier did not call", "b")))
    assert [len(row) for row in rows(short)] == [2, 1]
    assert [len(row) for row in rows(long)] == [1, 1]


def test_groups_follow_each_other_with_their_tones_and_links() -> None:
    keyboard = rows(
        ChoiceGroup(
            Arrangement.ROW,
            (Choice("Yes", "y", tone=Tone.POSITIVE), Choice("No", "n", tone=Tone.NEGATIVE), Choice("Hm", "h")),
        ),
        ChoiceGroup(Arrangement.LIST, (Choice("Отзыв «на карте»", url="https://e.org/?q=1"),)),
    )
    assert keyboard == [
        [
            {"text": "Yes", "callback_data": "y", "style": "success"},
            {"text": "No", "callback_data": "n", "style": "danger"},
            {"text": "Hm", "callback_data": "h"},
        ],
        [{"text": "Отзыв «на карте»", "url": "https://e.org/?q=1"}],
    ]


def test_no_choices_mean_no_keyboard() -> None:
    assert draw(Screen(((Run("Thanks"),),), (ChoiceGroup(Arrangement.LIST, ()),))).markup is None


@pytest.mark.parametrize("action", ["", "x" * 65, "я" * 33])
def test_an_action_that_does_not_fit_is_our_own_mistake(action: str) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        draw(Screen(((Run("?"),),), (ChoiceGroup(Arrangement.ROW, (Choice("x", action),)),)))


def test_a_caption_is_cut_sooner() -> None:
    screen = Screen(((Run("a" * 2000),),), attachment=Attachment(AttachmentKind.PHOTO, file_id="f"))
    assert len(draw(screen).html) == CAPTION_LIMIT


def test_a_text_of_exactly_the_limit_is_whole() -> None:
    assert draw_text(((Run("a" * TEXT_LIMIT),),)) == "a" * TEXT_LIMIT


@given(
    paragraphs=st.lists(
        st.lists(
            st.builds(
                Run,
                st.text(st.sampled_from('ab<>&" \n😀ёé'), max_size=40),
                st.sampled_from(Style),
                st.sampled_from([None, "https://e.org/?a&b"]),
            ),
            max_size=4,
        ).map(tuple),
        max_size=4,
    ).map(tuple),
    limit=st.integers(1, 120),
)
@settings(max_examples=200, deadline=None)
def test_a_cut_text_fits_and_stays_well_formed(paragraphs: tuple[tuple[Run, ...], ...], limit: int) -> None:
    html = draw_text(paragraphs, limit)
    assert units(parsed(html)) <= limit
    html.encode()
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)([a-z]+)[^>]*>", html):
        if closing:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert open_tags == []
    whole = parsed(draw_text(paragraphs, 10_000))
    assert whole.startswith(parsed(html).removesuffix("…")) or units(whole) <= limit
