"""Where a webhook may go, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.targets import check_target, shown_host, why_refused
from surveys.rules.webhooks import (
    LONGEST_RETRY_AFTER,
    RETRY_AFTER,
    HappeningType,
    WebhookError,
    check_name,
    hold_seconds,
    parse_types,
    retry_after,
)

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.64.0.1",
    "192.0.0.192",
    "198.18.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_gone_to_unless_it_is_allowed(address: str) -> None:
    refusal = why_refused(address, encrypted=True, private_allowed=False)
    assert refusal is not None
    assert "OTKLIK_WEBHOOKS_PRIVATE=allow" in refusal
    assert why_refused(address, encrypted=False, private_allowed=True) is None


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_outside_needs_encryption(address: str) -> None:
    assert why_refused(address, encrypted=True, private_allowed=False) is None
    refusal = why_refused(address, encrypted=False, private_allowed=True)
    assert refusal is not None
    assert "http" in refusal


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_whatever_dress(address: object) -> None:
    plain = why_refused(str(address), encrypted=True, private_allowed=False) is None
    mapped = why_refused(f"::ffff:{address}", encrypted=True, private_allowed=False) is None
    translated = why_refused(f"64:ff9b::{address}", encrypted=True, private_allowed=False) is None
    assert plain == mapped == translated
    if plain:
        assert ip_address(str(address)).is_global


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("crm.example/otklik", "url: write it whole"),
        ("ftp://crm.example/", "url: write it whole"),
        ("https:///otklik", "url: write it whole"),
        ("https://crm.example:70000/", "url: write it whole"),
        ("http://crm.example/", "url: https is needed"),
        ("https://user:secret@crm.example/", "url: no user and password"),
        ("https://crm.example/#part", "url: leave out"),
        ("https://crm.example/a b", "no blanks"),
        ("https://crm.example/\r\nX: y", "no blanks"),
        ("https://127.0.0.1/", "is a private address"),
        ("https://[::1]/", "is a private address"),
        ("https://[::ffff:10.0.0.1]/", "is a private address"),
        ("https://crm.example/" + "a" * 2000, "at most 2000"),
    ],
)
def test_an_address_that_cannot_be_a_target_is_told_with_the_fix(url: str, told: str) -> None:
    with pytest.raises(WebhookError) as refused:
        check_target(url, private_allowed=False)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_address_that_can_be_a_target_is_kept_as_it_is() -> None:
    url = "https://crm.example:8443/otklik?shop=1"
    assert check_target(url, private_allowed=False) == url
    assert check_target("http://10.0.0.5:8000/", private_allowed=True) == "http://10.0.0.5:8000/"


@given(st.integers(1, 30), st.floats(-10, 1e9))
def test_a_failed_try_is_followed_by_another_until_the_last(attempt: int, asked: float) -> None:
    again = retry_after(attempt, asked)
    if attempt > len(RETRY_AFTER):
        assert again is None
    else:
        assert again is not None
        assert RETRY_AFTER[attempt - 1] <= again <= LONGEST_RETRY_AFTER
        assert again >= min(timedelta(seconds=asked), LONGEST_RETRY_AFTER)


def test_a_target_is_held_after_three_failures_for_longer_and_longer() -> None:
    assert [hold_seconds(failures) for failures in (0, 2, 3, 4, 5, 8, 10_000)] == [0, 0, 15, 30, 60, 300, 300]


def test_types_are_all_or_those_named_once() -> None:
    assert parse_types(()) == tuple(HappeningType)
    assert parse_types(("response.received", "case.opened", "case.opened")) == (
        HappeningType.CASE_OPENED,
        HappeningType.RESPONSE_RECEIVED,
    )
    with pytest.raises(WebhookError, match=r"events: there is no 'case\.closed'; choose among case\.opened"):
        parse_types(("case.closed",))


@pytest.mark.parametrize("name", ["", "CRM", "a/b", ".x", "a" * 61, "crm\n"])
def test_a_name_can_stand_in_an_address(name: str) -> None:
    with pytest.raises(WebhookError, match="name: "):
        check_name(name)
    assert check_name("crm-2.test_a") == "crm-2.test_a"


def test_of_a_strange_location_only_the_host_is_shown() -> None:
    assert shown_host("https://user:secret@inside.example/path?token=1") == "inside.example"
    assert shown_host("/relative") == "elsewhere"
    assert shown_host("http://[broken") == "elsewhere"
