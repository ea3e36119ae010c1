"""Handing a case over: who may have it, and who has it now."""

from __future__ import annotations

from bot.screens.actions import encode
from bot.screens.cards import refusal
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.staff_actions import HandOverTo, ReferCase, ReleaseCase
from bot.screens.wording import Wording
from surveys.handing_over import HandedOver, HandOverChoices
from surveys.recovery import MoveRefused, NoSuchCase
from surveys.rules.languages import pick


def hand_over_screen(choices: HandOverChoices) -> Screen:
    """Whom to hand it to."""
    case_id, language = choices.view.case.id, choices.view.language
    wording = Wording(language)
    offered = [
        Choice(wording.text("handing.colleague", name=one.name), encode(HandOverTo(case_id, one.telegram_id)))
        for one in choices.colleagues
    ]
    if choices.may_release:
        offered.append(Choice(wording.text("handing.release"), encode(ReleaseCase(case_id))))
    offered += [
        Choice(wording.text("handing.team", team=pick(team.title, language)), encode(ReferCase(case_id, team.number)))
        for team in choices.teams
    ]
    if not offered:
        return Screen(((Run(wording.text("handing.nobody")),),))
    asked = (Run(wording.text("handing.ask", number=case_id), Style.BOLD),)
    return Screen((asked,), (ChoiceGroup(Arrangement.LIST, tuple(offered)),))


def handed_over_screen(result: HandedOver | MoveRefused | NoSuchCase, language: str, *, by: str) -> Screen:
    """Who has it now, told to everybody in the chat; or why nothing changed."""
    if not isinstance(result, HandedOver):
        return Screen(((Run(refusal(result, language)),),))
    wording, number = Wording(result.view.language), result.view.case.id
    if result.name is not None:
        said = wording.text("handing.to_colleague", number=number, name=result.name, by=by)
    elif result.team is not None:
        said = wording.text("handing.to_team", number=number, team=pick(result.team, language), by=by)
    else:
        said = wording.text("handing.released", number=number, by=by)
    return Screen(((Run(said),),))
