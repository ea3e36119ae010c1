"""The figures of a report: who is counted where, by which instant, and against what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from bot.screens.report_json import Document, build_report_document
from db.database import Database
from surveys.catalog.reading import read_catalogue
from surveys.publishing import Catalogues, NoCatalogueError, publish
from surveys.reporting import (
    Report,
    UnknownAttributeError,
    UnknownTouchpointError,
    read_scores_request,
    read_week,
    weekly_report,
)
from surveys.rules.cases import LEGAL_MOVES
from surveys.rules.weeks import PeriodError
from surveys.scopes import ScopeError, covers, narrowing_of, read_scope

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat, ask_by: P2D, expires_after: P7D}
  support: {title: {ru: Служба заботы, en: Support}, survey: support-ces, ask_by: P2D}
  relationship: {title: {ru: Отношения, en: Relationship}, survey: relationship-nps, every: P90D, after: [delivery]}
surveys:
  delivery-csat:
    metric: csat
    question: {ru: Как доставка?, en: How was it?}
    reasons:
      negative: [{key: late, title: {ru: Опоздали, en: Late}}]
      positive: [{key: fast, title: {ru: Быстро, en: Fast}}]
  support-ces: {metric: ces, question: {ru: Было легко?, en: Was it easy?}}
  relationship-nps: {metric: nps, kind: relational, question: {ru: Посоветуете?, en: Would you recommend us?}}
"""

MONDAY = datetime(2026, 11, 16, tzinfo=UTC) - timedelta(hours=3)
"""The first instant of the week in Moscow."""

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FROM, TO = date(2026, 11, 16), date(2026, 11, 23)


def _move(from_state: str | None, to_state: str) -> str:
    """What somebody did to bring a case from one state to the other."""
    if from_state is None:
        return "open"
    legal = {(state.value, after.value): move.value for (state, move), after in LEGAL_MOVES.items()}
    return legal[from_state, to_state]


