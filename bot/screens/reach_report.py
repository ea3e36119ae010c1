"""How many customers can be reached, in words and as JSON."""

from __future__ import annotations

from datetime import timedelta

from bot.links import MESSENGERS
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.findings import Json
from surveys.reach import Reach


def reach_line(reach: Reach, wording: Wording) -> str:
    """One line of the weekly report; empty when the period had no customers."""
    if reach.share is None:
        return ""
    line = wording.plural(
        "reach.line",
        reach.customers,
        reachable=wording.number(reach.reachable),
        share=wording.number(reach.share),
    )
    missed = reach.unreachable_events
    return f"{line} {wording.plural('reach.missed', missed)}" if missed else line


def reach_screen(reach: Reach, language: str) -> Screen:
    """Everything there is to say of the reach."""
    wording = Wording(language)
    days = wording.day_range(reach.period.start, reach.period.end - timedelta(days=1))
    heading = (Run(wording.text("reach.heading", days=days), Style.BOLD),)
    if reach.share is None:
        return Screen((heading, (Run(wording.text("reach.nobody")),)))
    channels = [f"{MESSENGERS[channel]}: {wording.number(count)}" for channel, count in reach.by_channel.items()]
    linked = [
        wording.text("reach.linked", cause=wording.text(f"reach.by_{cause}"), number=wording.number(count))
        for cause, count in reach.linked_by.items()
    ]
    return Screen(
        (
            heading,
            (Run(reach_line(reach, wording)),),
            (Run("\n".join(channels)),),
            (Run("\n".join((wording.text("reach.came_by"), *linked))),),
        )
    )


def build_reach_document(reach: Reach) -> dict[str, Json]:
    """The reach as plain JSON values."""
    return {
        "customers": reach.customers,
        "reachable": reach.reachable,
        "share": None if reach.share is None else round(reach.share, 2),
        "by_channel": dict(reach.by_channel),
        "linked_by": dict(reach.linked_by),
        "unreachable_events": reach.unreachable_events,
    }
