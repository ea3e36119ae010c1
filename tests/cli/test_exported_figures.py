"""The sheets of an export say what the commands say of the same time: a played history, by the command line alone."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from db.database import Database
from surveys.alarm_notices import clear_alarm, raise_alarm
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues, publish
from surveys.rules.alarm_evidence import BurstEvidence, BurstOver, DropEvidence
from surveys.rules.alarms import AlarmKind, Share
from surveys.rules.journey import Metric
from surveys.rules.metrics import Tally
from surveys.rules.trials import VariantName
from tests.cli.conftest import Command
from tests.insight.conftest import Shop
from tests.surveys.recovery_world import make_world, store
from tests.surveys.test_trials import Trials

DAY = timedelta(days=1)
TODAY = datetime.now(UTC).date()
NOW = datetime.combine(TODAY, time(), UTC)
FIRST, LAST = TODAY - timedelta(days=260), TODAY - timedelta(days=20)
CATALOGUE = f"""
business: {{name: Пекарня, timezone: UTC, languages: [ru, en]}}
touchpoints:
  search: {{title: {{ru: Поиск, en: Search}}, stage: before, owner: logistics}}
  checkout: {{title: {{ru: Заказ, en: Checkout}}, stage: during, survey: ces, standard: {{ru: Быстро}}}}
  visit: {{title: {{ru: Визит, en: Visit}}, stage: during, survey: nps, ask_after: PT2H}}
  delivery:
    title: {{ru: Доставка, en: Delivery}}
    stage: after
    owner: logistics
    survey: csat
    ask_after: PT2H
    expires_after: P7D
surveys:
  ces: {{metric: ces, question: {{ru: Легко?, en: Easy?}}}}
  nps: {{metric: nps, question: {{ru: Посоветуете?, en: Recommend?}}}}
  csat:
    metric: csat
    question: {{ru: Как доставка?, en: How was it?}}
    reasons:
      negative: [{{key: late, title: {{ru: Опоздали, en: Late}}}}]
      positive: [{{key: fast, title: {{ru: Быстро, en: Fast}}}}]
recovery:
  teams: {{logistics: {{chat: staff, title: {{ru: Логистика, en: Logistics}}}}}}
journeys:
  order: {{title: {{ru: Заказ с сайта, en: An order}}, steps: [search, checkout, delivery], within: P14D}}
themes:
  - {{key: lateness, title: {{ru: Опоздания, en: Lateness}}, words: {{ru: [опоздать, долго ждать], en: [late]}}}}
  - {{key: taste, title: {{ru: Вкус, en: Taste}}, words: {{ru: [вкусный], en: [tasty]}}}}
trials:
  later:
    touchpoint: delivery
    measure: response_rate
    from: {FIRST}
    variants: {{b: {{ask_after: PT4H}}}}
    planned: 40
  words:
    touchpoint: visit
    measure: score
    from: {FIRST}
    variants: {{b: {{question: {{ru: Расскажете о нас?, en: Tell others?}}}}}}
    planned: 40
