"""Invitations and reminders that are due, decided again together: their persons stay locked meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime

from db import claims, contacts, invitations, opt_outs, trials
from db.claims import ClaimedRow, InvitationFacts, MovedInvitation, SkippedInvitation
from db.contacts import AccountRow
from db.database import Transaction
from db.invitations import Step
from surveys.deciding import contact_of, reachable_account, zone_of
from surveys.due import AskInvitation, Decision, Dropped, Moved, RemindInvitation, SendTo
from surveys.publishing import Catalogues, NoCatalogueError, UnreadableVersionError
from surveys.rating_again import AGAIN
from surveys.rules.asking import (
    OTHER_ACCOUNT,
    Candidate,
    Move,
    PersonFacts,
    Send,
    Skipped,
    Unneeded,
    Waiting,
    decide_again,
    decide_over_limit,
    decide_reminder,
    decide_same_again,
    sample_share,
    survey_of,
)
from surveys.rules.dialogue import speak
from surveys.rules.identity import is_reachable
from surveys.rules.journey import Catalogue, Survey
from surveys.rules.languages import pick
from surveys.rules.placeholders import fill, placeholder_values
from surveys.rules.quarantine import Contact, is_relational, longest_quarantine
from surveys.rules.sending import UNCONFIRMED
from surveys.rules.trials import Given
from surveys.rules.varying import in_force, varied_survey
from surveys.rules.weeks import local_day


class AskingRound:
    """Decides about the asking rows of one claim, each decision seeing the ones before it."""

    def __init__(self, catalogues: Catalogues, channel: str, *, now: datetime) -> None:
        published = catalogues.in_force
        self._catalogues = catalogues
        self._catalogue = published.catalogue
        self._channels = catalogues.channels
        self._version_id = published.version_id
        self._channel = channel
        self._now = now
        self._day = local_day(now, published.catalogue.business.timezone)
        self._left_today = 0
        self._contacts: dict[int, list[Contact]] = defaultdict(list)
        self._opted_out_of: dict[int, frozenset[str]] = {}
        self._other_accounts: dict[int, list[AccountRow]] = defaultdict(list)
        self._asked_under: dict[int, Catalogue] = {}
        self._asked: dict[int, str] = {}
        self._skipped: list[SkippedInvitation] = []
        self._moved: list[MovedInvitation] = []
        self._waiting: list[int] = []
        self._redirected: dict[int, tuple[int, str]] = {}
        self._asked_elsewhere: dict[int, int] = {}
        self._steps: list[Step] = []
        self._in_trial: set[tuple[int, str]] = set()
        self._counted: list[int] = []
        self._left_trial: list[int] = []

    async def decide(self, transaction: Transaction, rows: Sequence[ClaimedRow]) -> dict[int, Decision]:
        """What becomes of each row; those whose person somebody else holds stay due and are left out."""
        found = await claims.lock_invitations(transaction, {row.subject_id for row in rows})
        facts = {one.id: one for one in found}
        missing = [row.subject_id for row in rows if row.subject_id not in facts]
        nobodys = await claims.never_to_be_asked(transaction, missing) if missing else set()
        await self._read(transaction, found, {row.subject_id for row in rows if row.detail == OTHER_ACCOUNT})
        asked = {row.subject_id for row in rows if row.kind == "reminder" or row.reason == UNCONFIRMED}
        await self._read_versions(transaction, {one.catalogue_version_id for one in found if one.id in asked})
        if any(row.kind == "invitation" for row in rows):
            asked_today = await claims.lock_day(transaction, self._day)
            self._left_today = self._catalogue.contact_rules.max_per_day - asked_today
        decisions: dict[int, Decision] = {}
        for row in rows:
            invitation = facts.get(row.subject_id)
            if invitation is None:
                if row.subject_id in nobodys:
                    decisions[row.id] = Dropped("nobody_to_ask")
                continue
            decision = self._how_to_decide(row)(row, invitation)
            if decision is not None:
                decisions[row.id] = decision
        return decisions

    def _how_to_decide(self, row: ClaimedRow) -> Callable[[ClaimedRow, InvitationFacts], Decision | None]:
        if row.kind == "reminder":
            return self._decide_other_account if row.detail == OTHER_ACCOUNT else self._decide_reminder
        return self._decide_same_again if row.reason == UNCONFIRMED else self._decide_invitation

    async def _read(
        self, transaction: Transaction, found: Sequence[InvitationFacts], elsewhere: Collection[int]
    ) -> None:
        persons = {one.person_id for one in found if one.state == "planned"}
        self._opted_out_of = await opt_outs.of_persons(transaction, {one.person_id for one in found})
        since = self._now - longest_quarantine(self._catalogue)
        orders = sorted({one.order_id for one in found if one.order_id is not None})
        for row in await contacts.contacts(transaction, persons, since=since, order_ids=orders):
            self._contacts[row.person_id].append(contact_of(row))
        unreachable = {
            one.person_id
            for one in found
            if one.id in elsewhere or not is_reachable(one.account_channel, one.account_state, self._channels)
        }
        tried = {one.trial for one in found if one.trial is not None}
        if tried:
            self._in_trial |= (await trials.variants_given(transaction, persons, tried)).keys()
        for account in await contacts.accounts_of_persons(transaction, unreachable):
            self._other_accounts[account.person_id].append(account)

    async def _read_versions(self, transaction: Transaction, version_ids: set[int]) -> None:
        """The catalogues that questions were asked under; one that cannot be read any more is left out."""
        for version_id in version_ids:
            with suppress(NoCatalogueError, UnreadableVersionError):
                self._asked_under[version_id] = await self._catalogues.version(transaction, version_id)

    def _decide_invitation(self, row: ClaimedRow, invitation: InvitationFacts) -> Decision | None:
        if invitation.state != "planned":
            return Dropped(invitation.state)
        account_id, channel, chat_id = invitation.account_id, invitation.account_channel, invitation.account_external_id
        reachable = is_reachable(channel, invitation.account_state, self._channels)
        if not reachable:
            other = reachable_account(self._other_accounts[invitation.person_id], self._channels)
            if other is not None:
                reachable = True
                account_id, channel, chat_id = other.id, other.channel, other.external_id
        decision = self._decide_again(invitation, reachable=reachable)
        match decision:
            case Skipped(reason, eligible_at, winner):
                winner_id = winner.invitation_id if winner else None
                self._skipped.append(SkippedInvitation(invitation.id, reason, eligible_at, winner_id))
                self._note(invitation, "skipped", reason, eligible_at)
                self._forget_contact(invitation)
                return Dropped(reason)
            case Waiting(ask_by):
                self._waiting.append(invitation.id)
                self._note(invitation, "waiting", invitation.account_state, ask_by)
                self._forget_contact(invitation)
                return Dropped("waiting")
            case Move(ask_at, reason):
                self._moved.append(MovedInvitation(invitation.id, ask_at, invitation.account_id))
                self._note(invitation, "moved", reason, ask_at)
                self._keep_contact(invitation, ask_at, asked=False)
                return Moved(ask_at, reason)
        if account_id != invitation.account_id:
            ask_at = invitation.ask_at or self._now
            self._moved.append(MovedInvitation(invitation.id, ask_at, account_id))
            self._redirected[row.id] = (account_id, channel)
            if channel != self._channel:
                return None
        return self._ask(invitation, chat_id)

    def _decide_again(self, invitation: InvitationFacts, *, reachable: bool) -> Send | Move | Skipped | Waiting:
        others = [one for one in self._contacts[invitation.person_id] if one.invitation_id != invitation.id]
        candidate = Candidate(
            invitation.event_id,
            invitation.touchpoint,
            invitation.occurred_at,
            invitation.order_id,
            sample_share(invitation.event_id),
            zone_of(self._catalogue, invitation.timezone),
        )
        decision = decide_again(
            self._catalogue,
            candidate,
            self._person(invitation, reachable=reachable, contacts=others),
            ask_by=invitation.ask_by,
            first=invitation.purpose == "first",
            now=self._now,
        )
        if isinstance(decision, Send) and self._left_today <= 0:
            return decide_over_limit(self._catalogue, candidate, ask_by=invitation.ask_by, now=self._now)
        return decision

    def _ask(self, invitation: InvitationFacts, chat_id: int) -> Decision:
        given = in_force(self._catalogue, invitation.touchpoint, invitation.trial, invitation.variant)
        asked_about = survey_of(self._catalogue, invitation.touchpoint, given)
        assert asked_about is not None
        touchpoint, survey = asked_about
        assert touchpoint.survey is not None
        self._left_today -= 1
        self._asked[invitation.id] = touchpoint.survey
        self._take_trial(invitation, given)
        self._keep_contact(invitation, self._now, asked=True)
        return SendTo(
            chat_id,
            AskInvitation(
                invitation_id=invitation.id,
                touchpoint=invitation.touchpoint,
                survey_name=touchpoint.survey,
                survey=survey,
                language=self._language(invitation),
                question_values=self._values(invitation),
                again=invitation.purpose == AGAIN,
            ),
        )

    def _decide_same_again(self, row: ClaimedRow, invitation: InvitationFacts) -> Decision:
        """The question that may have arrived, under the same key: it stays unknown until that is accepted."""
        decision = decide_same_again(
            self._catalogue,
            state=invitation.state,
            person=self._person(
                invitation, reachable=is_reachable(invitation.account_channel, invitation.account_state, self._channels)
            ),
            zone=zone_of(self._catalogue, invitation.timezone),
            now=self._now,
        )
        if isinstance(decision, Unneeded):
            return Dropped(decision.reason)
        asked = self._as_asked(invitation)
        if asked is None:
            return Dropped("no_survey")
        name, survey = asked
        return SendTo(
            invitation.account_external_id,
            AskInvitation(
                invitation_id=invitation.id,
                touchpoint=invitation.touchpoint,
                survey_name=name,
                survey=survey,
                language=self._language(invitation),
                question_values=self._values(invitation),
            ),
        )

    def _take_trial(self, invitation: InvitationFacts, given: Given | None) -> None:
        """Only what a person was asked first counts; what was planned under a trial that is over is asked as ever."""
        if given is None:
            if invitation.trial is not None:
                self._left_trial.append(invitation.id)
            return
        if invitation.purpose == "first" and (invitation.person_id, given.trial) not in self._in_trial:
            self._in_trial.add((invitation.person_id, given.trial))
            self._counted.append(invitation.id)

    def _decide_reminder(self, row: ClaimedRow, invitation: InvitationFacts) -> Decision | None:
        reachable = is_reachable(invitation.account_channel, invitation.account_state, self._channels)
        person = self._person(invitation, reachable=reachable)
        zone = zone_of(self._catalogue, invitation.timezone)
        decision = decide_reminder(
            self._catalogue,
            state=invitation.state,
            expires_at=invitation.expires_at,
            person=person,
            zone=zone,
            now=self._now,
        )
        if isinstance(decision, Unneeded):
            return Dropped(decision.reason)
        if isinstance(decision, Move):
            return Moved(decision.ask_at, decision.reason)
        return self._remind(invitation)

    def _decide_other_account(self, row: ClaimedRow, invitation: InvitationFacts) -> Decision | None:
        """The question once more, by another account of the person; from then on it may be answered in either."""
        accounts = [one for one in self._other_accounts[invitation.person_id] if one.id != invitation.account_id]
        other = reachable_account(accounts, self._channels)
        decision = decide_reminder(
            self._catalogue,
            state=invitation.state,
            expires_at=invitation.expires_at,
            person=self._person(invitation, reachable=other is not None),
            zone=zone_of(self._catalogue, invitation.timezone),
            now=self._now,
        )
        if isinstance(decision, Unneeded):
            return Dropped(decision.reason)
        if isinstance(decision, Move):
            return Moved(decision.ask_at, decision.reason)
        assert other is not None
        if row.recipient != f"account:{other.id}":
            self._redirected[row.id] = (other.id, other.channel)
        if other.channel != self._channel:
            return None
        self._asked_elsewhere[invitation.id] = other.id
        return self._remind(invitation, other)

    def _remind(self, invitation: InvitationFacts, other: AccountRow | None = None) -> Decision:
        """The question that was asked, as it was shown: the catalogue may have changed since."""
        asked = self._as_asked(invitation)
        if asked is None:
            return Dropped("no_survey")
        name, survey = asked
        language = invitation.asked_language or self._language(invitation)
        return SendTo(
            invitation.account_external_id if other is None else other.external_id,
            RemindInvitation(
                invitation_id=invitation.id,
                touchpoint=invitation.touchpoint,
                survey_name=name,
                survey=survey,
                language=language,
                question=invitation.question or fill(pick(survey.question, language), self._values(invitation)),
                reply_to=invitation.message_id if other is None else None,
            ),
        )

    def _as_asked(self, invitation: InvitationFacts) -> tuple[str, Survey] | None:
        """The survey as it was asked, and its name: of the catalogue and the trial's variant of that time."""
        asked_under, name = self._asked_under.get(invitation.catalogue_version_id), invitation.survey
        survey = asked_under.surveys.get(name) if asked_under is not None and name is not None else None
        if asked_under is None or survey is None or name is None:
            return None
        given = in_force(asked_under, invitation.touchpoint, invitation.trial, invitation.variant)
        return name, varied_survey(asked_under, survey, given)

    def _person(self, invitation: InvitationFacts, *, reachable: bool, contacts: Sequence[Contact] = ()) -> PersonFacts:
        """The one who is asked; what they refuse of this touchpoint they refuse of this question."""
        stopped = self._opted_out_of.get(invitation.person_id, frozenset())
        refused = invitation.opted_out_at is not None or invitation.touchpoint in stopped
        return PersonFacts(refused, reachable, contacts, stopped)

    def _language(self, invitation: InvitationFacts) -> str:
        own = invitation.person_id == invitation.customer_person_id
        wishes = (invitation.customer_language, invitation.account_language)
        return speak(
            self._catalogue.business.languages, invitation.person_language, *(wishes if own else reversed(wishes))
        )

    def _values(self, invitation: InvitationFacts) -> dict[str, str]:
        """The question's placeholders; who asked for the parcel is not named to the one who opened it."""
        own = invitation.person_id == invitation.customer_person_id
        return placeholder_values(
            business=self._catalogue.business.name,
            name=invitation.customer_name if own else invitation.account_name,
            order_id=invitation.order_id,
            attributes=invitation.attributes,
        )

    def _forget_contact(self, invitation: InvitationFacts) -> None:
        known = self._contacts[invitation.person_id]
        known[:] = [one for one in known if one.invitation_id != invitation.id]

    def _keep_contact(self, invitation: InvitationFacts, at: datetime, *, asked: bool) -> None:
        self._forget_contact(invitation)
        self._contacts[invitation.person_id].append(
            Contact(
                invitation.id,
                invitation.event_id,
                invitation.touchpoint,
                is_relational(self._catalogue, invitation.touchpoint),
                invitation.order_id,
                invitation.occurred_at,
                0,
                at,
                asked=asked,
                first=invitation.purpose == "first",
            )
        )

    def _note(
        self, invitation: InvitationFacts, step: str, reason: str | None = None, until: datetime | None = None
    ) -> None:
        self._steps.append(Step(invitation.id, self._now, step, reason, until))

    async def store(self, transaction: Transaction) -> None:
        """Write what was decided about the invitations; their rows of the schedule are the claim's matter."""
        await claims.move_invitations(transaction, self._moved, now=self._now)
        await claims.mark_invitations_sending(
            transaction, self._asked, catalogue_version_id=self._version_id, now=self._now
        )
        await trials.count(transaction, self._counted)
        await trials.leave(transaction, self._left_trial)
        await claims.skip_invitations(transaction, self._skipped, now=self._now)
        await claims.put_back_to_waiting(transaction, self._waiting, now=self._now)
        await claims.redirect_rows(transaction, self._redirected)
        await claims.ask_elsewhere(transaction, self._asked_elsewhere)
        await claims.count_asked(transaction, self._day, len(self._asked))
        await invitations.add_steps(transaction, self._steps)
