"""`otklik export`: answers with their context as CSV or XLSX."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typer

from bot.cli.faults import CommandError
from bot.cli.opening import read_settings
from bot.cli.storage import open_database
from bot.files.writing import TooManyRowsError, Value, open_writer
from surveys.exporting import ExportedAnswer, export_answers
from surveys.publishing import Catalogues
from surveys.rules.journey import Metric
from surveys.rules.metrics import sentiment
from surveys.rules.weeks import PeriodError, day_start, parse_day

COLUMNS = (
    "id",
    "answered_at",
    "touchpoint",
    "survey",
    "metric",
    "score",
    "sentiment",
    "reasons",
    "comment",
    "given_by",
    "channel",
    "language",
    "question",
    "order_id",
    "event_id",
    "occurred_at",
    "amount",
    "currency",
    "customer.id",
    "customer.name",
    "case",
    "case_state",
    "purpose",
    "themes",
)


def run_export(path: Path, first: str | None, to: str | None) -> int:
    """Write the file; the exit status."""

    async def work() -> int:
        settings = read_settings()
        async with open_database(settings) as database:
            catalogues = Catalogues()
            await catalogues.refresh(database)
            zone = catalogues.in_force.catalogue.business.timezone
            try:
                start, end = (None if day is None else day_start(parse_day(day), zone) for day in (first, to))
            except PeriodError as error:
                raise CommandError(str(error)) from error
            _check(start, end)
            written = 0
            async with export_answers(database, start=start, end=end) as export:
                header = [*COLUMNS, *(f"attributes.{name}" for name in export.attribute_names)]
                try:
                    with open_writer(path, header, zone) as writer:
                        async for page in export.pages:
                            for answer in page:
                                writer.write(_values(answer, export.attribute_names))
                            written += len(page)
                except (ValueError, TooManyRowsError) as error:
                    raise CommandError(str(error)) from error
        typer.echo(f"{written:,} answers are in {path}")
        return 0

    return asyncio.run(work())


def _check(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end <= start:
        raise CommandError("--to is the day after the last one, so it must be after --from")


def _values(answer: ExportedAnswer, attribute_names: Sequence[str]) -> list[Value]:
    return [
        answer.external_id or str(answer.response_id),
        answer.answered_at,
        answer.touchpoint,
        answer.survey,
        answer.metric,
        answer.score,
        sentiment(Metric(answer.metric), answer.score).value,
        "|".join(answer.reasons),
        answer.comment,
        answer.given_by,
        answer.channel,
        answer.language,
        answer.question,
        answer.order_id,
        answer.event_id,
        answer.occurred_at,
        answer.amount,
        answer.currency,
        answer.customer_id,
        answer.customer_name,
        answer.case_id,
        answer.case_state,
        answer.purpose,
        "|".join(answer.themes),
        *(_plain(answer.attributes.get(name)) for name in attribute_names),
    ]


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
