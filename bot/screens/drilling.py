"""A step into a report: what was chosen, split once more, with a button for each line and the way back."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.screens.actions import encode
from bot.screens.manager_actions import DrillBack, DrillInto, OpenDrill
from bot.screens.score_words import score_line, score_text, segment_name
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.wording import Wording
from surveys.drilling import COMMENTS, DrillView, Row, Step
from surveys.rules.languages import pick
from surveys.rules.weeks import Period

_COMMENT = 300
"""Characters of a comment."""
_LABEL = 40
_NAMED = ("location", "employee", "product")


def with_drill(screen: Screen, period: Period, language: str) -> Screen:
    """A report's message with the button that leads into it."""
    action = OpenDrill(period.start.toordinal(), period.end.toordinal())
    choice = Choice(Wording(language).text("drilling.open"), encode(action))
    return replace(screen, groups=(*screen.groups, ChoiceGroup(Arrangement.ROW, (choice,))))


def drill_screen(view: DrillView, language: str, zone: ZoneInfo) -> Screen:
    """The step as a message."""
    wording = Wording(language)
    heading = [Run(wording.day_range(view.period.start, view.period.last_day), Style.BOLD)]
    chosen = [_chosen(step, view, wording) for step in view.path if step.kind in ("touchpoint", "value", "reason")]
    if chosen:
        heading.append(Run("\n" + " → ".join(chosen)))
    paragraphs: list[tuple[Run, ...]] = [tuple(heading)]
    if view.entry is not None:
        paragraphs.append((Run(score_line(view.entry.findings.measured, wording)),))
    elif view.path:
        paragraphs.append((Run(wording.text("report.no_data")),))
    paragraphs.extend(_lines(view, wording))
    if view.dimension == COMMENTS:
        paragraphs.extend(_comments(view, wording, zone))
    return Screen(tuple(paragraphs), _groups(view, wording))


def dimension_name(dimension: str, wording: Wording) -> str:
    """By what the answers are split."""
    name = dimension.removeprefix("by ")
    if name == dimension or name in _NAMED:
        return wording.text(f"drilling.by_{name}")
    return wording.text("drilling.by", attribute=name)


def _chosen(step: Step, view: DrillView, wording: Wording) -> str:
    if step.kind == "touchpoint":
        return (pick(view.entry.title, wording.language) if view.entry else None) or step.name
    if step.kind == "reason":
        return _reason(step.name, view, wording)
    return segment_name(step.value, wording)


def _reason(reason: str, view: DrillView, wording: Wording) -> str:
    titles = {} if view.entry is None else view.entry.reason_titles.get(reason, {})
    return pick(titles, wording.language) or reason


def _name(row: Row, view: DrillView, wording: Wording) -> str:
    if row.entry is not None:
        return f"{pick(row.entry.title, wording.language) or row.entry.touchpoint} · {row.entry.metric.upper()}"
    if row.segment is not None:
        return segment_name(row.segment.value, wording)
    return _reason(row.reason or "", view, wording)


def _lines(view: DrillView, wording: Wording) -> list[tuple[Run, ...]]:
    if not view.rows and not view.too_few:
        return []
    lines = []
    for row in view.rows:
        measured = row.entry.findings.measured if row.entry else row.segment.findings.measured if row.segment else None
        figure = wording.number(row.count) if measured is None else score_line(measured, wording)
        line = f"{_name(row, view, wording)}: {figure}"
        if measured is not None and measured.preliminary:
            line += f" · {wording.text('picture.preliminary')}"
        lines.append(f"\n• {line}")
    if view.too_few:
        lines.append(f"\n{wording.plural('drilling.too_few', view.too_few)}")
    return [(Run(dimension_name(view.dimension, wording), Style.BOLD), Run("".join(lines)))]


def _comments(view: DrillView, wording: Wording, zone: ZoneInfo) -> list[tuple[Run, ...]]:
    if not view.comments:
        return [(Run(wording.text("drilling.no_comments")),)]
    shown: list[tuple[Run, ...]] = []
    for given in view.comments:
        text = given.comment if len(given.comment) <= _COMMENT else given.comment[:_COMMENT].rstrip() + "…"
        told = wording.text("drilling.comment", score=given.score, at=wording.moment(given.answered_at, zone))
        shown.append((Run(told),))
        shown.append((Run(text, Style.QUOTE),))
    return shown


def _groups(view: DrillView, wording: Wording) -> tuple[ChoiceGroup, ...]:
    def choice(label: str, place: int) -> Choice:
        return Choice(label, encode(DrillInto(view.id, place)))

    lines = tuple(choice(_label(row, view, wording), row.place) for row in view.rows)
    switches = [choice(dimension_name(name, wording), place) for place, name in view.switches]
    if view.more is not None:
        switches.insert(0, choice(wording.text("drilling.more"), view.more))
    groups = [
        ChoiceGroup(Arrangement.LIST, lines),
        ChoiceGroup(Arrangement.LIST, tuple(switches)),
    ]
    if view.parent_id is not None:
        back = Choice(wording.text("drilling.back"), encode(DrillBack(view.parent_id)))
        groups.append(ChoiceGroup(Arrangement.ROW, (back,)))
    return tuple(group for group in groups if group.choices)


def _label(row: Row, view: DrillView, wording: Wording) -> str:
    measured = row.entry.findings.measured if row.entry else row.segment.findings.measured if row.segment else None
    figure = wording.number(row.count) if measured is None else score_text(measured, wording)
    name = _name(row, view, wording)
    shown = name if len(name) <= _LABEL else name[:_LABEL].rstrip() + "…"
    return f"{shown}: {figure}"
