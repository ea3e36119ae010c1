"""Every action survives the way through a messenger, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.screens.actions import Action, decode, encode
from bot.screens.customer_actions import Rate
from bot.screens.staff_actions import ClaimCase, ResolveCase

KINDS = get_args(Action)
numbers = st.integers(0, 2**63 - 1)
actions = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(*[numbers for _ in fields(kind)]).map(lambda values: kind(*values))
)


@settings(max_examples=200, deadline=None)
@given(actions)
def test_an_action_survives_encoding_within_the_narrowest_messenger(action: Action) -> None:
    data = encode(action)
    assert len(data.encode()) <= 64
    assert decode(data) == action


def test_the_strings_are_those_already_under_peoples_fingers() -> None:
    assert encode(Rate(12, 9)) == "r:12:9"
    assert encode(ClaimCase(7)) == "cc:7"
    assert encode(ResolveCase(7)) == "cr:7"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_whatever_arrives_is_an_action_of_ours_or_nothing(data: str) -> None:
    action = decode(data)
    assert action is None or encode(action) == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        ":",
        "r",
        "r:1",
        "r:1:2:3",
        "r:-1:2",
        "r:+1:2",
        "r:01:2",
        "r: 1:2",
        "r:١:٢",
        "r:²:1",
        "R:1:2",
        f"r:{2**63}:1",
        "fg:1",
    ],
)
def test_malformed_data_is_nothing(data: str) -> None:
    assert decode(data) is None
