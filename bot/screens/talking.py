"""What passes between staff and a customer: answers, templates, and what could not be passed on."""

from __future__ import annotations

from collections.abc import Mapping

from bot.screens.actions import encode
from bot.screens.screen import Arrangement, Attachment, AttachmentKind, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.staff_actions import SendTemplate
from bot.screens.wording import Wording
from surveys.addressing import Unreachable
from surveys.case_views import CaseView
from surveys.offering import IN_DOUBT
from surveys.opening_by_hand import Opened
from surveys.recovery import NoSuchCase
from surveys.replies import NoteUndelivered, StaffReply
from surveys.rules.languages import pick
from surveys.rules.talking import Unsendable
from surveys.talking import NotSaid, Said, SayResult, TemplateChoices, number_of

Paragraph = tuple[Run, ...]

_STAFF_CHANNEL = "telegram"
"""Where staff write, and so where their files are."""

_TEXT_UNITS = 4096
_CAPTION_UNITS: Mapping[str, int] = {"telegram": 1024, "vk": 4096}
"""UTF-16 units of a message and of the words under a file: what staff wrote comes whole, and who wrote it if it fits.
"""

_BREAK_UNITS = 2


def reply_screen(work: StaffReply, channel: str, *, is_repeat: bool = False, corrects: bool = False) -> Screen:
    """What staff say, under how they are named to the customer.

    `corrects`: the earlier form of it could not be redrawn in the customer's chat, so this one comes below.
    """
    wording = Wording(work.language)
    headings: list[Paragraph] = [(Run(work.author, Style.BOLD),)]
    if corrects:
        headings.append((Run(wording.text("talking.corrected"), Style.ITALIC),))
    if is_repeat:
        headings.append((Run(wording.text("talking.repeat"), Style.ITALIC),))
    said: tuple[Paragraph, ...] = ((Run(work.text),),) if work.text else ()
    left = (_TEXT_UNITS if work.file_id is None else _CAPTION_UNITS[channel]) - _units(work.text or "")
    shown: list[Paragraph] = []
    for heading in headings:
        left -= _units(heading[0].text) + _BREAK_UNITS
        if left >= 0:
            shown.append(heading)
    attachment = None
    if work.file_id is not None:
        attachment = Attachment(AttachmentKind(work.kind), file_id=work.file_id, channel=_STAFF_CHANNEL)
    return Screen((*shown, *said), attachment=attachment)


def templates_screen(choices: TemplateChoices) -> Screen:
    """The answers that are one tap away, and how to answer in one's own words."""
    view = choices.view
    wording = Wording(view.language)
    hint = (Run(wording.text("talking.reply_hint"), Style.ITALIC),)
    if not choices.templates:
        return Screen(((Run(wording.text("talking.answer", number=view.case.id)),), hint))
    buttons = tuple(
        Choice(pick(template.title, view.language), encode(SendTemplate(view.case.id, number_of(template))))
        for template in choices.templates
    )
    heading = (Run(wording.text("talking.templates", number=view.case.id)),)
    return Screen((heading, hint), (ChoiceGroup(Arrangement.LIST, buttons),))


def template_sent_screen(view: CaseView, name: str) -> Screen:
    """What is left of the templates once one was sent."""
    said = Wording(view.language).text("talking.template_sent", number=view.case.id, name=name)
    return Screen(((Run(said),),))


def say_notice(result: SayResult | TemplateChoices, language: str) -> str | None:
    """The pop-up for whoever tapped something that goes to the customer."""
    wording = Wording(language)
    match result:
        case Said(again=True):
            return wording.text("talking.already_sent")
        case Said():
            return wording.text("talking.on_its_way")
        case NotSaid(Unsendable.EMPTY):
            return wording.text("talking.template_gone")
        case NotSaid() | NoSuchCase():
            return not_said_text(result, language)
        case _:
            return None


def not_said_screen(result: NotSaid | NoSuchCase, language: str) -> Screen:
    """The answer to what staff wrote when it does not go to the customer."""
    return Screen(((Run(not_said_text(result, language)),),))


def not_said_text(result: NotSaid | NoSuchCase, language: str) -> str:
    """Why something does not go to the customer, and what would."""
    wording = Wording(language)
    match result:
        case NotSaid(why):
            return wording.text(_NOT_SAID[why])
        case NoSuchCase.ABOUT_YOURSELF:
            return wording.text("talking.about_yourself")
        case NoSuchCase.NOT_YOURS:
            return wording.text("cases.not_yours")
        case NoSuchCase.UNKNOWN:
            return wording.text("cases.gone")


def opened_notice(result: Opened | NoSuchCase, language: str) -> str:
    """The pop-up for whoever opened a case by hand."""
    if isinstance(result, NoSuchCase):
        return not_said_text(result, language)
    view = result.view
    return Wording(language).text("talking.opened", number=view.case.id, name=view.case.claimed_by_name or "?")


def undelivered_screen(work: NoteUndelivered) -> Screen:
    """What staff wrote will never arrive, and why."""
    wording = Wording(work.language)
    key = "talking.edit_undelivered" if work.is_edit else "talking.undelivered"
    return Screen(((Run(wording.text(key, why=_why(work.why, wording))),),))


def talk_lines(view: CaseView, wording: Wording) -> tuple[str, ...]:
    """What was said last, as the card shows it."""
    lines: list[str] = []
    answer = view.talk.last_answer
    if answer is not None:
        name = answer.author_name or wording.text("talking.the_bot")
        at = wording.moment(answer.written_at, view.zone)
        if answer.undelivered == IN_DOUBT:
            lines.append(wording.text("talking.answer_in_doubt", name=name, at=at))
        elif answer.undelivered is not None:
            why = _why(answer.undelivered, wording)
            lines.append(wording.text("talking.answer_undelivered", name=name, at=at, why=why))
        elif answer.delivered:
            lines.append(wording.text("talking.answer_delivered", name=name, at=at))
        else:
            lines.append(wording.text("talking.answer_on_its_way", name=name, at=at))
    if view.talk.customer_wrote_at is not None:
        lines.append(
            wording.text("talking.new_from_customer", at=wording.moment(view.talk.customer_wrote_at, view.zone))
        )
    return tuple(lines)


_NOT_SAID = {
    Unsendable.KIND: "talking.cannot_kind",
    Unsendable.EMPTY: "talking.cannot_empty",
    Unsendable.CAPTION: "talking.cannot_caption",
    Unsendable.FILE: "talking.cannot_file",
    Unreachable.NOBODY: "talking.cannot_nobody",
    Unreachable.NOT_CONNECTED: "talking.cannot_not_connected",
    Unreachable.BLOCKED: "talking.cannot_blocked",
}
_WHY = {
    "blocked": "talking.why_blocked",
    "deactivated": "talking.why_deactivated",
    "chat_not_found": "talking.why_chat_not_found",
}


def _why(cause: str, wording: Wording) -> str:
    return wording.text(_WHY.get(cause, "talking.why_refused"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
