"""The decisions of one transaction about whom to ask: made in memory, one after the other, then stored together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db import contacts, invitations, opt_outs, schedule, trials
from db.contacts import AccountRow, BindingRow, ContactRow
from db.database import Transaction
from db.invitations import InvitationRecord, Replaced, Step
from db.schedule import ScheduleEntry
from surveys.publishing import Catalogues
from surveys.rules.asking import (
    Candidate,
    Decision,
    PersonFacts,
    Planned,
    Skipped,
    SkipReason,
    Waiting,
    decide,
    sample_share,
)
from surveys.rules.hours import zone_named
from surveys.rules.identity import REACHABLE_STATES, is_reachable
from surveys.rules.journey import Catalogue
from surveys.rules.quarantine import Contact, first_permitted, is_relational, longest_quarantine
from surveys.rules.trials import Given, given_variant
from surveys.rules.varying import trial_at


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A stored event to be decided about; `person_id` is the customer's."""

    id: int
    external_id: str
    touchpoint: str
    occurred_at: datetime
    customer_id: int
    person_id: int
    order_id: str | None
    timezone: str | None
    binding: BindingRow | None = None
    apologised: bool = False


def reachable_account(
    accounts: Iterable[AccountRow], in_use: Collection[str], preferred_id: int | None = None
) -> AccountRow | None:
    """The account to write to: the preferred one, else one that wrote to us, the last used first."""
    reachable = [account for account in accounts if is_reachable(account.channel, account.state, in_use)]
    return min(
        reachable,
        key=lambda account: (
            account.id != preferred_id,
            REACHABLE_STATES.index(account.state),
            -account.last_used_at.timestamp() if account.last_used_at else 0.0,
            account.id,
        ),
        default=None,
    )


def zone_of(catalogue: Catalogue, timezone: str | None) -> ZoneInfo:
    """The customer's own zone when it is known, else the business's."""
    return (zone_named(timezone) if timezone else None) or catalogue.business.timezone


def contact_of(row: ContactRow) -> Contact:
    """The stored invitation as the rules see it."""
    return Contact(
        row.invitation_id,
        row.event_id,
        row.touchpoint,
        row.relational,
        row.order_id,
        row.occurred_at,
        row.priority,
        row.at,
        asked=row.state != "planned",
        first=row.purpose == "first",
    )


