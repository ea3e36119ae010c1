"""Forms in which staff say how a case was put right, or why it is no complaint."""

from __future__ import annotations

from collections.abc import Mapping

from bot.screens.actions import Action, encode
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.staff_actions import (
    CancelForm,
    ChooseCloseReason,
    ChoosePool,
    FinishForm,
    GoBackInForm,
    GoOnInForm,
    QuickNote,
    TickGiven,
)
from bot.screens.wording import Wording
from surveys.case_views import CaseView
from surveys.closing import (
    ClosedByForm,
    CodeNotGiven,
    FormCancelled,
    FormOver,
    FormResult,
    FormView,
    NoSuchForm,
    NoteRefused,
)
from surveys.recovery import MoveRefused, NoSuchCase
from surveys.rules.cases import GIVEN, CaseState
from surveys.rules.closing import CODE, NOTE_LENGTH, FormKind, FormStep, NoteFault, on_offer
from surveys.rules.languages import Texts, pick

Paragraph = tuple[Run, ...]

_TICK = "✓ "


def form_screen(form: FormView, *, filled_in_by: str | None = None) -> Screen:
    """The form at the step it is at: what was said so far, what is asked next, and the choices for it."""
    wording = Wording(form.view.language)
    draft, number = form.draft, form.view.case.id
    title = "settlement.resolve_title" if draft.kind is FormKind.RESOLVE else "settlement.dismiss_title"
    paragraphs: list[Paragraph] = [(Run(wording.text(title, number=number), Style.BOLD),)]
    if filled_in_by is not None:
        paragraphs.append((Run(wording.text("settlement.whose", name=filled_in_by), Style.ITALIC),))
    if form.somebody_else_has_it:
        name = form.view.case.claimed_by_name or "?"
        paragraphs.append((Run(wording.text("settlement.claimed_by_other", name=name), Style.ITALIC),))
    said = _said_so_far(form, wording)
    if said:
        paragraphs.append((Run("\n".join(said)),))
    if form.code_in_person:
        paragraphs.append((Run(wording.text("settlement.code_in_person"), Style.ITALIC),))
    paragraphs.append((Run(wording.text(_QUESTIONS[draft.kind, draft.step])),))
    return Screen(tuple(paragraphs), (*_choices(form, wording), _ways_out(form, wording)))


def form_result_screen(result: FormResult, *, filled_in_by: str) -> Screen | None:
    """What the form's message shows now; None leaves it as it is."""
    match result:
        case FormView():
            return form_screen(result, filled_in_by=filled_in_by)
        case NoteRefused(form) | CodeNotGiven(form):
            return form_screen(form, filled_in_by=filled_in_by)
        case FormOver():
            return Screen(((Run(_over(result)),),))
        case FormCancelled(view):
            return Screen(((Run(Wording(view.language).text("settlement.cancelled", number=view.case.id)),),))
        case ClosedByForm():
            return _closed_screen(result)
        case NoSuchForm() | NoSuchCase():
            return None


def form_notice(result: FormResult | MoveRefused, language: str) -> str | None:
    """The pop-up for whoever tapped, where the message does not say it, or says it less plainly."""
    wording = Wording(language)
    said: str | None = None
    match result:
        case NoteRefused(_, NoteFault.MISSING):
            said = wording.text("settlement.note_missing")
        case NoteRefused(_, NoteFault.TOO_LONG):
            said = wording.text("settlement.note_too_long", most=wording.number(NOTE_LENGTH))
        case CodeNotGiven(form, refused):
            pool = _title_of_pool(form, refused.pool, wording)
            said = wording.text(f"settlement.refused_{refused.refusal.value}", pool=pool)
        case FormOver():
            said = _over(result)
        case ClosedByForm(view, kind):
            key = "settlement.resolved" if kind is FormKind.RESOLVE else "settlement.dismissed"
            said = wording.text(key, number=view.case.id)
        case MoveRefused(view):
            said = _late(view, wording)
        case NoSuchForm() | NoSuchCase():
            said = wording.text(_NO_SUCH[result])
    return said


_NO_SUCH: Mapping[NoSuchForm | NoSuchCase, str] = {
    NoSuchForm.GONE: "settlement.form_gone",
    NoSuchForm.NOT_YOURS: "settlement.form_not_yours",
    NoSuchCase.ABOUT_YOURSELF: "settlement.about_yourself",
    NoSuchCase.NOT_YOURS: "cases.not_yours",
    NoSuchCase.UNKNOWN: "cases.gone",
}


def said_screen(text: str) -> Screen:
    """One plain sentence, as an answer to a note."""
    return Screen(((Run(text),),))


def given_words(given: tuple[str, ...], wording: Wording) -> str:
    """What the customer was given, as a list."""
    return ", ".join(wording.text(f"settlement.{one}") for one in given)


_QUESTIONS: Mapping[tuple[FormKind, FormStep], str] = {
    (FormKind.RESOLVE, FormStep.REASON): "settlement.ask_reason",
    (FormKind.RESOLVE, FormStep.GIVEN): "settlement.ask_given",
    (FormKind.RESOLVE, FormStep.POOL): "settlement.ask_pool",
    (FormKind.RESOLVE, FormStep.NOTE): "settlement.ask_note",
    (FormKind.DISMISS, FormStep.NOTE): "settlement.ask_short_reason",
}