@dataclass(slots=True)
class Shop:
    """Puts what happened straight into the tables."""

    database: Database
    catalogues: Catalogues
    made: int = 0

    async def event(
        self,
        state: str,
        *,
        at: datetime = MONDAY + timedelta(days=1),
        touchpoint: str = "delivery",
        survey: str = "delivery-csat",
        attributes: dict[str, object] | None = None,
        has_message: bool = True,
        expires_at: datetime = MONDAY,
        purpose: str = "first",
    ) -> int:
        """An event with its invitation in this state; the invitation's id."""
        self.made += 1
        asked = state in ("sent", "answered", "expired", "unknown")
        async with self.database.transaction() as transaction:
            invitation_id = await transaction.value(
                """
                with happened as (
                    insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, attributes)
                    values ($1, $2, $3, $3, $4) returning id
                )
                insert into invitations (event_id, purpose, touchpoint, survey, state, reason, sent_at, expires_at,
                                         answered_at, message_id, account_id, ask_at, catalogue_version_id, changed_at)
                select id, $11, $2, $5, $6, case when $6 = 'skipped' then 'quarantine' end, $7, $8, $7, $9, null, null,
                       $10, $3
                  from happened returning id
                """,
                f"event-{self.made}",
                touchpoint,
                at,
                attributes or {},
                survey,
                state,
                at if asked else None,
                expires_at if asked else None,
                self.made if asked and has_message else None,
                self.catalogues.in_force.version_id,
                purpose,
            )
        assert isinstance(invitation_id, int)
        return invitation_id

    async def answer(
        self,
        score: int,
        *,
        at: datetime = MONDAY + timedelta(days=1),
        touchpoint: str = "delivery",
        metric: str = "csat",
        invitation_id: int | None = None,
        times: int = 1,
        reasons: tuple[str, ...] = (),
        comment: str | None = None,
        attributes: dict[str, object] | None = None,
    ) -> None:
        """So many answers alike."""
        async with self.database.transaction() as transaction:
            await transaction.run(
                """
                insert into responses (invitation_id, touchpoint, survey, metric, score, given_by, answered_at,
                                       changed_at, reasons, comment, attributes)
                select $1, $2, 'x', $3, $4, 'tap', $5, $5::timestamptz + interval '9 days', $6, $7, $8
                  from generate_series(1, $9::int)
                """,
                invitation_id,
                touchpoint,
                metric,
                score,
                at,
                list(reasons),
                comment,
                attributes or {},
                times,
            )

    async def case(self, *moves: tuple[str | None, str, datetime], touchpoint: str = "delivery") -> None:
        """A case that made these moves; the first opens it, due in 30 minutes and a day."""
        opened_at = moves[0][2]
        claimed_at = next((at for _, state, at in moves if state == "claimed"), None)
        reacted_at = next((at for state, _, at in moves if state is not None), None)
        resolved_at = next((at for _, state, at in moves if state == "resolved"), None)
        async with self.database.transaction() as transaction:
            case_id = await transaction.value(
                """
                insert into cases (touchpoint, team, cause, state, opened_at, first_response_due, resolve_due,
                                   claimed_at, claimed_by, resolved_at, changed_at, first_response_at,
                                   first_response_took, resolve_took, solved)
                values ($1, 'staff', 'score', $2, $3, $3::timestamptz + interval '30 minutes',
                        $3::timestamptz + interval '1 day', $4, 1, $5, $6, $7, $7::timestamptz - $3,
                        $5::timestamptz - $3, $2 = 'confirmed')
                returning id
                """,
                touchpoint,
                moves[-1][1],
                opened_at,
                claimed_at,
                resolved_at,
                moves[-1][2],
                reacted_at,
            )
            for from_state, to_state, at in moves:
                await transaction.run(
                    """
                    insert into case_moves (case_id, move, actor, from_state, to_state, moved_at)
                    values ($1, $2, 'product', $3, $4, $5)
                    """,
                    case_id,
                    _move(from_state, to_state),
                    from_state,
                    to_state,
                    at,
                )

    async def report(
        self, *, by: str | None = None, touchpoint: str | None = None, now: datetime = NOW, to: date = TO
    ) -> Report:
        return await weekly_report(
            self.database, self.catalogues, start=FROM, end=to, by=by, touchpoint=touchpoint, now=now
        )

    async def document(
        self, *, by: str | None = None, touchpoint: str | None = "delivery", now: datetime = NOW
    ) -> Document:
        """The JSON of the only touchpoint asked for."""
        document = build_report_document(await self.report(by=by, touchpoint=touchpoint, now=now))
        entries = document["touchpoints"]
        assert isinstance(entries, list)
        assert len(entries) == 1
        assert isinstance(entries[0], dict)
        return entries[0]


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    await publish(database, CATALOGUE, now=MONDAY - timedelta(days=60))
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Shop(database, catalogues)


# Whose answers count


async def test_without_any_answer_there_is_no_data(shop: Shop) -> None:
    document = build_report_document(await shop.report())
    assert [entry["touchpoint"] for entry in document["touchpoints"]] == ["delivery", "support", "relationship"]
    for entry in document["touchpoints"]:
        assert entry["n"] == 0
        assert [entry[key] for key in ("score", "low", "high", "mean", "mean_low", "mean_high")] == [None] * 6
        assert (entry["change"], entry["p_value"], entry["response_rate"]) == (None, None, None)
        assert entry["verdict"] == "not_enough_answers"
        assert entry["preliminary"] is True
    assert document["cases"] == {
        "opened": 0,
        "claimed": 0,
        "resolved": 0,
        "confirmed": 0,
        "reopened": 0,
        "overdue": 0,
        "still_open": 0,
        "median_first_response": None,
        "median_resolve": None,
        "dismissed": 0,
        "settled": 0,
        "recovered": 0,
        "resolved_without_answer": 0,
        "by": {"team": [], "person": [], "touchpoint": [], "reason": []},
    }
    nobody = {"n": 0, "share": None, "low": None, "high": None}
    recovery = document["recovery"]
    assert isinstance(recovery, dict)
    assert recovery["before_after"] == []
    assert recovery["bought_again"] == {
        "within": "P90D",
        "since": "2026-05-26T21:00:00+00:00",
        "until": "2026-08-24T21:00:00+00:00",
        "recovered": nobody,
        "not_recovered": nobody,
        "never_unhappy": nobody,
        "recovered_minus_not_recovered": None,
        "recovered_minus_never_unhappy": None,
        "too_recent": 0,
    }


