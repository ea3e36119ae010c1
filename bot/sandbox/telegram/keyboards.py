"""Reply markup: what may hang under a message, and how big."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.telegram.errors import bad_request

MAX_CALLBACK_BYTES = 64
# The Bot API states no number; aiogram's builders allow this much (notes on the platform), and more reads badly anyway.
MAX_INLINE_BUTTONS = 100
MAX_INLINE_ROW = 8
MAX_REPLY_BUTTONS = 300
MAX_REPLY_ROW = 10
MAX_PLACEHOLDER = 64

_STYLES = frozenset(("danger", "success", "primary"))
_INLINE_ACTIONS = frozenset(
    (
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    )
)
_INLINE_BUTTON = _INLINE_ACTIONS | {"text", "style", "icon_custom_emoji_id"}
_REPLY_BUTTON = frozenset(
    (
        "text",
        "style",
        "icon_custom_emoji_id",
        "request_users",
        "request_chat",
        "request_contact",
        "request_location",
        "request_poll",
        "web_app",
    )
)
_REPLY_KEYBOARD: Mapping[str, type] = {
    "keyboard": list,
    "is_persistent": bool,
    "resize_keyboard": bool,
    "one_time_keyboard": bool,
    "input_field_placeholder": str,
    "selective": bool,
}
_REMOVE: Mapping[str, type] = {"remove_keyboard": bool, "selective": bool}
_FORCE_REPLY: Mapping[str, type] = {"force_reply": bool, "input_field_placeholder": str, "selective": bool}


@dataclass(frozen=True, slots=True)
class Markup:
    """A checked reply markup as JSON text; only an inline one is shown with its message."""

    text: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Button:
    """One button under a message, as a person sees it."""

    text: str
    data: str | None
    url: str | None
    style: str | None
    row: int


def read_markup(given: object, *, inline_only: bool = False) -> Markup | None:
    """Check a reply markup; raises ApiError. An empty inline keyboard means none."""
    if given is None or given == "":
        return None
    value = _decode(given)
    if "inline_keyboard" in value:
        return _read_inline(value, given)
    if not value:
        return None
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in value:
        _check_fields(value, _REPLY_KEYBOARD)
        _check_reply_rows(value["keyboard"])
    elif "remove_keyboard" in value:
        _check_fields(value, _REMOVE)
    elif "force_reply" in value:
        _check_fields(value, _FORCE_REPLY)
    else:
        raise bad_request(f"reply markup with unknown field {min(value)}")
    return Markup(_dump(value), inline=False)


def buttons_of(markup: str | None) -> tuple[Button, ...]:
    """The buttons of a stored markup, row by row; a reply keyboard's answer with their own text."""
    if markup is None:
        return ()
    value = json.loads(markup)
    return tuple(
        Button(button["text"], button.get("callback_data"), button.get("url"), button.get("style"), row)
        for row, line in enumerate(value.get("inline_keyboard") or value.get("keyboard") or ())
        for button in ({"text": cell} if isinstance(cell, str) else cell for cell in line)
    )


def _decode(given: object) -> dict[str, object]:
    value = given
    if isinstance(given, str):
        try:
            value = json.loads(given)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    return value


def _read_inline(value: dict[str, object], given: object) -> Markup | None:
    if len(value) > 1:
        unknown = min(set(value) - {"inline_keyboard"})
        raise bad_request(f"reply markup with unknown field {unknown}")
    rows = value["inline_keyboard"]
    count = 0
    for row in _rows(rows, 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'):
        if len(row) > MAX_INLINE_ROW:
            raise bad_request("reply markup is too long")
        for button in row:
            if not _is_plain(button):
                _check_inline_button(button)
        count += len(row)
    if count > MAX_INLINE_BUTTONS:
        raise bad_request("reply markup is too long")
    if not count:
        return None
    return Markup(given if isinstance(given, str) else _dump(value), inline=True)


def _is_plain(button: object) -> bool:
    """The button nearly every one is, told apart quickly: a label and little enough data for any alphabet."""
    if button.__class__ is not dict or len(button) != 2:
        return False
    text, data = button.get("text"), button.get("callback_data")
    return text.__class__ is str and data.__class__ is str and bool(text) and 0 < len(data) * 4 <= MAX_CALLBACK_BYTES


def same_markup(one: str | None, other: str | None) -> bool:
    """Whether two stored markups show the same."""
    if one == other:
        return True
    return one is not None and other is not None and bool(json.loads(one) == json.loads(other))


def _rows(rows: object, reason: str) -> list[list[object]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(reason)
    return rows


def _check_inline_button(button: object) -> None:
    reason = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(reason + "InlineKeyboardButton must be an Object")
    _check_label(button, reason, "inline keyboard button text must be non-empty")
    _check_action(button, reason)


def _check_action(button: dict[str, object], reason: str) -> None:
    unknown = button.keys() - _INLINE_BUTTON
    if unknown:
        raise bad_request(f"{reason}unknown field {min(unknown)}")
    actions = [action for action in _INLINE_ACTIONS if action in button]
    if not actions or (actions == ["callback_data"] and button["callback_data"] == ""):
        raise bad_request(reason + "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"{reason}exactly one of {', '.join(sorted(actions))} may be given")
    data = button.get("callback_data")
    if data is not None:
        if not isinstance(data, str):
            raise bad_request(reason + 'Field "callback_data" must be of type String')
        if len(data.encode()) > MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(button["url"])


def _check_label(button: dict[str, object], reason: str, empty: str) -> None:
    text = button.get("text")
    if text.__class__ is not str:
        missing = 'Can\'t find field "text"' if text is None else 'Field "text" must be of type String'
        raise bad_request(reason + missing)
    if not text:
        raise bad_request(empty)
    if "style" in button and button["style"] not in _STYLES:
        raise bad_request(reason + "invalid button style specified")


def _check_url(url: object) -> None:
    if not isinstance(url, str):
        raise bad_request('can\'t parse inline keyboard button: Field "url" must be of type String')
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    host = rest.partition("/")[0].partition("?")[0].partition(":")[0]
    known = scheme.lower() == "tg" or (scheme.lower() in ("http", "https") and "." in host.strip("."))
    if not known or " " in host:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_fields(value: dict[str, object], fields: Mapping[str, type]) -> None:
    for name, content in value.items():
        expected = fields.get(name)
        if expected is None:
            raise bad_request(f"reply markup with unknown field {name}")
        if not isinstance(content, expected):
            raise bad_request(f'Field "{name}" must be of type {expected.__name__}')
    placeholder = value.get("input_field_placeholder")
    if isinstance(placeholder, str) and not 1 <= len(placeholder) <= MAX_PLACEHOLDER:
        raise bad_request("REPLY_MARKUP_PLACEHOLDER_INVALID")


def _check_reply_rows(rows: object) -> None:
    count = 0
    reason = "can't parse keyboard button: "
    for row in _rows(rows, 'Field "keyboard" must be an Array of Arrays'):
        if len(row) > MAX_REPLY_ROW:
            raise bad_request("reply markup is too long")
        for button in row:
            if isinstance(button, str) and button:
                continue
            if not isinstance(button, dict):
                raise bad_request(reason + "KeyboardButton must be a String or an Object")
            _check_label(button, reason, "keyboard button text must be non-empty")
            unknown = button.keys() - _REPLY_BUTTON
            if unknown:
                raise bad_request(f"{reason}unknown field {min(unknown)}")
        count += len(row)
    if count > MAX_REPLY_BUTTONS:
        raise bad_request("reply markup is too long")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _dump(value: object) -> str:
    return _ENCODER.encode(value)
