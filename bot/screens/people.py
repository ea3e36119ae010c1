"""What people settle about themselves, in words: connecting, stopping, language, privacy, being forgotten."""

from __future__ import annotations

from functools import singledispatch
from typing import assert_never

from babel import Locale, UnknownLocaleError

from bot.screens.actions import Action, encode
from bot.screens.customer_actions import ChooseLanguage, Complain, ForgetMe, KeepMe, Resume
from bot.screens.linking import disown_choices, linked_paragraph
from bot.screens.offers import consent_choice, consent_paragraph
from bot.screens.opting_out import stop_only, stopped_paragraph, stopped_some_screen
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style, Tone
from bot.screens.wording import Wording
from surveys.linking import Connected, ConnectView, LinkTaken, LinkUnknown, Welcome
from surveys.opting_out import StoppedSome
from surveys.people import (
    ForgetOffer,
    ForgetRefused,
    Forgotten,
    LanguageChosen,
    LanguageOffer,
    MyData,
    NothingKnown,
    OptedIn,
    OptedOut,
    Privacy,
)
from surveys.rules.journey import Metric
from surveys.rules.metrics import SCALES

Paragraph = tuple[Run, ...]
PeopleView = (
    OptedOut
    | OptedIn
    | LanguageOffer
    | LanguageChosen
    | Privacy
    | MyData
    | ForgetOffer
    | ForgetRefused
    | Forgotten
    | NothingKnown
    | StoppedSome
)


def connect_screen(view: ConnectView) -> Screen:
    """What /start answers."""
    wording = Wording(view.language)
    match view:
        case Welcome(business=business, opted_out=opted_out):
            said = [wording.text("people.welcome", business=business), wording.text("people.welcome_connect")]
            return _with_resume(said, wording, opted_out=opted_out)
        case Connected(business=business, opted_out=opted_out, order_id=order_id, customer_name=name):
            if order_id is not None:
                said = [wording.text("people.connected_order", business=business, order_id=order_id)]
            elif name:
                said = [wording.text("people.connected_named", business=business, name=name)]
            else:
                said = [wording.text("people.connected", business=business)]
            said.append(wording.text("people.how_to_leave"))
            return _with_resume(said, wording, opted_out=opted_out)
        case LinkTaken():
            return _plain(wording.text("people.link_taken"))
        case LinkUnknown():
            return _plain(wording.text("people.link_unknown"))
        case _:
            assert_never(view)


@singledispatch
def people_screen(view: PeopleView) -> Screen:
    """What the commands about oneself answer."""
    raise TypeError(f"{type(view).__name__} has no screen")


@people_screen.register
def _(view: OptedOut) -> Screen:
    wording = Wording(view.language)
    resume = _row(_choice(wording.text("people.resume"), Resume()))
    return _plain(wording.text("dialogue.stopped"), resume, *stop_only(view.touchpoints, wording))


@people_screen.register
def _(view: StoppedSome) -> Screen:
    return stopped_some_screen(view)


@people_screen.register
def _(view: OptedIn) -> Screen:
    return _plain(Wording(view.language).text("people.opted_in"))


@people_screen.register
def _(view: LanguageOffer) -> Screen:
    offered = tuple(_choice(language_name(code), ChooseLanguage(place)) for place, code in enumerate(view.languages))
    return _plain(Wording(view.language).text("people.language_offer"), ChoiceGroup(Arrangement.LIST, offered))


@people_screen.register
def _(view: LanguageChosen) -> Screen:
    return _plain(Wording(view.language).text("people.language_chosen"))


@people_screen.register
def _(view: Privacy) -> Screen:
    wording = Wording(view.language)
    often = wording.duration(view.quarantine)
    offers = (consent_paragraph(view.agreed_to_offers, wording),) if view.has_offers else ()
    return Screen(
        (
            (Run(wording.text("people.privacy_title", business=view.business), Style.BOLD),),
            (Run(wording.text("people.privacy_kept")),),
            (Run(wording.text("people.privacy_why")),),
            (Run(wording.text("people.privacy_who", business=view.business)),),
            (Run(wording.text("people.privacy_often", duration=often)),),
            *offers,
            (Run(wording.text("people.privacy_leave")),),
            *stopped_paragraph(view.stopped, wording),
        ),
        (consent_choice(view.agreed_to_offers, wording),) if view.has_offers else (),
    )


