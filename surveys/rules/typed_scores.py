"""A score that was typed instead of tapped: 7, 7/10, "семь из десяти", a keycap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import normalize

from surveys.rules.journey import Metric
from surveys.rules.metrics import SCALES

_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("ноль", "нуль", "нулю", "zero"), 0),
    **dict.fromkeys(("один", "одна", "единица", "единицу", "одного", "one"), 1),
    **dict.fromkeys(("два", "две", "двойка", "двойку", "двух", "two"), 2),
    **dict.fromkeys(("три", "тройка", "тройку", "трех", "three"), 3),
    **dict.fromkeys(("четыре", "четверка", "четверку", "четырех", "four"), 4),
    **dict.fromkeys(("пять", "пятерка", "пятерку", "пяти", "five"), 5),
    **dict.fromkeys(("шесть", "шестерка", "шестерку", "шести", "six"), 6),
    **dict.fromkeys(("семь", "семерка", "семерку", "семи", "seven"), 7),
    **dict.fromkeys(("восемь", "восьмерка", "восьмерку", "восьми", "eight"), 8),
    **dict.fromkeys(("девять", "девятка", "девятку", "девяти", "nine"), 9),
    **dict.fromkeys(("десять", "десятка", "десятку", "десяти", "ten"), 10),
}
_NUMBER = r"(?:0|[1-9]\d?|[а-яa-z]+)"
_TYPED = re.compile(
    rf"(?P<score>{_NUMBER})"
    rf"(?:\s*/\s*(?P<slash>{_NUMBER})|\s+(?:из|of|out\s+of)\s+(?P<of>{_NUMBER}))?"
    r"(?:\s*(?:балл|балла|баллов|point|points))?"
)
_DECORATION = re.compile(r"[\ufe0e\ufe0f\u20e3]")
_ENDING = re.compile(r"[\s.!)]+$")


def typed_score(text: str, metric: Metric) -> int | None:
    """The score of the metric this text gives, None when it says anything else.

    "7/10" must name the top of the metric's own scale, so 5/5 is no answer to an NPS question.
    """
    plain = _DECORATION.sub("", text.strip()[:64]).replace("\U0001f51f", "10")
    plain = _ENDING.sub("", normalize("NFC", plain).casefold().replace("ё", "е"))
    found = _TYPED.fullmatch(plain)
    if found is None:
        return None
    scale = SCALES[metric]
    top = found["slash"] or found["of"]
    if top is not None and _number(top) != scale.highest:
        return None
    score = _number(found["score"])
    return score if score is not None and scale.lowest <= score <= scale.highest else None


def _number(written: str) -> int | None:
    if written.isdecimal() and written.isascii():
        return int(written)
    return _WORDS.get(written)
