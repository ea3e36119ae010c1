"""What is said about the catalogue is true of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveys.catalog.keys import MEANINGS
from surveys.catalog.sample import sample_source

REFERENCE = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", sorted({key for keys in MEANINGS.values() for key in keys}))
def test_the_reference_and_the_sample_know_every_key(key: str) -> None:
    assert key in REFERENCE
    assert f"{key}:" in sample_source()
