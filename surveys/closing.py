"""Putting it right, in staff's words: why, what the customer was given, and a note, filled in step by step.

What is filled in lies in the database. Each step looks at the case again: somebody may have been faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import case_forms
from db.case_forms import StoredForm
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys.case_views import CaseView, worded
from surveys.moving import Ending, move_case
from surveys.offering import CodeGiven, CodeRefused, give_code, goes_in_person
from surveys.publishing import Catalogues
from surveys.recovery import MoveRefused, NoSuchCase, StaffActor, lock_for_staff
from surveys.rules.cases import CaseState, state_after
from surveys.rules.closing import (
    CODE,
    Draft,
    Entry,
    FormKind,
    FormStep,
    NoteFault,
    fill_in,
    first_draft,
    is_reason_missing,
    note_fault,
    without_code,
)
from surveys.rules.putting_right import Recovery


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as it is filled in so far, with the choices the catalogue has for it.

    `code_in_person`: the customer may not be sent the ticked code, staff hand it over.
    """

    form_id: int
    draft: Draft
    view: CaseView
    recovery: Recovery
    somebody_else_has_it: bool
    code_in_person: bool


@dataclass(frozen=True, slots=True)
class FormOver:
    """The case moved on without this form: it was closed, and `came_back` when it is open again."""

    view: CaseView
    came_back: bool


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """The note says nothing, or too much; the form stands as it was."""

    form: FormView
    fault: NoteFault


@dataclass(frozen=True, slots=True)
class CodeNotGiven:
    """Nothing was closed: no code of the chosen pool can be given."""

    form: FormView
    refused: CodeRefused


@dataclass(frozen=True, slots=True)
class ClosedByForm:
    """The case is closed as the form said."""

    view: CaseView
    kind: FormKind
    code: CodeGiven | None


@dataclass(frozen=True, slots=True)
class FormCancelled:
    """Nothing was changed."""

    view: CaseView


class NoSuchForm(StrEnum):
    """There is no such form (any more), or somebody else fills it in."""

    GONE = "form_gone"
    NOT_YOURS = "form_not_yours"


FormResult = FormView | FormOver | NoteRefused | CodeNotGiven | ClosedByForm | FormCancelled | NoSuchForm | NoSuchCase


async def begin_form(
    database: Database, catalogues: Catalogues, case_id: int, kind: FormKind, actor: StaffActor, *, now: datetime
) -> FormView | MoveRefused | NoSuchCase:
    """Begin to close a case; the form this member of staff had for it is gone."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        if not _may_close(case, kind):
            return MoveRefused(await worded(transaction, catalogues, case))
        form = await case_forms.begin(
            transaction,
            case_id=case.id,
            kind=kind.value,
            actor_id=actor.telegram_id,
            chat_id=actor.chat_id,
            step=first_draft(catalogue.recovery, kind).step.value,
            round_number=case.round,
            now=now,
        )
        filling = _Filling(transaction, catalogues, actor, form, case)
        return await filling.view(filling.draft)


async def form_shown(database: Database, form_id: int, *, chat_id: int, message_id: int) -> None:
    """Remember the message that shows the form: a reply to it is the note."""
    async with database.autocommit() as statement:
        await case_forms.place(statement, form_id, chat_id=chat_id, message_id=message_id)


async def form_of_message(database: Database, chat_id: int, message_id: int) -> int | None:
    """The form this message shows, if it shows one."""
    async with database.autocommit() as statement:
        form = await case_forms.shown_in(statement, chat_id, message_id)
    return None if form is None else form.id


async def fill_in_form(
    database: Database,
    catalogues: Catalogues,
    form_id: int,
    entry: Entry,
    actor: StaffActor,
    *,
    message_id: int | None = None,
) -> FormResult:
    """Take an entry over; `message_id` is the message it was tapped under."""
    recovery = catalogues.in_force.catalogue.recovery
    async with database.transaction() as transaction:
        filling = await _lock(transaction, catalogues, form_id, actor)
        if not isinstance(filling, _Filling):
            return filling
        if message_id not in (None, filling.form.message_id):
            # it was sent, and the process ended before that was written down
            await case_forms.place(transaction, form_id, chat_id=actor.chat_id, message_id=message_id)
        draft = filling.draft
        filled = fill_in(recovery, draft, entry)
        if isinstance(filled, NoteFault):
            return NoteRefused(await filling.view(draft), filled)
        await filling.store(filled)
        return await filling.view(filled)


async def cancel_form(database: Database, catalogues: Catalogues, form_id: int, actor: StaffActor) -> FormResult:
    """Close nothing."""
    async with database.transaction() as transaction:
        filling = await _lock(transaction, catalogues, form_id, actor)
        if not isinstance(filling, _Filling):
            return filling
        await case_forms.end(transaction, form_id)
        return FormCancelled(await worded(transaction, catalogues, filling.case))


async def finish_form(
    database: Database, catalogues: Catalogues, form_id: int, actor: StaffActor, *, now: datetime
) -> FormResult:
    """Close the case as the form says; a code is reserved in the same transaction, or nothing is closed."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        filling = await _lock(transaction, catalogues, form_id, actor)
        if not isinstance(filling, _Filling):
            return filling
        draft = filling.draft
        if is_reason_missing(catalogue.recovery, draft):
            return await filling.view(draft)
        fault = note_fault(draft.note)
        if fault is not None:
            return NoteRefused(await filling.view(draft), fault)
        code: CodeGiven | None = None
        if draft.pool is not None and CODE in draft.given:
            given = await give_code(transaction, catalogues, filling.case, draft.pool, by=actor.mover, now=now)
            if isinstance(given, CodeRefused):
                await filling.store(without_code(draft))
                return CodeNotGiven(await filling.view(without_code(draft)), given)
            code = given
        moved = await move_case(
            transaction,
            catalogues,
            filling.case,
            draft.kind.move,
            by=actor.mover,
            ending=Ending(draft.close_reason, draft.given, draft.note),
            now=now,
        )
        assert moved is not None
        await case_forms.end(transaction, form_id)
        return ClosedByForm(await worded(transaction, catalogues, moved), draft.kind, code)