def _said_so_far(form: FormView, wording: Wording) -> list[str]:
    draft = form.draft
    said = []
    title = _reason_title(form)
    if title:
        said.append(wording.text("settlement.reason", reason=title))
    if draft.given:
        pool = "" if draft.pool is None else _title_of_pool(form, draft.pool, wording)
        words = [
            wording.text("settlement.code_of", pool=pool) if one == CODE and pool else wording.text(f"settlement.{one}")
            for one in draft.given
        ]
        said.append(wording.text("settlement.given", given=", ".join(words)))
    if draft.note:
        said.append(wording.text("settlement.note", note=draft.note))
    return said


def _choices(form: FormView, wording: Wording) -> tuple[ChoiceGroup, ...]:
    form_id, draft = form.form_id, form.draft
    choices: list[Choice] = []
    match draft.step:
        case FormStep.REASON:
            choices = [
                _choice(
                    _ticked(pick(reason.title, wording.language), chosen=reason.key == draft.close_reason),
                    ChooseCloseReason(form_id, place),
                )
                for place, reason in enumerate(form.recovery.close_reasons)
            ]
        case FormStep.GIVEN:
            offered = on_offer(form.recovery)
            choices = [
                _choice(
                    _ticked(wording.text(f"settlement.choice_{one}"), chosen=one in draft.given),
                    TickGiven(form_id, place, 0 if one in draft.given else 1),
                )
                for place, one in enumerate(GIVEN)
                if one in offered
            ]
        case FormStep.POOL:
            choices = [
                _choice(_pool_title(pool.title, name, wording), ChoosePool(form_id, place))
                for place, (name, pool) in enumerate(form.recovery.pools.items())
            ]
        case FormStep.NOTE:
            title = _reason_title(form)
            quick = wording.text("settlement.quick_note", reason=title)
            choices = [_choice(quick, QuickNote(form_id))] if title and not draft.note else []
    return (ChoiceGroup(Arrangement.LIST, tuple(choices)),) if choices else ()


def _ways_out(form: FormView, wording: Wording) -> ChoiceGroup:
    form_id, draft = form.form_id, form.draft
    ways = []
    has_step_before = draft.step is not FormStep.REASON and draft.kind is FormKind.RESOLVE
    if has_step_before and (draft.step is not FormStep.GIVEN or form.recovery.close_reasons):
        ways.append(_choice(wording.text("settlement.back"), GoBackInForm(form_id)))
    if draft.step is FormStep.GIVEN:
        ways.append(_choice(wording.text("settlement.next"), GoOnInForm(form_id), Tone.POSITIVE))
    if draft.step is FormStep.NOTE:
        key = "settlement.finish_resolve" if draft.kind is FormKind.RESOLVE else "settlement.finish_dismiss"
        ways.append(_choice(wording.text(key), FinishForm(form_id), Tone.POSITIVE))
    ways.append(_choice(wording.text("settlement.cancel"), CancelForm(form_id)))
    return ChoiceGroup(Arrangement.ROW, tuple(ways))


def _closed_screen(closed: ClosedByForm) -> Screen:
    view, case = closed.view, closed.view.case
    wording = Wording(view.language)
    key = "settlement.resolved" if closed.kind is FormKind.RESOLVE else "settlement.dismissed"
    paragraphs: list[Paragraph] = [(Run(wording.text(key, number=case.id), Style.BOLD),)]
    if closed.code is not None:
        pool = pick(closed.code.pool.title, view.language)
        if closed.code.in_person:
            hint = Run(wording.text("settlement.hand_over", pool=pool))
            paragraphs.append((hint, Run(closed.code.code, Style.CODE)))
        else:
            paragraphs.append((Run(wording.text("settlement.code_sent", pool=pool)),))
    return Screen(tuple(paragraphs))


def _over(over: FormOver) -> str:
    wording = Wording(over.view.language)
    if over.came_back:
        return wording.text("settlement.over_came_back", number=over.view.case.id)
    return _late(over.view, wording)


def _late(view: CaseView, wording: Wording) -> str:
    number, name = view.case.id, view.case.resolved_by_name or "?"
    match view.state:
        case CaseState.RESOLVED:
            return wording.text("settlement.over_resolved", number=number, name=name)
        case CaseState.DISMISSED:
            return wording.text("settlement.over_dismissed", number=number, name=name)
        case CaseState.CONFIRMED:
            return wording.text("settlement.over_confirmed", number=number)
        case _:
            return wording.text("settlement.over_came_back", number=number)


def _reason_title(form: FormView) -> str:
    titles = {reason.key: reason.title for reason in form.recovery.close_reasons}
    return pick(titles.get(form.draft.close_reason or "", {}), form.view.language)


def _title_of_pool(form: FormView, name: str, wording: Wording) -> str:
    pool = form.recovery.pools.get(name)
    return name if pool is None else _pool_title(pool.title, name, wording)


def _pool_title(title: Texts, name: str, wording: Wording) -> str:
    return pick(title, wording.language) or name


def _ticked(label: str, *, chosen: bool) -> str:
    return _TICK + label if chosen else label


def _choice(label: str, action: Action, tone: Tone = Tone.NEUTRAL) -> Choice:
    return Choice(label, encode(action), tone=tone)