async def test_the_document_of_the_contract(shop: Shop) -> None:
    for score, times in {1: 9, 2: 6, 3: 11, 4: 30, 5: 67}.items():
        await shop.answer(score, times=times)
    await shop.answer(5, times=88, at=MONDAY - timedelta(days=2))
    await shop.answer(1, times=22, at=MONDAY - timedelta(days=2))
    report = build_report_document(await shop.report())
    assert {key: report[key] for key in ("from", "to", "timezone", "previous_from")} == {
        "from": "2026-11-16",
        "to": "2026-11-23",
        "timezone": "Europe/Moscow",
        "previous_from": "2026-11-09",
    }
    entry = await shop.document()
    assert entry == {
        "touchpoint": "delivery",
        "metric": "csat",
        "n": 123,
        "score": 78.86,
        "low": 70.83,
        "high": 85.15,
        "mean": 4.14,
        "mean_low": 3.92,
        "mean_high": 4.36,
        "preliminary": False,
        "distribution": {"1": 9, "2": 6, "3": 11, "4": 30, "5": 67},
        "negative": 15,
        "neutral": 11,
        "positive": 97,
        "previous": {"n": 110, "score": 80.0},
        "change": -1.14,
        "p_value": pytest.approx(0.83, abs=0.005),
        "verdict": "no_real_change",
        "funnel": entry["funnel"],
        "trend": entry["trend"],
        "response_rate": None,
        "reasons": {},
        "by": None,
    }


