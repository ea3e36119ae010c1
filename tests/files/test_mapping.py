"""Mapping files: what they may say, and how a wrong one is told so."""

from __future__ import annotations

import pytest

from bot.files.mapping import (
    Constant,
    FromColumn,
    HeaderFaultError,
    IsAfter,
    Joined,
    Purpose,
    ReadAs,
    check_columns,
    default_mapping,
)
from bot.files.mapping_file import MappingFaultsError, read_mapping

GOOD = """\
touchpoint: delivery
timezone: America/Sao_Paulo
formats: ["%d/%m/%Y %H:%M"]
columns:
  id: {join: [review_id, {value: x}], with: ":"}
  occurred_at: delivered_at
  customer.id: customer
  currency: {value: BRL}
  attributes.promised_at: {column: estimated_at, as: instant}
  attributes.late: {after: [delivered_at, estimated_at], by: date}
"""


def test_a_mapping_says_where_each_field_comes_from() -> None:
    mapping = read_mapping(GOOD, name="m.yaml", purpose=Purpose.EVENTS)

    assert mapping.sources == {
        "touchpoint": Constant("delivery"),
        "id": Joined((FromColumn("review_id"), Constant("x")), ":"),
        "occurred_at": FromColumn("delivered_at"),
        "customer.id": FromColumn("customer"),
        "currency": Constant("BRL"),
        "attributes.promised_at": FromColumn("estimated_at", ReadAs.INSTANT),
        "attributes.late": IsAfter("delivered_at", "estimated_at", by_date=True),
    }
    assert mapping.timezone is not None
    assert mapping.timezone.key == "America/Sao_Paulo"
    assert mapping.formats == ("%d/%m/%Y %H:%M",)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("timezone: America/Sao_Paulo", "timezone: Sao Paulo", 2, "timezone", "Europe/Moscow"),
        ("timezone:", "time_zone:", 2, "time_zone", "did you mean `timezone`"),
        ('["%d/%m/%Y %H:%M"]', "[dd.mm]", 3, "formats", "%d.%m.%Y"),
        ("occurred_at:", "occured_at:", 6, "columns.occured_at", "did you mean `occurred_at`"),
        ("customer.id: customer", "customer.id: 7", 7, "columns.customer.id", "write a column's name"),
        ("currency: {value: BRL}", "currency: {value: [1]}", 8, "columns.currency", "a text, a number"),
        ("as: instant", "as: moment", 9, "columns.attributes.promised_at.as", "`instant`"),
        ("by: date", "by: day", 10, "columns.attributes.late.by", "use date or instant"),
        ("after: [delivered_at, estimated_at]", "after: [delivered_at]", 10, "columns.attributes.late.after", "first"),
        ('with: ":"', "wiht: 1", 5, "columns.id.wiht", "did you mean `with`"),
        ("join: [review_id, {value: x}]", "join: review_id", 5, "columns.id.join", "join: [first_column"),
        ("touchpoint: delivery", "sheet: Orders", 4, "columns", "touchpoint is required"),
        ("  customer.id: customer\n", "", 4, "columns", "customer.id is required"),
        ("columns:", "columns: [", 6, "-", "colons"),
    ],
)
def test_a_wrong_mapping_names_line_key_and_fix(old: str, new: str, line: int, key: str, words: str) -> None:
    with pytest.raises(MappingFaultsError) as caught:
        read_mapping(GOOD.replace(old, new, 1), name="m.yaml", purpose=Purpose.EVENTS)

    (fault, *others) = caught.value.faults
    assert not others
    assert (fault.line, fault.key) == (line, key)
    assert words in f"{fault.message}; {fault.fix}"
    assert str(caught.value).startswith(f"m.yaml:{line}: {key}: ")


def test_all_faults_are_told_at_once() -> None:
    source = GOOD.replace("timezone:", "zone:").replace("by: date", "by: day")

    with pytest.raises(MappingFaultsError) as caught:
        read_mapping(source, name="m.yaml", purpose=Purpose.EVENTS)

    assert [fault.line for fault in caught.value.faults] == [2, 10]


@pytest.mark.parametrize("source", ["", "- a\n- b\n", "just words"])
def test_what_is_no_mapping_is_refused(source: str) -> None:
    with pytest.raises(MappingFaultsError):
        read_mapping(source, name="m.yaml", purpose=Purpose.EVENTS)


def test_columns_the_file_lacks_are_named() -> None:
    mapping = read_mapping(GOOD, name="m.yaml", purpose=Purpose.EVENTS)

    with pytest.raises(HeaderFaultError) as caught:
        check_columns(mapping, ["review_id", "deliverd_at", "customer", "estimated_at"])

    assert "occurred_at: the file has no column `delivered_at`; did you mean `deliverd_at`?" in str(caught.value)


def test_without_a_mapping_columns_carry_the_names_of_the_interface() -> None:
    mapping = default_mapping(["id", "touchpoint", "occurred_at", "customer.id", "attributes.shop", ""], Purpose.EVENTS)

    assert set(mapping.sources) == {"id", "touchpoint", "occurred_at", "customer.id", "attributes.shop"}


def test_without_a_mapping_a_strange_column_and_a_missing_one_are_named() -> None:
    with pytest.raises(HeaderFaultError) as caught:
        default_mapping(["id", "touchpoint", "ocurred_at", "shop"], Purpose.EVENTS)

    text = str(caught.value)
    assert "column `ocurred_at` is not known; did you mean `occurred_at`?" in text
    assert "name it `attributes.shop`" in text
    assert "no column `occurred_at`, `customer.id`" in text
