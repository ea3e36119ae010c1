"""How somebody gets the weekly report, with buttons that change it."""

from __future__ import annotations

from bot.screens.actions import encode
from bot.screens.manager_actions import PauseReport, SetReportDay, SetReportHour, SetReportTheme
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.wording import Wording
from surveys.scopes import Scope
from surveys.subscriptions import THEMES, Subscription

HOURS = (7, 8, 9, 10, 12, 15, 18, 21)
"""The hours offered; the catalogue may name any other."""

_LONGEST_SHOWN = 100
"""Characters of what cannot be made out."""


def subscription_screen(subscription: Subscription, language: str) -> Screen:
    """The report's day, hour and paper; what is chosen is ticked."""
    wording = Wording(language)
    state = "subscription.paused" if subscription.paused else "subscription.comes"
    day = wording.text(f"subscription.on_day_{subscription.weekday}")
    lines = [
        wording.text(state, day=day, at=f"{subscription.at:%H:%M}"),
        wording.text("subscription.scope", scope=scope_text(subscription.scope, wording)),
    ]
    if subscription.paused:
        going_on = Choice(wording.text("subscription.go_on"), encode(PauseReport(0)), tone=Tone.POSITIVE)
        groups: tuple[ChoiceGroup, ...] = (ChoiceGroup(Arrangement.ROW, (going_on,)),)
    else:
        groups = _choices(subscription, wording)
    return Screen(((Run(wording.text("subscription.title"), Style.BOLD),), *((Run(line),) for line in lines)), groups)


def unknown_wish_screen(text: str, language: str) -> Screen:
    """What cannot be made out, and what can be written."""
    return Screen(((Run(Wording(language).text("subscription.unknown_wish", text=text[:_LONGEST_SHOWN])),),))


def scope_text(scope: Scope, wording: Wording) -> str:
    """What may be seen, in words."""
    if not scope:
        return wording.text("subscription.everything")
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in sorted(scope.items()))


def _choices(subscription: Subscription, wording: Wording) -> tuple[ChoiceGroup, ...]:
    days = tuple(
        Choice(_ticked(wording.text(f"subscription.day_{day}"), day == subscription.weekday), encode(SetReportDay(day)))
        for day in range(7)
    )
    hour = subscription.at.hour if subscription.at.minute == 0 else -1
    hours = tuple(
        Choice(_ticked(f"{offered}:00", offered == hour), encode(SetReportHour(offered))) for offered in HOURS
    )
    themes = tuple(
        Choice(
            _ticked(wording.text(f"subscription.{theme}"), theme == subscription.theme), encode(SetReportTheme(place))
        )
        for place, theme in enumerate(THEMES)
    )
    pause = Choice(wording.text("subscription.pause"), encode(PauseReport(1)))
    return (
        ChoiceGroup(Arrangement.ROW, days),
        ChoiceGroup(Arrangement.ROW, hours[:4]),
        ChoiceGroup(Arrangement.ROW, hours[4:]),
        ChoiceGroup(Arrangement.ROW, themes),
        ChoiceGroup(Arrangement.ROW, (pause,)),
    )


def _ticked(label: str, is_chosen: bool) -> str:
    return f"✓ {label}" if is_chosen else label
