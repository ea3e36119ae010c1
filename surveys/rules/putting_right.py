"""How the business puts complaints right, as it configured it in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from surveys.rules.languages import Texts


class EscalateTo(StrEnum):
    """Who hears of a case nobody took."""

    MANAGERS = "managers"
    OWNERS = "owners"


class ShownAs(StrEnum):
    """How whoever answers a customer is named to them."""

    ROLE = "role"
    FIRST_NAME = "first_name"


@dataclass(frozen=True, slots=True)
class OpenAt:
    """The score of each metric at or below which a case opens."""

    nps: int = 6
    csat: int = 2
    ces: int = 3


@dataclass(frozen=True, slots=True)
class UrgentAt:
    """The score of each metric at or below which a complaint is urgent; None: no score makes it so."""

    nps: int | None = None
    csat: int | None = None
    ces: int | None = None


@dataclass(frozen=True, slots=True)
class Urgent:
    """Which complaints do not wait for the morning."""

    at: UrgentAt = UrgentAt()
    reasons: tuple[str, ...] = ()
    incident: bool = False


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A team's opening intervals by weekday (Monday is 0) and the dates it is closed.

    Each interval opens before it closes; a day that is open until midnight closes at `time.max`.
    """

    weekdays: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when a case has waited this long, in working time."""

    after: timedelta
    to: EscalateTo


@dataclass(frozen=True, slots=True)
class Team:
    """Those who put complaints right; `chat` names the Telegram chat they work in, `title` their role to customers."""

    title: Texts = field(default_factory=dict)
    chat: str = "staff"
    working_hours: WorkingHours | None = None
    escalate: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseReason:
    """How a case was put right."""

    key: str
    title: Texts


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """An answer that is one tap away; placeholders are filled in."""

    key: str
    title: Texts
    text: Texts


@dataclass(frozen=True, slots=True)
class CodePool:
    """Promo codes of one kind: `text` goes with a code as {code}.

    One customer gets at most `per_customer` of them within `every`; managers are warned when fewer than `low_at` are
    left; at most `per_day` are given out on one day of the business.
    """

    title: Texts
    text: Texts
    per_customer: int = 1
    every: timedelta = timedelta(days=90)
    per_day: int = 100
    low_at: int = 20


@dataclass(frozen=True, slots=True)
class Employee:
    """Whose Telegram account belongs to which `employee` of the shop's events: nobody works a case about themselves."""

    telegram_id: int
    employee: str


@dataclass(frozen=True, slots=True)
class Outbreak:
    """So many complaints about one touchpoint and one location within this time are an outbreak: one alert for all."""

    complaints: int = 10
    within: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Recovery:
    """How complaints are put right."""

    open_at: OpenAt = OpenAt()
    urgent: Urgent = Urgent()
    teams: Mapping[str, Team] = field(default_factory=dict)
    employees: tuple[Employee, ...] = ()
    first_response: timedelta = timedelta(minutes=30)
    resolve: timedelta = timedelta(days=1)
    warn_before: timedelta | None = timedelta(minutes=10)
    repeat_unclaimed: timedelta | None = timedelta(minutes=30)
    call_window: timedelta = timedelta(hours=2)
    ask_solved_after: timedelta = timedelta(0)
    ask_again_after: timedelta | None = timedelta(days=3)
    close_reasons: tuple[CloseReason, ...] = ()
    templates: tuple[ReplyTemplate, ...] = ()
    pools: Mapping[str, CodePool] = field(default_factory=dict)
    shown_as: ShownAs = ShownAs.ROLE
    outbreak: Outbreak = Outbreak()
