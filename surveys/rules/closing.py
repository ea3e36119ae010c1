"""What staff say when they close a case: why, what the customer was given, and a note, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from surveys.rules.cases import GIVEN, CaseMove
from surveys.rules.languages import Texts, pick
from surveys.rules.putting_right import Recovery

NOTE_LENGTH = 2_000
"""Characters of a note; a longer one is refused, not cut."""

CODE = "code"
"""The one of GIVEN that needs a pool."""


class FormKind(StrEnum):
    """What the form ends in."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"

    @property
    def move(self) -> CaseMove:
        """The move it makes."""
        return CaseMove.RESOLVE if self is FormKind.RESOLVE else CaseMove.DISMISS


class FormStep(StrEnum):
    """What the form asks for."""

    REASON = "reason"
    GIVEN = "given"
    POOL = "pool"
    NOTE = "note"


class NoteFault(StrEnum):
    """Why a note is not taken."""

    MISSING = "missing"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it is filled in so far."""

    kind: FormKind
    step: FormStep
    close_reason: str | None = None
    given: tuple[str, ...] = ()
    pool: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenReason:
    """The close reason at this place of the catalogue's."""

    place: int


@dataclass(frozen=True, slots=True)
class TickedGiven:
    """What stands at this place of GIVEN was given, or was not."""

    place: int
    ticked: bool


@dataclass(frozen=True, slots=True)
class ChosenPool:
    """A code of the pool at this place of the catalogue's."""

    place: int


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note, as somebody wrote it."""

    text: str | None


@dataclass(frozen=True, slots=True)
class ReasonAsNote:
    """The close reason's own words, in this language, are note enough."""

    language: str


class Turn(StrEnum):
    """To another step."""

    ON = "on"
    BACK = "back"


Entry = ChosenReason | TickedGiven | ChosenPool | WrittenNote | ReasonAsNote | Turn
"""What staff fill in."""


def fill_in(recovery: Recovery, draft: Draft, entry: Entry) -> Draft | NoteFault:
    """The form after an entry; one that does not fit changes nothing."""
    filled: Draft | NoteFault
    match entry:
        case ChosenReason(place):
            filled = _choose_reason(recovery, draft, place)
        case TickedGiven(place, ticked):
            filled = _tick_given(recovery, draft, place, ticked=ticked)
        case ChosenPool(place):
            filled = _choose_pool(recovery, draft, place)
        case WrittenNote(text):
            filled = _write_note(draft, text)
        case ReasonAsNote(language):
            filled = _write_note(draft, pick(_reason_title(recovery, draft), language))
        case Turn.ON:
            filled = replace(draft, step=FormStep.NOTE) if draft.step is FormStep.GIVEN else draft
        case Turn.BACK:
            filled = _go_back(recovery, draft)
    return filled


def first_draft(recovery: Recovery, kind: FormKind) -> Draft:
    """An empty form: a catalogue without close reasons does not ask for one, and a dismissal is a note alone."""
    if kind is FormKind.DISMISS:
        return Draft(kind, FormStep.NOTE)
    return Draft(kind, FormStep.REASON if recovery.close_reasons else FormStep.GIVEN)


def _choose_reason(recovery: Recovery, draft: Draft, place: int) -> Draft:
    """The reason at this place of the catalogue's; one that is not there changes nothing."""
    if draft.kind is not FormKind.RESOLVE or not 0 <= place < len(recovery.close_reasons):
        return draft
    return replace(draft, close_reason=recovery.close_reasons[place].key, step=FormStep.GIVEN)


def on_offer(recovery: Recovery) -> tuple[str, ...]:
    """What may be ticked as given: a promo code only where there are pools."""
    return tuple(one for one in GIVEN if one != CODE or recovery.pools)


def _tick_given(recovery: Recovery, draft: Draft, place: int, *, ticked: bool) -> Draft:
    """Tick or untick what stands at this place of GIVEN. Of several pools of codes, one has to be chosen next."""
    if draft.kind is not FormKind.RESOLVE or not 0 <= place < len(GIVEN) or GIVEN[place] not in on_offer(recovery):
        return draft
    what = GIVEN[place]
    pool = draft.pool
    if what == CODE:
        if ticked and len(recovery.pools) > 1:
            return replace(draft, step=FormStep.POOL)
        pool = next(iter(recovery.pools)) if ticked else None
    kept = tuple(one for one in GIVEN if (ticked if one == what else one in draft.given))
    return replace(draft, given=kept, pool=pool, step=FormStep.GIVEN)


def _choose_pool(recovery: Recovery, draft: Draft, place: int) -> Draft:
    """Give a code of the pool at this place; one that is not there changes nothing."""
    names = tuple(recovery.pools)
    if draft.kind is not FormKind.RESOLVE or not 0 <= place < len(names):
        return draft
    given = tuple(one for one in GIVEN if one == CODE or one in draft.given)
    return replace(draft, given=given, pool=names[place], step=FormStep.GIVEN)


def without_code(draft: Draft) -> Draft:
    """No code after all: back to what is given."""
    return replace(draft, given=tuple(one for one in draft.given if one != CODE), pool=None, step=FormStep.GIVEN)


def _go_back(recovery: Recovery, draft: Draft) -> Draft:
    """One step back; the first stays."""
    if draft.kind is FormKind.DISMISS:
        return draft
    if draft.step in (FormStep.NOTE, FormStep.POOL):
        return replace(draft, step=FormStep.GIVEN)
    if draft.step is FormStep.GIVEN and recovery.close_reasons:
        return replace(draft, step=FormStep.REASON)
    return draft


def _reason_title(recovery: Recovery, draft: Draft) -> Texts:
    titles = {reason.key: reason.title for reason in recovery.close_reasons}
    return titles.get(draft.close_reason or "", {})


def _write_note(draft: Draft, text: str | None) -> Draft | NoteFault:
    """Take a note over, whatever step the form is at; it must say something."""
    fault = note_fault(text)
    return replace(draft, note=(text or "").strip()) if fault is None else fault


def note_fault(text: str | None) -> NoteFault | None:
    """What is wrong with a note."""
    said = (text or "").strip()
    if not said:
        return NoteFault.MISSING
    return NoteFault.TOO_LONG if len(said) > NOTE_LENGTH else None


def is_reason_missing(recovery: Recovery, draft: Draft) -> bool:
    """Whether the catalogue asks for a close reason and none was chosen."""
    return draft.kind is FormKind.RESOLVE and bool(recovery.close_reasons) and draft.close_reason is None
