"""Reading a catalogue: what a sound one means, and how broken files are met."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.catalog.document import LONGEST_SOURCE
from surveys.catalog.faults import Severity
from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue
from surveys.catalog.sample import sample_source
from surveys.rules.journey import Catalogue, Metric, Stage, SurveyKind, WhenBlocked
from surveys.rules.putting_right import EscalateTo, OpenAt

SAMPLE = sample_source()

SMALLEST = """
business: {name: Печь, timezone: Europe/Moscow}
touchpoints:
  delivery: {title: {ru: Доставка}, survey: delivery-csat}
surveys:
  delivery-csat: {metric: csat, question: {ru: "Как вам доставка?"}}
"""


def read(source: str) -> Catalogue:
    reading = read_catalogue(source, name="catalog.yaml")
    assert reading.faults == ()
    assert reading.catalogue is not None
    return reading.catalogue


def test_the_sample_has_no_faults_and_covers_the_journey() -> None:
    catalogue = read(SAMPLE)
    assert {touchpoint.stage for touchpoint in catalogue.touchpoints.values()} == set(Stage)
    assert {survey.metric for survey in catalogue.surveys.values()} == set(Metric)
    quarterly = [touchpoint for touchpoint in catalogue.touchpoints.values() if touchpoint.every]
    assert [touchpoint.every for touchpoint in quarterly] == [timedelta(days=90)]
    assert catalogue.surveys[quarterly[0].survey or ""].kind is SurveyKind.RELATIONAL
    for survey in catalogue.surveys.values():
        assert set(survey.question) == {"ru", "en"}
        assert survey.reasons.negative
        assert survey.reasons.neutral
        assert survey.reasons.positive


def test_values_come_out_as_the_rules_have_them() -> None:
    catalogue = read(SAMPLE)
    delivery = catalogue.touchpoints["delivery"]
    assert delivery.ask_after == timedelta(hours=2)
    assert delivery.ask_by == timedelta(days=2)
    assert delivery.when_blocked is WhenBlocked.SKIP
    assert catalogue.touchpoints["product"].when_blocked is WhenBlocked.DELAY
    assert catalogue.business.timezone.key == "Europe/Moscow"
    assert catalogue.business.languages == ("ru", "en")
    assert catalogue.contact_rules.quiet_hours.start == time(21)
    logistics = catalogue.recovery.teams["logistics"]
    assert logistics.working_hours is not None
    assert logistics.working_hours.weekdays[4] == (time(8), time(22))
    assert logistics.working_hours.weekdays[6] == (time(9), time(22))
    assert logistics.working_hours.holidays == {date(2027, 1, 1)}
    assert logistics.escalate[0].after == timedelta(minutes=30)
    assert logistics.escalate[1].to is EscalateTo.OWNERS
    assert catalogue.reports.weekly.weekday == 0
    assert catalogue.surveys["delivery-csat"].reasons.negative[0].key == "late"


def test_a_repeated_value_may_be_written_once() -> None:
    catalogue = read(SAMPLE)
    assert catalogue.surveys["product-nps"].review_links == catalogue.surveys["visit-csat"].review_links != ()


def test_what_is_left_out_has_its_default() -> None:
    catalogue = read(SMALLEST)
    assert catalogue.business.languages == ("ru",)
    assert catalogue.contact_rules.max_per_day == 5000
    assert catalogue.contact_rules.quarantine.any == timedelta(days=7)
    assert catalogue.touchpoints["delivery"].sample == 1.0
    assert catalogue.touchpoints["delivery"].expires_after == timedelta(days=7)
    assert catalogue.recovery.open_at == OpenAt(6, 2, 3)
    assert catalogue.recovery.ask_again_after == timedelta(days=3)


def test_asking_again_can_be_switched_off() -> None:
    assert read(SMALLEST + "recovery: {ask_again_after: null}").recovery.ask_again_after is None


def test_a_team_may_work_until_midnight() -> None:
    hours = 'recovery: {teams: {staff: {working_hours: {mon-sun: "00:00-24:00"}}}}'
    team = read(SMALLEST + hours).recovery.teams["staff"]
    assert team.working_hours is not None
    assert team.working_hours.weekdays == {day: (time(0), time.max) for day in range(7)}


def test_times_and_dates_need_no_quotes() -> None:
    rules = "contact_rules: {quiet_hours: {start: 22:30, end: 9:00}}"
    quiet = read(SMALLEST + rules).contact_rules.quiet_hours
    assert (quiet.start, quiet.end) == (time(22, 30), time(9))


def test_all_faults_are_said_at_once_in_the_order_of_lines() -> None:
    source = (
        SAMPLE.replace("timezone: Europe/Moscow", "timezone: Europe/Moskow")
        .replace("    ask_after: PT2H\n", "    ask_after: 2H\n")
        .replace("    owner: kitchen\n", "    owner: kitchn\n")
        .replace("metric: nps\n    kind: relational", "metric: nsp\n    kind: relational")
        .replace("weekly: {day: monday", "weekly: {day: mon")
    )
    reading = read_catalogue(source, name="catalog.yaml")
    assert [fault.key for fault in reading.errors] == [
        "business.timezone",
        "touchpoints.delivery.ask_after",
        "touchpoints.product.owner",
        "surveys.relationship-nps.metric",
        "reports.weekly.day",
    ]
    assert [fault.line for fault in reading.faults] == sorted(fault.line for fault in reading.faults)
    assert reading.catalogue is None


def test_one_slip_brings_no_others_with_it() -> None:
    """What a broken value would have led to is not called a fault of its own."""
    for old, new in (
        ("    ask_by: P2D\n    remind_after: P1D\n    expires_after: P7D\n", "    ask_by: 2D\n"),
        ("languages: [ru, en]", "languages: [ru, 5]"),
        ("    kind: relational\n", "    kind: relationship\n"),
        ("    after: [delivery, visit, product]\n", "    after: delivery\n"),
        ("    owner: kitchen\n", "    owner: [kitchen]\n"),
        ("    metric: csat\n", "    metric: csta\n"),
        ('quiet_hours: {start: "21:00"', 'quiet_hours: {start: "25:00"'),
    ):
        assert old in SAMPLE
        reading = read_catalogue(SAMPLE.replace(old, new, 1), name="catalog.yaml")
        assert len(reading.errors) == 1, (new, reading.faults)


BROKEN_FORMS = [
    ("a tab", "business:\n\tname: Печь\n", 2, "tab"),
    ("a key twice", SMALLEST + "business: {name: Печь, timezone: UTC}\n", 7, "second time, first on line 2"),
    ("an open quote", 'business:\n  name: "Печь\n  timezone: UTC\n', 2, "never closed"),
    ("an unquoted colon", "business:\n  name: Печь: хлеб\n", 2, "colon"),
    ("an unquoted placeholder", "surveys:\n  q:\n    question:\n      ru: {name}, как вам?\n", 4, "in quotes"),
    ("broken indentation", "business:\n    name: a\n  timezone: UTC\n", 3, "indentation"),
    ("an open bracket", "business:\n  languages: [ru, en\nsurveys:\n  a: b\n", 2, "not closed"),
    ("nothing", "", 1, "empty"),
    ("comments alone", "# nothing yet\n", 1, "empty"),
    ("a list", "- business\n", 1, "a list"),
    ("a word", "business", 1, "single value"),
    ("two documents", SMALLEST + "---\nbusiness: {}\n", 7, "second document"),
    ("a tag", "business: !!python/object/apply:os.system [ls]\n", 1, "tag"),
    ("merging", "business: &b {name: a}\nsurveys:\n  <<: *b\n", 3, "merging"),
    ("an alias of nothing", "business: *b\n", 1, "no &b"),
    ("an alias of itself", "business: &b [*b]\n", 1, "inside itself"),
    ("a control character", "business:\n  name: a\x07b\n", 2, "U+0007"),
    ("a key that is a list", "? [a, b]\n: c\n", 1, "plain word"),
    ("an old directive", "%YAML 9.9\n---\na: b\n", 1, "YAML"),
]


@pytest.mark.parametrize(
    ("source", "line", "message"), [form[1:] for form in BROKEN_FORMS], ids=[f[0] for f in BROKEN_FORMS]
)
def test_a_broken_form_is_a_fault_with_its_line(source: str, line: int, message: str) -> None:
    reading = read_catalogue(source, name="catalog.yaml")
    assert reading.catalogue is None
    fault = reading.faults[0]
    assert fault.line == line
    assert message in fault.message
    assert fault.fix
    assert fault.severity is Severity.ERROR


def test_every_tab_is_shown() -> None:
    reading = read_catalogue("business:\n\tname: a\n\ttimezone: UTC\n", name="catalog.yaml")
    assert [fault.line for fault in reading.faults] == [2, 3]


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    assert read("\ufeff" + SAMPLE.replace("\n", "\r\n")) == read(SAMPLE)


HOSTILE = {
    "aliases that multiply": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "depth": "[" * 100_000,
    "deep keys": "".join(f"{' ' * depth}k:\n" for depth in range(400)),
    "length": "business: " + "x" * LONGEST_SOURCE,
    "many values": "a: [" + "x, " * 60_000 + "]",
    "a long number": "business: {name: " + "9" * 10_000 + ", timezone: UTC}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_soon(source: str) -> None:
    started = datetime.now(UTC)
    reading = read_catalogue(source, name="catalog.yaml")
    assert reading.catalogue is None
    assert reading.errors
    assert datetime.now(UTC) - started < timedelta(seconds=10)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_breaks_the_reader(source: str) -> None:
    assert read_catalogue(source, name="catalog.yaml").faults


REPLACEMENTS = (
    "",
    "  x",
    "survey: []",
    "    title: 5",
    "  - a",
    "business:",
    "    sample: .nan",
    "    ask_by: ~",
    "surveys: {a: {}}",
    "touchpoints: 1",
    "    reasons: {negative: [1, {key: a}]}",
    "      neutral: {ru: }",
    "    every: P1Y",
    "{",
    "\t",
)


@settings(max_examples=50, deadline=None)
@given(
    line=st.integers(0, SAMPLE.count("\n") - 1),
    replacement=st.sampled_from(REPLACEMENTS),
)
def test_no_broken_line_breaks_the_reader(line: int, replacement: str) -> None:
    lines = SAMPLE.splitlines()
    lines[line] = replacement
    reading = read_catalogue("\n".join(lines), name="catalog.yaml")
    assert (reading.catalogue is None) == bool(reading.errors)
    for fault in reading.faults:
        assert 1 <= fault.line <= len(lines) + 1
        assert fault.message
        assert fault.fix


def test_a_file_that_is_no_text_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_bytes("business:\n  name: Печь\n".encode("cp1251"))
    with pytest.raises(CatalogueFileError, match=r"catalog\.yaml:2: not UTF-8"):
        load_source(path)
    with pytest.raises(CatalogueFileError, match="no file"):
        load_source(tmp_path / "absent.yaml")
    with pytest.raises(CatalogueFileError, match="folder"):
        load_source(tmp_path)