"""


async def play(database: Database) -> None:
    """A world of complaints; customers who search, order, answer, are late, and come back or not; trials and alarms."""
    await publish(database, CATALOGUE, now=datetime.combine(FIRST, time(), UTC) - DAY)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    await store(database, make_world(25, NOW))
    async with database.transaction() as transaction:
        for table in ("persons", "customers", "touchpoint_events", "cases"):
            await transaction.run(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}) + 1000)"
            )
    shop, start = Shop(database, catalogues), datetime.combine(FIRST, time(9), UTC)
    for customer in range(101, 131):
        unhappy, order = customer % 3 == 0, f"s-{customer}"
        await shop.event("search", customer, start)
        await shop.event("checkout", customer, start + DAY, order=order, amount=900)
        event = await shop.event("delivery", customer, start + 2 * DAY, order=order, state="answered")
        await shop.answer(
            "delivery",
            customer,
            start + 3 * DAY,
            1 if unhappy else 5,
            reasons=("late",) if unhappy else ("fast",),
            event_id=event,
            order=order,
            attributes={"late": unhappy},
        )
        if not unhappy:
            await shop.event("checkout", customer, start + 9 * DAY, order=f"{order}-again", amount=500)
    for customer in (101, 102, 103):
        await shop.answer("checkout", customer, start + 4 * DAY, 2, metric="ces")
    comments = [("Курьер опоздал, долго ждали", 1, 9), ("Очень вкусный торт", 5, 14), ("Опоздали", 2, 6), ("Ну", 3, 2)]
    said = [(text, score) for text, score, times in comments for _ in range(times)]
    await import_answers(
        database,
        catalogues,
        [
            PastAnswer(f"a-{place}", "delivery", start + 20 * DAY + place * timedelta(hours=1), score, comment=text)
            for place, (text, score) in enumerate([*said, *said[:12]])
        ],
        now=NOW,
    )
    trials = Trials(database, catalogues, made=10_000)
    for variant, answered in ((VariantName.A, 10), (VariantName.B, 35)):
        await trials.sent(variant, 40, answered=answered, at=start + 30 * DAY)
        await trials.sent(variant, 20, answered=19, at=start + 30 * DAY, trial="words", score=9)
    catalogue = catalogues.in_force.catalogue
    burst = BurstEvidence(Share(6, 8), timedelta(minutes=90), Share(9, 300))
    drop = DropEvidence(Metric.CSAT, Tally(25, 0, 40), 7 * DAY, Tally(40, 0, 360), 56 * DAY)
    async with database.transaction() as transaction:
        await raise_alarm(transaction, catalogue, AlarmKind.BURST, burst, touchpoint="delivery", now=start + 40 * DAY)
        await raise_alarm(transaction, catalogue, AlarmKind.DROP, drop, touchpoint="visit", now=start + 41 * DAY)
        risen = await transaction.value("select id from alarms where kind = 'burst'")
        assert isinstance(risen, int)
        over = BurstOver(Share(0, 5))
        await clear_alarm(transaction, catalogue, risen, AlarmKind.BURST, over, now=start + 42 * DAY)


Rows = list[dict[str, object]]


def read(path: Path) -> dict[str, Rows]:
    book = CalamineWorkbook.from_path(path)
    found = {}
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False) or [[]]
        names = [str(one).partition(" (")[0] for one in header]
        found[name] = [
            {key: None if cell == "" else cell for key, cell in zip(names, row, strict=True)} for row in rows
        ]
    return found


def shown(share: dict[str, object], *keys: str) -> tuple[object, ...]:
    """What a sheet shows of a share: its numbers, and of fewer than five nothing but the counts."""
    n = share["n"]
    assert isinstance(n, int)
    return tuple(share[key] if n >= 5 or key in ("count", "n") else None for key in keys)


def picked(row: dict[str, object], *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


async def documents(otklik: Command, *days: str) -> dict[str, dict[str, object]]:
    found = {}
    for name in ("report", "journey", "audit", "drivers", "comments", "trials", "alarms", "recovery", "reach"):
        options = () if name in ("audit", "trials", "alarms") else days
        result = await otklik(name, *options, "--json")
        assert result.exit_code == 0, result.output
        found[name] = json.loads(result.stdout)
    return found


@pytest.fixture
def days() -> tuple[str, ...]:
    return ("--from", str(FIRST), "--to", str(LAST))


async def test_every_sheet_says_what_the_commands_say(
    otklik: Command, folder: Path, database: Database, days: tuple[str, ...]
) -> None:
    await play(database)
    done = await otklik("export", "all.xlsx", *days)
    assert done.exit_code == 0, done.output
    said = await documents(otklik, *days)
    sheets = read(folder / "all.xlsx")
    check_journey(sheets, said["journey"])
    check_report(sheets, said["report"])
    check_scores(sheets, said["report"])
    check_audit_and_drivers(sheets, said["audit"], said["drivers"])
    check_comments(sheets, said["comments"])
    check_trials_and_alarms(sheets, said["trials"], said["alarms"])
    check_recovery_and_reach(sheets, said["recovery"], said["reach"])
    with zipfile.ZipFile(folder / "all.xlsx") as file:
        charts = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/charts/chart")]
    (way,) = [text for text in charts if "'Путь клиента'!" in text]
    assert "<c:errBars>" in way
    (flows,) = [text for text in charts if "Переходы!" in text]
    assert f"<c:v>{sheets['Переходы'][0]['way']}</c:v>" in flows
    about = {row["Лист"]: row["Что это"] for row in sheets["О файле"] if row["Столбец"] is None}
    assert "Показатели за" in about
    assert "Комментарии, ещё не учтённые в темах" not in about


def check_journey(sheets: dict[str, Rows], journey: dict) -> None:  # type: ignore[type-arg]
    stations = journey["touchpoints"]
    assert [row["touchpoint"] for row in sheets["Путь клиента"]] == [one["touchpoint"] for one in stations]
    for row, one in zip(sheets["Путь клиента"], stations, strict=True):
        score = next((found for found in one["scores"] if found["n"]), one["scores"][0] if one["scores"] else None)
        names = ("metric", "n", "score", "low", "high", "preliminary", "negative", "neutral", "positive")
        expected = tuple(None if score is None else score[name] for name in names)
        assert picked(row, "metric", "answers", *names[2:]) == expected
        assert row["events"] == one["events"]
        assert row["followed_to"] == date.fromisoformat(journey["followed_to"])
        rate = picked(row, "answered", "delivered", "response_rate", "response_low", "response_high")
        assert rate == shown(one["response"], "count", "n", "share", "low", "high")
        if one["purchase"] is not None:
            bought = picked(row, "bought", "customers", "conversion", "conversion_low", "conversion_high")
            assert bought == shown(one["purchase"], "count", "n", "share", "low", "high")
        for side in ("unhappy", "happy"):
            lost = picked(row, f"{side}_lost", side, *(f"{side}_lost_{name}" for name in ("share", "low", "high")))
            assert lost == shown(one["lost"][side], "count", "n", "share", "low", "high")
        difference = ("difference", "difference_low", "difference_high", "p_value")
        assert picked(row, *(f"lost_{name}" for name in difference)) == picked(one["lost"], *difference)
    checkout = next(row for row in sheets["Путь клиента"] if row["touchpoint"] == "checkout")
    assert (checkout["answers"], checkout["score"], checkout["low"]) == (3, None, None), "nothing under five"

    flows = [
        (one["touchpoint"], step["touchpoint"], *shown(step, "count", "n", "share", "low", "high"))
        for one in stations
        for step in one["next"]
    ]
    found = [picked(row, "from", "to", "count", "of", "share", "low", "high") for row in sheets["Переходы"]]
    assert Counter(found) == Counter(flows)
    assert any(row["share"] is None for row in sheets["Переходы"]) or all(one[3] >= 5 for one in flows)
    onward = [row["count"] for row in sheets["Переходы"] if row["to"] is not None]
    assert onward == sorted(onward, key=lambda count: -float(str(count)))
    (way,) = journey["journeys"]
    assert [picked(row, "step", "count", "of", "share") for row in sheets["Пути из каталога"]] == [
        (number, *shown(step, "count", "n", "share")) for number, step in enumerate(way["steps"], start=1)
    ]


def check_report(sheets: dict[str, Rows], report: dict) -> None:  # type: ignore[type-arg]
    names = ("touchpoint", "metric", "score", "low", "high", "mean", "mean_low", "mean_high", "preliminary")
    names += ("negative", "neutral", "positive", "change", "p_value", "verdict")
    became = ("events", "delivered", "answered", "skipped", "waiting", "unknown", "commented", "maturing")
    for row, one in zip(sheets["Отчёт"], report["touchpoints"], strict=True):
        assert picked(row, *names) == picked(one, *names)
        assert picked(row, "answers", "previous_answers", "previous_score") == (
            one["n"],
            *picked(one["previous"], "n", "score"),
        )
        assert picked(row, *became) == picked(one["funnel"], *became)
        assert row["response_rate"] == (one["response_rate"] if one["funnel"]["delivered"] >= 5 else None)


def check_scores(sheets: dict[str, Rows], report: dict) -> None:  # type: ignore[type-arg]
    answers: Counter[tuple[object, object]] = Counter()
    for row in sheets["Оценки по неделям"]:
        answers[picked(row, "touchpoint", "metric")] += int(float(str(row["answers"])))  # type: ignore[index]
    given: defaultdict[tuple[object, ...], dict[str, object]] = defaultdict(dict)
    for row in sheets["Распределение"]:
        given[picked(row, "touchpoint", "metric")][f"{row['score']:.0f}"] = row["answers"]
    thin = [row["share"] for row in sheets["Распределение"] if row["touchpoint"] == "checkout"]
    assert thin == [None] * 7, "nothing under five"
    reasons: defaultdict[tuple[object, ...], Counter[object]] = defaultdict(Counter)
    for row in sheets["Причины"]:
        reasons[picked(row, "touchpoint", "metric")][row["reason"]] += int(float(str(row["answers"])))
    assert sum(answers.values()) > 100
    for one in report["touchpoints"]:
        key = (one["touchpoint"], one["metric"])
        assert answers[key] == one["n"]
        assert given.get(key, {}) == (one["distribution"] if one["n"] else {})
        assert dict(reasons.get(key, {})) == one["reasons"]
    events: Counter[object] = Counter()
    for one in report["touchpoints"]:
        events[one["touchpoint"]] += one["funnel"]["events"]
    asked = {row["touchpoint"]: row["events"] for row in sheets["Путь клиента"] if row["metric"] is not None}
    assert asked == events


def check_audit_and_drivers(sheets: dict[str, Rows], audit: dict, drivers: dict) -> None:  # type: ignore[type-arg]
    assert audit["findings"]
    assert [picked(row, "finding", "touchpoint", "what", "advice") for row in sheets["Аудит"]] == [
        (one["kind"], one["touchpoint"], one["what"], one["advice"]) for one in audit["findings"]
    ]
    causes = [(one, one["reason"]) for one in drivers["causes"]] + [(one, one["attribute"]) for one in drivers["facts"]]
    names = ("points", "low", "high", "p_value", "real", "preliminary")
    assert any(reason == "late" for _, reason in causes)
    for row, (one, reason) in zip(sheets["Что снижает оценку"], causes, strict=True):
        assert picked(row, "touchpoint", "reason", *names) == (one["touchpoint"], reason, *picked(one, *names))
        assert picked(row, "affected", "of", "others") == (one["affected"]["n"], one["share"]["n"], one["others"]["n"])
        assert picked(row, "difference", "difference_low", "difference_high") == picked(
            one["difference"], "difference", "difference_low", "difference_high"
        )
    for row, one in zip(sheets["Что было потом"], drivers["afterwards"], strict=True):
        assert picked(row, "sentiment", "returned", "customers", "share", "low", "high") == (
            one["sentiment"],
            *shown(one["returned"], "count", "n", "share", "low", "high"),
        )
        for name in ("orders", "spent"):
            assert picked(row, name, f"{name}_low", f"{name}_high") == shown(one[name], "mean", "low", "high")
        risk = drivers["revenue_at_risk"] if one["sentiment"] == "negative" else None
        assert risk or one["sentiment"] != "negative"
        assert (row["lost_each"], row["lost_total"]) == ((risk["each"], risk["total"]) if risk else (None, None))


def check_comments(sheets: dict[str, Rows], comments: dict) -> None:  # type: ignore[type-arg]
    assert len(comments["themes"]) == 2
    for row, one in zip(sheets["Темы"], comments["themes"], strict=True):
        names = ("theme", "share", "low", "high", "negative", "change", "p_value", "verdict")
        assert picked(row, *names) == picked(one, *names)
        assert picked(row, "count", "comments", "preliminary") == (
            one["n"],
            comments["comments"],
            comments["preliminary"],
        )
        assert picked(row, "previous_count", "previous_share") == (one["previous"]["n"], one["previous"]["share"])
        assert (row["from"], row["to"]) == (FIRST, LAST)
    words = comments["words"]
    expected = [("negative", one) for one in words["negative"]] + [("positive", one) for one in words["positive"]]
    assert expected
    for row, (side, one) in zip(sheets["Слова"], expected, strict=True):
        names = ("word", "negative", "positive", "log_odds", "p_value")
        assert (row["sentiment"], *picked(row, *names)) == (side, *picked(one, *names))
        assert row["preliminary"] is words["preliminary"]


def check_trials_and_alarms(sheets: dict[str, Rows], trials: dict, alarms: dict) -> None:  # type: ignore[type-arg]
    rows = iter(sheets["Эксперименты"])
    for trial in trials["trials"]:
        for name, one in trial["variants"].items():
            row = next(rows)
            assert picked(row, "trial", "variant", "state", "planned") == (
                trial["trial"],
                name,
                trial["state"],
                trial["planned"],
            )
            assert picked(row, "reached", "missing", "value", "low", "high") == picked(
                one, "reached", "missing", "value", "low", "high"
            )
            told = ("difference", "p_value", "verdict")
            assert picked(row, *told) == (picked(trial, *told) if name == "b" else (None, None, None))
    assert next(rows, None) is None
    assert {trial["trial"]: trial["state"] for trial in trials["trials"]} == {"later": "decided", "words": "running"}
    for row in sheets["Эксперименты"]:
        hidden = picked(row, "value", "low", "high", "difference", "p_value", "verdict")
        assert row["trial"] == "later" or not any(hidden), "nothing of the difference before the planned number"

    told = {one["id"]: one for one in (*alarms["open"], *alarms["cleared"])}
    assert [row["kind"] for row in sheets["Тревоги"]] == ["burst", "drop"]
    for row in sheets["Тревоги"]:
        one = told[row["id"]]
        assert picked(row, "kind", "touchpoint", "withdrawn") == picked(one, "kind", "touchpoint", "withdrawn")
        assert json.loads(str(row["numbers"])) == one["evidence"]
        assert (json.loads(str(row["ended_numbers"])) if row["ended_numbers"] else None) == one["clearing"]
        risen = row["risen_at"]
        assert isinstance(risen, datetime)
        assert risen.replace(tzinfo=UTC) == datetime.fromisoformat(one["risen_at"])
    burst, drop = sheets["Тревоги"]
    assert "6 из 8" in str(burst["evidence"])
    assert "2 дн" in str(burst["ended"])
    assert (burst["lasted_hours"], drop["cleared_at"], drop["ended"]) == (48, None, None)


def check_recovery_and_reach(sheets: dict[str, Rows], recovery: dict, reach: dict) -> None:  # type: ignore[type-arg]
    cases = recovery["cases"]
    parts = [("total", None, cases)]
    parts += [(part, one["value"], one) for part, rows in cases["by"].items() for one in rows]
    assert cases["cases"] > 5
    counted = ("cases", "opened", "claimed", "resolved", "confirmed", "reopened", "overdue", "settled", "recovered")
    for row, (part, value, one) in zip(sheets["Работа с жалобами"], parts, strict=True):
        assert picked(row, "part", "value", *counted) == (part, value, *picked(one, *counted))
    brought = recovery["recovery"]
    assert any(one["n"] >= 5 for one in brought["before_after"])
    for row, one in zip(sheets["До и после"], brought["before_after"], strict=True):
        assert picked(row, "metric", "people", "difference", "difference_low", "difference_high") == picked(
            one, "metric", "n", "difference", "low", "high"
        )
        assert row["negative_after"] == one["negative_after"]["share"]
    for row in sheets["Купили снова"]:
        one = brought["bought_again"][row["group"]]
        assert picked(row, "customers", "share", "low", "high") == picked(one, "n", "share", "low", "high")
    assert {row["share"] is None for row in sheets["Купили снова"]} == {True, False}, "some are fewer than five"
    figures = {(row["figure"], row["value"]): row["count"] for row in sheets["Охват"]}
    assert figures[("customers", None)] == reach["customers"] > 0
    assert figures[("unreachable_events", None)] == reach["unreachable_events"]
    for name in ("by_channel", "linked_by"):
        assert {value: count for (figure, value), count in figures.items() if figure == name} == reach[name]
    (reachable,) = [row for row in sheets["Охват"] if row["figure"] == "reachable"]
    assert picked(reachable, "count", "of", "share") == picked(reach, "reachable", "customers", "share")


async def test_a_touchpoint_alone_has_no_figures_of_the_whole_business_and_open_ends_reach_as_far_as_is_known(
    otklik: Command, folder: Path, database: Database, days: tuple[str, ...]
) -> None:
    await play(database)
    assert (await otklik("export", "one/", "--touchpoint", "delivery", *days)).exit_code == 0
    comments = json.loads((await otklik("comments", "--touchpoint", "delivery", *days, "--json")).stdout)
    names = {path.stem for path in (folder / "one").iterdir()}
    assert names >= {"report", "journey", "themes", "trials", "answers"}
    assert not names & {"reach", "afterwards"}

    def rows(name: str, where: str = "one") -> list[dict[str, str]]:
        with (folder / where / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    assert [row["touchpoint"] for row in rows("journey")] == ["delivery"]
    assert {row["touchpoint"] for row in rows("report")} == {"delivery"}
    assert all("delivery" in (row["from"], row["to"]) for row in rows("flows"))
    assert {row["trial"] for row in rows("trials")} == {"later"}
    assert [row["kind"] for row in rows("alarms")] == ["burst"]
    assert [row["count"] for row in rows("themes")] == [str(theme["n"]) for theme in comments["themes"]]
    refused = await otklik("export", "reach.csv", "--kind", "reach", "--touchpoint", "delivery")
    assert (refused.exit_code, "leave --touchpoint out" in refused.output) == (2, True)

    assert (await otklik("export", "all/")).exit_code == 0
    journey = (await otklik("journey", "--from", str(TODAY - 400 * DAY), "--to", str(TODAY + DAY), "--json")).stdout
    events = {one["touchpoint"]: str(one["events"]) for one in json.loads(journey)["touchpoints"]}
    assert {row["touchpoint"]: row["events"] for row in rows("journey", "all")} == events
    assert date.fromisoformat(rows("themes", "all")[0]["to"]) == TODAY + DAY
