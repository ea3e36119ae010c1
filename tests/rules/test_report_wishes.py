"""What a manager may write after /subscription."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.report_wishes import ReportWish, WishError, read_report_wish


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("monday 09:00", ReportWish(False, 0, time(9))),
        ("Понедельник 9:00", ReportWish(False, 0, time(9))),
        ("по средам в 18.30", ReportWish(False, 2, time(18, 30))),
        ("on Fridays at 7", ReportWish(False, 4, time(7))),
        ("вс", ReportWish(False, 6)),
        ("0:05", ReportWish(False, at=time(0, 5))),
        ("pause", ReportWish(True)),
        ("на паузу", ReportWish(True)),
        ("не присылать", ReportWish(True)),
        ("пауза, вторник", ReportWish(True, 1)),
        ("on", ReportWish(False)),
        ("присылать", ReportWish(False)),
        ("dark", ReportWish(theme="dark")),
        ("светлый, чт 10:00", ReportWish(False, 3, time(10), "light")),
    ],
)
def test_days_times_paper_and_pauses_are_made_out(text: str, wish: ReportWish) -> None:
    assert read_report_wish(text) == wish


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("someday", "someday"),
        ("monday 25:00", "25:00"),
        ("9:60", "9:60"),
        ("monday tuesday", "tuesday"),
        ("9:00 10:00", "10:00"),
        ("pause on", "on"),
        ("в", "в"),
        ("пн 9:00 <b>", "<b>"),
    ],
)
def test_nonsense_is_named(text: str, part: str) -> None:
    with pytest.raises(WishError) as told:
        read_report_wish(text)
    assert told.value.text == part


@given(st.text(max_size=40))
def test_anything_typed_is_a_wish_or_named(text: str) -> None:
    try:
        wish = read_report_wish(text)
    except WishError:
        return
    assert wish != ReportWish()


@given(st.times())
def test_every_minute_can_be_named(at: time) -> None:
    assert read_report_wish(f"{at:%H:%M}").at == at.replace(second=0, microsecond=0)
