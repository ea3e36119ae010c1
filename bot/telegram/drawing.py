"""A screen as Telegram shows it: HTML, everything escaped and within the limits, and an inline keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from json.encoder import encode_basestring
from typing import Final, assert_never

from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone

TEXT_LIMIT: Final = 4096
"""UTF-16 units of a message's text after its markup is parsed."""

CAPTION_LIMIT: Final = 1024
"""UTF-16 units of a caption after its markup is parsed."""

ACTION_LIMIT: Final = 64
"""Bytes of callback_data."""

LONGEST_ROW: Final = 8
"""Buttons side by side; more are refused by aiogram's builder and unreadable on a phone."""

SHORT_LABEL: Final = 16
"""Characters of a label that reads well when two share a row."""

_TAGS: Final = {
    Style.PLAIN: ("", ""),
    Style.BOLD: ("<b>", "</b>"),
    Style.ITALIC: ("<i>", "</i>"),
    Style.QUOTE: ("<blockquote>", "</blockquote>"),
    Style.CODE: ("<code>", "</code>"),
}
_STYLES: Final = {
    Tone.NEUTRAL: "",
    Tone.POSITIVE: ',"style":"success"',
    Tone.NEGATIVE: ',"style":"danger"',
}
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Drawing:
    """HTML text, and `reply_markup` as ready JSON where there are choices."""

    html: str
    markup: str | None


def draw(screen: Screen) -> Drawing:
    """The screen as Telegram takes it; raises ValueError for an action longer than 64 bytes."""
    limit = TEXT_LIMIT if screen.attachment is None else CAPTION_LIMIT
    return Drawing(draw_text(screen.paragraphs, limit), draw_choices(screen.groups) or _under_the_input(screen))


def _under_the_input(screen: Screen) -> str | None:
    """The button that shares a telephone number, or its going."""
    if screen.asks_for_contact is not None:
        button = f'{{"text":{encode_basestring(screen.asks_for_contact)},"request_contact":true}}'
        return f'{{"keyboard":[[{button}]],"resize_keyboard":true,"one_time_keyboard":true}}'
    return '{"remove_keyboard":true}' if screen.takes_keyboard_away else None


def draw_text(paragraphs: tuple[tuple[Run, ...], ...], limit: int = TEXT_LIMIT) -> str:
    """The paragraphs as HTML; what is beyond `limit` UTF-16 units is cut with an ellipsis."""
    pieces: list[str] = []
    left = limit
    for run in _flow(paragraphs):
        text = run.text
        units = _units(text)
        if units > left:
            pieces.append(_marked(run, _clip(text, left - 1) + _CUT if left > 0 else ""))
            break
        left -= units
        pieces.append(_marked(run, text))
    return "".join(pieces)


def draw_choices(groups: tuple[ChoiceGroup, ...]) -> str | None:
    """The groups as the JSON of an inline keyboard, None without choices."""
    rows = [f"[{','.join([_button(choice) for choice in row])}]" for group in groups for row in _rows(group) if row]
    return f'{{"inline_keyboard":[{",".join(rows)}]}}' if rows else None


def _flow(paragraphs: tuple[tuple[Run, ...], ...]) -> Iterator[Run]:
    """The runs with the breaks between paragraphs; a quote needs no empty line around it."""
    before: tuple[Run, ...] | None = None
    for paragraph in paragraphs:
        if not paragraph:
            continue
        if before is not None:
            quoted = before[-1].style is Style.QUOTE or paragraph[0].style is Style.QUOTE
            yield Run("\n" if quoted else "\n\n")
        yield from paragraph
        before = paragraph


def _marked(run: Run, text: str) -> str:
    if not text:
        return ""
    opening, closing = _TAGS[run.style]
    inner = escape(text, quote=False)
    if run.url is not None:
        inner = f'<a href="{escape(run.url)}">{inner}</a>'
    return f"{opening}{inner}{closing}"


def _units(text: str) -> int:
    """How Telegram counts: a character beyond the basic plane takes two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _clip(text: str, units: int) -> str:
    """As many whole characters as fit."""
    if units <= 0:
        return ""
    left = units
    for index, character in enumerate(text):
        left -= 2 if character > "\uffff" else 1
        if left < 0:
            return text[:index].rstrip()
    return text


def _rows(group: ChoiceGroup) -> list[tuple[Choice, ...]]:
    choices = group.choices
    match group.arrangement:
        case Arrangement.SCALE:
            rows = -(-len(choices) // LONGEST_ROW) or 1
            width = -(-len(choices) // rows)
        case Arrangement.ROW:
            width = LONGEST_ROW
        case Arrangement.LIST:
            width = 2 if all(len(choice.label) <= SHORT_LABEL for choice in choices) else 1
        case _:
            assert_never(group.arrangement)
    return [choices[start : start + width] for start in range(0, len(choices), max(width, 1))]


def _button(choice: Choice) -> str:
    if choice.url is not None:
        target = f'"url":{encode_basestring(choice.url)}'
    else:
        action = choice.action or ""
        if not 0 < len(action.encode()) <= ACTION_LIMIT:
            raise ValueError(f"a choice's action takes 1 to {ACTION_LIMIT} bytes, not {action!r}")
        target = f'"callback_data":{encode_basestring(action)}'
    return f'{{"text":{_quoted(choice.label)},{target}{_STYLES[choice.tone]}}}'


@lru_cache(maxsize=1024)
def _quoted(label: str) -> str:
    return encode_basestring(label)
