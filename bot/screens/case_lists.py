"""Lists of cases, one with its history, and somebody's own, as staff see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.screens.actions import encode
from bot.screens.cards import Paragraph, card_screen, promised_by
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.staff_actions import OpenCase, TurnCaseList
from bot.screens.wording import Wording
from surveys.cards import PostCard
from surveys.case_views import CaseList, CaseView
from surveys.own_cases import CaseMoveRow, OpenedCase, OwnCases, StaffNumbers
from surveys.rules.cases import CaseCause, CaseState, Severity
from surveys.rules.languages import pick
from surveys.rules.metrics import scale

LISTED = 10
"""Cases of one page of a list."""

_MOVES_SHOWN = 15
_OWN_SHOWN = 30


def case_list_screen(found: CaseList, language: str, *, now: datetime) -> Screen:
    """A page of the open cases, oldest first, or that there are none."""
    wording = Wording(language)
    if not found.views:
        return Screen(((Run(wording.text("cases.none_open")),),))
    heading = wording.plural("cases.open_count", found.total)
    if found.total > len(found.views):
        last = found.offset + len(found.views)
        heading += " " + wording.text("clock.page", first=found.offset + 1, last=last, total=found.total)
    paragraphs: list[Paragraph] = [(Run(heading, Style.BOLD),)]
    paragraphs.extend((Run(case_line(view, wording, now)),) for view in found.views)
    return Screen(tuple(paragraphs), (opening_choices(found.views, wording), *_turning(found, wording)))


def opened_case_screen(opened: OpenedCase, *, now: datetime) -> Screen:
    """The card once more, with everything that was done to the case."""
    card = card_screen(PostCard(opened.view, None, None, now))
    wording = Wording(opened.view.language)
    lines = [_move_line(move, opened.view, wording) for move in opened.moves[-_MOVES_SHOWN:]]
    if len(opened.moves) > _MOVES_SHOWN:
        lines.insert(0, "…")
    history: list[Paragraph] = [(Run(wording.text("clock.history"), Style.BOLD), Run("\n" + "\n".join(lines)))]
    if opened.messages:
        history.append((Run(wording.plural("clock.messages", opened.messages)),))
    return Screen((*card.paragraphs, *history), card.groups)


def own_cases_screen(own: OwnCases, *, now: datetime) -> Screen:
    """What somebody has in hand, what of it is overdue, and their own numbers."""
    wording = Wording(own.language)
    numbers: Paragraph = (Run(_numbers(own.numbers, wording)),)
    if not own.views:
        return Screen(((Run(wording.text("clock.none_yours")),), numbers))
    heading = wording.plural("clock.yours", len(own.views))
    overdue = sum(1 for view in own.views if _is_overdue(view, now))
    if overdue:
        heading += ", " + wording.plural("clock.of_them_overdue", overdue)
    shown = own.views[:_OWN_SHOWN]
    lines: tuple[Paragraph, ...] = tuple((Run(case_line(view, wording, now)),) for view in shown)
    return Screen(((Run(heading, Style.BOLD),), *lines, numbers), (opening_choices(shown, wording),))


def no_such_case_text(language: str) -> str:
    """There is no case of this number, as far as the one who asks may know."""
    return Wording(language).text("cases.gone")


def case_usage_text(language: str) -> str:
    """How /case is asked."""
    return Wording(language).text("clock.case_usage")


def notice(text: str) -> Screen:
    """A plain sentence."""
    return Screen(((Run(text),),))


def case_line(view: CaseView, wording: Wording, now: datetime) -> str:
    """A case in one line: what it is about, where it stands, what is overdue, how old it is."""
    case = view.case
    title = pick(view.touchpoint_title, view.language) or wording.text("cases.no_touchpoint")
    summary = wording.text("cases.summary_incident" if case.cause == CaseCause.INCIDENT else "cases.summary_message")
    if view.metric is not None and case.score is not None:
        summary = wording.text("cases.summary_score", score=case.score, top=scale(view.metric)[-1])
    standing = wording.text(f"cases.state_{view.state.value}")
    if view.state in (CaseState.CLAIMED, CaseState.WAITING) and case.claimed_by_name:
        standing += f" ({case.claimed_by_name})"
    if view.state is CaseState.OPEN and case.card_at is not None and now < case.card_at:
        standing = _waits(view, case.card_at, wording, now)
    if _is_overdue(view, now):
        standing += f", {wording.text('cases.list_overdue')}"
    if case.severity == Severity.URGENT:
        summary += f", {wording.text('clock.urgent_line')}"
    age = wording.duration(now - case.opened_at)
    return wording.text("cases.list_line", number=case.id, touchpoint=title, summary=summary, state=standing, age=age)


def opening_choices(views: Sequence[CaseView], wording: Wording) -> ChoiceGroup:
    """A button for each case that opens it."""
    choices = tuple(
        Choice(wording.text("clock.open_number", number=view.case.id), encode(OpenCase(view.case.id))) for view in views
    )
    return ChoiceGroup(Arrangement.LIST, choices)


def _turning(found: CaseList, wording: Wording) -> tuple[ChoiceGroup, ...]:
    choices: list[Choice] = []
    if found.offset > 0:
        choices.append(Choice(wording.text("clock.earlier"), encode(TurnCaseList(max(found.offset - LISTED, 0)))))
    if found.offset + len(found.views) < found.total:
        choices.append(Choice(wording.text("clock.later"), encode(TurnCaseList(found.offset + LISTED))))
    return (ChoiceGroup(Arrangement.ROW, tuple(choices)),) if choices else ()


def _waits(view: CaseView, until: datetime, wording: Wording, now: datetime) -> str:
    local = until.astimezone(view.zone)
    shown = f"{local.hour}:{local:%M}"
    if (local.date() - now.astimezone(view.zone).date()).days > 1:
        shown = wording.moment(until, view.zone)
    return wording.text("clock.waits_until", time=shown)


def _is_overdue(view: CaseView, now: datetime) -> bool:
    due = promised_by(view)
    return due is not None and due <= now


def _move_line(move: CaseMoveRow, view: CaseView, wording: Wording) -> str:
    name = move.actor_name or wording.text(f"clock.actor_{move.actor}")
    return wording.text(f"clock.move_{move.move}", at=wording.moment(move.moved_at, view.zone), name=name)


def _numbers(numbers: StaffNumbers, wording: Wording) -> str:
    if not numbers.claimed and not numbers.resolved:
        return wording.text("clock.no_numbers")
    said = wording.text(
        "clock.numbers", claimed=numbers.claimed, resolved=numbers.resolved, confirmed=numbers.confirmed
    )
    if numbers.median_first_response is not None:
        said += " " + wording.text("clock.first_response", took=wording.lasting(numbers.median_first_response))
    return said
