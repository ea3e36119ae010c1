"""Placeholders in the business's texts: `{name}`, with a fallback `{name|friend}`.

Texts and values come from people, so nothing is ever evaluated: a name is looked up, and that is all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KNOWN = ("name", "order_id", "business", "product", "location", "employee")
"""Placeholders with a name of their own; every other attribute of the event is `{attributes.its_name}`."""

ALWAYS_KNOWN = frozenset({"business"})
"""Placeholders whose value is never missing."""

ATTRIBUTE_PREFIX = "attributes."

_ATTRIBUTES = ("product", "location", "employee")
_PLACEHOLDER = re.compile(r"\{[ \t]*(\w+(?:\.[\w-]+)?)[ \t]*(?:\|([^{}|\n]*))?\}")
_HOLE = "\ue000"
_FILLED = "\ue001"
_PRIVATE = str.maketrans({_HOLE: None, _FILLED: None})
_PAIRS = re.compile(
    rf"\([ \t]*{_HOLE}[ \t]*\)|\[[ \t]*{_HOLE}[ \t]*\]|«[ \t]*{_HOLE}[ \t]*»"
    rf"|„{_HOLE}[“”]|“{_HOLE}”|\"{_HOLE}\"|'{_HOLE}'"
)
_NUMBER_SIGN = re.compile(rf"[№#][ \t]*{_HOLE}")
_ENDS = ".!?…"
_JOINS = ",;:"
_DASHES = "—–-"
_SPACES = " \t"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder found in a text; an empty fallback means that nothing is to be shown instead."""

    name: str
    fallback: str | None


def find_placeholders(text: str) -> tuple[Placeholder, ...]:
    """All placeholders of the text, in order; a fallback of None says that none was given."""
    return tuple(_placeholder(found) for found in _PLACEHOLDER.finditer(text))


def stray_braces(text: str) -> bool:
    """Whether the text has braces that belong to no placeholder."""
    rest = _PLACEHOLDER.sub("", text)
    return "{" in rest or "}" in rest


def is_known(name: str) -> bool:
    """Whether a placeholder of this name can ever have a value."""
    return name in KNOWN or (name.startswith(ATTRIBUTE_PREFIX) and len(name) > len(ATTRIBUTE_PREFIX))


def placeholder_values(
    *, business: str, name: str | None, order_id: str | None, attributes: Mapping[str, object]
) -> dict[str, str]:
    """The values of an event's placeholders; what is missing, or no text or number, is left out."""
    values = {f"{ATTRIBUTE_PREFIX}{key}": _shown(value) for key, value in attributes.items()}
    values |= {key: _shown(attributes.get(key)) for key in _ATTRIBUTES}
    values |= {"business": _shown(business), "name": _shown(name), "order_id": _shown(order_id)}
    return {key: value for key, value in values.items() if value}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced by their values.

    A missing or blank value gives way to the fallback. Without one, the placeholder is dropped together
    with the punctuation and the spaces that were there for it: `{name}, how was it?` becomes `How was it?`.
    Values go in as they are, on one line, and are never read as placeholders themselves.
    """
    filled: list[str] = []

    def mark(found: re.Match[str]) -> str:
        placeholder = _placeholder(found)
        value = " ".join(values.get(placeholder.name, "").translate(_PRIVATE).split())
        if value:
            filled.append(value)
            return _FILLED
        if placeholder.fallback:
            at_start = _starts_sentence(found.string[: found.start()])
            return _capitalised(placeholder.fallback) if at_start else placeholder.fallback
        return _HOLE

    marked = _PLACEHOLDER.sub(mark, text.translate(_PRIVATE))
    tidy = _close_holes(marked)
    replacements = iter(filled)
    return re.sub(_FILLED, lambda _: next(replacements), tidy)


def _placeholder(found: re.Match[str]) -> Placeholder:
    name, fallback = found.groups()
    return Placeholder(name, fallback.strip() if fallback is not None else None)


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _close_holes(marked: str) -> str:
    """The text without its holes; values stand as private characters, so that they are never touched."""
    while _HOLE in marked:
        narrowed = _NUMBER_SIGN.sub(_HOLE, _PAIRS.sub(_HOLE, marked))
        if narrowed != marked:
            marked = narrowed
            continue
        left, _, right = marked.partition(_HOLE)
        marked = _joined(left, right)
    return marked


def _joined(left: str, right: str) -> str:
    had_space = left[-1:] in (*_SPACES, "") or right[:1] in _SPACES
    left, right = left.rstrip(_SPACES), right.lstrip(_SPACES)
    gap = " " if had_space and left and left[-1] not in "\n([«„“" else ""
    if _starts_sentence(left):
        right = right.lstrip(_SPACES + _JOINS + _ENDS + _DASHES)
        return left + (gap + _capitalised(right) if right[:1] not in ("", "\n") else right)
    if right[:1] in ("", "\n") or right[0] in _ENDS:
        return left.rstrip(_SPACES + _JOINS + _DASHES) + right
    if right[0] in _JOINS + _DASHES and left[-1] in _JOINS + _DASHES + "(":
        return _joined(left, right[1:])
    if right[0] in _JOINS + ")]»”":
        return left + right
    return left + gap + right


def _starts_sentence(left: str) -> bool:
    stripped = left.rstrip(_SPACES)
    return not stripped or stripped[-1] == "\n" or stripped[-1] in _ENDS


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
