"""The pace against a strict bucket such as the messenger's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.pace import (
    CHAT_BURST,
    DIRECT_AHEAD,
    GROUP_BURST,
    SCHEDULED_BURST,
    WHOLE_CHANNEL,
    Slot,
    limits_of,
    take_slots,
)

RATE = 30.0
START = 1_000_000.0


@dataclass
class Bucket:
    """What the messenger does: `rate` tokens a second, at most `burst` saved."""

    rate: float
    burst: float
    tokens: float = 0
    at: float = START

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def accepts(self, at: float) -> bool:
        self.tokens = min(self.burst, self.tokens + max(0.0, at - self.at) * self.rate)
        self.at = max(self.at, at)
        self.tokens -= 1
        return self.tokens >= -1e-6


class Channel:
    """One channel's stored slots, taken from as the processes do."""

    def __init__(self) -> None:
        self.next_at: dict[tuple[str, int], float] = {}

    def take(self, now: float, chats: list[int], *, direct: bool = False, longest_wait: float = 60) -> list[Slot]:
        slots, changed = take_slots(
            self.next_at,
            [limits_of("telegram", chat, RATE) for chat in chats],
            held_until=0,
            now=now,
            direct=direct,
            longest_wait=longest_wait,
        )
        self.next_at.update(changed)
        return slots


def test_a_rested_channel_sends_a_small_burst_and_then_one_each_interval() -> None:
    waits = [slot.wait for slot in Channel().take(START, list(range(1, 21)))]
    assert waits[:SCHEDULED_BURST] == [0] * SCHEDULED_BURST
    assert waits[SCHEDULED_BURST:] == pytest.approx([(n + 1) / RATE for n in range(20 - SCHEDULED_BURST)], abs=1e-6)


def test_a_direct_answer_overtakes_what_the_schedule_has_reserved() -> None:
    channel = Channel()
    channel.take(START, list(range(1, SCHEDULED_BURST + 13)))
    scheduled = channel.take(START, [1001])[0]
    direct = channel.take(START, [1002], direct=True)[0]
    assert scheduled.wait > 0.4
    assert direct.wait == 0


def test_a_chat_takes_three_at_once_and_then_one_a_second() -> None:
    waits = [slot.wait for slot in Channel().take(START, [7] * 5)]
    assert waits == pytest.approx([0, 0, 0, 1.1, 2.1], abs=1e-6)
    assert waits.count(0) == CHAT_BURST


def test_a_group_takes_twenty_a_minute() -> None:
    channel = Channel()
    sent_at = [START + slot.wait for slot in channel.take(START, [-100] * 40, longest_wait=300)]
    for first in sent_at:
        assert sum(first <= at < first + 60 for at in sent_at) <= GROUP_BURST + 20
    assert sent_at[-1] - START == pytest.approx((40 - GROUP_BURST) * 3, abs=3)


def test_a_slot_too_far_away_is_refused_and_takes_nothing() -> None:
    channel = Channel()
    channel.take(START, [-100] * GROUP_BURST, longest_wait=60)
    before = dict(channel.next_at)
    refused = channel.take(START, [-100], longest_wait=1)[0]
    assert refused.refused
    assert refused.wait > 1
    assert channel.next_at == before


def test_a_held_channel_gives_no_slot_before_the_hold_ends() -> None:
    slots, _ = take_slots(
        {}, [limits_of("telegram", 5, RATE)], held_until=START + 3, now=START, direct=True, longest_wait=5
    )
    assert slots[0].wait == pytest.approx(3)


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 0.3), st.integers(1, 6), st.booleans()),
        min_size=1,
        max_size=120,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_mix_of_processes_and_direct_answers_overruns_the_messengers_bucket(
    steps: list[tuple[float, int, bool]],
) -> None:
    channel, now, sent_at, chat = Channel(), START, [], 0
    for passed, count, direct in steps:
        now += passed
        wanted = 1 if direct else count
        chats = list(range(chat + 1, chat + 1 + wanted))
        chat += wanted
        sent_at.extend(now + slot.wait for slot in channel.take(now, chats, direct=direct))
    bucket = Bucket(RATE, 30)
    assert all(bucket.accepts(at) for at in sorted(sent_at))
    assert SCHEDULED_BURST + DIRECT_AHEAD < 30


@given(paced=st.integers(2, 6), processes=st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_a_busy_channel_is_used_fully(paced: int, processes: int) -> None:
    channel, free_at, sent = Channel(), [START] * processes, 0
    chat = 0
    while min(free_at) < START + 20:
        process = free_at.index(min(free_at))
        now = free_at[process]
        slots = channel.take(now, list(range(chat + 1, chat + 1 + paced)))
        chat += paced
        sent += sum(now + slot.wait < START + 20 for slot in slots)
        # each process is a little late for its next group
        free_at[process] = now + max(slot.wait for slot in slots) + 0.02
    assert sent >= 0.98 * RATE * 20
    assert ("telegram", WHOLE_CHANNEL) in channel.next_at
