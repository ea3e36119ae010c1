"""What PostgreSQL can keep of what a messenger sent."""

from __future__ import annotations

import json
from typing import Final

_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


def storable(raw: object) -> object:
    """The update without what PostgreSQL's text cannot hold: NUL and halves of surrogate pairs are replaced."""
    text = json.dumps(raw, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _replaced(raw)
    return _replaced(raw) if "\\u0000" in text else raw


def _replaced(value: object) -> object:
    match value:
        case str():
            return value.replace("\x00", _UNKNOWN).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {key: _replaced(inner) for key, inner in value.items()}
        case list():
            return [_replaced(inner) for inner in value]
        case _:
            return value
