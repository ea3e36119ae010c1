"""Not being asked about some things, in words and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.screens.actions import encode
from bot.screens.customer_actions import Resume, ResumeTouchpoint, StopAll, StopTouchpoint
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen
from bot.screens.wording import Wording
from surveys.opting_out import StoppedSome, TouchpointChoice
from surveys.rules.languages import Texts, pick

_LONGEST_TITLE = 30


def stop_only(touchpoints: Sequence[TouchpointChoice], wording: Wording) -> tuple[ChoiceGroup, ...]:
    """A choice for each touchpoint to stop that alone; none where there is nothing to choose from."""
    if len(touchpoints) < 1:
        return ()
    offered = tuple(
        Choice(wording.text("opting.only", title=_title(one, wording)), encode(StopTouchpoint(one.number)))
        for one in touchpoints
    )
    return (ChoiceGroup(Arrangement.LIST, offered),)


def stopped_some_screen(view: StoppedSome) -> Screen:
    """What they are not asked about, with a choice for each touchpoint to change that."""
    wording = Wording(view.language)
    stopped = [one for one in view.touchpoints if one.stopped]
    if stopped:
        said = wording.text("opting.stopped", titles=", ".join(_title(one, wording) for one in stopped))
    else:
        said = wording.text("people.opted_in")
    toggles = tuple(
        Choice(
            wording.text("opting.resume_one" if one.stopped else "opting.stop_one", title=_title(one, wording)),
            encode(ResumeTouchpoint(one.number) if one.stopped else StopTouchpoint(one.number)),
        )
        for one in view.touchpoints
    )
    everything = [Choice(wording.text("opting.stop_all"), encode(StopAll()))]
    if stopped:
        everything.append(Choice(wording.text("opting.resume_all"), encode(Resume())))
    return Screen(
        ((Run(said),),),
        (ChoiceGroup(Arrangement.LIST, toggles), ChoiceGroup(Arrangement.LIST, tuple(everything))),
    )


def stopped_paragraph(stopped: Sequence[Texts], wording: Wording) -> list[tuple[Run, ...]]:
    """What they asked not to be asked about; nothing where they did not."""
    if not stopped:
        return []
    titles = ", ".join(pick(title, wording.language) for title in stopped)
    return [(Run(wording.text("opting.not_about", titles=titles)),)]


def _title(choice: TouchpointChoice, wording: Wording) -> str:
    title = pick(choice.title, wording.language)
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"
