"""Complaint cards and lists of cases, as staff see them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.screens.actions import encode
from bot.screens.calling import call_lines
from bot.screens.clipping import clip
from bot.screens.incidents import incident_lines
from bot.screens.screen import (
    Arrangement,
    Attachment,
    AttachmentKind,
    Choice,
    ChoiceGroup,
    Run,
    Screen,
    Style,
    Tone,
)
from bot.screens.settlement import score_change, settlement_paragraphs
from bot.screens.staff_actions import (
    ClaimCase,
    DismissCase,
    MakeCase,
    OfferCall,
    OfferHandOver,
    ReopenCase,
    ResolveCase,
    ShowTemplates,
)
from bot.screens.talking import talk_lines
from bot.screens.wording import Wording
from surveys.cards import PostCard, RelayMessage
from surveys.case_views import CaseView, EarlierView
from surveys.recovery import (
    Claimed,
    ClaimResult,
    Moved,
    MoveRefused,
    MoveResult,
    NoSuchCase,
    TakenAlready,
)
from surveys.rules.cases import UNSETTLED, CaseCause, CaseState, Severity
from surveys.rules.languages import pick
from surveys.rules.metrics import scale

Paragraph = tuple[Run, ...]

_COMMENT_SHOWN = 1_500
_ATTRIBUTES = frozenset({"location", "employee", "product", "late", "incident"})
_ATTRIBUTES_SHOWN = 500
"""UTF-16 units, as messengers count: whatever was written, who works on it must fit below."""


def card_screen(work: PostCard, *, is_repeat: bool = False) -> Screen:
    """The card as the complaint stands now."""
    view = work.view
    wording = Wording(view.language)
    if work.left_for is not None:
        gone = wording.text("handing.left", team=pick(work.left_for, view.language))
        return Screen(((Run(_title(view, wording), Style.BOLD),), (Run(gone, Style.ITALIC),)))
    paragraphs: list[Paragraph] = [(Run(_title(view, wording), Style.BOLD),)]
    if view.case.severity == Severity.URGENT:
        paragraphs.append((Run(wording.text("clock.urgent"), Style.BOLD),))
    if is_repeat:
        paragraphs.append((Run(wording.text("cases.repeat"), Style.ITALIC),))
    if work.fallback_for is not None:
        paragraphs.append((Run(wording.text("cases.fallback", chat=work.fallback_for), Style.ITALIC),))
    paragraphs.append(_facts(view, wording))
    if view.case.comment:
        comment, hidden = clip(view.case.comment, _COMMENT_SHOWN)
        paragraphs.append((Run(comment, Style.QUOTE),))
        if hidden:
            paragraphs.append((Run(wording.plural("cases.hidden", hidden), Style.ITALIC),))
    if view.case.attachments:
        paragraphs.append((Run(wording.plural("cases.files", view.case.attachments)),))
    if work.earlier is not None:
        paragraphs.extend(_earlier(work.earlier, wording, view.zone))
    talked = (*talk_lines(view, wording), *call_lines(view, wording))
    if talked:
        paragraphs.append((Run("\n".join(talked)),))
    paragraphs.append((Run(_standing(view, wording)), *_overdue(view, wording, work.drawn_at)))
    paragraphs.extend(settlement_paragraphs(view, wording))
    return Screen(tuple(paragraphs), _choices(view, wording))


def bare_card_screen(work: PostCard) -> Screen:
    """What is left of a card that could not be drawn: its number, what the customer wrote, and the buttons."""
    view = work.view
    wording = Wording(view.language)
    paragraphs: list[Paragraph] = [
        (Run(wording.text("cases.title_without_touchpoint", number=view.case.id), Style.BOLD),),
        (Run(wording.text("cases.not_drawn"), Style.ITALIC),),
    ]
    if view.case.comment:
        paragraphs.append((Run(clip(view.case.comment, _COMMENT_SHOWN)[0], Style.QUOTE),))
    return Screen(tuple(paragraphs), _choices(view, wording))


def relay_screen(work: RelayMessage, *, is_repeat: bool = False) -> Screen:
    """What a customer sent, as it goes under the card or stands alone."""
    wording = Wording(work.language)
    if work.case_id is not None:
        key = "cases.file_from" if work.file_id is not None else "cases.message_under"
        heading = wording.text(key, number=work.case_id)
    elif work.customer_name:
        heading = wording.text("cases.message_from", name=work.customer_name)
    else:
        heading = wording.text("cases.message_from_unknown")
    paragraphs: list[Paragraph] = [(Run(heading, Style.ITALIC),)]
    if is_repeat:
        paragraphs.append((Run(wording.text("cases.repeat"), Style.ITALIC),))
    if work.edited:
        paragraphs.append((Run(wording.text("talking.edited"), Style.ITALIC),))
    if work.text:
        paragraphs.append((Run(work.text, Style.QUOTE),))
    attachment = None
    if work.file_id is not None and work.kind in set(AttachmentKind):
        attachment = Attachment(AttachmentKind(work.kind), file_id=work.file_id, channel=work.channel)
    groups: tuple[ChoiceGroup, ...] = ()
    if work.case_id is None:
        open_case = Choice(wording.text("talking.open_case"), encode(MakeCase(work.message_id)))
        groups = (ChoiceGroup(Arrangement.ROW, (open_case,)),)
    return Screen(tuple(paragraphs), groups, attachment)


def claim_notice(result: ClaimResult, language: str) -> str:
    """The pop-up for whoever pressed Claim."""
    match result:
        case Claimed(view):
            return Wording(view.language).text("cases.you_claimed", number=view.case.id)
        case TakenAlready(view, by_actor=True):
            return Wording(view.language).text("cases.already_yours")
        case TakenAlready(view):
            return Wording(view.language).text("cases.already_claimed", name=view.case.claimed_by_name or "?")
        case _:
            return refusal(result, language)


def reopen_notice(result: MoveResult, language: str) -> str:
    """The pop-up for whoever pressed Reopen."""
    if isinstance(result, Moved):
        return Wording(result.view.language).text("cases.you_reopened", number=result.view.case.id)
    return refusal(result, language)


def _title(view: CaseView, wording: Wording) -> str:
    title = pick(view.touchpoint_title, view.language)
    if not title:
        return wording.text("cases.title_without_touchpoint", number=view.case.id)
    return wording.text("cases.title", number=view.case.id, touchpoint=title)


def _facts(view: CaseView, wording: Wording) -> Paragraph:
    case = view.case
    lines: list[str] = []
    if view.metric is not None and case.score is not None:
        top = scale(view.metric)[-1]
        lines.append(wording.text("cases.score", score=case.score, top=top, metric=view.metric.name))
        changed = score_change(view, wording)
        lines.extend([] if changed is None else [changed])
    if case.cause == CaseCause.INCIDENT:
        lines.extend(incident_lines(view, wording))
    customer = (
        wording.text("cases.customer", name=case.customer_name)
        if case.customer_name
        else wording.text("cases.customer_unknown")
    )
    order = "" if case.order_id is None else ", " + wording.text("cases.order", order_id=case.order_id)
    lines.append(customer + order)
    told = [
        f"{_attribute(name, wording)}: {_worded(value, wording)}"
        for name, value in sorted(case.attributes.items())
        if value is not None and str(value).strip()
    ]
    if told:
        lines.append(clip(" · ".join(told), _ATTRIBUTES_SHOWN)[0])
    if view.reason_titles:
        reasons = ", ".join(pick(title, view.language) for title in view.reason_titles)
        lines.append(wording.text("cases.reasons", reasons=reasons))
    return (Run("\n".join(lines)),)


def _earlier(earlier: EarlierView, wording: Wording, zone: ZoneInfo) -> list[Paragraph]:
    """What the same person said before."""
    lines = []
    if earlier.scores:
        scores = ", ".join(
            wording.text(
                "cases.earlier_score",
                touchpoint=pick(one.touchpoint_title, wording.language) or wording.text("cases.no_touchpoint"),
                score=one.score,
                top=scale(one.metric)[-1],
                on=wording.day(one.answered_at.astimezone(zone).date()),
            )
            for one in earlier.scores
        )
        lines.append(wording.text("cases.earlier_scores", scores=scores))
    if earlier.cases:
        lines.append(wording.plural("cases.earlier_cases", earlier.cases))
    if earlier.unsettled:
        numbers = ", ".join(f"№ {number}" for number in earlier.unsettled[:5])
        lines.append(wording.text("cases.earlier_unsettled", numbers=numbers))
    return [(Run("\n".join(lines)),)] if lines else []


def _attribute(name: str, wording: Wording) -> str:
    """What staff call the attribute; one of the shop's own goes by its name."""
    return wording.text(f"cases.attribute_{name}") if name in _ATTRIBUTES else name


