"""Customers who begin themselves: a QR code or a short link opens the survey of a touchpoint at a place.

Such an answer neither obeys nor starts quarantine; docs/decisions/0021-entry-points.md tells what counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connections, entry_points, events, invitations, people, responses
from db.database import Database, Transaction
from db.entry_points import LastEntry
from db.entry_points import StoredEntryPoint as EntryPoint
from db.events import NewEvent
from db.invitations import InvitationRecord
from db.people import StoredAccount
from surveys.actors import Actor, language_of, meet
from surveys.answer_views import AnswerView
from surveys.answering import Recognised, current_view, recognise
from surveys.publishing import Catalogues
from surveys.rules.asking import survey_of
from surveys.rules.entering import Answered, Begin, Earlier, ShowAgain, entering_again
from surveys.rules.incoming import ENTRY_EVENT_PREFIX
from surveys.rules.journey import Catalogue, Survey, Touchpoint
from surveys.rules.languages import pick
from surveys.rules.placeholders import fill, placeholder_values
from surveys.rules.quarantine import is_relational

__all__ = [
    "Entered",
    "EntryCounted",
    "EntryPoint",
    "EntryPointError",
    "EntryUnknown",
    "EntryView",
    "enter",
    "is_entry_key",
    "list_entry_points",
    "make_entry_point",
    "note_shown",
    "revoke_entry_point",
]

ENTRY_KEY = "at-"
"""Begins the start key of an entry point; personal links have none of their length."""

SOURCE = "qr"
"""The attribute `source` of the events that scanning makes."""

LONGEST_LOCATION = 100

_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CHARACTERS_OF_A_TOKEN = 14


class EntryPointError(ValueError):
    """No entry point can be made so; the message names the fix."""


@dataclass(frozen=True, slots=True)
class EntryUnknown:
    """There is no such entry point, or no more."""

    language: str


@dataclass(frozen=True, slots=True)
class EntryCounted:
    """Their answer about this touchpoint was counted lately; another one would not be."""

    language: str


@dataclass(frozen=True, slots=True)
class Entered:
    """They see the question at once; `view` is where its dialogue stands."""

    language: str
    invitation_id: int
    view: AnswerView


EntryView = Entered | EntryCounted | EntryUnknown


async def make_entry_point(
    database: Database, catalogues: Catalogues, touchpoint: str, location: str | None, *, now: datetime
) -> EntryPoint:
    """The entry point of a touchpoint, at a place or anywhere; asking again gives the same one.

    Raises EntryPointError for a touchpoint that asks nothing, or only every so often.
    """
    catalogue = catalogues.in_force.catalogue
    asked = survey_of(catalogue, touchpoint)
    able = [name for name, one in catalogue.touchpoints.items() if one.survey and one.every is None]
    if asked is None or touchpoint not in able:
        raise EntryPointError(f"there is no touchpoint “{touchpoint}” that asks something; these do: {', '.join(able)}")
    place = " ".join(location.split()) if location is not None else None
    if place is not None and not 0 < len(place) <= LONGEST_LOCATION:
        raise EntryPointError(f"the location takes 1 to {LONGEST_LOCATION} characters, as the events name it")
    token = "".join(secrets.choice(_CHARACTERS) for _ in range(_CHARACTERS_OF_A_TOKEN))
    async with database.transaction() as transaction:
        return await entry_points.ensure(transaction, token, touchpoint, place, now=now)


async def list_entry_points(database: Database) -> tuple[EntryPoint, ...]:
    """All of them, those revoked too."""
    async with database.autocommit() as statement:
        return tuple(await entry_points.listed(statement))


async def revoke_entry_point(database: Database, token: str, *, now: datetime) -> bool:
    """End an entry point: who scans it is told so. False when there is none in force."""
    async with database.autocommit() as statement:
        return await entry_points.revoke(statement, token.removeprefix(ENTRY_KEY), now=now)


def is_entry_key(key: str | None) -> bool:
    """Whether a start key is an entry point's, and no personal link's."""
    return key is not None and key.startswith(ENTRY_KEY)


async def enter(database: Database, catalogues: Catalogues, actor: Actor, key: str, *, now: datetime) -> EntryView:
    """Somebody scanned a code: they are asked at once, by an event of its own.

    An open question is shown once more, an answer of late is thanked for; neither makes a second event.
    """
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        language = language_of(catalogues, account, actor)
        point = await entry_points.opened(transaction, key.removeprefix(ENTRY_KEY))
        asked = None if point is None else survey_of(catalogues.in_force.catalogue, point.touchpoint)
        if point is None or asked is None:
            return EntryUnknown(language)
        await connections.add(transaction, account.id, SOURCE, now=now)
        touchpoint, survey = asked
        entries = await entry_points.entries_of(transaction, account.person_id, point.touchpoint)
        match entering_again(_earlier(entries, account.id, point.token), touchpoint.quarantine, now):
            case Answered():
                return EntryCounted(language)
            case ShowAgain(invitation_id):
                return await _entered(transaction, catalogues, actor, invitation_id, now)
            case Begin():
                invitation_id = await _begin(
                    transaction,
                    catalogues,
                    account,
                    point,
                    touchpoint=touchpoint,
                    survey=survey,
                    language=language,
                    now=now,
                )
                return await _entered(transaction, catalogues, actor, invitation_id, now)


async def note_shown(database: Database, invitation_id: int, message_id: int, *, now: datetime) -> None:
    """The question reached who scanned: until then nobody knew."""
    async with database.autocommit() as statement:
        await entry_points.shown(statement, invitation_id, message_id, now=now)


def _earlier(entries: Sequence[LastEntry], account_id: int, token: str) -> list[Earlier]:
    return [
        Earlier(
            entry.invitation_id,
            entry.state,
            entry.expires_at,
            entry.answered_at,
            same_place=(entry.account_id, entry.token) == (account_id, token),
        )
        for entry in entries
    ]


async def _entered(
    transaction: Transaction, catalogues: Catalogues, actor: Actor, invitation_id: int, now: datetime
) -> Entered:
    asked = await recognise(transaction, catalogues, actor, await responses.asked(transaction, invitation_id))
    # It is an invitation of this very account, read under its lock.
    assert isinstance(asked, Recognised)
    return Entered(asked.question.language, invitation_id, current_view(asked, now))


async def _begin(
    transaction: Transaction,
    catalogues: Catalogues,
    account: StoredAccount,
    point: EntryPoint,
    *,
    touchpoint: Touchpoint,
    survey: Survey,
    language: str,
    now: datetime,
) -> int:
    catalogue = catalogues.in_force.catalogue
    number = await entry_points.count_entries(transaction, account.id, point.token) + 1
    [event_id], [invitation_id] = await invitations.take_ids(transaction, 1)
    customer_id = await people.sole_customer(transaction, account.person_id)
    attributes = {"source": SOURCE} | ({} if point.location is None else {"location": point.location})
    event = NewEvent(
        event_id,
        f"{ENTRY_EVENT_PREFIX}{point.token}:{account.id}:{number}",
        point.touchpoint,
        now,
        customer_id,
        None,
        None,
        None,
        attributes,
    )
    await events.add(transaction, [event], now=now)
    record = InvitationRecord(
        id=invitation_id,
        event_id=event_id,
        customer_id=customer_id,
        account_id=account.id,
        touchpoint=point.touchpoint,
        survey=touchpoint.survey,
        relational=is_relational(catalogue, point.touchpoint),
        priority=touchpoint.priority,
        order_id=None,
        state="unknown",
    )
    await entry_points.begin(
        transaction,
        record,
        token=point.token,
        language=language,
        question=_question(catalogue, survey, account, attributes, language),
        expires_at=now + touchpoint.expires_after,
        catalogue_version_id=catalogues.in_force.version_id,
        now=now,
    )
    return invitation_id


def _question(
    catalogue: Catalogue, survey: Survey, account: StoredAccount, attributes: dict[str, str], language: str
) -> str:
    values = placeholder_values(
        business=catalogue.business.name, name=account.name, order_id=None, attributes=attributes
    )
    return fill(pick(survey.question, language, catalogue.business.languages[0]), values)
