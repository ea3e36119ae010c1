"""`otklik check`: what is wrong with a catalogue, and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from surveys.catalog.faults import Fault
    from surveys.catalog.reading import CatalogueReading


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(name="check")(check)


def check(
    file: Annotated[
        Path | None, typer.Argument(help="The catalogue; without it, the one OTKLIK_CATALOG names.", show_default=False)
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a catalogue, for editors, and check nothing.")
    ] = False,
) -> None:
    """Check the catalogue: every fault with its line, the key, and the fix.

    Exits with 0 when it can be used (warnings are allowed) and with 1 when it cannot. The file alone is looked at:
    what only the database knows, a change to a trial that has begun, is told by `otklik doctor`. A catalogue to start
    from is surveys/catalog/sample/bakery.yaml; every key is described in docs/catalogue.md.
    """
    if schema:
        _print_schema()
        return
    if not checked(file if file is not None else _configured()):
        raise typer.Exit(1)


def _configured() -> Path:
    from bot.cli.opening import read_settings

    return read_settings().catalog


def _print_schema() -> None:
    import json

    from surveys.catalog.shapes import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def checked(path: Path, *, to_errors: bool = False) -> bool:
    """Print every fault of the catalogue, on stderr when the output is another matter; whether it can be used."""
    from rich.console import Console

    from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue

    console = Console(highlight=False, soft_wrap=True, stderr=to_errors)
    try:
        source = load_source(path)
    except CatalogueFileError as error:
        _print_unreadable(console, path, str(error))
        return False
    reading = read_catalogue(source, name=str(path))
    lines = source.splitlines()
    for fault in reading.faults:
        _print_fault(console, path, fault, lines)
    _print_summary(console, path, reading)
    return reading.catalogue is not None


def _print_unreadable(console: Console, path: Path, message: str) -> None:
    from rich.text import Text

    from surveys.catalog.sample import sample_path

    console.print(Text.assemble(("error", "bold red"), f" {message}"))
    if not path.exists():
        console.print(Text(f"  → Copy the sample and change it: cp {sample_path()} {path}"))
        console.print(Text("    or name another file: otklik check FILE, or OTKLIK_CATALOG in .env"))


def _print_fault(console: Console, path: Path, fault: Fault, lines: list[str]) -> None:
    from rich.text import Text

    from surveys.catalog.faults import Severity

    colour = "red" if fault.severity is Severity.ERROR else "yellow"
    place = f"{path}:{fault.line}:{fault.column}"
    head = Text.assemble((place, "bold"), " ", (fault.severity.value, f"bold {colour}"))
    if fault.key:
        head.append(f" {fault.key}", style="cyan")
    console.print(head)
    if 0 < fault.line <= len(lines) and lines[fault.line - 1].strip():
        console.print(Text(f"    {fault.line} | {_excerpt(lines[fault.line - 1])}", style="dim"))
    console.print(Text(f"  {fault.message}."))
    console.print(Text(f"  → {fault.fix}", style="green"))
    console.print()


def _excerpt(line: str) -> str:
    shown = line.strip()
    return shown if len(shown) <= 100 else f"{shown[:100]}…"


def _print_summary(console: Console, path: Path, reading: CatalogueReading) -> None:
    from rich.text import Text

    from surveys.rules.trials import Measure
    from surveys.rules.varying import plan_of

    errors, warnings = len(reading.errors), len(reading.warnings)
    counts = [_counted(errors, "error"), _counted(warnings, "warning")]
    found = ", ".join(count for count in counts if count)
    catalogue = reading.catalogue
    if catalogue is None:
        console.print(Text.assemble(("✗ ", "bold red"), f"{path}: {found}. It cannot be used as it is."))
        return
    contents = ", ".join(
        (
            _counted(len(catalogue.touchpoints), "touchpoint") or "no touchpoints",
            _counted(len(catalogue.surveys), "survey") or "no surveys",
            _counted(len(catalogue.recovery.teams), "team") or "no teams",
            "in " + " and ".join(catalogue.business.languages),
        )
    )
    console.print(Text.assemble(("✓ ", "bold green"), f"{path}: {contents}; {found or 'no faults'}."))
    for key in catalogue.trials:
        plan = plan_of(catalogue, key)
        counted = "matured invitations" if plan.measure is Measure.RESPONSE_RATE else "answers"
        console.print(Text(f"  trial {key}: {plan.planned:,} {counted} for each variant"))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
