"""A catalogue to start from: a bakery with a site, two shops and delivery."""

from __future__ import annotations

from pathlib import Path

SAMPLE_NAME = "bakery.yaml"


def sample_path() -> Path:
    """Where the sample catalogue lies; relative to the present folder when it is below it."""
    path = Path(__file__).with_name(SAMPLE_NAME)
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def sample_source() -> str:
    """The text of the sample catalogue."""
    return sample_path().read_text(encoding="utf-8")
