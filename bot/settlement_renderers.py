"""How what follows a solution is shown: the customer's last word, and promo codes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.delivery.rendering import Renderer, Rendering
from bot.screens.last_word import last_word_screen
from bot.screens.offers import low_codes_screen
from surveys.due import Due, DueWork
from surveys.last_word import LastWord
from surveys.noticing import WarnOfLowCodes


def _last_word(due: Due) -> Rendering:
    assert isinstance(due.work, LastWord)
    return Rendering(last_word_screen(due.work))


def _low_codes(due: Due) -> Rendering:
    assert isinstance(due.work, WarnOfLowCodes)
    return Rendering(low_codes_screen(due.work))


SETTLEMENT_RENDERERS: Mapping[type[DueWork], Renderer] = {
    LastWord: _last_word,
    WarnOfLowCodes: _low_codes,
}
