"""Cases as they are shown: with the words of the catalogue they were asked under."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from db import case_people, cases, incidents
from db.cases import StoredCase
from db.database import Database, Transaction
from db.incidents import ApologyStanding
from surveys.offering import goes_in_person
from surveys.publishing import Catalogues
from surveys.rules.cases import UNSETTLED, CaseCause, CaseState
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import Texts
from surveys.rules.teams import responsible_team
from surveys.talk_views import NOTHING_SAID, CaseTalk, talk_of

EARLIER_SCORES: Final = 3
"""A card's latest scores of the same person."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with the words of the catalogue it was asked under."""

    case: StoredCase
    state: CaseState
    touchpoint_title: Texts
    reason_titles: tuple[Texts, ...]
    metric: Metric | None
    business_name: str
    language: str
    zone: ZoneInfo
    close_reason_title: Texts
    apology: ApologyStanding | None = None
    offer_in_person: Texts | None = None
    talk: CaseTalk = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class EarlierScore:
    """A score the same person gave before, with the touchpoint's title."""

    touchpoint_title: Texts
    metric: Metric
    score: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class EarlierView:
    """What is known of the person besides this case."""

    scores: tuple[EarlierScore, ...]
    cases: int
    unsettled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CaseList:
    """Some of the unsettled cases, oldest first: those behind the first `offset` of all there are."""

    views: tuple[CaseView, ...]
    total: int
    offset: int = 0


async def list_cases(
    database: Database,
    catalogues: Catalogues,
    *,
    states: tuple[CaseState, ...] = UNSETTLED,
    team: str | None = None,
    touchpoint: str | None = None,
    after_id: int = 0,
    limit: int = 100,
) -> tuple[CaseView, ...]:
    """Cases in these states, oldest first."""
    async with database.transaction() as transaction:
        found = await cases.list_in_states(
            transaction,
            [state.value for state in states],
            team=team,
            touchpoint=touchpoint,
            after_id=after_id,
            limit=limit,
        )
        return tuple([await worded(transaction, catalogues, case) for case in found])


async def list_unsettled(
    database: Database, catalogues: Catalogues, *, chats: Collection[str] | None, limit: int, offset: int = 0
) -> CaseList:
    """What is still to be done, oldest first: in the chats of these names, or everywhere with None.

    An `offset` behind the end gives the last of them.
    """
    catalogue, states = catalogues.in_force.catalogue, [state.value for state in UNSETTLED]
    async with database.transaction() as transaction:
        of = None
        if chats is not None:
            belongings = await cases.belongings_in_states(transaction, states)
            of = [belonging for belonging in belongings if chat_name(catalogue, *belonging) in chats]
        total = await cases.count_in_states(transaction, states, of)
        if offset >= total:
            offset = max(total - 1, 0) // limit * limit
        found = await cases.list_in_states(transaction, states, of=of, offset=offset, limit=limit)
        return CaseList(tuple([await worded(transaction, catalogues, case) for case in found]), total, offset)


async def view_case(transaction: Transaction, catalogues: Catalogues, case_id: int) -> CaseView | None:
    """A step: one case with its words and what was said about it."""
    case = await cases.find(transaction, case_id)
    if case is None:
        return None
    return replace(await worded(transaction, catalogues, case), talk=await talk_of(transaction, case_id))


async def worded(transaction: Transaction, catalogues: Catalogues, case: StoredCase) -> CaseView:
    """A step: the case with the words of the catalogue it was asked under."""
    catalogue = catalogues.in_force.catalogue
    asked_under = (
        catalogue
        if case.catalogue_version_id is None
        else await catalogues.version(transaction, case.catalogue_version_id)
    )
    survey = None if case.survey is None else asked_under.surveys.get(case.survey)
    titles: Mapping[str, Texts] = (
        {}
        if survey is None
        else {
            reason.key: reason.title
            for reason in (*survey.reasons.negative, *survey.reasons.neutral, *survey.reasons.positive)
        }
    )
    touchpoint = None if case.touchpoint is None else asked_under.touchpoints.get(case.touchpoint)
    language = catalogue.business.languages[0]
    return CaseView(
        case=case,
        state=CaseState(case.state),
        touchpoint_title=touchpoint.title if touchpoint is not None else {language: case.touchpoint or ""},
        reason_titles=tuple(titles.get(key, {language: key}) for key in case.reasons),
        metric=None if case.metric is None else Metric(case.metric),
        business_name=catalogue.business.name,
        language=language,
        zone=catalogue.business.timezone,
        close_reason_title=_close_reason_title(catalogue, case.close_reason),
        apology=None if case.cause != CaseCause.INCIDENT else await incidents.standing(transaction, case.id),
        offer_in_person=await _offer_in_person(transaction, catalogues, case),
    )


async def view_earlier(transaction: Transaction, catalogues: Catalogues, case: StoredCase) -> EarlierView:
    """A step: the person's latest scores and their other complaints."""
    found = await case_people.earlier(transaction, case, answers=EARLIER_SCORES)
    touchpoints = catalogues.in_force.catalogue.touchpoints
    return EarlierView(
        tuple(
            EarlierScore(
                touchpoints[one.touchpoint].title if one.touchpoint in touchpoints else {},
                Metric(one.metric),
                one.score,
                one.answered_at,
            )
            for one in found.answers
        ),
        found.cases,
        found.unsettled,
    )


async def _offer_in_person(transaction: Transaction, catalogues: Catalogues, case: StoredCase) -> Texts | None:
    """What staff may offer about an incident themselves: the bot must not send it to this customer."""
    catalogue = catalogues.in_force.catalogue
    configured = catalogue.touchpoints.get(case.touchpoint or "")
    if case.cause != CaseCause.INCIDENT or configured is None or CaseState(case.state) not in UNSETTLED:
        return None
    pool = catalogue.recovery.pools.get(configured.incident.offer or "")
    return pool.title if pool is not None and await goes_in_person(transaction, catalogues, case.id) else None


def _close_reason_title(catalogue: Catalogue, key: str | None) -> Texts:
    """How the case was put right; a key the catalogue does not have (any more) stands for itself."""
    if key is None:
        return {}
    titles = {reason.key: reason.title for reason in catalogue.recovery.close_reasons}
    return titles.get(key, {catalogue.business.languages[0]: key})


def chat_name(catalogue: Catalogue, team: str, touchpoint: str | None) -> str:
    """The catalogue's name of the chat in which a case of this team about this touchpoint is worked."""
    known = catalogue.recovery.teams.get(team)
    return responsible_team(catalogue, touchpoint).team.chat if known is None else known.chat
