"""The report as a table for a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from bot.screens.score_words import interval_text, mean_interval_text, mean_text, score_text, segment_name
from bot.screens.wording import Wording
from surveys.findings import Findings
from surveys.reporting import Report
from surveys.rules.journey import Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import Verdict

_STYLES = {Verdict.UP: "green", Verdict.DOWN: "red"}
_NO_SCORE = "—"


def build_report_table(report: Report, language: str) -> Table:
    """A row for each touchpoint and metric, and under it one for each segment when a breakdown was asked for.

    Customer effort takes two rows: its share, and its mean.
    """
    wording = Wording(language, report.language)
    # a terminal of 80 columns has no room for frames
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for key in ("touchpoint", "score", "interval", "answers", "change", "verdict", "rate"):
        left = key in ("touchpoint", "verdict")
        table.add_column(
            wording.text(f"report.table_{key}"),
            justify="left" if left else "right",
            no_wrap=key != "touchpoint",
            overflow="fold",
        )
    for entry in report.touchpoints:
        title = pick(entry.title, wording.language) or entry.touchpoint
        table.add_row(Text(f"{title} · {entry.metric.upper()}"), *_cells(entry.findings, wording))
        _add_mean(table, entry.findings, wording, indent=2)
        for segment in entry.segments or ():
            name = f"  {report.by}: {segment_name(segment.value, wording)}"
            table.add_row(Text(name, style="dim"), *_cells(segment.findings, wording))
            _add_mean(table, segment.findings, wording, indent=4)
    return table


def _add_mean(table: Table, findings: Findings, wording: Wording, *, indent: int) -> None:
    """Customer effort has its mean under it, with the mean's own interval."""
    measured = findings.measured
    mean = mean_text(measured, wording)
    if measured.metric is Metric.CES and mean:
        name = " " * indent + wording.text("report.table_mean")
        table.add_row(Text(name, style="dim"), Text(mean), Text(mean_interval_text(measured, wording)))


def _cells(findings: Findings, wording: Wording) -> list[Text]:
    measured, change = findings.measured, findings.change
    points = ""
    if change.points is not None:
        points = wording.number(change.points, 0 if measured.metric is Metric.NPS else 1, sign=True)
    rate = findings.funnel.response_rate
    return [
        Text(_NO_SCORE if measured.n and measured.score is None else score_text(measured, wording)),
        Text(interval_text(measured, wording)),
        Text(wording.number(measured.n)),
        Text(points),
        Text(wording.text(f"report.table_{change.verdict.value}"), style=_STYLES.get(change.verdict, "")),
        Text("" if rate is None else wording.text("report.per_cent", value=wording.number(rate, 1))),
    ]
