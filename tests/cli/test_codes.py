"""`otklik codes`: pools of promo codes filled, listed and withdrawn as a shop would."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.cli.conftest import CATALOGUE, Command

POOLS = """\
recovery:
  pools:
    sorry: {title: {ru: Скидка 15 %}, text: {ru: "Скидка: {code}"}, low_at: 3}
    gift: {title: {ru: Подарок}, text: {ru: "Подарок: {code}"}}
"""


@pytest.fixture(autouse=True)
def with_pools(folder: Path) -> None:
    """The catalogue of the folder has pools."""
    (folder / "catalog.yaml").write_text(CATALOGUE + POOLS, encoding="utf-8")


async def test_a_pool_is_filled_looked_at_and_withdrawn(otklik: Command, folder: Path) -> None:
    file = folder / "codes.txt"
    file.write_text("промокод\nA-1\n\nA-2\nA-1\n   \nA-3\n\n", encoding="utf-8")
    first = await otklik("codes", "import", "sorry", file)
    assert first.exit_code == 0, first.output
    assert "3 new codes in sorry" in first.output
    assert "known already, or twice in the file: 1" in first.output
    assert "blank lines: 3" in first.output

    again = await otklik("codes", "import", "sorry", file)
    assert "0 new codes in sorry" in again.output
    assert "known already, or twice in the file: 4" in again.output

    listed = (await otklik("codes", "list")).output
    (line,) = (line for line in listed.splitlines() if line.startswith("sorry"))
    assert line.split() == ["sorry", "Скидка", "15", "%", "3", "0", "0", "of", "100", "0"]
    assert any(line.startswith("gift") and line.endswith("low") for line in map(str.rstrip, listed.splitlines()))

    assert "3 codes are withdrawn from sorry" in (await otklik("codes", "withdraw", "sorry")).output
    assert "low" in (await otklik("codes", "list")).output.split("sorry")[1]


@pytest.mark.parametrize("command", ["import", "withdraw"])
async def test_an_unknown_pool_names_those_there_are(otklik: Command, folder: Path, command: str) -> None:
    (folder / "codes.txt").write_text("A-1\n", encoding="utf-8")
    arguments = ["codes", command, "sory", *(["codes.txt"] if command == "import" else [])]
    result = await otklik(*arguments)
    assert result.exit_code == 2
    assert f"otklik codes {command}: there is no pool sory: the catalogue has sorry, gift" in result.output


async def test_tables_are_read_by_their_first_column(otklik: Command, folder: Path) -> None:
    (folder / "codes.csv").write_bytes('Код;Срок\n"B-1";2027\nB-2;2027\n'.encode("cp1251"))
    result = await otklik("codes", "import", "gift", folder / "codes.csv")
    assert "2 new codes in gift" in result.output
    with xlsxwriter.Workbook(folder / "codes.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for row, code in enumerate(("code", "B-2", 1024, "", "B-3")):
            sheet.write(row, 0, code)
    result = await otklik("codes", "import", "gift", folder / "codes.xlsx")
    assert "2 new codes in gift" in result.output


async def test_lines_that_hold_no_usable_code_are_named(otklik: Command, folder: Path) -> None:
    (folder / "codes.txt").write_text(f"A-1\n{'x' * 65}\nA-\x012\nплохой код\n{'y' * 64}\n", encoding="utf-8")
    result = await otklik("codes", "import", "sorry", folder / "codes.txt")
    assert result.exit_code == 1
    assert "2 new codes in sorry" in result.output
    assert "line 2 has 65 characters; a code has at most 64" in result.output
    assert "line 3 holds characters that cannot be shown" in result.output
    assert "line 4 holds a space; a code is one word" in result.output
    missing = await otklik("codes", "import", "sorry", folder / "none.txt")
    assert missing.exit_code == 2
    assert "no such file" in missing.output