async def test_the_week_is_that_of_the_business_and_its_end_is_not_in_it(shop: Shop) -> None:
    tick = timedelta(microseconds=1)
    await shop.answer(5, at=MONDAY)
    await shop.answer(4, at=MONDAY + timedelta(days=7) - tick)
    await shop.answer(1, at=MONDAY + timedelta(days=7))
    await shop.answer(3, at=MONDAY - tick)
    await shop.answer(2, at=MONDAY - timedelta(days=7))
    await shop.answer(1, at=MONDAY - timedelta(days=7) - tick)
    entry = await shop.document()
    assert entry["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1}
    assert entry["previous"] == {"n": 2, "score": None}


async def test_four_answers_show_no_score_five_do(shop: Shop) -> None:
    await shop.answer(5, times=4)
    entry = await shop.document()
    assert (entry["n"], entry["score"], entry["positive"]) == (4, None, 4)
    await shop.answer(5)
    entry = await shop.document()
    assert (entry["n"], entry["score"], entry["preliminary"]) == (5, 100, True)
    assert entry["verdict"] == "not_enough_answers"


async def test_a_real_change_is_called_by_its_direction(shop: Shop) -> None:
    await shop.answer(5, times=40)
    await shop.answer(1, times=60)
    await shop.answer(5, times=80, at=MONDAY - timedelta(days=3))
    await shop.answer(1, times=20, at=MONDAY - timedelta(days=3))
    entry = await shop.document()
    assert (entry["change"], entry["verdict"]) == (-40, "down")


async def test_a_touchpoint_that_changed_its_metric_has_an_entry_for_each(shop: Shop) -> None:
    await shop.event("skipped")
    await shop.answer(5, times=6)
    changed = CATALOGUE.replace("metric: csat", "metric: nps").replace("Как доставка?", "Посоветуете доставку?")
    await publish(shop.database, changed, now=MONDAY + timedelta(days=3))
    await shop.catalogues.refresh(shop.database)
    await shop.event("skipped", at=MONDAY + timedelta(days=4))
    await shop.answer(9, times=7, metric="nps", at=MONDAY + timedelta(days=4))
    document = build_report_document(await shop.report(touchpoint="delivery"))
    entries = {entry["metric"]: entry for entry in document["touchpoints"]}
    assert {metric: entry["n"] for metric, entry in entries.items()} == {"nps": 7, "csat": 6}
    assert {metric: entry["funnel"]["skipped"] for metric, entry in entries.items()} == {"nps": 1, "csat": 1}


async def test_answers_of_a_touchpoint_the_catalogue_forgot_are_still_shown(shop: Shop) -> None:
    await shop.answer(5, times=6, touchpoint="old-shop")
    document = build_report_document(await shop.report())
    assert [entry["touchpoint"] for entry in document["touchpoints"]][-1] == "old-shop"
    assert (await shop.document(touchpoint="old-shop"))["n"] == 6


# The funnel


async def test_every_event_is_in_one_step_of_the_funnel(shop: Shop) -> None:
    for state, times in {"waiting": 2, "skipped": 3, "cancelled": 1, "rejected": 1, "sent": 2, "expired": 1}.items():
        for _ in range(times):
            await shop.event(state)
    await shop.event("unknown")
    await shop.event("expired", has_message=False)
    for comment in (None, None, "Холодный пирог"):
        invitation_id = await shop.event("answered")
        await shop.answer(5, invitation_id=invitation_id, comment=comment)
    entry = await shop.document()
    assert entry["funnel"] == {
        "events": 15,
        "waiting": 2,
        "planned": 0,
        "skipped": 3,
        "cancelled": 1,
        "rejected": 1,
        "unknown": 2,
        "delivered": 6,
        "answered": 3,
        "commented": 1,
        "maturing": True,
    }
    assert entry["response_rate"] == 50


async def test_a_voice_message_is_a_comment_too(shop: Shop) -> None:
    await shop.answer(5, invitation_id=await shop.event("answered"))
    async with shop.database.transaction() as transaction:
        await transaction.run(
            """
            insert into messages (channel, chat_id, message_id, kind, file_id, received_at, response_id)
            select 'telegram', 1, 1, 'voice', 'f', $1, id from responses
            """,
            NOW,
        )
    funnel = (await shop.document())["funnel"]
    assert isinstance(funnel, dict)
    assert funnel["commented"] == 1


async def test_a_score_that_was_typed_is_no_comment(shop: Shop) -> None:
    await shop.answer(5, invitation_id=await shop.event("answered"))
    async with shop.database.transaction() as transaction:
        await transaction.run(
            """
            insert into messages (channel, chat_id, message_id, kind, text, received_at, response_id)
            select 'telegram', 1, 1, 'text', '5', $1, id from responses
            """,
            NOW,
        )
    funnel = (await shop.document())["funnel"]
    assert isinstance(funnel, dict)
    assert (funnel["answered"], funnel["commented"]) == (1, 0)


async def test_the_funnel_counts_events_of_the_week_and_answers_whenever_they_came(shop: Shop) -> None:
    late = await shop.event("answered", at=MONDAY + timedelta(days=6))
    await shop.answer(5, invitation_id=late, at=MONDAY + timedelta(days=8))
    early = await shop.event("answered", at=MONDAY - timedelta(days=1))
    await shop.answer(1, invitation_id=early, at=MONDAY + timedelta(days=1), times=1)
    entry = await shop.document()
    assert entry["distribution"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 0}
    assert entry["funnel"] == {**entry["funnel"], "events": 1, "delivered": 1, "answered": 1}


async def test_asking_again_after_recovery_is_no_second_event(shop: Shop) -> None:
    await shop.event("sent", purpose="recovery")
    entry = await shop.document()
    assert entry["funnel"] == {**entry["funnel"], "events": 1, "delivered": 0}


@pytest.mark.parametrize(
    ("state", "expires_at", "maturing"),
    [
        ("waiting", NOW, True),
        ("sent", NOW + timedelta(seconds=1), True),
        ("unknown", NOW + timedelta(seconds=1), True),
        ("sent", NOW, False),
        ("answered", NOW + timedelta(days=1), False),
        ("skipped", NOW, False),
    ],
)
async def test_the_funnel_matures_until_nobody_can_answer_any_more(
    shop: Shop, state: str, expires_at: datetime, maturing: bool
) -> None:
    await shop.event(state, expires_at=expires_at)
    entry = await shop.document()
    assert entry["funnel"] == {**entry["funnel"], "maturing": maturing}


async def test_the_funnel_of_a_running_week_matures(shop: Shop) -> None:
    entry = await shop.document(now=MONDAY + timedelta(days=6))
    assert entry["funnel"] == {**entry["funnel"], "events": 0, "maturing": True}


# Segments


async def test_segments_keep_the_type_of_their_value_and_missing_is_null(shop: Shop) -> None:
    await shop.answer(1, times=6, attributes={"late": True}, reasons=("late",))
    await shop.answer(5, times=9, attributes={"late": False})
    await shop.answer(5, times=1, attributes={"late": "yes"})
    await shop.answer(5, times=2, attributes={"late": 1})
    await shop.answer(4, times=3, attributes={"late": None})
    await shop.answer(4, times=5)
    await shop.answer(5, times=8, attributes={"late": True}, at=MONDAY - timedelta(days=1))
    await shop.event("sent", attributes={"late": True})
    await shop.event("skipped", attributes={"late": "event only"})
    entry = await shop.document(by="late")
    by = entry["by"]
    assert isinstance(by, dict)
    segments = by["segments"]
    assert isinstance(segments, list)
    assert by["attribute"] == "late"
    assert [(type(segment["value"]), segment["value"], segment["n"]) for segment in segments] == [
        (bool, False, 9),
        (bool, True, 6),
        (int, 1, 2),
        (str, "yes", 1),
        (str, "event only", 0),
        (type(None), None, 8),
    ]
    late = segments[1]
    assert (late["score"], late["previous"], late["verdict"]) == (0, {"n": 8, "score": 100}, "down")
    assert (late["reasons"], late["funnel"]["delivered"], late["response_rate"]) == ({"late": 6}, 1, 0)
    assert set(entry) - set(late) == {"touchpoint", "metric", "trend", "by"}
    assert entry["n"] == sum(segment["n"] for segment in segments)


async def test_a_breakdown_without_data_has_no_segments(shop: Shop) -> None:
    assert (await shop.document(by="shop"))["by"] == {"attribute": "shop", "segments": []}


# Reasons


async def test_reasons_are_counted_each_the_most_common_first(shop: Shop) -> None:
    await shop.answer(1, times=3, reasons=("late", "cold"))
    await shop.answer(2, times=2, reasons=("cold",))
    await shop.answer(2, reasons=("late",), at=MONDAY - timedelta(days=1))
    entry = await shop.document()
    assert entry["reasons"] == {"cold": 5, "late": 3}
    assert list(entry["reasons"]) == ["cold", "late"]


# Cases


async def test_cases_are_counted_by_the_instant_of_their_own_move(shop: Shop) -> None:
    opened = MONDAY + timedelta(hours=1)
    minute = timedelta(minutes=1)
    await shop.case((None, "open", opened), ("open", "claimed", opened + 10 * minute))
    await shop.case(
        (None, "open", opened),
        ("open", "claimed", opened + 12 * minute),
        ("claimed", "resolved", opened + 300 * minute),
        ("resolved", "confirmed", opened + timedelta(days=1)),
    )
    before = MONDAY - timedelta(days=3)
    await shop.case(
        (None, "open", before),
        ("open", "claimed", before + minute),
        ("claimed", "resolved", before + 5 * minute),
        ("resolved", "claimed", MONDAY + minute),
    )
    cases = build_report_document(await shop.report())["cases"]
    assert isinstance(cases, dict)
    by = cases.pop("by")
    assert isinstance(by, dict)
    teams = by["team"]
    assert isinstance(teams, list)
    (team,) = teams
    assert isinstance(team, dict)
    assert team == {"value": "staff", "cases": 3} | {name: cases[name] for name in team if name in cases}
    assert cases == {
        "opened": 2,
        "claimed": 2,
        "resolved": 1,
        "confirmed": 1,
        "reopened": 1,
        "overdue": 1,
        "still_open": 2,
        "median_first_response": "PT11M",
        "median_resolve": "PT5H",
        "dismissed": 0,
        "settled": 1,
        "recovered": 1,
        "resolved_without_answer": 0,
    }


async def test_a_case_is_overdue_once_and_when_its_promise_ran_out(shop: Shop) -> None:
    await shop.case((None, "open", MONDAY))
    await shop.case((None, "open", MONDAY), ("open", "claimed", MONDAY + timedelta(minutes=31)))
    await shop.case(
        (None, "open", MONDAY),
        ("open", "claimed", MONDAY + timedelta(minutes=30)),
        ("claimed", "resolved", MONDAY + timedelta(hours=24)),
    )
    await shop.case((None, "open", MONDAY), ("open", "dismissed", MONDAY + timedelta(minutes=5)))
    await shop.case((None, "open", NOW - timedelta(minutes=29)))
    assert (await shop.report()).cases.overdue == 2
    assert (await shop.report(now=MONDAY + timedelta(minutes=30))).cases.overdue == 0


async def test_cases_of_one_touchpoint_alone(shop: Shop) -> None:
    await shop.case((None, "open", MONDAY))
    await shop.case((None, "open", MONDAY), touchpoint="support")
    cases = (await shop.report(touchpoint="support")).cases
    assert (cases.opened, cases.still_open, cases.overdue) == (1, 1, 1)


# What is asked for


async def test_an_unknown_touchpoint_is_refused_with_the_known_ones(shop: Shop) -> None:
    with pytest.raises(UnknownTouchpointError, match="delivery, support, relationship"):
        await shop.report(touchpoint="delivry")


async def test_an_impossible_period_is_refused(shop: Shop) -> None:
    with pytest.raises(PeriodError, match="must end after"):
        await shop.report(to=FROM)


async def test_without_a_catalogue_there_is_no_report(database: Database) -> None:
    with pytest.raises(NoCatalogueError):
        await weekly_report(database, Catalogues(), start=FROM, end=TO, now=NOW)


@pytest.mark.parametrize(
    ("arguments", "touchpoint", "start", "end"),
    [
        ("", None, date(2026, 11, 17), date(2026, 11, 24)),
        ("week", None, FROM, TO),
        ("delivery", "delivery", date(2026, 11, 17), date(2026, 11, 24)),
        ("Служба  заботы неделя", "support", FROM, TO),
        ("support 2026-W47", "support", FROM, TO),
        ("Delivery 2026-11-16..2026-11-23", "delivery", FROM, TO),
    ],
)
async def test_what_managers_type_behind_scores(
    shop: Shop, arguments: str, touchpoint: str | None, start: date, end: date
) -> None:
    asked = read_scores_request(arguments, shop.catalogues.in_force.catalogue, now=NOW)
    assert (asked.touchpoint, asked.period.start, asked.period.end) == (touchpoint, start, end)


async def test_what_nobody_understands_behind_scores_is_named(shop: Shop) -> None:
    with pytest.raises(PeriodError) as raised:
        read_scores_request("delivery fortnight", shop.catalogues.in_force.catalogue, now=NOW)
    assert raised.value.text == "fortnight"


async def test_the_report_is_of_the_last_complete_week_unless_another_is_named(shop: Shop) -> None:
    catalogue = shop.catalogues.in_force.catalogue
    assert read_week(" ", catalogue, now=NOW).week_name == "2026-W47"
    assert read_week("2026-W40", catalogue, now=NOW).week_name == "2026-W40"


def _move(from_state: str | None, to_state: str) -> str:
    """The move that led from one state to another."""
    if from_state is None:
        return "open"
    ends = {"resolved": "resolve", "confirmed": "confirm", "dismissed": "dismiss"}
    return ends.get(to_state) or ("claim" if from_state == "open" else "reopen")


async def test_an_attribute_nobody_has_names_those_there_are(shop: Shop) -> None:
    await shop.answer(5, times=6, attributes={"location": "shop-1", "employee": "e-1"})
    await shop.event("sent", attributes={"late": True})
    with pytest.raises(UnknownAttributeError, match=r"'shop'.*there are: employee, late, location") as raised:
        await shop.report(by="shop")
    assert raised.value.known == ("employee", "late", "location")
    assert (await shop.document(by="late"))["by"] is not None, "an attribute of events alone is one too"


async def test_a_scope_narrows_answers_events_reasons_trend_and_cases_alike(shop: Shop) -> None:
    for place, times in (("shop-1", 6), ("shop-2", 30)):
        await shop.answer(5, times=times, attributes={"location": place}, reasons=("late",))
        await shop.event("sent", attributes={"location": place})
        await shop.case((None, "open", MONDAY + timedelta(hours=1)))
    async with shop.database.transaction() as transaction:
        await transaction.run(
            "update cases set response_id = (select min(id) from responses where attributes ->> 'location' = 'shop-1')"
            " where id = (select min(id) from cases)"
        )
        await transaction.run(
            "update cases set event_id = (select min(id) from touchpoint_events"
            " where attributes ->> 'location' = 'shop-2') where id = (select max(id) from cases)"
        )
    scope = narrowing_of({"location": ["shop-1"]}, shop.catalogues.in_force.catalogue)
    seen = build_report_document(
        await weekly_report(shop.database, shop.catalogues, start=FROM, end=TO, scope=scope, now=NOW)
    )
    delivery = seen["touchpoints"][0]
    assert (delivery["n"], delivery["reasons"], delivery["funnel"]["events"]) == (6, {"late": 6}, 1)
    assert delivery["trend"][-1]["n"] == 6
    assert seen["cases"]["opened"] == 1
    assert seen["cases"]["still_open"] == 1
    assert sum(row["opened"] for row in seen["cases"]["by"]["touchpoint"]) == 1
    nothing = narrowing_of({"team": ["kitchen"]}, shop.catalogues.in_force.catalogue)
    report = await weekly_report(shop.database, shop.catalogues, start=FROM, end=TO, scope=nothing, now=NOW)
    assert report.touchpoints == ()
    assert report.cases.opened == 0


def test_a_scope_is_read_as_it_is_written_and_a_wrong_one_names_the_teams() -> None:
    source = CATALOGUE.replace("surveys:", "recovery: {teams: {care: {chat: staff}}}\nsurveys:", 1)
    catalogue = read_catalogue(source, name="catalog.yaml").catalogue
    assert catalogue is not None
    assert read_scope("", catalogue) == {}
    assert read_scope("team=care  location=shop-2,shop-1 location=shop-1", catalogue) == {
        "team": ["care"],
        "location": ["shop-1", "shop-2"],
    }
    for wrong in ("team=kitchen", "location", "location=", "=x", "team=care,kitchen"):
        with pytest.raises(ScopeError, match="teams: care"):
            read_scope(wrong, catalogue)


def test_a_place_lies_in_a_scope_when_all_of_it_does() -> None:
    source = CATALOGUE.replace("surveys:", "recovery: {teams: {care: {chat: staff}}}\nsurveys:", 1)
    source = source.replace("  delivery: {", "  delivery: {owner: care, ", 1)
    catalogue = read_catalogue(source, name="catalog.yaml").catalogue
    assert catalogue is not None
    assert covers({}, catalogue, None, None)
    care, shop = {"team": ["care"]}, {"location": ["shop-1"]}
    assert covers(care, catalogue, "delivery", "shop-2")
    assert not covers(care, catalogue, "relationship", None)
    assert not covers(care, catalogue, None, None)
    assert covers(shop, catalogue, "relationship", "shop-1")
    assert not covers(shop, catalogue, "delivery", "shop-2")
    assert not covers(shop, catalogue, "delivery", None)
    assert not covers({**care, "product": ["cake"]}, catalogue, "delivery", "shop-1")