class Ledger:
    """Decides about events of persons that are locked (or new), each decision seeing the ones before it."""

    def __init__(self, catalogues: Catalogues, *, now: datetime) -> None:
        published = catalogues.in_force
        self._published = published
        self._catalogue = published.catalogue
        self._channels = catalogues.channels
        self._now = now
        self._opted_out: set[int] = set()
        self._opted_out_of: dict[int, frozenset[str]] = {}
        self._accounts: dict[int, list[AccountRow]] = defaultdict(list)
        self._contacts: dict[int, list[Contact]] = defaultdict(list)
        self._variants: dict[tuple[int, str], str] = {}
        self._records: dict[int, InvitationRecord] = {}
        self._stored: set[int] = set()
        self._replaced: list[Replaced] = []
        self._steps: list[Step] = []
        self._entries: dict[int, ScheduleEntry] = {}
        self._relational = {name: is_relational(self._catalogue, name) for name in self._catalogue.touchpoints}

    async def read(
        self,
        transaction: Transaction,
        person_ids: set[int],
        order_ids: Sequence[str],
        *,
        without: frozenset[int] = frozenset(),
    ) -> None:
        """Lock the persons and read what they were asked, `without` the invitations that are decided anew."""
        if not person_ids:
            return
        since = self._now - longest_quarantine(self._catalogue)
        for person in await contacts.lock_persons(transaction, person_ids):
            if person.opted_out_at is not None:
                self._opted_out.add(person.id)
        self._opted_out_of.update(await opt_outs.of_persons(transaction, person_ids))
        for account in await contacts.accounts_of_persons(transaction, person_ids):
            self._accounts[account.person_id].append(account)
        for row in await contacts.contacts(transaction, person_ids, since=since, order_ids=order_ids):
            if row.invitation_id not in without:
                self._contacts[row.person_id].append(contact_of(row))
        if self._catalogue.trials:
            self._variants |= await trials.variants_given(transaction, person_ids, self._catalogue.trials)

    def add_account(self, account: AccountRow) -> None:
        """An account that is new in this transaction."""
        self._accounts[account.person_id].append(account)

    def account_for(self, event: EventFacts) -> AccountRow | None:
        """Whom one would write to about the event."""
        person_id = event.binding.person_id if event.binding else event.person_id
        preferred_id = event.binding.account_id if event.binding else None
        return reachable_account(self._accounts[person_id], self._channels, preferred_id)

    def decide(self, event: EventFacts, invitation_id: int, *, stored: bool = False) -> InvitationRecord:
        """Decide about the event; the record may change again while the ledger is open."""
        person_id = event.binding.person_id if event.binding else event.person_id
        account = self.account_for(event)
        candidate = Candidate(
            event.external_id,
            event.touchpoint,
            event.occurred_at,
            event.order_id,
            sample_share(event.external_id),
            zone_of(self._catalogue, event.timezone),
            event.apologised,
            self._given(event, person_id),
        )
        person = PersonFacts(
            person_id in self._opted_out,
            account is not None,
            self._contacts[person_id],
            self._opted_out_of.get(person_id, frozenset()),
        )
        decision = decide(self._catalogue, candidate, person, now=self._now)
        touchpoint = self._catalogue.touchpoints.get(event.touchpoint)
        record = InvitationRecord(
            id=invitation_id,
            event_id=event.id,
            customer_id=event.customer_id,
            account_id=None,
            touchpoint=event.touchpoint,
            survey=touchpoint.survey if touchpoint else None,
            relational=self._relational.get(event.touchpoint, False),
            priority=touchpoint.priority if touchpoint else 0,
            order_id=event.order_id,
            state="",
        )
        self._records[invitation_id] = record
        if stored:
            self._stored.add(invitation_id)
        self._apply(decision, record, candidate, person_id, account)
        return record

    def _given(self, event: EventFacts, person_id: int) -> Given | None:
        running = trial_at(self._catalogue, event.touchpoint, event.occurred_at) if self._catalogue.trials else None
        return None if running is None else given_variant(*running, person_id, self._variants)

    def _apply(
        self,
        decision: Decision,
        record: InvitationRecord,
        candidate: Candidate,
        person_id: int,
        account: AccountRow | None,
    ) -> None:
        match decision:
            case Waiting(ask_by):
                record.state, record.ask_by = "waiting", ask_by
                if record.id not in self._stored:
                    self._note(record.id, "waiting", until=ask_by)
            case Skipped(reason, eligible_at, winner):
                record.state, record.reason, record.eligible_at = "skipped", reason, eligible_at
                record.winner_id = winner.invitation_id if winner else None
                self._note(record.id, "skipped", reason, eligible_at)
            case Planned(ask_at, ask_by, moved, replaces):
                assert account is not None
                if replaces is not None:
                    self._contacts[person_id].remove(replaces)
                record.state, record.ask_at, record.ask_by = "planned", ask_at, ask_by
                record.account_id = account.id
                if candidate.given is not None:
                    record.trial, record.variant = candidate.given.trial, candidate.given.variant
                self._contacts[person_id].append(
                    Contact(
                        record.id,
                        candidate.event_id,
                        record.touchpoint,
                        record.relational,
                        record.order_id,
                        candidate.occurred_at,
                        record.priority,
                        ask_at,
                        asked=False,
                    )
                )
                self._note(record.id, "planned", moved, ask_at)
                self._entries[record.id] = invitation_entry(record.id, account, ask_at)
                if replaces is not None:
                    self._replace(replaces, record.id, candidate, person_id)

    def _replace(self, loser: Contact, winner_id: int, candidate: Candidate, person_id: int) -> None:
        reason = SkipReason.LOWER_PRIORITY
        eligible = first_permitted(
            self._catalogue, loser.touchpoint, self._contacts[person_id], self._now, candidate.zone
        )
        self._note(loser.invitation_id, "skipped", reason, eligible.at)
        record = self._records.get(loser.invitation_id)
        if record is None:
            self._replaced.append(Replaced(loser.invitation_id, winner_id, eligible.at))
            return
        record.state, record.reason, record.winner_id = "skipped", reason, winner_id
        record.eligible_at, record.account_id, record.ask_at = eligible.at, None, None
        record.trial, record.variant = None, None
        del self._entries[record.id]

    def _note(self, invitation_id: int, step: str, reason: str | None = None, until: datetime | None = None) -> None:
        self._steps.append(Step(invitation_id, self._now, step, reason, until))

    async def store(self, transaction: Transaction) -> None:
        """Write everything that was decided."""
        version_id, now = self._published.version_id, self._now
        await invitations.replace(transaction, self._replaced, reason=SkipReason.LOWER_PRIORITY, now=now)
        await schedule.drop(
            transaction,
            [invitation_key(one.id) for one in self._replaced],
            SkipReason.LOWER_PRIORITY,
            now=now,
        )
        new = [record for record in self._records.values() if record.id not in self._stored]
        known = [record for record in self._records.values() if record.id in self._stored]
        await invitations.add(transaction, new, catalogue_version_id=version_id, now=now)
        await invitations.store_decisions(transaction, known, catalogue_version_id=version_id, now=now)
        await invitations.name_winners(transaction, self._replaced)
        await invitations.add_steps(transaction, self._steps)
        await schedule.drop(
            transaction,
            [invitation_key(record.id) for record in known if record.state != "planned"],
            "decided",
            now=now,
        )
        entries = self._entries
        await schedule.add_new(
            transaction, [entry for subject, entry in entries.items() if subject not in self._stored], now=now
        )
        await schedule.plan(
            transaction, [entry for subject, entry in entries.items() if subject in self._stored], now=now
        )


