"""Scores and the weekly report in words, for managers in their chat and for the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.screens.recovery_report import brought_text
from bot.screens.screen import Run, Screen, Style
from bot.screens.whole_business import whole_business_lines
from bot.screens.wording import Wording
from surveys.findings import Findings, Funnel, Json, Segment, TouchpointReport
from surveys.reporting import Report, Scores
from surveys.rules.journey import Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import SCALES, SHOWN_FROM, Measured, Verdict
from surveys.whole_business import WholeBusiness

Paragraph = tuple[Run, ...]

LONGEST: Final = 4000
"""Characters of a message; Telegram takes 4,096 and VK as many."""

CAPTION: Final = 1000
"""Characters of the words under a picture; Telegram takes 1,024."""

LINES: Final = 8
"""Lines of one section before the rest is only counted."""

SEGMENTS: Final = 10
COMPLAINTS: Final = 5


def report_screen(report: Report, language: str, whole: WholeBusiness | None = None) -> Screen:
    """The report of a week or another period: what really changed, what people complain of, what is still open.

    With `whole`, what is told of the whole business alone.
    """
    wording = Wording(language, report.language)
    return _screen(_report_paragraphs(report, wording, whole))


def report_caption(report: Report, language: str, whole: WholeBusiness | None = None) -> Screen:
    """The report under its picture: all of it where that fits a caption, else what the picture cannot say."""
    wording = Wording(language, report.language)
    paragraphs = _report_paragraphs(report, wording, whole)
    if _length(paragraphs) <= CAPTION:
        return Screen(tuple(paragraph for paragraph in paragraphs if paragraph))
    entries = report.touchpoints
    short: list[Paragraph] = []
    for lines in range(COMPLAINTS, -1, -1):
        short = [
            (Run(heading_text(report, wording), Style.BOLD),),
            _section(wording, "report.better", _brief(entries, Verdict.UP, wording), most=lines),
            _section(wording, "report.worse", _brief(entries, Verdict.DOWN, wording), most=lines),
            _section(wording, "report.complaints", _complaints(entries, wording)[:lines]),
            (Run(_asked(total_funnel(entries), wording)),),
            *_whole(whole, wording),
            (Run(_cases(report, wording)),),
            *_brought(report, wording),
        ]
        if not any(entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN) for entry in entries):
            short.insert(1, (Run(wording.text("report.nothing_moved")),))
        if _length(short) <= CAPTION:
            break
    return Screen(tuple(paragraph for paragraph in short if paragraph))


def _report_paragraphs(report: Report, wording: Wording, whole: WholeBusiness | None) -> list[Paragraph]:
    entries = report.touchpoints
    sections = [
        _section(wording, "report.better", _lines(entries, _is(Verdict.UP), wording)),
        _section(wording, "report.worse", _lines(entries, _is(Verdict.DOWN), wording)),
        _section(wording, "report.steady", _lines(entries, _is_steady, wording)),
        _section(wording, "report.uncompared", _lines(entries, _is_uncompared, wording)),
        _section(wording, "report.preliminary", _lines(entries, _is_preliminary, wording)),
        _section(wording, "report.too_few", [_few(entry, wording) for entry in entries if _is_too_few(entry)]),
        _section(wording, "report.complaints", _complaints(entries, wording)),
    ]
    if not any(entry.findings.measured.n for entry in entries):
        sections[:-1] = [(Run(wording.text("report.no_answers")),)]
    return [
        (Run(heading_text(report, wording), Style.BOLD),),
        *sections,
        (Run(_asked(total_funnel(entries), wording)),),
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


def scores_screen(report: Scores, language: str) -> Screen:
    """The scores of each touchpoint; of a single one all there is to say."""
    wording = Wording(language, report.language)
    paragraphs: list[Paragraph] = [(Run(_dates(report, wording), Style.BOLD),)]
    if not report.touchpoints:
        paragraphs.append((Run(wording.text("report.no_answers")),))
    detailed = len({entry.touchpoint for entry in report.touchpoints}) == 1
    for entry in report.touchpoints:
        lines = _details(entry, wording) if detailed else _summary(entry, wording)
        paragraphs.append((Run(_title(entry, wording), Style.BOLD), Run("\n" + "\n".join(lines))))
        if entry.segments is not None and report.by is not None:
            paragraphs.append(_section(wording, "report.by", _segments(entry, wording), attribute=report.by))
    return _screen(paragraphs)


def plain_text(screen: Screen) -> str:
    """The screen as text without any style, paragraphs apart."""
    return "\n\n".join("".join(run.text for run in paragraph) for paragraph in screen.paragraphs)


def score_text(measured: Measured, wording: Wording) -> str:
    """The score in its unit: +30 for NPS, 82.9 % for shares; that there is none when it is not shown."""
    if not measured.n:
        return wording.text("report.no_data")
    if measured.score is None:
        return wording.plural("report.few_answers", measured.n)
    return _points(measured.metric, measured.score, wording)


def interval_text(measured: Measured, wording: Wording) -> str:
    """The ends of the score's interval, empty when it is not shown."""
    interval = measured.interval
    if interval is None:
        return ""
    is_nps = measured.metric is Metric.NPS
    low, high = (wording.number(end, 0 if is_nps else 1, sign=is_nps) for end in (interval.low, interval.high))
    return wording.text("report.interval", low=low, high=high)


