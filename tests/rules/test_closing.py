from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.cases import GIVEN
from surveys.rules.closing import (
    CODE,
    NOTE_LENGTH,
    ChosenPool,
    ChosenReason,
    Draft,
    Entry,
    FormKind,
    FormStep,
    NoteFault,
    ReasonAsNote,
    TickedGiven,
    Turn,
    WrittenNote,
    fill_in,
    first_draft,
    is_reason_missing,
    on_offer,
    without_code,
)
from surveys.rules.putting_right import CloseReason, CodePool, Recovery

ONE_POOL = {"sorry": CodePool({"en": "15 % off"}, {"en": "{code}"}, every=timedelta(days=90))}
TWO_POOLS = {**ONE_POOL, "more": CodePool({"en": "30 % off"}, {"en": "{code}"})}
REASONS = (CloseReason("refund", {"en": "Refunded"}), CloseReason("redone", {"en": "Done again"}))
FULL = Recovery(close_reasons=REASONS, pools=TWO_POOLS)
CODE_PLACE = GIVEN.index(CODE)

places = st.integers(-1, 5)
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(ChosenReason, places),
    st.builds(TickedGiven, places, st.booleans()),
    st.builds(ChosenPool, places),
    st.builds(WrittenNote, st.none() | st.text(max_size=3)),
    st.builds(ReasonAsNote, st.just("en")),
    st.sampled_from(Turn),
)
recoveries = st.builds(
    Recovery, close_reasons=st.sampled_from([(), REASONS]), pools=st.sampled_from([{}, ONE_POOL, TWO_POOLS])
)


def filled(recovery: Recovery, kind: FormKind, *said: Entry) -> Draft:
    draft = first_draft(recovery, kind)
    for entry in said:
        after = fill_in(recovery, draft, entry)
        assert isinstance(after, Draft)
        draft = after
    return draft


@settings(max_examples=200, deadline=None)
@given(recoveries, st.sampled_from(FormKind), st.lists(entries, max_size=12))
def test_whatever_is_tapped_the_form_stays_one_that_can_be_shown_and_stored(
    recovery: Recovery, kind: FormKind, said: list[Entry]
) -> None:
    draft = first_draft(recovery, kind)
    for entry in said:
        after = fill_in(recovery, draft, entry)
        draft = draft if isinstance(after, NoteFault) else after
    assert set(draft.given) <= set(on_offer(recovery))
    assert list(draft.given) == [one for one in GIVEN if one in draft.given]
    assert (CODE in draft.given) is (draft.pool is not None)
    assert draft.close_reason in {None, *(reason.key for reason in recovery.close_reasons)}
    assert draft.note is None or draft.note.strip() == draft.note != ""
    if kind is FormKind.DISMISS:
        assert replace(draft, note=None) == first_draft(recovery, kind)


def test_a_catalogue_without_close_reasons_skips_that_step() -> None:
    assert first_draft(FULL, FormKind.RESOLVE).step is FormStep.REASON
    bare = first_draft(Recovery(), FormKind.RESOLVE)
    assert bare.step is FormStep.GIVEN
    assert fill_in(Recovery(), bare, Turn.BACK) == bare
    assert not is_reason_missing(Recovery(), bare)
    assert is_reason_missing(FULL, first_draft(FULL, FormKind.RESOLVE))


def test_the_pool_is_asked_for_only_where_there_are_several() -> None:
    one = replace(FULL, pools=ONE_POOL)
    assert filled(one, FormKind.RESOLVE, ChosenReason(0), TickedGiven(CODE_PLACE, True)).pool == "sorry"
    asked = filled(FULL, FormKind.RESOLVE, ChosenReason(0), TickedGiven(CODE_PLACE, True))
    assert (asked.step, asked.pool, asked.given) == (FormStep.POOL, None, ())
    chosen = filled(FULL, FormKind.RESOLVE, ChosenReason(0), TickedGiven(CODE_PLACE, True), ChosenPool(1))
    assert (chosen.step, chosen.pool, chosen.given) == (FormStep.GIVEN, "more", (CODE,))
    assert without_code(chosen).pool is None
    nothing = replace(FULL, pools={})
    assert filled(nothing, FormKind.RESOLVE, ChosenReason(0), TickedGiven(CODE_PLACE, True)).given == ()


def test_back_and_on_keep_what_was_said() -> None:
    draft = filled(FULL, FormKind.RESOLVE, ChosenReason(1), TickedGiven(0, True), Turn.ON, Turn.BACK, Turn.BACK)
    assert (draft.step, draft.close_reason, draft.given) == (FormStep.REASON, "redone", ("apology",))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, NoteFault.MISSING),
        (" \n\t", NoteFault.MISSING),
        ("x" * NOTE_LENGTH, None),
        (f"  {'x' * NOTE_LENGTH}  ", None),
        ("x" * (NOTE_LENGTH + 1), NoteFault.TOO_LONG),
    ],
)
def test_a_note_says_something_and_not_too_much(text: str | None, fault: NoteFault | None) -> None:
    after = fill_in(FULL, first_draft(FULL, FormKind.RESOLVE), WrittenNote(text))
    assert after is fault if fault is not None else isinstance(after, Draft)


def test_the_close_reason_is_note_enough_once_it_is_chosen() -> None:
    assert fill_in(FULL, first_draft(FULL, FormKind.RESOLVE), ReasonAsNote("en")) is NoteFault.MISSING
    assert filled(FULL, FormKind.RESOLVE, ChosenReason(0), ReasonAsNote("en")).note == "Refunded"
