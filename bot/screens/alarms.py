"""Alarms for managers: one that rose or is over, the list of them, and the weekly report's line."""

from __future__ import annotations

from bot.screens.alarm_wording import AlarmWording
from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.alarm_notices import TellAlarm
from surveys.alarms import AlarmList, AlarmsOfPeriod, AlarmView
from surveys.rules.alarms import Sending

Paragraph = tuple[Run, ...]

LISTED = 15
"""Open alarms of one message; how many more there are is said."""

_OF_THE_WEEK = 5
_SAID_OF_TODAY = frozenset({Sending.PAUSED, Sending.NOTHING_DUE})


def alarm_screen(work: TellAlarm, *, is_repeat: bool = False) -> Screen:
    """An alarm with its evidence, its end, or both where it ended before it was told."""
    wording = Wording(work.language)
    words, view = AlarmWording(wording, work.titles, work.zone), work.view
    paragraphs: list[Paragraph] = [(Run(words.heading(view, is_over=work.is_over), Style.BOLD),)]
    if is_repeat:
        paragraphs.append((Run(wording.text("cases.repeat"), Style.ITALIC),))
    if work.is_over:
        paragraphs.append((Run(words.told_over(view)),))
        return Screen(tuple(paragraphs))
    paragraphs.append((Run(words.told(view)),))
    if view.cleared_at is not None:
        at = wording.moment(view.cleared_at, work.zone)
        paragraphs.append((Run(wording.text("alarms.over_already", at=at, clearing=words.ended(view))),))
    else:
        paragraphs.append((Run(words.hint(view), Style.ITALIC),))
    return Screen(tuple(paragraphs))


def alarm_list_screen(found: AlarmList, language: str) -> Screen:
    """What is wrong now with its evidence, what was lately, or that all is well."""
    wording = Wording(language, found.language)
    words = AlarmWording(wording, found.titles, found.zone)
    if found.open:
        paragraphs: list[Paragraph] = [(Run(wording.plural("alarms.open_count", len(found.open)), Style.BOLD),)]
        for view in found.open[:LISTED]:
            since = wording.text("alarms.since", at=wording.moment(view.risen_at, found.zone))
            paragraphs.append(
                (Run(words.heading(view, is_over=False), Style.BOLD), Run(f"\n{words.told(view)}\n{since}"))
            )
        if len(found.open) > LISTED:
            paragraphs.append((Run(wording.plural("alarms.more", len(found.open) - LISTED)),))
    else:
        paragraphs = [(Run(wording.text("alarms.none"), Style.BOLD),)]
    if found.today in _SAID_OF_TODAY:
        paragraphs.append((Run(wording.text(f"alarms.today_{found.today.value}")),))
    if found.cleared:
        lines = [_past_line(view, words, wording, found) for view in found.cleared]
        paragraphs.append((Run(wording.text("alarms.lately"), Style.BOLD), Run("\n" + "\n".join(lines))))
    return Screen(tuple(paragraphs))


def alarms_line(found: AlarmsOfPeriod, wording: Wording) -> str | None:
    """The weekly report's sentence about the alarms of its days; None when there were none."""
    if not found.alarms:
        return None
    words = AlarmWording(wording, found.titles, found.zone)
    names = [_of_the_week(view, words, wording, found) for view in found.alarms[:_OF_THE_WEEK]]
    if len(found.alarms) > _OF_THE_WEEK:
        names.append(wording.plural("alarms.more", len(found.alarms) - _OF_THE_WEEK))
    return wording.plural("alarms.of_the_week", len(found.alarms), alarms="; ".join(names))


def _past_line(view: AlarmView, words: AlarmWording, wording: Wording, found: AlarmList) -> str:
    at = wording.moment(view.risen_at, found.zone)
    return wording.text("alarms.past", name=words.name(view), at=at, ended=words.ended(view))


def _of_the_week(view: AlarmView, words: AlarmWording, wording: Wording, found: AlarmsOfPeriod) -> str:
    day = wording.day_and_month(view.risen_at.astimezone(found.zone).date())
    key = "alarms.day_still_open" if view.cleared_at is None else "alarms.day_over"
    return wording.text(key, name=words.name(view), day=day)
