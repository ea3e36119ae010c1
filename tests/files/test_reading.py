"""Files of shops in every dialect they come in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from bot.files.delimited import recognise_encoding
from bot.files.reading import open_table
from bot.files.table import FileFaultError, Row

HEADER = ["id", "customer.name", "comment"]
ROWS = [
    ["a-1", "Анна", "Всё хорошо, спасибо"],
    ["a-2", "Ёлкин; Пётр", 'сказал: "да"\nи ушёл'],
    ["a-3", "", "табуляция\tвнутри"],
]


def quoted(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    return "".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)


def read(path: Path, **options: str) -> list[Row]:
    with closing(open_table(path, **options)) as table:
        return list(table.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("told", [False, True])
def test_every_dialect_gives_the_same_rows(tmp_path: Path, encoding: str, delimiter: str, told: bool) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(quoted([HEADER, *ROWS], delimiter).encode(encoding))
    options = {"encoding": encoding, "delimiter": delimiter} if told else {}

    with closing(open_table(path, **options)) as table:
        rows = list(table.rows())
        position = table.position

    assert table.header == tuple(HEADER)
    assert [(row.line, list(row.cells), row.fault) for row in rows] == [
        (2, ROWS[0], None),
        (3, ROWS[1], None),
        (5, ROWS[2], None),
    ]
    assert position == table.size


def test_letters_beyond_ascii_may_come_late(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(b"id,comment\n" + b"1,plain\n" * 300_000 + "2,Привет\n".encode("cp1251"))

    assert recognise_encoding(path) == "cp1251"
    assert read(path)[-1].cells == ["2", "Привет"]


def test_one_damaged_row_does_not_make_the_file_cp1251(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes("id,comment\n1,Хорошо\n".encode() + b"2,bad \xff byte\n" + "3,Отлично\n".encode())

    first, damaged, last = read(path)

    assert first.cells == ["1", "Хорошо"]
    assert last.cells == ["3", "Отлично"]
    assert damaged.line == 3
    assert damaged.fault is not None
    assert "--encoding" in damaged.fault


def test_a_quote_left_open_costs_only_its_line(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text('id,comment\n1,"open\n2,fine\n3,"also, fine"\n4,x\n')

    rows = read(path)

    assert [(row.line, row.cells[0], row.fault is None) for row in rows] == [
        (2, '1,"open', False),
        (3, "2", True),
        (4, "3", True),
        (5, "4", True),
    ]


def test_rows_of_another_width_are_faulty(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("id,comment\n1,a,b\n2\n\n3,c\n")

    long, short, good = read(path)

    assert long.fault is not None
    assert "3 values" in long.fault
    assert short.fault is not None
    assert "1 values" in short.fault
    assert (good.line, good.fault) == (5, None)


def test_the_line_that_excel_writes_for_itself_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("sep=;\nid;comment\n1;a,b\n")

    with closing(open_table(path)) as table:
        assert table.header == ("id", "comment")
        assert [row.cells for row in table.rows()] == [["1", "a,b"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"id,name,id\n1,2,3\n", "`id` stands twice"),
        (b",,\n1,2,3\n", "no column names"),
        (b'"id,name\n', "line 1"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(content)

    with pytest.raises(FileFaultError, match=words):
        open_table(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"encoding": "klingon"}, "utf-8"), ({"encoding": "hex"}, "utf-8"), ({"delimiter": "::"}, "semicolon")],
)
def test_unusable_options_say_what_would_be_right(tmp_path: Path, options: dict[str, str], words: str) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("id\n1\n")

    with pytest.raises(FileFaultError, match=words):
        open_table(path, **options)


def test_what_is_not_there_or_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFaultError, match="no such file"):
        open_table(tmp_path / "missing.csv")
    with pytest.raises(FileFaultError, match="is a folder"):
        open_table(tmp_path)


def test_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("Заказы")
        moment = workbook.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(0, 0, ["id", "at", "amount", "late", "comment"])
        sheet.write_number(1, 0, 42)
        sheet.write_datetime(1, 1, datetime(2026, 11, 20, 14, 5), moment)
        sheet.write_number(1, 2, 19.5)
        sheet.write_boolean(1, 3, True)
        sheet.write_string(1, 4, "Всё\nхорошо")
        sheet.write_string(3, 0, "x")
        workbook.add_worksheet("Другое").write_row(0, 0, ["name"])

    table = open_table(path)

    assert table.header == ("id", "at", "amount", "late", "comment")
    assert [(row.line, list(row.cells)) for row in table.rows()] == [
        (2, [42.0, datetime(2026, 11, 20, 14, 5), 19.5, True, "Всё\nхорошо"]),
        (4, ["x", "", "", "", ""]),
    ]
    assert open_table(path, sheet="Другое").header == ("name",)
    with pytest.raises(FileFaultError, match="Заказы, Другое"):
        open_table(path, sheet="Нет")


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing of the kind")

    with pytest.raises(FileFaultError, match="not a readable workbook"):
        open_table(path)


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet()

    with pytest.raises(FileFaultError, match="empty"):
        open_table(path)