def verdict_text(findings: Findings, wording: Wording) -> str:
    """Whether the score changed, in words."""
    return wording.text(f"report.verdict_{findings.change.verdict.value}")


def segment_name(value: Json, wording: Wording) -> str:
    """The value of an attribute as people say it."""
    if value is None:
        return wording.text("report.missing")
    if isinstance(value, bool):
        return wording.text("report.yes" if value else "report.no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _title(entry: TouchpointReport, wording: Wording) -> str:
    return f"{pick(entry.title, wording.language) or entry.touchpoint} · {entry.metric.upper()}"


def _points(metric: Metric, score: float, wording: Wording) -> str:
    if metric is Metric.NPS:
        return wording.number(score, 0, sign=True)
    return wording.text("report.per_cent", value=wording.number(score, 1))


def score_line(measured: Measured, wording: Wording) -> str:
    """The score with its interval and the number of answers."""
    if measured.score is None:
        return score_text(measured, wording)
    return wording.text(
        "report.score",
        score=score_text(measured, wording),
        interval=interval_text(measured, wording),
        answers=wording.plural("report.answers", measured.n),
    )


def mean_text(measured: Measured, wording: Wording) -> str:
    """The mean score, empty where there is none: a mean of NPS scores is never shown."""
    return "" if measured.mean is None or measured.metric is Metric.NPS else wording.number(measured.mean, 2)


def mean_interval_text(measured: Measured, wording: Wording) -> str:
    """The ends of the mean's interval; it may reach over the scale's ends, where nobody can score."""
    interval = measured.mean_interval
    if interval is None:
        return ""
    lowest, highest = SCALES[measured.metric].lowest, SCALES[measured.metric].highest
    low, high = wording.number(max(interval.low, lowest), 2), wording.number(min(interval.high, highest), 2)
    return wording.text("report.interval", low=low, high=high)


def _score_and_mean(measured: Measured, wording: Wording) -> str:
    """The score on one line; customer effort is always told with its mean beside it."""
    line = score_line(measured, wording)
    mean, interval = mean_text(measured, wording), mean_interval_text(measured, wording)
    if measured.metric is not Metric.CES or not mean:
        return line
    return wording.text("report.with_mean", score=line, mean=mean, interval=interval)


def _change_line(findings: Findings, wording: Wording) -> str:
    change, previous = findings.change, findings.previous
    if change.points is None or previous.score is None:
        return verdict_text(findings, wording)
    return wording.text(
        "report.change",
        verdict=verdict_text(findings, wording),
        previous=_points(previous.metric, previous.score, wording),
        change=wording.number(change.points, 0 if previous.metric is Metric.NPS else 1, sign=True),
    )


def _line(entry: TouchpointReport, wording: Wording) -> str:
    line = f"{_title(entry, wording)}: {_score_and_mean(entry.findings.measured, wording)}"
    if entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN):
        line += f"; {_change_line(entry.findings, wording)}"
    return line


def _few(entry: TouchpointReport, wording: Wording) -> str:
    return f"{_title(entry, wording)}: {score_text(entry.findings.measured, wording)}"


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


