"""What a trial may say, and when: nothing before both variants have the planned n, and never anything else after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.screens.trials_json import build_trials_document
from db.database import Database
from surveys.publishing import Catalogues, publish
from surveys.rules.trial_verdicts import TrialVerdict
from surveys.rules.trials import VariantName
from surveys.trials import TrialState, TrialView, list_trials

A, B = VariantName
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
EXPIRES = timedelta(days=7)
PLANNED = 40

CATALOGUE = """
business: {name: Пекарня, timezone: UTC, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: csat, ask_after: PT2H, expires_after: P7D}
  visit: {title: {ru: Визит, en: Visit}, survey: nps, ask_after: PT2H, expires_after: P7D}
surveys:
  csat: {metric: csat, question: {ru: "Как?", en: "How?"}}
  nps: {metric: nps, question: {ru: "Посоветуете?", en: "Recommend?"}}
trials:
  later:
    touchpoint: delivery
    measure: response_rate
    from: 2026-12-01
    variants: {b: {ask_after: PT4H}}
    planned: 40
  words:
    touchpoint: visit
    measure: score
    from: 2026-12-01
    variants: {b: {question: {ru: "Расскажете о нас?", en: "Would you tell others?"}}}
    planned: 40
"""


@dataclass
class Trials:
    database: Database
    catalogues: Catalogues
    made: int = 0

    async def sent(
        self,
        variant: VariantName,
        count: int,
        *,
        answered: int = 0,
        score: int = 5,
        at: datetime = START,
        expires_after: timedelta = EXPIRES,
        trial: str = "later",
        counts: bool = True,
    ) -> None:
        """So many questions, a minute apart; the first of them answered."""
        touchpoint, metric = ("delivery", "csat") if trial == "later" else ("visit", "nps")
        async with self.database.transaction() as transaction:
            await transaction.run(
                """
                with numbered as (
                    select n, $6::timestamptz + n * interval '1 minute' as at, n <= $3::int as is_answered
                      from generate_series(1, $2::int) n
                ), happened as (
                    insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at)
                    select 'e-' || ($1::int + n), $4, at, at from numbered returning id, external_id
                ), asked as (
                    insert into invitations (event_id, touchpoint, survey, state, sent_at, expires_at, answered_at,
                                             message_id, catalogue_version_id, changed_at, trial, variant,
                                             counts_in_trial)
                    select h.id, $4, 'x', case when is_answered then 'answered' else 'sent' end, at,
                           at + $7::interval, case when is_answered then at end, n, $8, at, $9, $10, $11
                      from numbered join happened h on h.external_id = 'e-' || ($1::int + n)
                    returning id, answered_at, state
                )
                insert into responses (invitation_id, touchpoint, survey, metric, score, given_by, answered_at,
                                       changed_at)
                select id, $4, 'x', $12, $5, 'tap', answered_at, answered_at from asked where state = 'answered'
                """,
                self.made,
                count,
                answered,
                touchpoint,
                score,
                at,
                expires_after,
                self.catalogues.in_force.version_id,
                trial,
                variant.value,
                counts,
                metric,
            )
        self.made += count

    async def some_answer(self, seed: int, now: datetime) -> None:
        """About one in ten of those whose question is open answers now."""
        async with self.database.transaction() as transaction:
            await transaction.run(
                """
                with answered as (
                    update invitations set state = 'answered', answered_at = $2
                     where state = 'sent' and expires_at > $2 and abs(hashtext($1::int || ':' || id || $2)) % 10 = 0
                    returning id
                )
                insert into responses (invitation_id, touchpoint, survey, metric, score, given_by, answered_at,
                                       changed_at)
                select id, 'delivery', 'x', 'csat', 5, 'tap', $2, $2 from answered
                """,
                seed,
                now,
            )

    async def rate_of_first(self, variant: VariantName, count: int) -> float:
        """The response rate of the first so many questions."""
        async with self.database.transaction() as transaction:
            states = await transaction.rows(
                "select state from invitations where variant = $1 order by sent_at, id limit $2", variant.value, count
            )
        return 100 * sum(row["state"] == "answered" for row in states) / len(states)

    async def view(self, now: datetime, trial: str = "later") -> TrialView:
        report = await list_trials(self.database, self.catalogues, now=now)
        return next(one for one in report.trials if one.key == trial)


@pytest_asyncio.fixture
async def trials(database: Database) -> Trials:
    await publish(database, CATALOGUE, now=START)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Trials(database, catalogues)


async def test_nothing_is_said_of_the_difference_until_both_have_the_planned_n(trials: Trials) -> None:
    await trials.sent(A, PLANNED + 5, answered=4)
    await trials.sent(B, PLANNED - 1, answered=30)
    now = START + EXPIRES + 2 * DAY
    view = await trials.view(now)
    assert (view.state, view.missing(A), view.missing(B), view.result) == (TrialState.RUNNING, 0, 1, None)
    await trials.sent(B, 1, answered=1, at=START + DAY)
    early = await trials.view(START + DAY + EXPIRES)
    assert (early.missing(B), early.result) == (1, None), "it may still be answered for another minute"
    report = await list_trials(trials.database, trials.catalogues, now=START + DAY + EXPIRES)
    (document,) = [one for one in build_trials_document(report)["trials"] if one["trial"] == "later"]  # type: ignore[union-attr, index, call-overload]
    told = {key: document[key] for key in ("difference", "low", "high", "p_value", "verdict")}  # type: ignore[index]
    assert set(told.values()) == {None}
    assert "answered" not in str(document)
    assert all(one["value"] is None for one in document["variants"].values())  # type: ignore[index, union-attr, call-overload]
    decided = await trials.view(START + DAY + EXPIRES + MINUTE)
    assert decided.state is TrialState.DECIDED
    assert decided.result is not None
    assert decided.result.a.value == pytest.approx(10)
    assert decided.result.b.value == pytest.approx(100 * 31 / 40)
    assert decided.result.verdict is TrialVerdict.B


async def test_what_comes_after_the_planned_n_changes_nothing(trials: Trials) -> None:
    await trials.sent(A, PLANNED, answered=20)
    await trials.sent(B, PLANNED, answered=21)
    now = START + EXPIRES + DAY
    first = await trials.view(now)
    assert first.result is not None
    assert first.result.verdict is TrialVerdict.NO_REAL_DIFFERENCE
    await trials.sent(B, 300, answered=300, at=START + DAY)
    await trials.sent(A, 200, answered=0, at=START + DAY, expires_after=MINUTE)
    await trials.sent(B, 20, answered=20, at=START - DAY, counts=False)
    for later in (now, now + EXPIRES, now + 100 * DAY):
        assert await trials.view(later) == first
    async with trials.database.transaction() as transaction:
        await transaction.run("update invitations set state = 'expired' where state = 'sent'")
    await publish(trials.database, CATALOGUE.partition("trials:")[0], now=now)
    await trials.catalogues.refresh(trials.database)
    assert await trials.view(now + DAY) == replace(first, stopped_at=now), "nor does taking the trial out"


@pytest.mark.parametrize("seed", range(3))
async def test_the_verdict_of_a_trial_looked_at_every_day_never_changes(trials: Trials, seed: int) -> None:
    seen = []
    for day in range(25):
        now = START + day * DAY
        await trials.sent(A, 3 + (day * 7 + seed) % 4, at=now)
        await trials.sent(B, 2 + (day * 5 + seed) % 6, at=now, expires_after=(7 - day % 3) * DAY)
        await trials.some_answer(seed, now + timedelta(hours=5))
        seen.append(await trials.view(now + timedelta(hours=6)))
    results = [view.result for view in seen if view.result is not None]
    assert 3 < len(results) < 20
    assert results == [results[0]] * len(results)
    assert [view.split for view in seen[-len(results) :]] == [seen[-1].split] * len(results)
    assert results[0].a.value == pytest.approx(await trials.rate_of_first(A, PLANNED))
    assert results[0].b.value == pytest.approx(await trials.rate_of_first(B, PLANNED))


async def test_a_question_that_is_still_open_holds_back_those_sent_after_it(trials: Trials) -> None:
    await trials.sent(A, PLANNED, answered=20)
    await trials.sent(B, 1, expires_after=30 * DAY)
    await trials.sent(B, PLANNED, answered=40, at=START + DAY)
    waiting = await trials.view(START + 29 * DAY)
    assert (waiting.missing(A), waiting.missing(B), waiting.result) == (0, PLANNED, None)
    decided = await trials.view(START + 31 * DAY)
    assert decided.result is not None
    assert decided.result.b.value == pytest.approx(100 * 39 / 40)


async def test_a_score_counts_answers_in_the_order_of_their_questions(trials: Trials) -> None:
    for variant, score in ((A, 10), (B, 3)):
        await trials.sent(variant, 60, answered=PLANNED, score=score, trial="words")
        await trials.sent(variant, 50, answered=50, score=8, at=START + DAY, trial="words")
    changeable = await trials.view(START + EXPIRES + MINUTE * (PLANNED + 1), "words")
    assert changeable.result is None, "a score given at the last moment may be changed for a day"
    view = await trials.view(START + EXPIRES + DAY + MINUTE * (PLANNED + 1), "words")
    assert view.result is not None
    assert (view.result.a.value, view.result.b.value, view.result.difference) == (100, -100, -200)
    assert view.result.verdict is TrialVerdict.A


async def test_a_split_nobody_planned_is_not_trusted(trials: Trials) -> None:
    await trials.sent(A, 100, answered=80)
    await trials.sent(B, PLANNED, answered=10, at=START + timedelta(hours=2))
    view = await trials.view(START + EXPIRES + DAY)
    assert view.result is not None
    assert (view.split.a, view.split.b, view.split.is_suspicious) == (100, 40, True)
    assert view.result.verdict is TrialVerdict.NOT_TRUSTWORTHY


async def test_the_pace_says_when_it_will_be_enough_and_a_trial_taken_out_has_none(trials: Trials) -> None:
    await trials.sent(A, 20)
    await trials.sent(B, 10)
    now = START + MINUTE + 4 * DAY
    view = await trials.view(now)
    # 10 of b in four days: 30 more take twelve, and the last has a week to be answered
    assert view.reached_about == now + 12 * DAY + EXPIRES
    await publish(trials.database, CATALOGUE.partition("trials:")[0], now=now)
    await trials.catalogues.refresh(trials.database)
    stopped = await trials.view(now + 20 * DAY)
    assert (stopped.state, stopped.stopped_at, stopped.reached_about) == (TrialState.STOPPED, now, None)
    assert (stopped.missing(A), stopped.missing(B), stopped.result) == (20, 30, None)


async def test_a_trial_to_come_says_so_and_one_that_never_began_is_gone(trials: Trials) -> None:
    catalogue = (
        CATALOGUE.partition("trials:")[0]
        + "trials:\n"
        + CATALOGUE.partition("trials:\n")[2]
        .replace("later:", "soon:", 1)
        .replace("from: 2026-12-01", "from: 2026-12-20", 1)
    )
    await publish(trials.database, catalogue, now=START + DAY)
    await trials.catalogues.refresh(trials.database)
    assert (await trials.view(START + DAY, "soon")).state is TrialState.TO_COME
    assert (await trials.view(START + 20 * DAY, "soon")).state is TrialState.RUNNING
    await publish(trials.database, CATALOGUE.partition("trials:")[0], now=START + 2 * DAY)
    await trials.catalogues.refresh(trials.database)
    report = await list_trials(trials.database, trials.catalogues, now=START + 30 * DAY)
    assert {one.key for one in report.trials} == {"later", "words"}
