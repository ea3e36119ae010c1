"""Words of customers outside of the case they belong to: without what names or reaches a person, and short."""

from __future__ import annotations

import re
from typing import Final

from surveys.rules.masking import mask

LINK: Final = "🔗 ••"
ACCOUNT: Final = "@••"

LONGEST_QUOTE: Final = 160
"""Characters."""

_LINK: Final = re.compile(
    r"(?:https?://|(?<![\w.@-])(?:www\.|(?:t|wa)\.me/|vk\.(?:com|ru|me)/))\S*[^\s.,;:!?)»\"']", re.I
)
_ACCOUNT: Final = re.compile(r"(?<![\w@.])@[a-z][\w.]{2,31}(?!\w)", re.IGNORECASE)
_SUSPICIOUS: Final = re.compile(r"[\d@/]|www\.", re.IGNORECASE)
"""Without any of these there is nothing to hide; most comments have none, and a closer look takes far longer."""
_SHORTEST_CUT: Final = 0.6
"""A quote that would lose more than the rest of this share is cut within a word."""


def conceal(text: str) -> str:
    """The text with phones, cards, e-mail addresses, links and names of accounts replaced by a sign."""
    if _SUSPICIOUS.search(text) is None:
        return text
    return _ACCOUNT.sub(ACCOUNT, mask(_LINK.sub(LINK, text)))


def quote(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The text concealed, in one line, cut between words to at most so many characters."""
    line = " ".join(conceal(text).split())
    if len(line) <= longest:
        return line
    kept = line[: longest - 1]
    whole, _, _ = kept.rpartition(" ")
    if len(whole) >= longest * _SHORTEST_CUT:
        kept = whole
    return kept.rstrip(" ,;:–—-") + "…"
