"""Cases that wait too long, and those that waited for the morning, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.screens.actions import encode
from bot.screens.cards import Paragraph
from bot.screens.case_lists import case_line, opening_choices
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.staff_actions import ClaimCase, OpenCase
from bot.screens.wording import Wording
from surveys.case_views import CaseView
from surveys.escalating import EscalateCases, OpenMorning
from surveys.rules.case_clock import StepKind
from surveys.rules.cases import CaseState

_NIGHT = timedelta(hours=24)
"""A queue that is older has gathered over a weekend or a holiday."""

_CALLED_BY_NAME = frozenset({StepKind.WARN_RESOLVE, StepKind.OVERDUE, StepKind.REOPENED})
_MENTION = "tg://user?id={}"
"""Cards are worked in Telegram alone: a link of this kind notifies whoever it names."""


def escalation_screen(work: EscalateCases, *, is_repeat: bool = False) -> Screen:
    """One case in a sentence, with who has it called by name; several as a list."""
    wording = Wording(work.language)
    notes = _notes(wording, work.fallback_for, is_repeat=is_repeat)
    if len(work.cases) == 1:
        view = work.cases[0].view
        about: Paragraph = () if work.reply_to is not None else (Run(case_line(view, wording, work.decided_at)),)
        paragraphs = (_sentence(work.kind, view, wording, work.decided_at), *notes, about)
        return Screen(tuple(one for one in paragraphs if one), (_working(view, wording),))
    heading = (Run(wording.plural(f"clock.many_{work.kind}", len(work.cases)), Style.BOLD),)
    lines = tuple((Run(case_line(one.view, wording, work.decided_at)),) for one in work.cases)
    return Screen((heading, *notes, *lines), (opening_choices([one.view for one in work.cases], wording),))


def morning_screen(work: OpenMorning, *, is_repeat: bool = False) -> Screen:
    """How many complaints waited for the team's day, and which."""
    wording = Wording(work.language)
    oldest = min(view.case.opened_at for view in work.views)
    key = "clock.overnight" if work.decided_at - oldest <= _NIGHT else "clock.while_away"
    heading = (Run(wording.plural(key, len(work.views)), Style.BOLD),)
    lines = tuple((Run(case_line(view, wording, work.decided_at)),) for view in work.views)
    return Screen((heading, *_notes(wording, work.fallback_for, is_repeat=is_repeat), *lines))


def _notes(wording: Wording, fallback_for: str | None, *, is_repeat: bool) -> tuple[Paragraph, ...]:
    notes: list[Paragraph] = []
    if is_repeat:
        notes.append((Run(wording.text("cases.repeat"), Style.ITALIC),))
    if fallback_for is not None:
        notes.append((Run(wording.text("clock.fallback", chat=fallback_for), Style.ITALIC),))
    return tuple(notes)


def _sentence(kind: StepKind, view: CaseView, wording: Wording, now: datetime) -> Paragraph:
    case = view.case

    def moment(instant: datetime | None) -> str:
        return "" if instant is None else wording.moment(instant, view.zone)

    due = case.first_response_due if kind is StepKind.WARN_FIRST else case.resolve_due
    said = Run(
        wording.text(f"clock.{kind}", number=case.id, due=moment(due), waited=wording.lasting(now - case.opened_at))
    )
    if kind in _CALLED_BY_NAME and case.claimed_by is not None:
        return (
            Run(case.claimed_by_name or str(case.claimed_by), url=_MENTION.format(case.claimed_by)),
            Run(", "),
            said,
        )
    return (said,)


def _working(view: CaseView, wording: Wording) -> ChoiceGroup:
    opening = Choice(wording.text("clock.open"), encode(OpenCase(view.case.id)))
    if view.state is not CaseState.OPEN:
        return ChoiceGroup(Arrangement.ROW, (opening,))
    claim = Choice(wording.text("cases.claim"), encode(ClaimCase(view.case.id)), tone=Tone.POSITIVE)
    return ChoiceGroup(Arrangement.ROW, (claim, opening))
