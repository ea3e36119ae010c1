"""What an unknown outcome leads to: a customer is never asked twice, a complaint never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.sending import SENT_AGAIN_WHEN_UNKNOWN, SHOWN_ONCE_FOR, AfterUnknown, after_unknown

KINDS = ("invitation", "reminder", "solved", "weekly_report", *sorted(SENT_AGAIN_WHEN_UNKNOWN))
MOMENT = timedelta(microseconds=1)
FIFTY_MINUTES = timedelta(minutes=50)


@pytest.mark.parametrize(
    ("channel", "kind", "tried_for", "expected"),
    [
        ("vk", "invitation", timedelta(0), AfterUnknown.SAME_AGAIN),
        ("vk", "invitation", FIFTY_MINUTES - MOMENT, AfterUnknown.SAME_AGAIN),
        ("vk", "invitation", FIFTY_MINUTES, AfterUnknown.ENDS),
        ("vk", "invitation", None, AfterUnknown.ENDS),
        ("vk", "relay", timedelta(0), AfterUnknown.SAME_AGAIN),
        ("vk", "relay", FIFTY_MINUTES, AfterUnknown.REPEAT),
        ("telegram", "invitation", timedelta(0), AfterUnknown.ENDS),
        ("telegram", "card", timedelta(0), AfterUnknown.REPEAT),
        ("webhook", "webhook", timedelta(0), AfterUnknown.REPEAT),
    ],
)
def test_what_becomes_of_an_unknown_message(
    channel: str, kind: str, tried_for: timedelta | None, expected: AfterUnknown
) -> None:
    assert after_unknown(channel, kind, tried_for) is expected


@given(
    st.sampled_from(("telegram", "vk", "webhook")),
    st.sampled_from(KINDS),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_nothing_a_messenger_might_show_twice_is_sent_to_a_customer_again(
    channel: str, kind: str, tried_for: timedelta | None
) -> None:
    after = after_unknown(channel, kind, tried_for)
    if after is AfterUnknown.SAME_AGAIN:
        assert tried_for is not None
        assert tried_for < SHOWN_ONCE_FOR[channel] < timedelta(hours=1)
    assert (after is AfterUnknown.ENDS) <= (kind not in SENT_AGAIN_WHEN_UNKNOWN)
    assert (after is AfterUnknown.REPEAT) <= (kind in SENT_AGAIN_WHEN_UNKNOWN)
