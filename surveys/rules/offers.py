"""Promo codes as an apology: whether one may be given, and whether it may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from surveys.rules.putting_right import CodePool


class CodeRefusal(StrEnum):
    """Why no code is given."""

    UNKNOWN_POOL = "unknown_pool"
    EMPTY = "empty"
    BUDGET = "budget"
    CUSTOMER_HAS_ONE = "customer_has_one"


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How a pool stands: free codes, those given today, and those this customer got within the pool's `every`."""

    free: int
    given_today: int
    given_to_customer: int


def code_refusal(pool: CodePool, use: PoolUse) -> CodeRefusal | None:
    """Why the customer gets no code of the pool now; None when they may."""
    if use.given_to_customer >= pool.per_customer:
        return CodeRefusal.CUSTOMER_HAS_ONE
    if use.free <= 0:
        return CodeRefusal.EMPTY
    return CodeRefusal.BUDGET if use.given_today >= pool.per_day else None


def is_low(pool: CodePool, free: int) -> bool:
    """Whether managers have to be told that new codes are needed."""
    return free < pool.low_at


def may_send_offer(*, agreed: bool | None, opted_out: bool, reachable: bool) -> bool:
    """Whether an offer may be sent: it counts as advertising, so only to whoever agreed to that.

    Otherwise staff hand it over in person.
    """
    return agreed is True and not opted_out and reachable
