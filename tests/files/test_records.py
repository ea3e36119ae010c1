"""Rows become events and answers, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.files.converting import RowFaultError
from bot.files.mapping import Purpose, default_mapping
from bot.files.mapping_file import read_mapping
from bot.files.records import answer_reader, event_reader
from bot.files.table import Cell
from surveys.rules.incoming import IncomingEvent

MOSCOW = ZoneInfo("Europe/Moscow")
HEADER = ("order", "delivered", "promised", "customer", "sum", "flag")
MAPPING = """\
touchpoint: delivery
timezone: America/Sao_Paulo
columns:
  id: {join: [order, {value: delivered}], with: ":"}
  occurred_at: delivered
  order_id: order
  customer.id: customer
  amount: sum
  attributes.promised_at: {column: promised, as: instant}
  attributes.late: {after: [delivered, promised], by: date}
  attributes.later: {after: [delivered, promised], by: instant}
  attributes.gift: {column: flag, as: flag}
"""


def event(*cells: Cell) -> IncomingEvent | None:
    mapping = read_mapping(MAPPING, name="m.yaml", purpose=Purpose.EVENTS)
    return event_reader(mapping, HEADER, MOSCOW)(cells)


def test_a_row_becomes_an_event_in_the_zone_of_the_file() -> None:
    made = event(" 42 ", "2017-08-01 10:57:55", "2017-08-01 00:00:00", "c-1", "1 990,50", "да")

    assert made is not None
    assert made.id == "42:delivered"
    assert made.occurred_at == datetime(2017, 8, 1, 13, 57, 55, tzinfo=UTC)
    assert (made.order_id, made.customer.id, made.amount) == ("42", "c-1", Decimal("1990.50"))
    assert made.attributes == {
        "promised_at": "2017-08-01T00:00:00-03:00",
        "late": False,
        "later": True,
        "gift": True,
    }


def test_typed_cells_mean_the_same_as_text() -> None:
    typed = event(42.0, datetime(2017, 8, 1, 10, 57, 55), datetime(2017, 8, 1), "c-1", 1990.5, True)

    assert typed == event("42", "2017-08-01T10:57:55-03:00", "01.08.2017", "c-1", "1990.5", "true")


def test_a_row_without_an_instant_is_no_event_and_no_fault() -> None:
    assert event("42", "  ", "2017-08-01", "c-1", "", "") is None


def test_true_and_false_are_flags_unless_the_mapping_says_text() -> None:
    header = ("id", "touchpoint", "occurred_at", "customer.id", "attributes.lost", "attributes.late", "attributes.shop")
    cells = ("42", "delivery", "2017-08-01", "c-1", "TRUE", " false", "да")

    made = event_reader(default_mapping(header, Purpose.EVENTS), header, MOSCOW)(cells)

    assert made is not None
    assert made.attributes == {"lost": True, "late": False, "shop": "да"}
    mapping = read_mapping(
        f"{MAPPING}  attributes.word: {{column: flag, as: text}}\n", name="m", purpose=Purpose.EVENTS
    )
    made = event_reader(mapping, HEADER, MOSCOW)(("42", "2017-08-01", "", "c-1", "", "true"))
    assert made is not None
    assert (made.attributes["gift"], made.attributes["word"]) == (True, "true")


def test_flags_and_attributes_of_empty_cells_are_absent() -> None:
    made = event("42", "2017-08-01", "", "c-1", "", "")

    assert made is not None
    assert made.attributes == {}
    assert made.amount is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("42", "31.02.2017", "", "c", "", ""), "occurred_at: “31.02.2017” is not an instant; write 2026"),
        (("42", 12.5, "", "c", "", ""), "occurred_at: “12.5” is not an instant"),
        (("42", "2017-08-01", "soon", "c", "", ""), "attributes.promised_at: “soon” is not an instant"),
        (("42", "2017-08-01", "", "", "", ""), "customer.id: is empty"),
        (("", "2017-08-01", "", "c", "", ""), "id: is empty"),
        (("42", "2017-08-01", "", "c", "free", ""), "amount: “free” is not a sum of money; write 1990.00"),
        (("42", "2017-08-01", "", "c", "nan", ""), "amount: “nan”"),
        (("42", "2017-08-01", "", "c", "", "maybe"), "attributes.gift: “maybe” is neither true nor false"),
    ],
)
def test_a_bad_cell_names_field_content_and_fix(cells: Sequence[Cell], words: str) -> None:
    with pytest.raises(RowFaultError) as caught:
        event(*cells)

    assert str(caught.value).startswith(words)


def test_without_a_mapping_a_row_needs_its_instant_and_naive_times_are_the_businesss() -> None:
    header = ("id", "touchpoint", "occurred_at", "customer.id", "customer.telegram_id", "attributes.shop")
    read = event_reader(default_mapping(header, Purpose.EVENTS), header, MOSCOW)

    made = read(("e", "visit", "2026-11-20 12:00", "c", "111", "s-1"))
    assert made is not None
    assert made.occurred_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert made.customer.telegram_id == 111
    with pytest.raises(RowFaultError, match="occurred_at: is empty"):
        read(("e", "visit", "", "c", "", ""))
    with pytest.raises(RowFaultError, match="telegram_id: “@anna” is not a whole number"):
        read(("e", "visit", "2026-11-20 12:00", "c", "@anna", ""))


def test_formats_of_the_mapping_are_tried_first() -> None:
    mapping = read_mapping(
        MAPPING.replace("columns:", 'formats: ["%m/%d/%y"]\ncolumns:'), name="m", purpose=Purpose.EVENTS
    )

    made = event_reader(mapping, HEADER, MOSCOW)(("1", "08/02/17", "", "c", "", ""))

    assert made is not None
    assert made.occurred_at.date().isoformat() == "2017-08-02"


def test_a_row_becomes_an_answer() -> None:
    header = ("id", "touchpoint", "answered_at", "score", "comment", "reasons", "attributes.shop")
    read = answer_reader(default_mapping(header, Purpose.ANSWERS), header, MOSCOW)

    answer = read(("r", "visit", "2026-11-20T12:00:00Z", 4.0, " Хорошо ", "late| cold |", "s-1"))

    assert answer is not None
    assert (answer.score, answer.comment, answer.reasons) == (4, "Хорошо", ("late", "cold"))
    for score, words in (("4.5", "“4.5” is not a whole number"), ("", "score: is empty")):
        with pytest.raises(RowFaultError, match=words):
            read(("r", "visit", "2026-11-20", score, "", "", ""))


def test_the_hour_that_occurs_twice_is_one_instant() -> None:
    made = event("1", "2018-02-17 23:59:09", "2018-02-17 22:30:00", "c", "", "")

    assert made is not None
    assert made.occurred_at == datetime(2018, 2, 18, 1, 59, 9, tzinfo=UTC)
    assert made.attributes["later"] is True
