"""`otklik simulate --catalogue NEW.yaml`: what another catalogue would have done to the last month."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.catalogue import checked
from bot.cli.faults import CommandError
from bot.cli.opening import read_settings
from bot.cli.storage import open_database
from bot.clock import SystemClock
from bot.screens.reasons import describe_reason
from bot.screens.wording import Wording
from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue
from surveys.comparing import DEFAULT_PERIOD, Comparison, Effect, Outcome, Transition, compare
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import PeriodError, day_start, parse_day

_CHANGES_SHOWN = 15
_OFTEN = 3
_TIMES = ("once", "twice", "three times or more")
UNKNOWABLE = (
    "Whether somebody could be written to is taken from their accounts as they stand now: since they are known, and, "
    "where it ended, until then. Blocking the bot and coming back in between is not recorded.",
    "The same goes for /stop, for who is whose account, for customers' time zones and for opened order links.",
    "Events of the shop are played as reported. Those of relational touchpoints (every: …) are the ones recorded: with "
    "another `every` there would be others.",
    "What had been asked before the period, and what was asked again after a complaint, stays as it was.",
    "Questions go out at the instant they are due: pauses, outages and refusals of the messenger are not played.",
    "Whether people would have answered, and how, nobody knows.",
)
"""What such a simulation takes for granted."""


def run_comparison(path: Path, first: str | None, to: str | None, *, as_json: bool) -> int:
    """Play the period and print what would have been different; the exit status."""
    proposed = _read(path)
    found = asyncio.run(_compare(proposed, first, to))
    if as_json:
        typer.echo(json.dumps(build_comparison_document(found, proposed), ensure_ascii=False, indent=2))
    else:
        _print(found, proposed)
    return 0


def _read(path: Path) -> Catalogue:
    try:
        reading = read_catalogue(load_source(path), name=str(path))
    except CatalogueFileError as error:
        raise CommandError(str(error)) from error
    if reading.catalogue is None:
        checked(path, to_errors=True)
        raise CommandError(f"{path} has faults: mend them, then try it again")
    return reading.catalogue


async def _compare(proposed: Catalogue, first: str | None, to: str | None) -> Comparison:
    now = SystemClock().now()
    async with open_database(read_settings()) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        start, end = _period(first, to, catalogues.in_force.catalogue, now)
        with _progress() as shown:
            task = shown.add_task("playing", total=None)

            def tell(done: int, of: int) -> None:
                shown.update(task, completed=done, total=of)

            return await compare(database, catalogues, proposed, start=start, end=end, now=now, progress=tell)


def _period(first: str | None, to: str | None, catalogue: Catalogue, now: datetime) -> tuple[datetime, datetime]:
    zone = catalogue.business.timezone
    try:
        end = now if to is None else min(day_start(parse_day(to), zone), now)
        start = end - DEFAULT_PERIOD if first is None else day_start(parse_day(first), zone)
    except PeriodError as error:
        raise CommandError(str(error)) from error
    if end <= start:
        raise CommandError("--to is the day after the last one, so it must be after --from, which must be past")
    return start, end


def build_comparison_document(found: Comparison, proposed: Catalogue) -> dict[str, object]:
    """The comparison as a JSON document."""
    zone = proposed.business.timezone
    return {
        "from": found.start.astimezone(zone).isoformat(),
        "to": found.end.astimezone(zone).isoformat(),
        "timezone": zone.key,
        "events": found.events,
        "forgotten": found.forgotten,
        "relational": found.relational,
        "reproduced": found.reproduced,
        "recorded": _effect_document(found.recorded),
        "in_force": _effect_document(found.in_force),
        "proposed": _effect_document(found.proposed),
        "changes": [
            {
                "touchpoint": change.touchpoint,
                "before": {"outcome": change.before.outcome, "reason": change.before.reason},
                "after": {"outcome": change.after.outcome, "reason": change.after.reason},
                "events": change.count,
                "example": change.example,
            }
            for change in found.changes
        ],
        "unknowable": list(UNKNOWABLE),
    }


def _effect_document(effect: Effect) -> dict[str, object]:
    busiest = effect.busiest
    return {
        "asked": effect.asked,
        "planned": effect.planned,
        "touchpoints": {
            touchpoint: [
                {"outcome": outcome.outcome, "reason": outcome.reason, "events": count}
                for outcome, count in sorted(counts.items(), key=lambda item: (item[0].outcome, item[0].reason or ""))
            ]
            for touchpoint, counts in effect.counts.items()
        },
        "people": {str(times): people for times, people in effect.people.items()},
        "per_day": {
            "max": busiest.asked if busiest else 0,
            "max_on": busiest.day.isoformat() if busiest else None,
            "mean": round(effect.mean_per_day, 2),
            "limit": effect.max_per_day,
            "days_at_limit": effect.days_at_limit,
            "days": {day.day.isoformat(): day.asked for day in effect.per_day},
        },
    }


def _print(found: Comparison, proposed: Catalogue) -> None:
    zone, console = proposed.business.timezone, Console(highlight=False)
    start, end = (instant.astimezone(zone) for instant in (found.start, found.end))
    console.print(f"{found.events:,} events from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone.key})")
    if found.forgotten:
        console.print(f"{found.forgotten:,} more were left out: whose they were has been forgotten")
    if not found.events:
        console.print("Nothing happened then, so nothing can be compared: name other days with --from and --to.")
        return
    console.print(_counts_table(found))
    console.print(_spread_table(found))
    console.print("\nWhat would change", style="bold")
    for line in describe_changes(found):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    share = 100 * found.reproduced / found.events
    console.print("\nWhat this takes for granted", style="bold")
    console.print(
        f"  The catalogue in force, played the same way, brings {found.reproduced:,} of {found.events:,} events "
        f"({share:.1f} %) to what really became of them: so much for how far to trust this.",
        soft_wrap=True,
    )
    for line in UNKNOWABLE:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _counts_table(found: Comparison) -> Table:
    table = Table("touchpoint", "outcome", "why", box=None, pad_edge=False)
    for name in ("really", "in force", "new", "change"):
        table.add_column(name, justify="right")
    effects = (found.recorded, found.in_force, found.proposed)
    for touchpoint in sorted({name for effect in effects for name in effect.counts}):
        counts = [effect.counts.get(touchpoint, {}) for effect in effects]
        for outcome in sorted({one for count in counts for one in count}, key=_place):
            really, before, after = (count.get(outcome, 0) for count in counts)
            table.add_row(
                touchpoint, outcome.outcome, outcome.reason or "", f"{really:,}", f"{before:,}", f"{after:,}",
                _signed(after - before),
            )  # fmt: skip
    really, before, after = (effect.asked for effect in effects)
    table.add_row("all", "asked", "", f"{really:,}", f"{before:,}", f"{after:,}", _signed(after - before), style="bold")
    return table


def _spread_table(found: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("how often, how many", no_wrap=True)
    effects = (found.recorded, found.in_force, found.proposed)
    for name in ("really", "in force", "new"):
        table.add_column(name, justify="right")
    for times in range(1, _OFTEN + 1):
        table.add_row(
            f"people asked {_TIMES[times - 1]}", *(f"{_people(effect.people, times):,}" for effect in effects)
        )
    table.add_row("asked in all", *(f"{effect.asked:,}" for effect in effects))
    table.add_row("a day, on average", *(f"{effect.mean_per_day:,.1f}" for effect in effects))
    table.add_row("the most on one day", *(_busiest(effect) for effect in effects))
    table.add_row("days at max_per_day", *(f"{effect.days_at_limit:,} ({effect.max_per_day:,})" for effect in effects))
    return table


def describe_changes(found: Comparison) -> list[str]:
    """What would be different, in words, the largest first; English, as the command line speaks."""
    if not found.changes:
        return ["Nothing: every event comes to the same under both catalogues."]
    lines = []
    before, after = (effect.asked + effect.planned for effect in (found.in_force, found.proposed))
    if before != after:
        share = f", {abs(after - before) / before:.0%}" if before else ""
        more = "more" if after > before else "fewer"
        questions = "question" if abs(after - before) == 1 else "questions"
        lines.append(f"{abs(after - before):,} {more} {questions}: {after:,} instead of {before:,}{share}")
    elif found.in_force.planned != found.proposed.planned:
        lines.append(f"As many questions, {after:,}, at other times")
    if found.in_force.planned or found.proposed.planned:
        lines.append(
            f"Of them still to go out, and only planned so far: {found.proposed.planned:,}"
            f" instead of {found.in_force.planned:,}"
        )
    lines += [_described(change) for change in found.changes[:_CHANGES_SHOWN]]
    if len(found.changes) > _CHANGES_SHOWN:
        rest = sum(change.count for change in found.changes[_CHANGES_SHOWN:])
        lines.append(f"{rest:,} more events change in other ways: see --json")
    return lines


def _described(change: Transition) -> str:
    events = "event" if change.count == 1 else "events"
    return (
        f"{change.touchpoint}: {change.count:,} {events} {_words(change.after)} instead of {_words(change.before)}, "
        f"like {change.example}"
    )


def _words(outcome: Outcome) -> str:
    if outcome.reason is None:
        return outcome.outcome
    return f"{outcome.outcome} ({describe_reason(outcome.reason, Wording('en'))})"


def _place(outcome: Outcome) -> tuple[bool, str, str]:
    return outcome.outcome != "asked", outcome.outcome, outcome.reason or ""


def _people(people: Mapping[int, int], times: int) -> int:
    return sum(count for asked, count in people.items() if asked == times or (times == _OFTEN and asked > times))


def _busiest(effect: Effect) -> str:
    busiest = effect.busiest
    return "0" if busiest is None else f"{busiest.asked:,} on {busiest.day}"


def _signed(change: int) -> str:
    return f"{change:+,}".replace("-", "−") if change else ""


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
