"""Long words of other people, cut to what a message has room for."""

from __future__ import annotations


def clip(text: str, units: int) -> tuple[str, int]:
    """As much of the text as fits into so many UTF-16 units, and how many characters are left out."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return text, 0
    kept = encoded[: 2 * units].decode("utf-16-le", "ignore")
    return f"{kept.rstrip()}…", len(text) - len(kept)
