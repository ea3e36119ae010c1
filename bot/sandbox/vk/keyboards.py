"""Keyboards: what may hang under a message or lie under the input field, and how big.

Limits as dev.vk.com/en/api/bots/development/keyboard states them; refusals are worded as VK words error 911.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.vk.errors import VKError

MAX_COLUMNS = 5
MAX_ROWS = 10
MAX_BUTTONS = 40
MAX_INLINE_ROWS = 6
MAX_INLINE_BUTTONS = 10
MAX_LABEL = 40
MAX_PAYLOAD = 255

_COLORS = frozenset(("primary", "secondary", "positive", "negative"))
_COLORED = frozenset(("text", "callback"))
_LABELLED = frozenset(("text", "callback", "open_link", "open_app"))
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset(("label",)), frozenset(("payload",))),
    "callback": (frozenset(("label",)), frozenset(("payload",))),
    "open_link": (frozenset(("label", "link")), frozenset(("payload",))),
    "location": (frozenset(), frozenset(("payload",))),
    "vkpay": (frozenset(("hash",)), frozenset(("payload",))),
    "open_app": (frozenset(("label", "app_id")), frozenset(("payload", "owner_id", "hash"))),
}


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A checked keyboard as JSON text; `empty` ones take away what lies under the input field."""

    text: str
    inline: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Button:
    """One button as a person sees it; `data` is its payload as JSON text, `action` what a press does."""

    text: str
    data: str | None
    url: str | None
    style: str | None
    row: int
    action: str


def read_keyboard(given: str) -> Keyboard | None:
    """Check a keyboard; raises VKError 911. An empty string means none."""
    if not given:
        return None
    try:
        value = json.loads(given)
    except ValueError:
        raise _invalid("keyboard is not a valid JSON") from None
    if not isinstance(value, dict):
        raise _invalid("keyboard should be an object")
    unknown = value.keys() - {"one_time", "inline", "buttons", "author_id"}
    if unknown:
        raise _invalid(f"keyboard has unknown field {min(unknown)}")
    inline, one_time = _flag(value, "inline"), _flag(value, "one_time")
    if inline and one_time:
        raise _invalid("one_time is not allowed for inline keyboard")
    rows = value.get("buttons")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _invalid("buttons should be an array of arrays")
    count = _check_rows(rows, inline=inline)
    if not count:
        return None if inline else Keyboard("", inline=False, empty=True)
    for y, row in enumerate(rows):
        for x, button in enumerate(row):
            _check_button(button, f"button [{y}][{x}]")
    shown = {"one_time": one_time, "inline": inline, "buttons": rows}
    return Keyboard(json.dumps(shown, ensure_ascii=False, separators=(",", ":")), inline=inline, empty=False)


def buttons_of(keyboard: str | None) -> tuple[Button, ...]:
    """The buttons of a stored keyboard, row by row."""
    if keyboard is None:
        return ()
    found = []
    for row, line in enumerate(json.loads(keyboard)["buttons"]):
        for button in line:
            action = button["action"]
            label = action.get("label") or action["type"]
            found.append(
                Button(
                    label,
                    payload_text(action.get("payload")),
                    action.get("link"),
                    button.get("color"),
                    row,
                    action["type"],
                )
            )
    return tuple(found)


def payload_text(given: object) -> str | None:
    """A payload as JSON text: buttons may carry it so, or as the object itself."""
    if given is None or isinstance(given, str):
        return given or None
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def is_one_time(keyboard: str) -> bool:
    """Whether it goes after the first press."""
    return json.loads(keyboard)["one_time"] is True


def _check_rows(rows: list[list[object]], *, inline: bool) -> int:
    max_rows, max_buttons = (MAX_INLINE_ROWS, MAX_INLINE_BUTTONS) if inline else (MAX_ROWS, MAX_BUTTONS)
    if len(rows) > max_rows:
        raise _invalid(f"keyboard contains too much rows, max {max_rows}")
    for y, row in enumerate(rows):
        if len(row) > MAX_COLUMNS:
            raise _invalid(f"row {y} contains too much columns")
        if not row:
            raise _invalid(f"row {y} is empty")
    count = sum(map(len, rows))
    if count > max_buttons:
        raise _invalid(f"keyboard contains too much buttons, max {max_buttons}")
    return count


def _check_button(button: object, place: str) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("action"), dict):
        raise _invalid(f"{place} has no action")
    unknown = button.keys() - {"action", "color"}
    if unknown:
        raise _invalid(f"{place} has unknown field {min(unknown)}")
    kind = _check_action(button["action"], place)
    if "color" in button:
        if kind not in _COLORED:
            raise _invalid(f"{place} has action type which is not compatible with setting colors")
        if button["color"] not in _COLORS:
            raise _invalid(f"{place} has invalid color")


def _check_action(action: dict[str, object], place: str) -> str:
    kind = action.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise _invalid(f"{place} has invalid action type")
    needed, optional = _FIELDS[kind]
    missing = needed - action.keys()
    if missing:
        raise _invalid(f"{place} has no {min(missing)}")
    unknown = action.keys() - needed - optional - {"type"}
    if unknown:
        raise _invalid(f"{place} action has unknown field {min(unknown)}")
    if kind in _LABELLED:
        _check_label(action["label"], place)
    if kind == "open_link" and not str(action["link"]).startswith(("https://", "http://")):
        raise _invalid(f"{place} link is invalid")
    if "payload" in action:
        _check_payload(action["payload"], place)
    return kind


def _check_label(label: object, place: str) -> None:
    if not isinstance(label, str) or not label.strip():
        raise _invalid(f"{place} label should be at least 1 letters length")
    if len(label) > MAX_LABEL:
        raise _invalid(f"{place} label should not exceed {MAX_LABEL} letters length")


def _check_payload(payload: object, place: str) -> None:
    if isinstance(payload, str):
        try:
            json.loads(payload)
        except ValueError:
            raise _invalid(f"{place} payload is not a valid JSON") from None
    elif not isinstance(payload, dict | list):
        raise _invalid(f"{place} payload is not a valid JSON")
    if len(payload_text(payload) or "") > MAX_PAYLOAD:
        raise _invalid(f"{place} payload should not exceed {MAX_PAYLOAD} letters length")


def _flag(value: Mapping[str, object], name: str) -> bool:
    flag = value.get(name, False)
    if not isinstance(flag, bool):
        raise _invalid(f"{name} should be boolean")
    return flag


def _invalid(detail: str) -> VKError:
    return VKError(911, detail)
