"""What recovery brought, in words: all of it for managers, their own for staff, two sentences for the weekly report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.buying_again import BoughtAgain
from surveys.recovery_figures import (
    RANKED_FROM,
    CaseFigures,
    OwnReport,
    PartFigures,
    RecoveryFigures,
    RecoveryReport,
)
from surveys.rules.languages import pick
from surveys.rules.metrics import Interval
from surveys.rules.recovery_measures import BeforeAfter, Share, ShareDifference
from surveys.rules.weeks import Period

LINES = 6
"""Lines of one section before the rest is only counted."""

Paragraph = tuple[Run, ...]


def recovery_screen(report: RecoveryReport, language: str) -> Screen:
    """All there is to say of a period: cases, what customers said, who came back, and who did what."""
    wording = Wording(language, report.language)
    figures = report.figures
    heading = wording.text("recovery.heading", business=report.business_name, dates=_dates(report.period, wording))
    paragraphs: list[Paragraph] = [(Run(heading, Style.BOLD),), (Run(_counts(figures.total, wording)),)]
    if _is_empty(figures.total):
        paragraphs[1] = (Run(wording.text("recovery.nothing")),)
    paragraphs.append(_list(wording.text("recovery.score_again"), _before_after(figures.before_after, wording)))
    paragraphs.append(_bought_again(figures.bought_again, wording))
    for part, title, nameless in (
        ("team", wording.text("recovery.by_team"), wording.text("recovery.no_team")),
        ("person", wording.text("recovery.by_person"), wording.text("recovery.nobody")),
        ("touchpoint", wording.text("recovery.by_touchpoint"), wording.text("recovery.no_touchpoint")),
        ("reason", wording.text("recovery.by_reason"), wording.text("recovery.no_reason")),
    ):
        rows = [one for one in figures.by[part] if not _is_empty(one.figures)]
        lines = [_row(one, nameless, wording) for one in rows[:LINES]]
        if len(rows) > LINES:
            lines.append(wording.plural("report.more", len(rows) - LINES))
        paragraphs.append(_list(title, lines))
    return Screen(tuple(paragraph for paragraph in paragraphs if paragraph))


def own_recovery_screen(report: OwnReport, language: str) -> Screen:
    """What somebody sees of their own cases."""
    wording = Wording(language, report.language)
    shown = wording.text("recovery.own_nothing") if _is_empty(report.figures) else _counts(report.figures, wording)
    heading = wording.text("recovery.own_heading", dates=_dates(report.period, wording))
    return Screen(((Run(heading, Style.BOLD),), (Run(shown),)))


def brought_text(figures: RecoveryFigures | None, wording: Wording) -> str:
    """What recovery brought, in one or two sentences of the weekly report; empty where no case was there at all."""
    if figures is None:
        return ""
    sentences = [] if _is_empty(figures.total) else [_settled(figures.total, wording)]
    if (bought := _brought(figures.bought_again, wording)) is not None:
        sentences.append(bought)
    return " ".join(sentences)


def _brought(bought: BoughtAgain, wording: Wording) -> str | None:
    difference, recovered, others = bought.against_not_recovered, bought.recovered, bought.not_recovered
    if not bought.is_known or difference is None or recovered.per_cent is None or others.per_cent is None:
        return None
    shares = {
        "recovered": wording.number(recovered.per_cent, 0),
        "not_recovered": wording.number(others.per_cent, 0),
    }
    if not difference.is_real:
        return wording.text("recovery.brought_same", **shares)
    if difference.points > 0:
        return wording.text("recovery.brought_more", **shares)
    return wording.text("recovery.brought_less", **shares)


def _is_empty(figures: CaseFigures) -> bool:
    return not (figures.cases or figures.overdue)


def _dates(period: Period, wording: Wording) -> str:
    return wording.day_range(period.start, period.last_day)


def _counts(figures: CaseFigures, wording: Wording) -> str:
    """The moves, what customers said, and how long it took."""
    moves = ("opened", "claimed", "resolved", "confirmed", "reopened", "overdue")
    counted = [
        wording.plural(f"report.cases_{move}", getattr(figures, move)) for move in moves if getattr(figures, move)
    ]
    if figures.dismissed:
        counted.append(wording.plural("recovery.dismissed", figures.dismissed))
    lines = [wording.text("report.cases", moves=", ".join(counted))] if counted else []
    lines.append(_outcome(figures, wording))
    if figures.median_first_response is not None:
        lines.append(wording.text("report.first_response", duration=wording.duration(figures.median_first_response)))
    if figures.median_resolve is not None:
        lines.append(wording.text("report.resolve", duration=wording.duration(figures.median_resolve)))
    return " ".join(lines)


def _outcome(figures: CaseFigures, wording: Wording) -> str:
    """How the resolved ended; how many they are is said again only where some came back."""
    if not figures.settled or figures.settled != figures.resolved:
        return _settled(figures, wording)
    return wording.text(
        "recovery.all_settled",
        recovered=wording.number(figures.recovered),
        silent=wording.number(figures.resolved_without_answer),
    )


def _settled(figures: CaseFigures, wording: Wording) -> str:
    if not figures.settled:
        return wording.text("recovery.none_settled")
    return wording.plural(
        "recovery.settled",
        figures.settled,
        recovered=wording.number(figures.recovered),
        silent=wording.number(figures.resolved_without_answer),
    )


def _before_after(found: Sequence[BeforeAfter], wording: Wording) -> list[str]:
    return [_pairs(one, wording) for one in found] or [wording.text("recovery.no_pairs")]


def _pairs(found: BeforeAfter, wording: Wording) -> str:
    before, after = found.negative_before.per_cent, found.negative_after.per_cent
    if found.difference is None or found.interval is None or before is None or after is None:
        return wording.plural("recovery.few_pairs", found.n, metric=found.metric.upper())
    return wording.text(
        "recovery.before_after",
        metric=found.metric.upper(),
        difference=wording.number(found.difference, 1, sign=True),
        interval=_interval(found.interval, wording, 1, sign=True),
        pairs=wording.plural("recovery.pairs", found.n),
        before=wording.number(before, 0),
        after=wording.number(after, 0),
    )


def _bought_again(bought: BoughtAgain, wording: Wording) -> Paragraph:
    days = wording.plural("wording.days", bought.horizon.days)
    groups = (bought.recovered, bought.not_recovered)
    waiting = "" if not bought.waiting else "\n" + wording.plural("recovery.waiting", bought.waiting, days=days)
    title = wording.plural("recovery.bought_again", bought.horizon.days)
    if not any(group.per_cent is not None for group in groups):
        return (Run(title, Style.BOLD), Run("\n" + wording.text("recovery.bought_too_few") + waiting))
    if not bought.is_known:
        return (Run(title, Style.BOLD), Run("\n" + wording.text("recovery.bought_unknown") + waiting))
    lines = [
        wording.text("recovery.bought_recovered", share=_share(bought.recovered, wording)),
        wording.text("recovery.bought_not_recovered", share=_share(bought.not_recovered, wording)),
        wording.text("recovery.bought_never_unhappy", share=_share(bought.never_unhappy, wording)),
    ]
    told = [
        wording.text(key, **_difference(difference, wording))
        for key, difference in (
            ("recovery.difference", bought.against_not_recovered),
            ("recovery.difference_happy", bought.against_never_unhappy),
        )
        if difference is not None
    ]
    shown = "".join(f"\n• {line}" for line in lines) + "".join(f"\n{line}" for line in told) + waiting
    return (Run(title, Style.BOLD), Run(shown))


def _difference(difference: ShareDifference, wording: Wording) -> dict[str, str]:
    return {
        "points": wording.number(difference.points, 1, sign=True),
        "interval": _interval(difference.interval, wording, 1, sign=True),
        "verdict": wording.text("recovery.real" if difference.is_real else "recovery.not_real"),
    }


def _share(share: Share, wording: Wording) -> str:
    if share.per_cent is None or share.interval is None:
        return wording.text("recovery.too_few", n=wording.number(share.n))
    return wording.text(
        "recovery.share",
        share=wording.number(share.per_cent, 1),
        interval=_interval(share.interval, wording, 1),
        people=wording.plural("recovery.people", share.n),
    )


def _interval(interval: Interval, wording: Wording, decimals: int, *, sign: bool = False) -> str:
    low, high = (wording.number(end, decimals, sign=sign) for end in (interval.low, interval.high))
    return wording.text("report.interval", low=low, high=high)


def _row(part: PartFigures, nameless: str, wording: Wording) -> str:
    figures = part.figures
    name = pick(part.title, wording.language) or part.value or nameless
    if part.value is None and part.people:
        name = wording.plural("recovery.others", part.people, ranked=RANKED_FROM)
    shown = [wording.plural("recovery.row_cases", figures.cases)]
    if figures.settled:
        shown.append(
            wording.plural("recovery.row_settled", figures.settled, recovered=wording.number(figures.recovered))
        )
    if figures.overdue:
        shown.append(wording.plural("report.cases_overdue", figures.overdue))
    if figures.median_first_response is not None:
        shown.append(wording.text("recovery.row_first", duration=wording.duration(figures.median_first_response)))
    if figures.median_resolve is not None:
        shown.append(wording.text("recovery.row_resolve", duration=wording.duration(figures.median_resolve)))
    return wording.text("recovery.row", name=name, figures=", ".join(shown))


def _list(title: str, lines: Iterable[str]) -> Paragraph:
    listed = "".join(f"\n• {line}" for line in lines)
    return (Run(title, Style.BOLD), Run(listed)) if listed else ()