@people_screen.register
def _(view: MyData) -> Screen:
    return _my_data_screen(view, Wording(view.language))


@people_screen.register
def _(view: ForgetOffer) -> Screen:
    wording = Wording(view.language)
    yes = _choice(wording.text("people.forget_yes"), ForgetMe(), Tone.NEGATIVE)
    no = _choice(wording.text("people.forget_no"), KeepMe())
    return _plain(wording.text("people.forget_offer"), ChoiceGroup(Arrangement.LIST, (yes, no)))


@people_screen.register
def _(view: ForgetRefused) -> Screen:
    return _plain(Wording(view.language).text("people.forget_refused"))


@people_screen.register
def _(view: Forgotten) -> Screen:
    wording = Wording(view.language)
    scores = wording.plural("people.forgotten_scores", view.scores)
    return Screen(((Run(wording.text("people.forgotten")),), (Run(scores),)))


@people_screen.register
def _(view: NothingKnown) -> Screen:
    return _plain(Wording(view.language).text("people.nothing_known"))


def complaint_offer_screen(language: str) -> Screen:
    """What /complaint answers before a person is called."""
    wording = Wording(language)
    return _plain(wording.text("people.complaint_offer"), _row(_choice(wording.text("people.complain"), Complain())))


def unknown_command_screen(language: str) -> Screen:
    """What a command that does not exist answers, or one that somebody may not use."""
    return _plain(Wording(language).text("people.unknown_command"))


def language_name(code: str) -> str:
    """The language's own name for itself."""
    try:
        name = Locale.parse(code, sep="-").get_display_name(code)
    except (ValueError, UnknownLocaleError):
        return code
    return (name or code).capitalize()


def _my_data_screen(view: MyData, wording: Wording) -> Screen:
    if view.name is None and not view.customers and not view.answers and not view.messages:
        return _plain(wording.text("people.nothing_known"))
    paragraphs: list[Paragraph] = [(Run(wording.text("people.my_data"), Style.BOLD),)]
    lines = [] if view.name is None else [wording.text("people.my_name", name=view.name)]
    for customer in view.customers:
        shown = ", ".join(part for part in (customer.name, customer.phone) if part) or "-"
        lines.append(wording.text("people.my_customer", number=customer.external_id, shown=shown))
        lines.append(wording.plural("people.my_orders", customer.orders))
    lines.append(wording.plural("people.my_messages", view.messages))
    if view.opted_out:
        lines.append(wording.text("people.my_opt_out"))
    paragraphs.append((Run("\n".join(lines)),))
    for answer in view.answers:
        given = wording.text(
            "people.my_answer",
            day=wording.day(answer.answered_at.astimezone(view.zone).date()),
            score=answer.score,
            top=SCALES[Metric(answer.metric)].highest,
        )
        paragraphs.append((Run(given),))
        if answer.comment:
            paragraphs.append((Run(answer.comment, Style.QUOTE),))
    paragraphs += stopped_paragraph(view.stopped, wording)
    paragraphs += linked_paragraph(view.accounts, wording)
    return Screen(tuple(paragraphs), disown_choices(view.customers, view.accounts, wording))


def _with_resume(said: list[str], wording: Wording, *, opted_out: bool) -> Screen:
    paragraphs = tuple((Run(text),) for text in said)
    if not opted_out:
        return Screen(paragraphs)
    resume = _choice(wording.text("people.resume"), Resume())
    return Screen((*paragraphs, (Run(wording.text("people.still_opted_out")),)), (_row(resume),))


def _plain(text: str, *groups: ChoiceGroup) -> Screen:
    return Screen(((Run(text),),), groups)


def _row(choice: Choice) -> ChoiceGroup:
    return ChoiceGroup(Arrangement.ROW, (choice,))


def _choice(label: str, action: Action, tone: Tone = Tone.NEUTRAL) -> Choice:
    return Choice(label, encode(action), tone=tone)