def _length(paragraphs: Iterable[Paragraph]) -> int:
    """Characters as Telegram counts them, breaks between paragraphs included."""
    return sum(
        2 + sum(len(run.text.encode("utf-16-le", "surrogatepass")) // 2 for run in paragraph)
        for paragraph in paragraphs
        if paragraph
    )


def _brief(entries: Sequence[TouchpointReport], verdict: Verdict, wording: Wording) -> list[str]:
    """What moved this way, without the intervals that the picture shows."""
    return [moved_text(entry, wording) for entry in entries if entry.findings.change.verdict is verdict]


def moved_text(entry: TouchpointReport, wording: Wording) -> str:
    """A touchpoint's score and what it was before."""
    return wording.text(
        "report.moved",
        touchpoint=pick(entry.title, wording.language) or entry.touchpoint,
        score=score_text(entry.findings.measured, wording),
        previous=score_text(entry.findings.previous, wording),
    )


def _section(wording: Wording, key: str, lines: Sequence[str], *, most: int = LINES, **values: object) -> Paragraph:
    """A titled list; what is too much is counted. Empty without lines."""
    if not lines:
        return ()
    shown = list(lines[:most])
    if len(lines) > most:
        shown.append(wording.plural("report.more", len(lines) - most))
    listed = "".join(f"\n• {line}" for line in shown)
    return (Run(wording.text(key, **values), Style.BOLD), Run(listed))


def _screen(paragraphs: Iterable[Paragraph]) -> Screen:
    """The paragraphs that fit one message; a long list of touchpoints ends with an ellipsis."""
    kept: list[Paragraph] = []
    left = LONGEST
    for paragraph in paragraphs:
        length = sum(len(run.text) for run in paragraph)
        if not length:
            continue
        if length + 2 > left:
            kept.append((Run("…"),))
            break
        kept.append(paragraph)
        left -= length + 2
    return Screen(tuple(kept))


def _dates(report: Scores, wording: Wording) -> str:
    return wording.day_range(report.period.start, report.period.last_day)


def heading_text(report: Scores, wording: Wording) -> str:
    """Whose report it is and of when."""
    week = report.period.week_name
    if week is None:
        return wording.text("report.period_heading", business=report.business_name, dates=_dates(report, wording))
    number = week.rpartition("W")[2].lstrip("0")
    return wording.text(
        "report.week_heading", business=report.business_name, week=number, dates=_dates(report, wording)
    )


def _summary(entry: TouchpointReport, wording: Wording) -> list[str]:
    findings = entry.findings
    lines = [_score_and_mean(findings.measured, wording)]
    if findings.measured.score is not None:
        lines.append(_change_line(findings, wording))
        if findings.measured.preliminary:
            lines.append(wording.text("report.is_preliminary"))
    return lines


def _details(entry: TouchpointReport, wording: Wording) -> list[str]:
    findings, measured = entry.findings, entry.findings.measured
    lines = _summary(entry, wording)
    if measured.n:
        spread = " · ".join(f"{score}: {wording.number(count)}" for score, count in measured.distribution.items())
        lines.append(wording.text("report.distribution", distribution=spread))
    if entry.metric is not Metric.CES and (mean := mean_text(measured, wording)):
        lines.append(wording.text("report.mean", mean=mean, interval=mean_interval_text(measured, wording)))
    lines.append(_asked(findings.funnel, wording))
    reasons = [
        f"{pick(entry.reason_titles.get(reason, {}), wording.language) or reason}: {wording.number(count)}"
        for reason, count in list(findings.reasons.items())[:COMPLAINTS]
    ]
    if reasons:
        lines.append(wording.text("report.reasons", reasons=", ".join(reasons)))
    return lines


def _segments(entry: TouchpointReport, wording: Wording) -> list[str]:
    segments: tuple[Segment, ...] = entry.segments or ()
    lines = [
        f"{segment_name(segment.value, wording)}: {_score_and_mean(segment.findings.measured, wording)}"
        for segment in segments[:SEGMENTS]
    ]
    return lines or [wording.text("report.no_data")]


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


def _asked(funnel: Funnel, wording: Wording) -> str:
    if not funnel.events:
        return wording.text("report.no_events")
    parts = [wording.plural("report.events", funnel.events)]
    if funnel.response_rate is None:
        parts.append(wording.text("report.nothing_delivered"))
    else:
        parts.append(wording.text("report.delivered", n=wording.number(funnel.delivered)))
        rate = wording.number(funnel.response_rate, 1)
        parts.append(wording.text("report.answered", n=wording.number(funnel.answered), rate=rate))
        if funnel.commented:
            parts.append(wording.text("report.commented", n=wording.number(funnel.commented)))
    shown = ", ".join(parts) + "."
    return f"{shown} {wording.text('report.maturing')}" if funnel.maturing else shown


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
