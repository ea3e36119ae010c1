"""A screen as VK shows it: plain text within its limit, and a keyboard under the message or under the input field."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.vk.words import worded

TEXT_LIMIT: Final = 4096
"""UTF-16 units of a message, as documented for messages.send."""

LABEL_LIMIT: Final = 40
PAYLOAD_LIMIT: Final = 255
COLUMNS: Final = 5
INLINE_ROWS: Final = 6
INLINE_BUTTONS: Final = 10
KEYBOARD_ROWS: Final = 10
KEYBOARD_BUTTONS: Final = 40
"""Limits of keyboards (dev.vk.com, bots, keyboards)."""

SHORT_LABEL: Final = 16
"""Characters of a label that reads well when two share a row."""

NO_KEYBOARD: Final = '{"one_time":true,"buttons":[]}'
"""Takes away what lies under the input field."""

ACTION: Final = "do"
"""The field of a payload that holds the choice's action."""

BY_KEYBOARD: Final = "by"
"""The field of a payload that says that the choice lay under the input field."""

_COLOURS: Final = {Tone.NEUTRAL: "secondary", Tone.POSITIVE: "positive", Tone.NEGATIVE: "negative"}
_CUT: Final = "…"
_NOTHING: Final = "·"
"""VK sends no message without a text or an attachment."""


class Buttons(StrEnum):
    """What somebody's program can show; each lacks what those before it have."""

    CALLBACK = "callback"
    TEXT = "text"
    KEYBOARD = "keyboard"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The text, and the keyboard as ready JSON where there is one; `inline` says that it hangs under the message."""

    text: str
    keyboard: str | None
    inline: bool = True


def draw(screen: Screen, buttons: Buttons = Buttons.CALLBACK) -> Drawing:
    """The screen as VK takes it; raises ValueError for choices that fit no keyboard."""
    text = draw_text(screen.paragraphs)
    if not text and screen.attachment is None:
        text = _NOTHING
    rows = _rows(screen.groups, INLINE_ROWS)
    if screen.takes_keyboard_away and buttons is not Buttons.NONE:
        # VK takes one keyboard with a message: what has to go goes alone
        return Drawing(text, NO_KEYBOARD, inline=False)
    if not rows or buttons is Buttons.NONE:
        return Drawing(text, None)
    if buttons is not Buttons.KEYBOARD and fits_inline(rows):
        kind = "callback" if buttons is Buttons.CALLBACK else "text"
        return Drawing(
            text, _encode({"inline": True, "buttons": [[_inline(one, kind) for one in row] for row in rows]})
        )
    rows = _rows(screen.groups, KEYBOARD_ROWS)
    if len(rows) > KEYBOARD_ROWS or sum(map(len, rows)) > KEYBOARD_BUTTONS:
        raise ValueError(f"{sum(map(len, rows))} choices in {len(rows)} rows fit no keyboard of VK")
    lying = [[_lying(one) for one in row] for row in rows]
    return Drawing(text, _encode({"one_time": True, "inline": False, "buttons": lying}), inline=False)


def fits_inline(rows: Sequence[Sequence[Choice]]) -> bool:
    """Whether the rows may hang under a message."""
    return len(rows) <= INLINE_ROWS and sum(map(len, rows)) <= INLINE_BUTTONS


def lies_under_the_input(screen: Screen) -> bool:
    """Whether the screen's choices are too many to hang under its message."""
    return not fits_inline(_rows(screen.groups, INLINE_ROWS))


def draw_text(paragraphs: tuple[tuple[Run, ...], ...], limit: int = TEXT_LIMIT) -> str:
    """The paragraphs as plain text; what is beyond `limit` UTF-16 units is cut with an ellipsis.

    Words for slash commands may be longer than those: they stay as they are where nothing would have to be cut.
    """
    encoded = b""
    for word in (worded, str):
        text = "\n\n".join("".join(_said(run, word) for run in paragraph) for paragraph in paragraphs if paragraph)
        encoded = text.encode("utf-16-le", "surrogatepass")
        if len(encoded) <= 2 * limit:
            return text
    return encoded[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip() + _CUT


def _said(run: Run, word: Callable[[str], str]) -> str:
    if run.style is Style.QUOTE:
        # somebody's own words: nothing in them is ours to word anew
        return f"«{run.text}»"
    text = word(run.text)
    return text if run.url is None or run.url == text else f"{text}: {run.url}"


def _rows(groups: tuple[ChoiceGroup, ...], most: int) -> list[tuple[Choice, ...]]:
    """The choices row by row; lists close up as far as it takes to stay within `most` rows."""
    rows: list[tuple[Choice, ...]] = []
    for wider in range(COLUMNS):
        rows = [row for group in groups for row in _rows_of(group, wider) if row]
        if len(rows) <= most:
            break
    return rows


def _rows_of(group: ChoiceGroup, wider: int) -> list[tuple[Choice, ...]]:
    choices = group.choices
    match group.arrangement:
        case Arrangement.SCALE:
            rows = -(-len(choices) // COLUMNS) or 1
            width = -(-len(choices) // rows)
        case Arrangement.ROW:
            width = COLUMNS
        case Arrangement.LIST:
            width = min(COLUMNS, wider + (2 if all(len(choice.label) <= SHORT_LABEL for choice in choices) else 1))
        case _:
            assert_never(group.arrangement)
    return [choices[start : start + width] for start in range(0, len(choices), max(width, 1))]


def _inline(choice: Choice, kind: str) -> dict[str, object]:
    if choice.url is not None:
        return _link(choice)
    payload = _payload({ACTION: choice.action})
    return {
        "action": {"type": kind, "label": _label(choice), "payload": payload},
        "color": _COLOURS[choice.tone],
    }


def _lying(choice: Choice) -> dict[str, object]:
    if choice.url is not None:
        return _link(choice)
    payload = _payload({ACTION: choice.action, BY_KEYBOARD: "keyboard"})
    return {
        "action": {"type": "text", "label": _label(choice), "payload": payload},
        "color": _COLOURS[choice.tone],
    }


def _link(choice: Choice) -> dict[str, object]:
    # VK refuses a colour here (error 911)
    return {"action": {"type": "open_link", "label": _label(choice), "link": choice.url}}


def _label(choice: Choice) -> str:
    label = choice.label
    return label if len(label) <= LABEL_LIMIT else label[: LABEL_LIMIT - 1].rstrip() + _CUT


def _payload(fields: dict[str, object]) -> str:
    payload = _encode(fields)
    if not fields[ACTION] or len(payload) > PAYLOAD_LIMIT:
        raise ValueError(f"a choice's action fits no payload of {PAYLOAD_LIMIT} characters: {fields[ACTION]!r}")
    return payload


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
