"""What scanning a QR code answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.screens.clipping import clip
from bot.screens.dialogue import answer_screen
from bot.screens.screen import Run, Screen
from bot.screens.wording import Wording
from surveys.entering import Entered, EntryCounted, EntryPoint, EntryView
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick

_TOUCHPOINT_SHOWN: Final = 100


def entry_screen(view: EntryView) -> Screen:
    """The question at once; thanks for an answer of late; or that the code is no more."""
    if isinstance(view, Entered):
        return answer_screen(view.view)
    key = "entering.counted" if isinstance(view, EntryCounted) else "entering.unknown"
    return Screen(((Run(Wording(view.language).text(key)),),))


def plain_screen(key: str, language: str) -> Screen:
    """One of the sentences about entry points."""
    return Screen(((Run(Wording(language).text(key)),),))


def point_usage_screen(catalogue: Catalogue, language: str, touchpoint: str = "") -> Screen:
    """How /qr is used, with the touchpoints there are; that the one asked for is none of them."""
    wording = Wording(language)
    able = [name for name, one in catalogue.touchpoints.items() if one.survey and one.every is None]
    example, named = able[0] if able else "-", ", ".join(able)
    if touchpoint and touchpoint not in able:
        shown = clip(touchpoint, _TOUCHPOINT_SHOWN)[0]
        said = wording.text("entering.no_such_touchpoint", touchpoint=shown, able=named, example=example)
    else:
        said = wording.text("entering.usage", touchpoint=example, able=named)
    return Screen(((Run(said),),))


def point_caption(
    catalogue: Catalogue, point: EntryPoint, links: Mapping[str, str], language: str
) -> tuple[tuple[Run, ...], ...]:
    """What stands under the sheet's picture: what it is for, how often it was opened, the addresses."""
    wording = Wording(language)
    said = wording.plural(
        "entering.caption",
        point.opened,
        touchpoint=pick(catalogue.touchpoints[point.touchpoint].title, language) or point.touchpoint,
        place=point.location or wording.text("entering.anywhere"),
        links="\n".join(links.values()),
    )
    return ((Run(said),),)
