"""The customer's last word on a complaint: the question, and what their answer led to."""

from __future__ import annotations

from bot.screens.actions import Action, encode
from bot.screens.customer_actions import SayNotSolved, SaySolved
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Tone
from bot.screens.wording import Wording
from surveys.last_word import LastWord, NotYourCase, Standing
from surveys.rules.languages import pick


def last_word_screen(word: LastWord) -> Screen:
    """The question, or what became of it; a word may be taken back while it counts."""
    wording = Wording(word.language)
    yes, no = SaySolved(word.case_id, word.round), SayNotSolved(word.case_id, word.round)
    match word.standing:
        case Standing.ASKED:
            choices = (
                _choice(wording.text("last_word.yes"), yes, Tone.POSITIVE),
                _choice(wording.text("last_word.no"), no, Tone.NEGATIVE),
            )
            return _screen(_question(word, wording), *choices)
        case Standing.SOLVED:
            return _screen(wording.text("last_word.solved"), _choice(wording.text("last_word.no_after_all"), no))
        case Standing.NOT_SOLVED:
            return _screen(wording.text("last_word.not_solved"), _choice(wording.text("last_word.yes_after_all"), yes))
        case Standing.IN_WORK:
            return _screen(wording.text("last_word.in_work"), _choice(wording.text("last_word.yes_after_all"), yes))
        case Standing.CLOSED:
            return _screen(wording.text("last_word.closed"))


def not_yours_text(view: NotYourCase) -> str:
    """The pop-up for somebody who was not asked."""
    return Wording(view.language).text("last_word.not_yours")


def _question(word: LastWord, wording: Wording) -> str:
    touchpoint = pick(word.touchpoint_title, word.language)
    if touchpoint and word.order_id:
        about = wording.text("last_word.about_both", touchpoint=touchpoint, order_id=word.order_id)
    elif word.order_id:
        about = wording.text("last_word.about_order", order_id=word.order_id)
    else:
        about = touchpoint
    return wording.text("last_word.ask_about", about=about) if about else wording.text("last_word.ask")


def _screen(said: str, *choices: Choice) -> Screen:
    return Screen(((Run(said),),), (ChoiceGroup(Arrangement.ROW, choices),) if choices else ())


def _choice(label: str, action: Action, tone: Tone = Tone.NEUTRAL) -> Choice:
    return Choice(label, encode(action), tone=tone)
