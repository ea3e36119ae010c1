"""Calls: the windows a customer chooses from, the reminder to staff, and word of a call nobody made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.screens.actions import encode
from bot.screens.customer_actions import ChooseCall, DeclineCall, MoreCallTimes, WishCall, WishCallAbout
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.staff_actions import AskPhone, CallMade
from bot.screens.talking import not_said_text
from bot.screens.wording import Wording
from surveys.addressing import Unreachable
from surveys.call_reminders import RemindOfCall, TellMissedCall
from surveys.calling import (
    CallAgreed,
    CallArranged,
    CallChoices,
    CallDeclined,
    Called,
    CalledResult,
    CallOffered,
    CallOver,
    CallUnderWay,
    CallView,
    CannotOffer,
    NoCallOpen,
    NoCallTimes,
    OfferResult,
)
from surveys.case_views import CaseView
from surveys.recovery import NoSuchCase
from surveys.rules.calling import CallWindow
from surveys.talk_views import CallState
from surveys.talking import NotSaid

Paragraph = tuple[Run, ...]

_POP_UP = 200


def call_screen(view: CallView, *, asked_by_staff: bool = False) -> Screen:
    """What a customer sees of the call they may choose a time for."""
    wording = Wording(view.language)
    match view:
        case CallChoices():
            return _choices_screen(view, wording, asked_by_staff=asked_by_staff)
        case CallAgreed(request_id=request_id, window=window):
            when = window_text(window, view.zone, view.now, wording)
            other = _choice(wording.text("calling.other_time"), encode(MoreCallTimes(request_id)))
            decline = _choice(wording.text("calling.not_needed"), encode(DeclineCall(request_id)))
            paragraphs = (
                (Run(wording.text("calling.agreed", window=when)),),
                *_zone_note(view.zone, view.business_zone, window.start, wording),
                (Run(wording.text("calling.until_it_begins"), Style.ITALIC),),
            )
            return Screen(paragraphs, (ChoiceGroup(Arrangement.ROW, (other, decline)),))
        case CallDeclined():
            return _plain(wording.text("calling.declined"))
        case CallUnderWay():
            return _plain(wording.text("calling.under_way"))
        case CallOver():
            return _plain(wording.text("calling.over"))
        case NoCallTimes():
            return _plain(wording.text("calling.no_times"))


def call_me_choice(wording: Wording, *, case_id: int | None = None, response_id: int | None = None) -> ChoiceGroup:
    """The button with which a customer wishes to be called about a complaint, or the one an answer opened."""
    action = WishCallAbout(response_id) if response_id is not None else WishCall(case_id or 0)
    return ChoiceGroup(Arrangement.ROW, (_choice(wording.text("calling.call_me"), encode(action)),))


def offer_notice(result: OfferResult, language: str) -> str:
    """The pop-up for whoever offered a call."""
    wording = Wording(language)
    match result:
        case CallOffered(again=True):
            return wording.text("calling.offered_before")
        case CallOffered():
            return wording.text("calling.offered")
        case CallArranged(view, window):
            start = wording.moment(window.start, view.zone)
            return wording.text("calling.arranged", start=start, end=f"{window.end.astimezone(view.zone):%H:%M}")
        case CannotOffer(Unreachable() as why):
            return not_said_text(NotSaid(why), language)[:_POP_UP]
        case CannotOffer():
            return wording.text("calling.no_windows")
        case NoSuchCase():
            return not_said_text(result, language)[:_POP_UP]


def called_notice(result: CalledResult, language: str) -> str:
    """The pop-up for whoever said that they called."""
    wording = Wording(language)
    match result:
        case Called():
            return wording.text("calling.noted")
        case NoCallOpen():
            return wording.text("calling.no_call_open")
        case NoSuchCase():
            return not_said_text(result, language)[:_POP_UP]


def called_screen(result: Called | NoCallOpen) -> Screen:
    """What is left of the reminder."""
    wording = Wording(result.view.language)
    if isinstance(result, NoCallOpen):
        return _plain(wording.text("calling.reminder_over", number=result.view.case.id))
    return _plain(wording.text("calling.reminder_done", number=result.view.case.id, name=result.by_name))


def reminder_screen(work: RemindOfCall, *, is_repeat: bool = False) -> Screen:
    """It is time to call: whom, where, until when."""
    wording = Wording(work.language)
    times = _times(work.window, work.zone, work.customer_zone, wording)
    lines = [wording.text("calling.who", name=work.customer_name)] if work.customer_name else []
    lines.append(
        wording.text("calling.phone", phone=work.phone) if work.phone else wording.text("calling.phone_unknown")
    )
    if work.claimed_by_name:
        lines.append(wording.text("calling.owner", name=work.claimed_by_name))
    paragraphs: list[Paragraph] = [
        (Run(wording.text("calling.remind", number=work.case_id, times=times), Style.BOLD),),
        *_repeat(wording, is_repeat=is_repeat),
        (Run("\n".join(lines)),),
    ]
    choices = [Choice(wording.text("calling.made"), encode(CallMade(work.request_id)), tone=Tone.POSITIVE)]
    if not work.phone:
        choices.append(_choice(wording.text("calling.ask_phone"), encode(AskPhone(work.case_id))))
    return Screen(tuple(paragraphs), (ChoiceGroup(Arrangement.ROW, tuple(choices)),))


def missed_call_screen(work: TellMissedCall, *, is_repeat: bool = False) -> Screen:
    """Nobody said that they called."""
    wording = Wording(work.language)
    start = wording.moment(work.window.start, work.zone)
    lines = [wording.text("calling.missed_why")]
    if work.customer_name:
        lines.append(wording.text("calling.who", name=work.customer_name))
    if work.claimed_by_name:
        lines.append(wording.text("calling.owner", name=work.claimed_by_name))
    times = wording.text("calling.range", start=start, end=f"{work.window.end.astimezone(work.zone):%H:%M}")
    paragraphs: tuple[Paragraph, ...] = (
        (Run(wording.text("calling.missed", number=work.case_id, times=times), Style.BOLD),),
        *_repeat(wording, is_repeat=is_repeat),
        (Run("\n".join(lines)),),
    )
    return Screen(paragraphs)


def phone_request_texts(languages: tuple[str, ...]) -> dict[str, str]:
    """The words that ask a customer for a number, in each of the languages."""
    return {language: Wording(language).text("calling.phone_request") for language in languages}


def call_lines(view: CaseView, wording: Wording) -> tuple[str, ...]:
    """Where the call stands, as the card shows it."""
    call = view.talk.call
    match call:
        case CallState(state="offered"):
            return (wording.text("calling.card_offered"),)
        case CallState(state="chosen", window=CallWindow() as window):
            start = wording.moment(window.start, view.zone)
            times = wording.text("calling.range", start=start, end=f"{window.end.astimezone(view.zone):%H:%M}")
            lines = [wording.text("calling.card_chosen", times=times + _theirs(window, view.zone, call.zone, wording))]
            phone = call.phone
            lines.append(wording.text("calling.phone", phone=phone) if phone else wording.text("calling.phone_unknown"))
            return tuple(lines)
        case CallState(state="called"):
            return (wording.text("calling.card_called"),)
        case CallState(state="declined"):
            return (wording.text("calling.card_declined"),)
        case _:
            return ()


def window_text(window: CallWindow, zone: ZoneInfo, now: datetime, wording: Wording) -> str:
    """The window with its day as seen from now."""
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    today = now.astimezone(zone).date()
    if start.date() == today:
        day = wording.text("calling.today")
    elif start.date() == today + timedelta(days=1):
        day = wording.text("calling.tomorrow")
    else:
        day = wording.day_and_month(start.date())
    return wording.text("calling.window", day=day, start=f"{start:%H:%M}", end=f"{end:%H:%M}")


def _choices_screen(view: CallChoices, wording: Wording, *, asked_by_staff: bool) -> Screen:
    paragraphs: list[Paragraph] = [(Run(wording.text("calling.asked" if asked_by_staff else "calling.choose")),)]
    if view.chosen is not None:
        chosen = window_text(view.chosen, view.zone, view.now, wording)
        paragraphs.append((Run(wording.text("calling.chosen_before", window=chosen)),))
    paragraphs.extend(_zone_note(view.zone, view.business_zone, view.windows[0].start, wording))
    choices = tuple(
        _choice(
            window_text(window, view.zone, view.now, wording),
            encode(ChooseCall(view.request_id, int(window.start.astimezone(UTC).timestamp()) // 60)),
        )
        for window in view.windows
    )
    decline = _choice(wording.text("calling.not_needed"), encode(DeclineCall(view.request_id)))
    return Screen(tuple(paragraphs), (ChoiceGroup(Arrangement.LIST, choices), ChoiceGroup(Arrangement.ROW, (decline,))))


def _zone_note(zone: ZoneInfo, business_zone: ZoneInfo, at: datetime, wording: Wording) -> tuple[Paragraph, ...]:
    if at.astimezone(zone).utcoffset() == at.astimezone(business_zone).utcoffset():
        return ()
    return ((Run(wording.text("calling.your_zone", offset=_offset(zone, at)), Style.ITALIC),),)


def _offset(zone: ZoneInfo, at: datetime) -> str:
    minutes = int((at.astimezone(zone).utcoffset() or timedelta(0)).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _times(window: CallWindow, zone: ZoneInfo, customer_zone: ZoneInfo, wording: Wording) -> str:
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    return f"{start:%H:%M}–{end:%H:%M}" + _theirs(window, zone, customer_zone, wording)


def _theirs(window: CallWindow, zone: ZoneInfo, customer_zone: ZoneInfo | None, wording: Wording) -> str:
    """The same times on the customer's clock, where that shows others."""
    if customer_zone is None:
        return ""
    start, end = window.start.astimezone(customer_zone), window.end.astimezone(customer_zone)
    if start.utcoffset() == window.start.astimezone(zone).utcoffset():
        return ""
    return " " + wording.text("calling.theirs", start=f"{start:%H:%M}", end=f"{end:%H:%M}")


def _repeat(wording: Wording, *, is_repeat: bool) -> tuple[Paragraph, ...]:
    return ((Run(wording.text("cases.repeat"), Style.ITALIC),),) if is_repeat else ()


def _plain(text: str) -> Screen:
    return Screen(((Run(text),),))


def _choice(label: str, action: str) -> Choice:
    return Choice(label, action)
