"""The examples of the documentation are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.mapping import Purpose
from bot.files.mapping_file import read_mapping
from surveys.catalog.reading import read_catalogue

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize(("name", "purpose"), [("olist-events", Purpose.EVENTS), ("olist-answers", Purpose.ANSWERS)])
def test_an_example_mapping_is_right(name: str, purpose: Purpose) -> None:
    mapping = read_mapping((EXAMPLES / f"{name}.yaml").read_text("utf-8"), name=name, purpose=purpose)

    assert mapping.timezone is not None


def test_the_example_catalogue_has_no_fault() -> None:
    reading = read_catalogue((EXAMPLES / "olist-catalogue.yaml").read_text("utf-8"), name="olist-catalogue.yaml")

    assert reading.catalogue is not None
    assert reading.faults == ()