def invitation_key(invitation_id: int) -> str:
    """The dedupe key of the row that asks the invitation."""
    return f"invitation:{invitation_id}"


def invitation_entry(invitation_id: int, account: AccountRow, due_at: datetime) -> ScheduleEntry:
    """The row that asks the invitation."""
    return ScheduleEntry.to_account("invitation", invitation_id, account.id, account.channel, due_at)


async def decide_waiting(
    transaction: Transaction, catalogues: Catalogues, person_id: int, *, now: datetime
) -> tuple[InvitationRecord, ...]:
    """A step: decide again about what waited for this person, who became reachable; the larger priority first."""
    ledger = Ledger(catalogues, now=now)
    await contacts.lock_persons(transaction, [person_id])
    waiting = await invitations.lock_waiting(transaction, person_id)
    if not waiting:
        return ()
    orders = [(row.customer_id, row.order_id) for row in waiting if row.order_id is not None]
    bindings = {(row.customer_id, row.order_id): row for row in await contacts.bindings(transaction, orders)}
    persons = {row.person_id for row in waiting} | {row.person_id for row in bindings.values()}
    await ledger.read(
        transaction,
        persons,
        [order_id for _, order_id in orders],
        without=frozenset(row.id for row in waiting),
    )
    touchpoints = catalogues.in_force.catalogue.touchpoints
    priority = {name: touchpoint.priority for name, touchpoint in touchpoints.items()}
    waiting.sort(key=lambda row: (-priority.get(row.touchpoint, 0), row.occurred_at, row.event_external_id))
    records = []
    for row in waiting:
        facts = EventFacts(
            row.event_id,
            row.event_external_id,
            row.touchpoint,
            row.occurred_at,
            row.customer_id,
            row.person_id,
            row.order_id,
            row.timezone,
            bindings.get((row.customer_id, row.order_id)) if row.order_id is not None else None,
        )
        records.append(ledger.decide(facts, row.id, stored=True))
    await ledger.store(transaction)
    return tuple(records)
