"""The weekly report in words, for managers in their chat and for the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.screens.recovery_report import brought_text
from bot.screens.score_words import (
    asked_text,
    change_line,
    dates_text,
    entry_title,
    moved_text,
    score_and_mean,
    score_text,
)
from bot.screens.screen import Run, Screen, Style
from bot.screens.sections import Paragraph, fitted, length_of, section
from bot.screens.whole_business import whole_business_lines
from bot.screens.wording import Wording
from surveys.findings import Funnel, TouchpointReport
from surveys.reporting import Report, Scores
from surveys.rules.languages import pick
from surveys.rules.metrics import SHOWN_FROM, Verdict
from surveys.whole_business import WholeBusiness

CAPTION: Final = 1000
"""Characters of the words under a picture; Telegram takes 1,024."""

COMPLAINTS: Final = 5


def report_screen(report: Report, language: str, whole: WholeBusiness | None = None) -> Screen:
    """The report of a week or another period: what really changed, what people complain of, what is still open.

    With `whole`, what is told of the whole business alone.
    """
    wording = Wording(language, report.language)
    return fitted(_report_paragraphs(report, wording, whole))


def report_caption(report: Report, language: str, whole: WholeBusiness | None = None) -> Screen:
    """The report under its picture: all of it where that fits a caption, else what the picture cannot say."""
    wording = Wording(language, report.language)
    paragraphs = _report_paragraphs(report, wording, whole)
    if length_of(paragraphs) <= CAPTION:
        return Screen(tuple(paragraph for paragraph in paragraphs if paragraph))
    entries = report.touchpoints
    short: list[Paragraph] = []
    for lines in range(COMPLAINTS, -1, -1):
        short = [
            (Run(heading_text(report, wording), Style.BOLD),),
            section(wording, "report.better", _brief(entries, Verdict.UP, wording), most=lines),
            section(wording, "report.worse", _brief(entries, Verdict.DOWN, wording), most=lines),
            section(wording, "report.complaints", _complaints(entries, wording)[:lines]),
            (Run(asked_text(total_funnel(entries), wording)),),
            *_whole(whole, wording),
            (Run(_cases(report, wording)),),
            *_brought(report, wording),
        ]
        if not any(entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN) for entry in entries):
            short.insert(1, (Run(wording.text("report.nothing_moved")),))
        if length_of(short) <= CAPTION:
            break
    return Screen(tuple(paragraph for paragraph in short if paragraph))


def _report_paragraphs(report: Report, wording: Wording, whole: WholeBusiness | None) -> list[Paragraph]:
    entries = report.touchpoints
    sections = [
        section(wording, "report.better", _lines(entries, _is(Verdict.UP), wording)),
        section(wording, "report.worse", _lines(entries, _is(Verdict.DOWN), wording)),
        section(wording, "report.steady", _lines(entries, _is_steady, wording)),
        section(wording, "report.uncompared", _lines(entries, _is_uncompared, wording)),
        section(wording, "report.preliminary", _lines(entries, _is_preliminary, wording)),
        section(wording, "report.too_few", [_few(entry, wording) for entry in entries if _is_too_few(entry)]),
        section(wording, "report.complaints", _complaints(entries, wording)),
    ]
    if not any(entry.findings.measured.n for entry in entries):
        sections[:-1] = [(Run(wording.text("report.no_answers")),)]
    return [
        (Run(heading_text(report, wording), Style.BOLD),),
        *sections,
        (Run(asked_text(total_funnel(entries), wording)),),
        *_whole(whole, wording),
        (Run(_cases(report, wording)),),
        *_brought(report, wording),
    ]


def _whole(whole: WholeBusiness | None, wording: Wording) -> list[Paragraph]:
    """Reach, comments, alarms and trials; nothing of what there is nothing to say of."""
    return [] if whole is None else [(Run(line),) for line in whole_business_lines(whole, wording)]


def _brought(report: Report, wording: Wording) -> list[Paragraph]:
    """What recovery brought; nothing where there is nothing to say."""
    text = brought_text(report.recovery, wording)
    return [(Run(text),)] if text else []


def _line(entry: TouchpointReport, wording: Wording) -> str:
    line = f"{entry_title(entry, wording)}: {score_and_mean(entry.findings.measured, wording)}"
    if entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN):
        line += f"; {change_line(entry.findings, wording)}"
    return line


def _few(entry: TouchpointReport, wording: Wording) -> str:
    return f"{entry_title(entry, wording)}: {score_text(entry.findings.measured, wording)}"


def _is(verdict: Verdict) -> Callable[[TouchpointReport], bool]:
    return lambda entry: entry.findings.change.verdict is verdict


def _is_too_few(entry: TouchpointReport) -> bool:
    return entry.findings.measured.n < SHOWN_FROM


def _is_settled(entry: TouchpointReport) -> bool:
    return entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN) or _is_too_few(entry)


def _is_preliminary(entry: TouchpointReport) -> bool:
    return not _is_settled(entry) and entry.findings.measured.preliminary


def _is_steady(entry: TouchpointReport) -> bool:
    return entry.findings.change.verdict is Verdict.NO_REAL_CHANGE and not entry.findings.measured.preliminary


def _is_uncompared(entry: TouchpointReport) -> bool:
    """Whether the time before had too few answers to say anything of a change."""
    return not (_is_settled(entry) or _is_preliminary(entry) or _is_steady(entry))


def _lines(
    entries: Iterable[TouchpointReport], belongs: Callable[[TouchpointReport], bool], wording: Wording
) -> list[str]:
    return [_line(entry, wording) for entry in entries if belongs(entry)]


def _brief(entries: Sequence[TouchpointReport], verdict: Verdict, wording: Wording) -> list[str]:
    """What moved this way, without the intervals that the picture shows."""
    return [moved_text(entry, wording) for entry in entries if entry.findings.change.verdict is verdict]


def heading_text(report: Scores, wording: Wording) -> str:
    """Whose report it is and of when."""
    week = report.period.week_name
    if week is None:
        return wording.text("report.period_heading", business=report.business_name, dates=dates_text(report, wording))
    number = week.rpartition("W")[2].lstrip("0")
    return wording.text(
        "report.week_heading", business=report.business_name, week=number, dates=dates_text(report, wording)
    )


def total_funnel(entries: Sequence[TouchpointReport]) -> Funnel:
    """What became of the events of all touchpoints together."""
    funnels = [entry.findings.funnel for entry in entries]
    return Funnel(
        events=sum(funnel.events for funnel in funnels),
        delivered=sum(funnel.delivered for funnel in funnels),
        answered=sum(funnel.answered for funnel in funnels),
        commented=sum(funnel.commented for funnel in funnels),
        maturing=any(funnel.maturing for funnel in funnels),
    )


def _complaints(entries: Sequence[TouchpointReport], wording: Wording) -> list[str]:
    """The reasons chosen most, without those offered for a good score."""
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        title = pick(entry.title, wording.language) or entry.touchpoint
        for reason, count in entry.findings.reasons.items():
            if reason not in entry.praise:
                found[title, pick(entry.reason_titles.get(reason, {}), wording.language) or reason] += count
    return [
        wording.text("report.complaint", reason=reason, touchpoint=title, n=wording.number(count))
        for (title, reason), count in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:COMPLAINTS]
    ]


def _cases(report: Report, wording: Wording) -> str:
    cases = report.cases
    moves = ("opened", "claimed", "resolved", "confirmed", "reopened", "overdue")
    counted = [wording.plural(f"report.cases_{move}", getattr(cases, move)) for move in moves if getattr(cases, move)]
    lines = [wording.text("report.cases", moves=", ".join(counted)) if counted else wording.text("report.no_cases")]
    if cases.median_first_response is not None:
        lines.append(wording.text("report.first_response", duration=wording.duration(cases.median_first_response)))
    if cases.median_resolve is not None:
        lines.append(wording.text("report.resolve", duration=wording.duration(cases.median_resolve)))
    if cases.still_open:
        lines.append(wording.plural("report.still_open", cases.still_open))
    else:
        lines.append(wording.text("report.nothing_open"))
    return " ".join(lines)
