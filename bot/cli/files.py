"""Everything with a file: `import events|answers`, `simulate`, `links`, `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FileArgument = Annotated[Path, typer.Argument(help="CSV (comma, semicolon, tab) or XLSX.", show_default=False)]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="M.yaml", help="Which column each field comes from; see docs/events.md."),
]
EncodingOption = Annotated[
    str | None, typer.Option(help="utf-8, utf-8-sig, cp1251, …; recognised when not given.", show_default=False)
]
DelimiterOption = Annotated[
    str | None, typer.Option(help="comma, semicolon, tab or the character itself; recognised when not given.")
]
RejectsOption = Annotated[
    Path | None, typer.Option(help="Where rejected rows go; DATA_DIR/rejects when not given.", show_default=False)
]
CatalogueOption = Annotated[
    Path | None,
    typer.Option(
        "--catalog",
        "--catalogue",
        metavar="NEW.yaml",
        help="The catalogue; with FILE it is OTKLIK_CATALOG's when not given.",
        show_default=False,
    ),
]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    imports = typer.Typer(name="import", help="Take in a shop's own files; safe to repeat.", no_args_is_help=True)
    imports.command("events")(import_events)
    imports.command("answers")(import_answers)
    application.add_typer(imports)
    application.command("simulate")(simulate)
    application.command("links")(links)
    application.command("export")(export)


def import_events(
    file: FileArgument,
    *,
    mapping: MappingOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask however many it comes to, without a question.")] = False,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    rejects: RejectsOption = None,
) -> None:
    """Touchpoint events from a file. Each gets an outcome at once; repeating an import doubles nothing.

    Exits 0, 1 when rows were rejected (they are in the rejects file), 2 when nothing could be imported.
    """
    from bot.cli.importing import ImportRequest, run_event_import

    raise typer.Exit(run_event_import(ImportRequest(file, mapping, encoding, delimiter, rejects), yes=yes))


def import_answers(
    file: FileArgument,
    *,
    mapping: MappingOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    rejects: RejectsOption = None,
) -> None:
    """Past answers from another tool, so that history starts full. Nobody is written to, no case opens.

    Exits 0, 1 when rows were rejected (they are in the rejects file), 2 when nothing could be imported.
    """
    from bot.cli.importing import ImportRequest, run_answer_import

    raise typer.Exit(run_answer_import(ImportRequest(file, mapping, encoding, delimiter, rejects)))


def simulate(
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV or XLSX; without one the last month is played again.", show_default=False),
    ] = None,
    *,
    mapping: MappingOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    catalogue: CatalogueOption = None,
    known_only: Annotated[
        bool, typer.Option("--known-only", help="Reach only customers whose Telegram or VK id the file has.")
    ] = False,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="Without FILE: first day; 30 days back when not given.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Without FILE: the day after the last one; now if absent.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each event; without FILE one for all.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one CSV row for each event.")] = False,
) -> None:
    """Dry run: who would have been asked, when, and why the others not. Writes nothing.

    With FILE: what the catalogue does with these events; needs no database. Without: what NEW.yaml would have done to
    the last month, beside what the catalogue in force does to it and what really happened.
    """
    if as_json and as_csv:
        raise typer.BadParameter("give --json or --csv, not both")
    if file is None:
        if catalogue is None:
            raise typer.BadParameter("give FILE, or the catalogue to try on the last month: --catalogue NEW.yaml")
        if as_csv or known_only or mapping or encoding or delimiter:
            raise typer.BadParameter("--csv, --known-only, --mapping, --encoding and --delimiter go with FILE alone")
        from bot.cli.comparing import run_comparison

        raise typer.Exit(run_comparison(catalogue, first, to, as_json=as_json))
    if first is not None or to is not None:
        raise typer.BadParameter("--from and --to choose from what is recorded; a file is replayed whole")
    from bot.cli.simulation import SimulationRequest, run_simulation

    form = "json" if as_json else "csv" if as_csv else "table"
    request = SimulationRequest(file, mapping, encoding, delimiter, catalogue, form, known_only)
    raise typer.Exit(run_simulation(request))


def links(
    file: FileArgument,
    *,
    mapping: MappingOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    output: Annotated[
        Path | None, typer.Option(help="Where the result goes; beside FILE when not given.", show_default=False)
    ] = None,
) -> None:
    """Add a column with each order's or customer's personal link to a shop's own export.

    The file needs a column `customer.id`, and `order_id` for links that bind one order alone; a mapping may name
    others.
    """
    from bot.cli.linking import LinkFileRequest, run_linking

    raise typer.Exit(run_linking(LinkFileRequest(file, mapping, encoding, delimiter, output)))


def export(
    to_path: Annotated[
        str, typer.Argument(metavar="FILE|FOLDER/", help="A name that ends in .xlsx, .csv or /.", show_default=False)
    ],
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16; all when not given.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")] = None,
    touchpoint: Annotated[str | None, typer.Option("--touchpoint", metavar="KEY", help="Only this one.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Only report, journey, flows, ways, scores, distribution, reasons, audit, drivers, afterwards, "
            "themes, words, trials, alarms, reach, recovery, before_after, bought_again, answers, events, cases or "
            "moves.",
        ),
    ] = None,
) -> None:
    """The figures of every report and command, and the answers, events and cases they were counted from.

    FILE.xlsx has a sheet for each kind, charts and what every column means; FOLDER/ a CSV file for each kind; FILE.csv
    the answers, or what --kind names. Telephone numbers, cards and e-mail addresses in what people wrote are masked.
    """
    from bot.cli.exporting import ExportRequest, run_export
    from bot.files.export_kinds import ExportKind

    if kind is not None and kind not in tuple(ExportKind):
        raise typer.BadParameter(f"there is no kind {kind!r}; there are: {', '.join(ExportKind)}", param_hint="--kind")
    path = Path(to_path)
    is_folder = to_path.endswith(("/", "\\")) or path.is_dir()
    chosen = None if kind is None else ExportKind(kind)
    raise typer.Exit(run_export(ExportRequest(path, first, to, touchpoint, chosen, is_folder)))
