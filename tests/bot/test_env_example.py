"""`.env.example` is the list of settings a new user sees."""

from __future__ import annotations

import re
from pathlib import Path

from bot.settings import Settings


def test_the_example_names_every_setting_and_no_other() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?OTKLIK_(\w+)=", example, flags=re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_may_be_copied_as_it_is() -> None:
    Settings(_env_file=Path(__file__).parents[2] / ".env.example")
