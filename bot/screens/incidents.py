"""The apology a customer gets before they complain, and what its card says of it."""

from __future__ import annotations

from bot.screens.screen import Run, Screen
from bot.screens.wording import Wording
from surveys.case_views import CaseView
from surveys.incidents import Apologise
from surveys.rules.languages import pick


def apology_screen(work: Apologise) -> Screen:
    """What the business says, in its own words."""
    return Screen(((Run(work.text),),))


def incident_lines(view: CaseView, wording: Wording) -> list[str]:
    """Who reported it, whether the customer has read an apology already, and what staff may offer themselves."""
    lines = [wording.text("incidents.reported"), _standing(view, wording)]
    if view.offer_in_person is not None:
        lines.append(wording.text("incidents.offer_in_person", offer=pick(view.offer_in_person, view.language)))
    return lines


def _standing(view: CaseView, wording: Wording) -> str:
    apology = view.apology
    if apology is None:
        return wording.text("incidents.nobody_told")
    if apology.undelivered is not None:
        return wording.text("incidents.not_told")
    match apology.state:
        case "sent":
            at = apology.settled_at or apology.due_at
            return wording.text("incidents.apologised", at=wording.moment(at, view.zone))
        case "due" | "sending":
            return wording.text("incidents.planned")
        case "unknown":
            return wording.text("incidents.unknown")
        case _:
            return wording.text("incidents.not_told")
