"""Real orders and what their customers answered, read without the product; figures computed from them alone."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
ASK_AFTER, REMIND_AFTER, EXPIRES_AFTER = timedelta(hours=2), timedelta(days=1), timedelta(days=7)
OPENS, CLOSES = 10, 21
"""The hours of the day, local, between which docs/examples/olist-catalogue.yaml lets people be asked."""

STARTS, ENDS = 9, 18
"""The hours, local, between which the catalogue's team works from Monday to Friday."""


@dataclass(frozen=True, slots=True)
class Order:
    """A delivered order with its only answer; `asked_at` is when the rules of the example catalogue have it asked."""

    id: str
    customer: str
    delivered_at: datetime
    late: bool
    amount: str
    attributes: dict[str, str | bool]
    asked_at: datetime
    answered_at: datetime
    score: int
    comment: str

    @property
    def answers(self) -> bool:
        """Whether the customer answered while the question stood; some of Olist's were faster, some slower."""
        return self.asked_at <= self.answered_at < self.asked_at + EXPIRES_AFTER

    @property
    def answers_too_late(self) -> bool:
        """Whether the question had expired before the customer answered."""
        return self.answered_at >= self.asked_at + EXPIRES_AFTER

    @property
    def is_unhappy(self) -> bool:
        """Whether the answer opens a case."""
        return self.answers and self.score <= 2

    @property
    def is_reminded(self) -> bool:
        """Whether a day passes without an answer."""
        return not self.answers or self.answered_at >= self.asked_at + REMIND_AFTER

    @property
    def delivered_in(self) -> date:
        """The Monday of the week of the delivery."""
        return monday_of(self.delivered_at)

    @property
    def answered_in(self) -> date:
        """The Monday of the week of the answer."""
        return monday_of(self.answered_at)


def monday_of(instant: datetime) -> date:
    """The first day of the week, in the shop's zone."""
    day = instant.astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())


def is_working_time(instant: datetime) -> bool:
    """Whether the team is there."""
    local = instant.astimezone(ZONE)
    return local.weekday() < 5 and STARTS <= local.hour < ENDS


def next_working_moment(instant: datetime) -> datetime:
    """The instant itself while the team works, else when it opens again."""
    if is_working_time(instant):
        return instant
    opening = instant.astimezone(ZONE).replace(hour=STARTS, minute=0, second=0, microsecond=0)
    while opening <= instant or not is_working_time(opening):
        opening += timedelta(days=1)
    return opening


def read_orders(folder: Path, first: date, end: date) -> list[Order]:
    """Orders delivered from `first` to `end` (not included) that have exactly one answer, in order of delivery."""
    reviews = _rows(folder / "reviews.csv")
    answers = Counter(row["order_id"] for row in reviews)
    review_of = {row["order_id"]: row for row in reviews if answers[row["order_id"]] == 1}
    orders = [
        _order(row, review_of[row["order_id"]])
        for row in _rows(folder / "orders.csv")
        if row["order_id"] in review_of and first.isoformat() <= row["delivered_at"][:10] < end.isoformat()
    ]
    return sorted(orders, key=lambda order: (order.delivered_at, order.id))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _order(row: dict[str, str], review: dict[str, str]) -> Order:
    late = row["delivered_at"][:10] > row["estimated_at"][:10]  # dates in ISO form compare as text
    delivered_at = _instant(row["delivered_at"])
    return Order(
        id=row["order_id"],
        customer=row["customer_id"],
        delivered_at=delivered_at,
        late=late,
        amount=row["amount"],
        attributes={"late": late, "state": row["state"], "category": row["category"], "seller": row["seller_id"]},
        asked_at=_asked_at(delivered_at),
        answered_at=_instant(review["answered_at"]),
        score=int(review["score"]),
        comment=review["comment"].strip(),
    )


def _instant(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZONE)


def _asked_at(delivered_at: datetime) -> datetime:
    wished = delivered_at + ASK_AFTER
    if OPENS <= wished.hour < CLOSES:
        return wished
    morning = wished if wished.hour < OPENS else wished + timedelta(days=1)
    return morning.replace(hour=OPENS, minute=0, second=0)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report must say about some answers; below five there is no score."""

    distribution: dict[str, int]

    @classmethod
    def of(cls, orders: Iterable[Order], belongs: Callable[[Order], bool]) -> Figures:
        """Counted over the answers given in time."""
        counts = Counter(order.score for order in orders if order.answers and belongs(order))
        return cls({str(score): counts[score] for score in range(1, 6)})

    @property
    def n(self) -> int:
        """Answers."""
        return sum(self.distribution.values())

    @property
    def sides(self) -> tuple[int, int, int]:
        """Negative, neutral and positive answers."""
        one, two, three, four, five = self.distribution.values()
        return one + two, three, four + five

    @property
    def score(self) -> float | None:
        """CSAT in per cent."""
        return None if self.n < 5 else round(100 * self.sides[2] / self.n, 2)

    @property
    def mean(self) -> float | None:
        """The mean score."""
        total = sum(int(score) * count for score, count in self.distribution.items())
        return None if self.n < 5 else round(total / self.n, 2)

    @property
    def fields(self) -> dict[str, object]:
        """As `report --json` has them."""
        negative, neutral, positive = self.sides
        return {
            "n": self.n,
            "distribution": self.distribution,
            "negative": negative,
            "neutral": neutral,
            "positive": positive,
            "score": self.score,
            "mean": self.mean,
        }
