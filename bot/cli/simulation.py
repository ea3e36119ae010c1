"""`otklik simulate`: what the rules would have done with a file's events."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table as TextTable

from bot.cli.opening import read_settings
from bot.cli.opening_files import FileRequest, read_catalogue_file
from bot.clock import SystemClock
from bot.files.importing import convert_rows
from bot.files.mapping import Purpose
from bot.files.records import event_reader
from bot.files.writing import guarded
from surveys.rules.identity import ALWAYS_IN_USE
from surveys.rules.incoming import IncomingEvent
from surveys.rules.journey import Catalogue
from surveys.simulating import Simulated, simulate

_EXAMPLES = 3
_FAULTS_SHOWN = 10
COLUMNS = (
    "event_id",
    "touchpoint",
    "occurred_at",
    "order_id",
    "outcome",
    "at",
    "reason",
    "eligible_at",
    "asked_instead",
    "error",
    "trial",
    "variant",
)


@dataclass(frozen=True, slots=True)
class SimulationRequest(FileRequest):
    """A file to replay; `form` is table, json or csv."""

    catalogue: Path | None
    form: str
    known_only: bool


@dataclass(slots=True)
class _Tally:
    """What the table is made of."""

    outcomes: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    examples: dict[tuple[str, str | None], list[Simulated]] = field(default_factory=dict)
    asked_on: Counter[date] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    without_instant: int = 0
    asked: int = 0
    stale_by_now: int = 0


def run_simulation(request: SimulationRequest) -> int:
    """Replay the file and print what came of it; the exit status."""
    settings = read_settings()
    catalogue, _ = read_catalogue_file(request.catalogue or settings.catalog)
    zone = catalogue.business.timezone
    tally = _Tally()
    with request.open(Purpose.EVENTS, request.read_mapping(Purpose.EVENTS)) as (table, used):
        rows = convert_rows(table, event_reader(used, table.header, zone))
        events = _events(((event, fault) for _, event, fault in rows), tally)
        channels = ALWAYS_IN_USE if settings.vk_token is None else ALWAYS_IN_USE | {"vk"}
        results = simulate(catalogue, events, everybody_reachable=not request.known_only, channels=channels)
        _FORMS[request.form](_noticing(results, tally, catalogue, SystemClock().now()), tally, zone)
    if tally.asked:
        typer.echo(f"\n{_own_time(tally)}", err=request.form != "table")
    for reason, count in tally.faults.most_common(_FAULTS_SHOWN):
        typer.echo(f"{count:,} {'row' if count == 1 else 'rows'} not read: {reason}", err=True)
    return 1 if tally.faults else 0


def _events(rows: Iterable[tuple[IncomingEvent | None, str | None]], tally: _Tally) -> Iterator[IncomingEvent]:
    for event, fault in rows:
        if fault is not None:
            tally.faults[fault] += 1
        elif event is None:
            tally.without_instant += 1
        else:
            yield event


def _noticing(results: Iterator[Simulated], tally: _Tally, catalogue: Catalogue, now: datetime) -> Iterator[Simulated]:
    """The same results, those that would be asked counted, and of them those that are too old to be asked by now."""
    for result in results:
        if result.outcome == "asked":
            tally.asked += 1
            tally.stale_by_now += result.occurred_at + catalogue.touchpoints[result.touchpoint].ask_by < now
        yield result


def _own_time(tally: _Tally) -> str:
    """What the numbers are not: what an import would do now."""
    stale = (
        f"of the {tally.asked:,} asked here it would skip {tally.stale_by_now:,} as stale, for their ask_by is over"
        if tally.stale_by_now
        else "none of those asked here is stale yet"
    )
    return (
        "This is played in the file's own time, each event as if it had been reported when it happened. "
        f"`otklik import events` decides now: {stale}."
    )


def _print_json(results: Iterator[Simulated], tally: _Tally, zone: ZoneInfo) -> None:
    for result in results:
        sys.stdout.write(json.dumps(_document(result, zone), ensure_ascii=False) + "\n")


def _print_csv(results: Iterator[Simulated], tally: _Tally, zone: ZoneInfo) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for result in results:
        document = _document(result, zone)
        writer.writerow({name: guarded(value) if isinstance(value, str) else value for name, value in document.items()})


def _document(result: Simulated, zone: ZoneInfo) -> dict[str, object]:
    values = asdict(result)
    return {name: _shown(values[name], zone) for name in COLUMNS}


def _shown(value: object, zone: ZoneInfo) -> object:
    return value.astimezone(zone).isoformat() if isinstance(value, datetime) else value


def _print_table(results: Iterator[Simulated], tally: _Tally, zone: ZoneInfo) -> None:
    for result in results:
        reason = result.reason or _fault_kind(result.error)
        tally.outcomes[result.touchpoint, result.outcome, reason] += 1
        shown = tally.examples.setdefault((result.outcome, reason), [])
        if len(shown) < _EXAMPLES:
            shown.append(result)
        if result.outcome == "asked" and result.at is not None:
            tally.asked_on[result.at.astimezone(zone).date()] += 1
    console = Console()
    totals: Counter[str] = Counter()
    for (touchpoint, _, _), count in tally.outcomes.items():
        totals[touchpoint] += count
    table = TextTable("touchpoint", "outcome", "why", box=None, pad_edge=False)
    table.add_column("events", justify="right")
    table.add_column("share", justify="right")
    for (touchpoint, outcome, reason), count in sorted(tally.outcomes.items(), key=_order):
        table.add_row(touchpoint, outcome, reason or "", f"{count:,}", f"{100 * count / totals[touchpoint]:.1f} %")
    console.print(table)
    if tally.without_instant:
        rows = "row" if tally.without_instant == 1 else "rows"
        console.print(f"{tally.without_instant:,} {rows} without an instant: nothing has happened yet", highlight=False)
    if tally.asked_on:
        busiest, most = max(tally.asked_on.items(), key=lambda day: (day[1], day[0]))
        console.print(f"The most on one day: {most:,} on {busiest}", highlight=False)
    for (outcome, reason), examples in sorted(tally.examples.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        console.print(f"\n{outcome}{f': {reason}' if reason else ''}, for example", highlight=False, markup=False)
        for example in examples:
            console.print(f"  {_told(example, zone)}", highlight=False, markup=False, soft_wrap=True)


def _order(item: tuple[tuple[str, str, str | None], int]) -> tuple[str, bool, int]:
    (touchpoint, outcome, _), count = item
    return touchpoint, outcome != "asked", -count


def _told(result: Simulated, zone: ZoneInfo) -> str:
    parts = [f"{result.event_id} of {result.occurred_at.astimezone(zone):%Y-%m-%d %H:%M}"]
    if result.at is not None:
        parts.append(f"asked {result.at.astimezone(zone):%Y-%m-%d %H:%M}")
    if result.asked_instead is not None:
        parts.append(f"{result.asked_instead} is asked instead")
    if result.eligible_at is not None:
        parts.append(f"may be asked again from {result.eligible_at.astimezone(zone):%Y-%m-%d %H:%M}")
    if result.error is not None:
        parts.append(result.error)
    return ": ".join((parts[0], ", ".join(parts[1:]))) if parts[1:] else parts[0]


def _fault_kind(error: str | None) -> str | None:
    """The field that is at fault, so that equal faults are counted together."""
    return None if error is None else error.partition(":")[0]


_FORMS: dict[str, Callable[[Iterator[Simulated], _Tally, ZoneInfo], None]] = {
    "table": _print_table,
    "json": _print_json,
    "csv": _print_csv,
}