def _worded(value: object, wording: Wording) -> object:
    return wording.text("cases.yes" if value else "cases.no") if isinstance(value, bool) else value


def _standing(view: CaseView, wording: Wording) -> str:
    case = view.case
    name = case.claimed_by_name or "?"

    def moment(instant: datetime | None) -> str:
        return "" if instant is None else wording.moment(instant, view.zone)

    match view.state:
        case CaseState.OPEN:
            return wording.text("cases.open", at=moment(case.opened_at), due=moment(case.first_response_due))
        case CaseState.CLAIMED:
            return wording.text("cases.claimed", name=name, at=moment(case.claimed_at), due=moment(case.resolve_due))
        case CaseState.WAITING:
            return wording.text("cases.waiting", name=name)
        case CaseState.RESOLVED:
            return wording.text("cases.resolved", name=case.resolved_by_name or name, at=moment(case.resolved_at))
        case CaseState.CONFIRMED:
            return wording.text("cases.confirmed")
        case CaseState.DISMISSED:
            return wording.text("cases.dismissed", name=name)


def _overdue(view: CaseView, wording: Wording, now: datetime | None) -> Paragraph:
    due = promised_by(view)
    if now is None or due is None or due >= now:
        return ()
    return (Run(" " + wording.text("clock.overdue_on_card", by=wording.duration(now - due)), Style.BOLD),)


