"""An outbreak as staff see it: one message for many complaints."""

from __future__ import annotations

from datetime import datetime

from bot.screens.actions import encode
from bot.screens.case_lists import case_line
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.staff_actions import ShowCase
from bot.screens.wording import Wording
from surveys.outbreaks import OutbreakView
from surveys.rules.languages import pick

Paragraph = tuple[Run, ...]


def outbreak_screen(view: OutbreakView, *, now: datetime, is_repeat: bool = False) -> Screen:
    """The outbreak as it stands now: what it is about, how large, and a button for each case."""
    wording = Wording(view.language)
    counts = wording.plural("outbreaks.size", view.size.total)
    if view.size.unsettled:
        counts += ", " + wording.plural("outbreaks.unsettled", view.size.unsettled)
    paragraphs: list[Paragraph] = [(Run(_title(view, wording), Style.BOLD),), (Run(counts),)]
    if is_repeat:
        paragraphs.append((Run(wording.text("cases.repeat"), Style.ITALIC),))
    paragraphs.append((Run(_hint(view, wording), Style.ITALIC),))
    if view.cases:
        paragraphs.append((Run("\n".join(case_line(case, wording, now) for case in view.cases)),))
    hidden = view.size.unsettled - len(view.cases)
    if hidden > 0:
        paragraphs.append((Run(wording.plural("outbreaks.more", hidden)),))
    choices = tuple(
        Choice(wording.text("outbreaks.number", number=case.case.id), encode(ShowCase(case.case.id)))
        for case in view.cases
    )
    return Screen(tuple(paragraphs), (ChoiceGroup(Arrangement.SCALE, choices),) if choices else ())


def _title(view: OutbreakView, wording: Wording) -> str:
    outbreak = view.outbreak
    if outbreak.cause == "burst":
        return wording.text("outbreaks.burst")
    touchpoint = pick(view.touchpoint_title, view.language) or outbreak.touchpoint or ""
    return wording.text("outbreaks.place", touchpoint=touchpoint, location=outbreak.location or "")


def _hint(view: OutbreakView, wording: Wording) -> str:
    if view.outbreak.closed_at is not None:
        return wording.text("outbreaks.over")
    if view.outbreak.cause == "burst":
        return wording.text("outbreaks.burst_hint")
    return wording.text("outbreaks.since", at=wording.moment(view.outbreak.opened_at, view.zone))
