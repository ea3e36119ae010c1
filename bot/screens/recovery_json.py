"""What recovery brought, as plain JSON values: a part of the report's document, and `otklik recovery --json`."""

from __future__ import annotations

from datetime import UTC

from bot.screens.json_values import Document, iso_duration, limits, rounded
from surveys.buying_again import BoughtAgain
from surveys.recovery_figures import CaseFigures, PartFigures, RecoveryFigures, RecoveryReport
from surveys.rules.recovery_measures import BeforeAfter, Share, ShareDifference


def build_recovery_document(report: RecoveryReport) -> Document:
    """The whole document of `otklik recovery --json`."""
    return {
        "from": report.period.start.isoformat(),
        "to": report.period.end.isoformat(),
        "timezone": report.timezone,
        "cases": {**_figures(report.figures.total), "by": _by(report.figures)},
        "recovery": build_recovery(report.figures),
    }


def build_case_details(figures: RecoveryFigures | None) -> Document:
    """What stands in the report's `cases` beside the counts of the contract."""
    if figures is None:
        return {}
    total = figures.total
    return {
        "dismissed": total.dismissed,
        "settled": total.settled,
        "recovered": total.recovered,
        "resolved_without_answer": total.resolved_without_answer,
        "by": _by(figures),
    }


def build_recovery(figures: RecoveryFigures | None) -> Document | None:
    """The report's `recovery`: scores before and after, and who bought again."""
    if figures is None:
        return None
    return {
        "before_after": [_before_after(one) for one in figures.before_after],
        "bought_again": _bought_again(figures.bought_again),
    }


def _by(figures: RecoveryFigures) -> Document:
    return {part: [_part(part, row) for row in rows] for part, rows in figures.by.items()}


def _part(part: str, row: PartFigures) -> Document:
    """A person is also told by the messenger's id; `people` is how many are summed up in the row."""
    document: Document = {"value": row.value}
    if part == "person":
        document |= {"telegram_id": row.person_id, "people": row.people}
    return document | _figures(row.figures)


def _figures(figures: CaseFigures) -> Document:
    return {
        "cases": figures.cases,
        "opened": figures.opened,
        "claimed": figures.claimed,
        "resolved": figures.resolved,
        "confirmed": figures.confirmed,
        "reopened": figures.reopened,
        "dismissed": figures.dismissed,
        "overdue": figures.overdue,
        "settled": figures.settled,
        "recovered": figures.recovered,
        "resolved_without_answer": figures.resolved_without_answer,
        "median_first_response": iso_duration(figures.median_first_response),
        "median_resolve": iso_duration(figures.median_resolve),
    }


def _before_after(found: BeforeAfter) -> Document:
    low, high = limits(found.interval)
    return {
        "metric": found.metric.value,
        "n": found.n,
        "difference": rounded(found.difference),
        "low": low,
        "high": high,
        "negative_before": _share(found.negative_before),
        "negative_after": _share(found.negative_after),
    }


def _bought_again(bought: BoughtAgain) -> Document:
    """Instants in UTC; shares are null under five people."""
    return {
        "within": iso_duration(bought.horizon),
        "since": bought.since.astimezone(UTC).isoformat(),
        "until": bought.until.astimezone(UTC).isoformat(),
        "recovered": _share(bought.recovered),
        "not_recovered": _share(bought.not_recovered),
        "never_unhappy": _share(bought.never_unhappy),
        "recovered_minus_not_recovered": _difference(bought.against_not_recovered),
        "recovered_minus_never_unhappy": _difference(bought.against_never_unhappy),
        "too_recent": bought.waiting,
    }


def _share(share: Share) -> Document:
    # of fewer than five people only their number is told
    low, high = limits(share.interval)
    return {"n": share.n, "share": rounded(share.per_cent), "low": low, "high": high}


def _difference(difference: ShareDifference | None) -> Document | None:
    if difference is None:
        return None
    low, high = limits(difference.interval)
    return {
        "points": rounded(difference.points),
        "low": low,
        "high": high,
        "p_value": rounded(difference.p_value, 4),
        "real": difference.is_real,
    }
