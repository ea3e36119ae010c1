"""Promo codes and the consent to offers, in words."""

from __future__ import annotations

from bot.screens.actions import encode
from bot.screens.customer_actions import AgreeToOffers
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.wording import Wording
from surveys.noticing import WarnOfLowCodes
from surveys.people import OffersSettled
from surveys.rules.languages import pick


def low_codes_screen(work: WarnOfLowCodes) -> Screen:
    """A pool runs out, and how to fill it."""
    wording = Wording(work.language)
    title = pick(work.title, work.language) or work.pool
    return Screen(
        (
            (Run(wording.text("offers.low_title", title=title), Style.BOLD),),
            (Run(wording.plural("offers.low_left", work.left)),),
            (Run(wording.text("offers.low_fix", pool=work.pool)),),
        )
    )


def consent_paragraph(agreed: bool | None, wording: Wording) -> tuple[Run, ...]:
    """Whether they may be sent offers."""
    key = {True: "offers.agreed", False: "offers.refused", None: "offers.not_asked"}[agreed]
    return (Run(wording.text(key)),)


def consent_choice(agreed: bool | None, wording: Wording) -> ChoiceGroup:
    """The button that settles it the other way."""
    label = wording.text("offers.refuse" if agreed else "offers.agree")
    return ChoiceGroup(Arrangement.ROW, (Choice(label, encode(AgreeToOffers(0 if agreed else 1))),))


def offers_settled_screen(view: OffersSettled) -> Screen:
    """What they settled, and the way back."""
    wording = Wording(view.language)
    said = wording.text("offers.now_agreed" if view.agreed else "offers.now_refused")
    return Screen(((Run(said),),), (consent_choice(view.agreed, wording),))
