"""Every setting is told to those who run the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
@pytest.mark.parametrize("page", ["docs/operating.md", ".env.example"])
def test_every_setting_is_documented(name: str, page: str) -> None:
    assert f"OTKLIK_{name.upper()}" in (ROOT / page).read_text(encoding="utf-8")