@dataclass(frozen=True, slots=True)
class _Filling:
    """A form that is being filled in, with its case, both locked."""

    transaction: Transaction
    catalogues: Catalogues
    actor: StaffActor
    form: StoredForm
    case: StoredCase

    @property
    def draft(self) -> Draft:
        """The form as it is stored."""
        form = self.form
        return Draft(FormKind(form.kind), FormStep(form.step), form.close_reason, form.given, form.pool, form.note)

    async def store(self, draft: Draft) -> None:
        """Keep what was filled in."""
        await case_forms.store(
            self.transaction,
            self.form.id,
            step=draft.step.value,
            close_reason=draft.close_reason,
            given=draft.given,
            pool=draft.pool,
            note=draft.note,
        )

    async def view(self, draft: Draft) -> FormView:
        """The form as it is shown."""
        return FormView(
            self.form.id,
            draft,
            await worded(self.transaction, self.catalogues, self.case),
            self.catalogues.in_force.catalogue.recovery,
            somebody_else_has_it=self.case.claimed_by not in (None, self.actor.telegram_id),
            code_in_person=CODE in draft.given
            and await goes_in_person(self.transaction, self.catalogues, self.case.id),
        )


async def _lock(
    transaction: Transaction, catalogues: Catalogues, form_id: int, actor: StaffActor
) -> _Filling | FormOver | NoSuchForm | NoSuchCase:
    """The case and then its form, while they belong together; nobody fills in the form of somebody else."""
    known = await case_forms.find(transaction, form_id)
    if known is None:
        return NoSuchForm.GONE
    if known.actor_id != actor.telegram_id:
        return NoSuchForm.NOT_YOURS
    case = await lock_for_staff(transaction, catalogues.in_force.catalogue, known.case_id, actor)
    if isinstance(case, NoSuchCase):
        return case
    form = await case_forms.lock(transaction, form_id)
    if form is None:
        return NoSuchForm.GONE
    may_close, came_back = _may_close(case, FormKind(form.kind)), case.round != form.round
    if may_close and not came_back:
        return _Filling(transaction, catalogues, actor, form, case)
    await case_forms.end(transaction, form_id)
    return FormOver(await worded(transaction, catalogues, case), came_back=may_close)


def _may_close(case: StoredCase, kind: FormKind) -> bool:
    return state_after(CaseState(case.state), kind.move) is not None