def promised_by(view: CaseView) -> datetime | None:
    """Until when somebody must have done something; None once nobody has to."""
    if view.state is CaseState.OPEN and view.case.first_response_at is None:
        return view.case.first_response_due
    return view.case.resolve_due if view.state in UNSETTLED else None


def _choices(view: CaseView, wording: Wording) -> tuple[ChoiceGroup, ...]:
    case_id = view.case.id
    claim = Choice(wording.text("cases.claim"), encode(ClaimCase(case_id)), tone=Tone.POSITIVE)
    resolve = Choice(wording.text("cases.resolve"), encode(ResolveCase(case_id)))
    dismiss = Choice(wording.text("settlement.dismiss"), encode(DismissCase(case_id)))
    reopen = Choice(wording.text("cases.reopen"), encode(ReopenCase(case_id)))
    hand_over = Choice(wording.text("handing.offer"), encode(OfferHandOver(case_id)))
    reply = Choice(wording.text("talking.reply"), encode(ShowTemplates(case_id)))
    call_back = Choice(wording.text("calling.offer"), encode(OfferCall(case_id)))
    rows: tuple[tuple[Choice, ...], ...] = {
        CaseState.OPEN: ((claim,), (reply, call_back), (resolve, hand_over), (dismiss,)),
        CaseState.CLAIMED: ((reply, call_back), (resolve, hand_over), (dismiss,)),
        CaseState.WAITING: ((reply, call_back), (resolve, hand_over), (dismiss,)),
        CaseState.RESOLVED: ((reopen,),),
        CaseState.CONFIRMED: (),
        CaseState.DISMISSED: ((reopen,),),
    }[view.state]
    return tuple(ChoiceGroup(Arrangement.ROW, choices) for choices in rows)


def refusal(result: MoveRefused | NoSuchCase, language: str) -> str:
    """The pop-up for whoever wished what cannot be."""
    if isinstance(result, MoveRefused):
        wording = Wording(result.view.language)
        state = wording.text(f"cases.state_{result.view.state.value}")
        return wording.text("cases.already_moved", state=state)
    return Wording(language).text(_NO_SUCH_CASE[result])


_NO_SUCH_CASE = {
    NoSuchCase.UNKNOWN: "cases.gone",
    NoSuchCase.NOT_YOURS: "cases.not_yours",
    NoSuchCase.ABOUT_YOURSELF: "cases.about_yourself",
}
