"""A workbook and CSV files of everything: typed, documented, whole, and safe to open."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from python_calamine import CalamineWorkbook

from bot.files.export_about import meaning_key
from bot.files.export_kinds import OF_THE_WHOLE_BUSINESS, RAW, ExportKind
from bot.files.export_rows import ExportRows
from bot.files.exporting import write_csv, write_csv_folder, write_workbook
from bot.screens.wording import Wording, messages
from db.database import Database
from surveys.exporting import ExportScope, open_export
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues, publish
from surveys.reporting import UnknownTouchpointError
from surveys.rules.journey import Metric
from surveys.rules.metrics import measure
from surveys.rules.weeks import week_containing

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
CATALOGUE = """
business: {name: Пекарня, timezone: Asia/Omsk, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: s, ask_by: P2D, expires_after: P7D}
surveys:
  s:
    metric: csat
    question: {ru: Как вам?, en: How was it?}
    reasons: {negative: [{key: late, title: {ru: Опоздали, en: Late}}]}
"""
CONCEALED = {"+79161234567": "☎ ••", "@SUM(A1)": "@••(A1)", "http://evil.example": "🔗 ••"}
EVIL = ("=1+1", "+79161234567", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "http://evil.example", "0012", "＝1")


@pytest_asyncio.fixture
async def catalogues(database: Database) -> Catalogues:
    """A shop with answers in three weeks, an event and a case with its moves; texts are as nasty as they come."""
    await publish(database, CATALOGUE, now=NOW - timedelta(days=60))
    catalogues = Catalogues()
    await catalogues.refresh(database)
    async with database.transaction() as transaction:
        await transaction.run("insert into persons (id, created_at) values (1, $1)", NOW)
        await transaction.run(
            "insert into customers (id, external_id, person_id, name, phone, created_at)"
            " values (1, '=c', 1, '@Анна', '+79990001122', $1)",
            NOW,
        )
        await transaction.run(
            "insert into touchpoint_events (id, external_id, touchpoint, occurred_at, received_at, customer_id,"
            " order_id, amount, currency, attributes) values (1, '-e', 'delivery', $1, $1, 1, '=o', 1990.5, 'RUB', $2)",
            datetime(2026, 11, 10, 18, 30, tzinfo=UTC),
            {"shop": "=x", "items": 3, "late": True},
        )
        await transaction.run(
            "insert into invitations (id, event_id, customer_id, touchpoint, survey, state, reason, ask_by,"
            " catalogue_version_id, changed_at) values (1, 1, 1, 'delivery', 's', 'skipped', 'quarantine', $1, 1, $1)",
            NOW,
        )
        for number in range(33):
            await transaction.run(
                "insert into responses (id, event_id, customer_id, touchpoint, survey, metric, score, given_by,"
                " answered_at, changed_at, reasons, comment, attributes)"
                " values ($1, $2, $3, 'delivery', 's', 'csat', $4, 'tap', $5, $5, $6, $7, '{\"shop\": \"=x\"}')",
                number + 1,
                1 if number == 0 else None,
                1 if number == 0 else None,
                1 + number % 5,
                datetime(2026, 11, 1, 17, 59, tzinfo=UTC) + timedelta(hours=number * 12),
                ["late"] if number % 5 < 2 else [],
                EVIL[number] if number < len(EVIL) else f"Звоните +7 916 123-45-67 или anna{number}@mail.ru",
            )
        await transaction.run(
            "insert into cases (id, response_id, event_id, customer_id, touchpoint, team, cause, state, opened_at,"
            " first_response_due, first_response_at, first_response_took, resolve_due, claimed_at, claimed_by_name,"
            " resolved_at, resolve_took, changed_at)"
            " values (7, 1, 1, 1, 'delivery', 'staff', 'score', 'resolved', $1, $1,"
            " $1::timestamptz + interval '20 hours', interval '90 minutes', $1, $1, '=Олег',"
            " $1::timestamptz + interval '30 hours', interval '5 hours', $1)",
            datetime(2026, 11, 2, 18, tzinfo=UTC),
        )
        for move, before, after in (
            ("open", None, "open"),
            ("claim", "open", "claimed"),
            ("resolve", "claimed", "resolved"),
        ):
            await transaction.run(
                "insert into case_moves (case_id, move, from_state, to_state, moved_at, actor, actor_name, note,"
                " close_reason, given) values (7, $1, $2, $3, $4, 'staff', '+Олег', $5, $6, $7)",
                move,
                before,
                after,
                datetime(2026, 11, 2, 18, tzinfo=UTC),
                "Позвонил на 8 (916) 123-45-67" if move == "resolve" else None,
                "refund" if move == "resolve" else None,
                ["apology", "refund"] if move == "resolve" else [],
            )
    return catalogues


async def workbook(
    database: Database, catalogues: Catalogues, path: Path, scope: ExportScope | None = None, **more: object
) -> dict[str, list[dict[str, object]]]:
    async with open_export(database, catalogues, scope or ExportScope(), page_size=10, now=NOW) as export:
        await write_workbook(export, path, now=NOW, **more)  # type: ignore[arg-type]
    book = CalamineWorkbook.from_path(path)
    found = {}
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False) or [[]]
        found[name] = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    return found


async def test_a_workbook_has_a_typed_sheet_for_each_kind(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    sheets = await workbook(database, catalogues, tmp_path / "all.xlsx")

    assert list(sheets)[:4] == ["Отчёт", "Путь клиента", "Переходы", "Пути из каталога"]
    assert list(sheets)[-6:] == ["Графики", "Ответы", "События", "Жалобы", "Ход жалоб", "О файле"]
    assert len(sheets) == len(ExportKind) + 2
    assert [len(sheets[name]) for name in ("Ответы", "События", "Жалобы", "Ход жалоб")] == [33, 1, 1, 3]
    answer = sheets["Ответы"][0]
    assert answer["answered_at (Asia/Omsk)"] == datetime(2026, 11, 1, 23, 59)
    assert (answer["score"], answer["sentiment"], answer["amount"]) == (1.0, "negative", 1990.5)
    event = sheets["События"][0]
    assert event["occurred_at (Asia/Omsk)"] == datetime(2026, 11, 11, 0, 30)
    assert (event["outcome"], event["reason"]) == ("skipped", "quarantine")
    assert (event["attributes.items"], event["attributes.late"]) == (3.0, True)
    case = sheets["Жалобы"][0]
    assert (case["first_response_hours"], case["resolve_hours"]) == (1.5, 5.0)
    assert case["first_response_at (Asia/Omsk)"] == datetime(2026, 11, 3, 20)
    assert (case["close_reason"], case["given"], case["solved"]) == ("refund", "apology|refund", "")
    assert [move["move"] for move in sheets["Ход жалоб"]] == ["open", "claim", "resolve"]
    assert not [name for name in tmp_path.iterdir() if name.name != "all.xlsx"], "nothing unfinished is left"


async def test_scores_of_weeks_and_their_distribution_are_those_of_the_answers(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    sheets = await workbook(database, catalogues, tmp_path / "all.xlsx")

    weeks: dict[date, dict[int, int]] = {}
    for answer in sheets["Ответы"]:
        at = answer["answered_at (Asia/Omsk)"]
        assert isinstance(at, datetime)
        counts = weeks.setdefault(week_containing(at.date()).start, {})
        counts[int(str(answer["score"])[0])] = counts.get(int(str(answer["score"])[0]), 0) + 1
    assert len(weeks) == 4
    for row, (week, counts) in zip(sheets["Оценки по неделям"], sorted(weeks.items()), strict=True):
        measured = measure(Metric.CSAT, counts)
        assert (row["week"], row["answers"]) == (week, measured.n)
        if measured.score is None or measured.interval is None:
            assert (row["score"], row["low"]) == ("", "")
        else:
            assert row["score"] == pytest.approx(measured.score, abs=0.006)
            assert row["low"] == pytest.approx(measured.interval.low, abs=0.006)
    assert [row["answers"] for row in sheets["Распределение"]] == [7, 7, 7, 6, 6]
    assert sum(float(str(row["share"])) for row in sheets["Распределение"]) == pytest.approx(100, abs=0.05)
    assert {(row["reason"], row["title"]) for row in sheets["Причины"]} == {("late", "Опоздали")}
    assert sum(float(str(row["answers"])) for row in sheets["Причины"]) == 14


async def test_no_text_of_a_workbook_is_a_formula_or_a_link_and_headers_stay(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    sheets = await workbook(database, catalogues, tmp_path / "all.xlsx")

    comments = [answer["comment"] for answer in sheets["Ответы"]][: len(EVIL)]
    assert comments == [CONCEALED.get(text, text) for text in EVIL]
    with zipfile.ZipFile(tmp_path / "all.xlsx") as file:
        parts = {name: file.read(name).decode() for name in file.namelist() if name.endswith((".xml", ".rels"))}
    worksheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert len(worksheets) == len(ExportKind) + 2
    assert not [text for text in worksheets if re.search(r"<f[ >]", text) or "<hyperlink" in text]
    assert (
        sum("<pane " in text and 'state="frozen"' in text and "<autoFilter" in text for text in worksheets)
        == len(ExportKind) + 1
    )
    charts = [text for name, text in parts.items() if name.startswith("xl/charts/chart")]
    assert sorted(("lineChart" in text, "barChart" in text) for text in charts) == [
        (False, True),
        (False, True),
        (True, False),
    ]
    assert any("'Оценки по неделям'!$E$2:$E$5" in text and "Доставка: CSAT по неделям" in text for text in charts)
    (bars,) = [text for text in charts if "Распределение!$E$2:$E$6" in text]
    shares = [row["share"] for row in sheets["Распределение"]]
    assert [float(value) for value in re.findall(r"<c:v>([\d.]+)</c:v>", bars)] == [1, 2, 3, 4, 5, *shares]


async def test_every_csv_keeps_texts_from_being_formulas_and_numbers_as_they_are(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    async with database.transaction() as transaction:
        await transaction.run("update touchpoint_events set amount = -5")
    async with open_export(database, catalogues, ExportScope(), page_size=10, now=NOW) as export:
        written = await write_csv_folder(export, tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {f"{kind}.csv" for kind in ExportKind}
    for kind in ExportKind:
        with (tmp_path / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == written[kind]
        for row in rows:
            for name, cell in row.items():
                assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n", "＝")), (kind, name, cell)
                assert not cell.startswith("-") or float(cell) < 0, (kind, name, cell)
        text = "\n".join(cell for row in rows for cell in row.values())
        assert "916" not in text
        assert "mail.ru" not in text
        assert "99900" not in text, "nobody's telephone number"
    with (tmp_path / "events.csv").open(encoding="utf-8-sig", newline="") as file:
        (event,) = csv.DictReader(file)
    assert (event["amount"], event["id"], event["attributes.shop"]) == ("-5.00", "'-e", "'=x")


async def test_a_scope_narrows_every_kind_by_its_own_instant(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    scope = ExportScope(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), "delivery")
    async with open_export(database, catalogues, scope, now=NOW) as export:
        assert (export.counts.answers, export.counts.events, export.counts.cases, export.counts.moves) == (2, 0, 1, 3)
        written = await write_csv_folder(export, tmp_path)
    assert [written[kind] for kind in ExportKind if kind in RAW] == [2, 0, 1, 3]
    assert [written[kind] for kind in (ExportKind.SCORES, ExportKind.DISTRIBUTION, ExportKind.REASONS)] == [1, 5, 1]
    assert set(ExportKind) - set(written) == OF_THE_WHOLE_BUSINESS
    before = ExportScope(None, datetime(2020, 1, 1, tzinfo=UTC), "delivery")
    async with open_export(database, catalogues, before, now=NOW) as export:
        assert export.counts.total == 0
        assert (await write_csv(export, tmp_path / "none.csv", ExportKind.CASES))[ExportKind.CASES] == 0
    with pytest.raises(UnknownTouchpointError, match="there are: delivery"):
        async with open_export(database, catalogues, ExportScope(touchpoint="visit"), now=NOW):
            pass


async def test_what_a_sheet_cannot_hold_goes_on_in_another(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    kinds = [ExportKind.ANSWERS]
    sheets = await workbook(database, catalogues, tmp_path / "long.xlsx", kinds=kinds, most_rows=16)

    assert [name for name in sheets if name.startswith("Ответы")] == ["Ответы", "Ответы 2", "Ответы 3"]
    assert [len(sheets[name]) for name in ("Ответы", "Ответы 2", "Ответы 3")] == [15, 15, 3]
    ids = [row["id"] for name in ("Ответы", "Ответы 2", "Ответы 3") for row in sheets[name]]
    assert ids == [str(number) for number in range(1, 34)]


async def test_the_page_about_it_tells_every_column(database: Database, catalogues: Catalogues, tmp_path: Path) -> None:
    scope = ExportScope(datetime(2026, 10, 31, 18, tzinfo=UTC), None, None)
    sheets = await workbook(database, catalogues, tmp_path / "all.xlsx", scope, language="en")

    about = [(row["Sheet"], row["Column"], row["Meaning"]) for row in sheets["About"]]
    assert ("From", "", "1 November 2026, 00:00") in about
    assert ("Time zone of the dates", "", "Asia/Omsk") in about
    for sheet, rows in sheets.items():
        if sheet in ("About", "Charts"):
            continue
        told = {column for named, column, text in about if named == sheet and text}
        assert not rows or told == {name.partition(" (")[0] for name in rows[0]}


async def test_comments_nobody_has_read_yet_are_read_first_as_many_as_may_be_and_the_others_are_told_of(
    database: Database, catalogues: Catalogues, tmp_path: Path
) -> None:
    async with database.transaction() as transaction:
        await transaction.run("select setval(pg_get_serial_sequence('responses', 'id'), 1000)")
    at = datetime(2026, 11, 17, tzinfo=UTC)
    answers = [PastAnswer(f"late-{n}", "delivery", at + timedelta(hours=n), 1, comment="Опоздали") for n in range(9)]
    await import_answers(database, catalogues, answers, now=NOW)
    told = {}
    for most in (0, 4, None):
        path = tmp_path / f"{most}.xlsx"
        async with open_export(database, catalogues, ExportScope(), comments_to_read=most, now=NOW) as export:
            await write_workbook(export, path, now=NOW, kinds=[ExportKind.THEMES])
        rows = CalamineWorkbook.from_path(path).get_sheet_by_name("О файле").to_python()
        told[most] = [row[2] for row in rows if row[0] == "Комментарии, ещё не учтённые в темах"]
    assert told == {0: ["9"], 4: ["5"], None: []}


async def test_every_column_has_a_meaning_in_both_languages_and_no_meaning_is_without_a_column(
    database: Database, catalogues: Catalogues
) -> None:
    used = set()
    async with open_export(database, catalogues, ExportScope(), now=NOW) as export:
        rows = ExportRows(export, Wording("en"))
        for kind in ExportKind:
            columns = [name for name, _ in (await rows.of(kind)).columns]
            assert len(set(columns)) == len(columns)
            used |= {meaning_key(kind, name) for name in columns if not name.startswith("attributes.")}
    for language in ("ru", "en"):
        assert {key for key in messages(language).texts if key.startswith("export.column.")} == used
