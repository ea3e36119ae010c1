"""The vocabulary of the customer's journey, as the business configured it in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from surveys.rules.alarm_limits import Alarms
from surveys.rules.languages import Texts
from surveys.rules.putting_right import Recovery
from surveys.rules.themes import Theme
from surveys.rules.trials import Trial


class Metric(StrEnum):
    """What is measured, each on its own scale."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


class Sentiment(StrEnum):
    """Where a score lies, across metrics."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class SurveyKind(StrEnum):
    """Whether a survey is about one event or about the whole relationship."""

    TRANSACTIONAL = "transactional"
    RELATIONAL = "relational"


class Stage(StrEnum):
    """When in the purchase a touchpoint happens."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Place(StrEnum):
    """Where a touchpoint happens."""

    ONLINE = "online"
    OFFLINE = "offline"


class Control(StrEnum):
    """Whether the business runs the touchpoint itself."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class WhenBlocked(StrEnum):
    """What becomes of an event that quarantine forbids to ask about now."""

    DELAY = "delay"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The daily interval in which nobody is disturbed; it may span midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Business:
    """The business itself: its name, zone and languages (the first is the default)."""

    name: str
    timezone: ZoneInfo
    languages: tuple[str, ...] = ("ru",)


@dataclass(frozen=True, slots=True)
class QuarantinePeriods:
    """How long a person is left alone after an invitation: of any kind, and between relational ones."""

    any: timedelta = timedelta(days=7)
    relational: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ContactRules:
    """The limits on disturbing people that hold for every touchpoint."""

    quiet_hours: QuietHours = QuietHours(time(21), time(10))
    quarantine: QuarantinePeriods = QuarantinePeriods()
    max_per_day: int = 5000


@dataclass(frozen=True, slots=True)
class Incident:
    """An event that itself says that something went wrong: a complaint before anybody complains.

    It does when one of the attributes `when` is true. With an apology the customer gets that instead of the survey;
    `offer` names the pool of promo codes it comes with, for those who agreed to offers.
    """

    when: tuple[str, ...] = ("incident",)
    apology: Texts = field(default_factory=dict)
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A kind of thing that happens to a customer, and how it is asked about.

    `every` makes it relational: it has no event of its own and is asked of people who had one of
    `after` within the last period.
    """

    title: Texts = field(default_factory=dict)
    stage: Stage | None = None
    place: Place | None = None
    control: Control | None = None
    owner: str | None = None
    standard: Texts = field(default_factory=dict)
    survey: str | None = None
    ask_after: timedelta = timedelta(0)
    ask_by: timedelta = timedelta(days=2)
    remind_after: timedelta | None = None
    expires_after: timedelta = timedelta(days=7)
    quarantine: timedelta = timedelta(0)
    when_blocked: WhenBlocked = WhenBlocked.SKIP
    sample: float = 1.0
    priority: int = 0
    fall_back: bool = False
    every: timedelta | None = None
    after: tuple[str, ...] = ()
    incident: Incident = Incident()


@dataclass(frozen=True, slots=True)
class Way:
    """A way through touchpoints the business wants to follow: `steps` in their order, done `within` of the first."""

    steps: tuple[str, ...]
    title: Texts = field(default_factory=dict)
    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reason:
    """One tap that says why."""

    key: str
    title: Texts


@dataclass(frozen=True, slots=True)
class ReasonChoices:
    """The reasons offered for each sentiment."""

    negative: tuple[Reason, ...] = ()
    neutral: tuple[Reason, ...] = ()
    positive: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class SentimentTexts:
    """A text for each sentiment."""

    negative: Texts = field(default_factory=dict)
    neutral: Texts = field(default_factory=dict)
    positive: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReviewLink:
    """Where anybody may leave a public review, whatever they scored."""

    title: Texts
    url: str


@dataclass(frozen=True, slots=True)
class Survey:
    """One question on one metric, with what follows it."""

    metric: Metric
    question: Texts
    kind: SurveyKind = SurveyKind.TRANSACTIONAL
    reasons: ReasonChoices = ReasonChoices()
    comment: SentimentTexts = SentimentTexts()
    thanks: SentimentTexts = SentimentTexts()
    review_links: tuple[ReviewLink, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """When the weekly report is posted, in the business's zone; Monday is 0."""

    weekday: int = 0
    at: time = time(9)


@dataclass(frozen=True, slots=True)
class Reports:
    """What is reported by itself."""

    weekly: WeeklyReport = WeeklyReport()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the business configured."""

    business: Business
    touchpoints: Mapping[str, Touchpoint]
    surveys: Mapping[str, Survey]
    contact_rules: ContactRules = ContactRules()
    recovery: Recovery = field(default_factory=Recovery)
    reports: Reports = Reports()
    journeys: Mapping[str, Way] = field(default_factory=dict)
    themes: tuple[Theme, ...] = ()
    alarms: Alarms = field(default_factory=Alarms)
    trials: Mapping[str, Trial] = field(default_factory=dict)
