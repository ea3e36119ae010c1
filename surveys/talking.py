"""Talking to the customer from the card: what staff write, edit and tap goes to the one who complained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from db import case_posts, cases, schedule, staff_messages
from db.case_posts import CasePost
from db.cases import StoredCase
from db.database import Database, Transaction
from db.schedule import ScheduleEntry
from db.staff_messages import NewStaffMessage
from surveys.addressing import Addressee, Unreachable, address
from surveys.case_views import CaseView, worded
from surveys.moving import move_case
from surveys.opening_by_hand import take_up
from surveys.publishing import Catalogues
from surveys.recovery import NoSuchCase, StaffActor, lock_for_staff
from surveys.rules.cases import CaseMove, Mover
from surveys.rules.dialogue import MessageKind
from surveys.rules.identity import MESSENGER_CHANNELS
from surveys.rules.languages import Texts, pick
from surveys.rules.placeholders import fill
from surveys.rules.putting_right import ReplyTemplate
from surveys.rules.talking import StaffWords, Unsendable, why_unsendable

_TELEGRAM = MESSENGER_CHANNELS[0]
"""Where staff work."""


@dataclass(frozen=True, slots=True)
class Said:
    """It is on its way to the customer; `again` when it was taken from staff before."""

    view: CaseView
    again: bool = False


@dataclass(frozen=True, slots=True)
class NotSaid:
    """It does not go to the customer, and why."""

    why: Unsendable | Unreachable


SayResult = Said | NotSaid | NoSuchCase


@dataclass(frozen=True, slots=True)
class TemplateChoices:
    """The answers of the catalogue that are one tap away."""

    view: CaseView
    templates: tuple[ReplyTemplate, ...]


@dataclass(frozen=True, slots=True)
class ToSay:
    """What a member of staff wants to tell the customer; `pressed_in` is the message that offered it to them."""

    origin: str
    kind: MessageKind
    text: str | None
    file_id: str | None = None
    message_id: int | None = None


async def is_post(database: Database, chat_id: int, message_id: int) -> bool:
    """Whether a reply to this message of the bot is about a case, or to somebody who wrote."""
    async with database.autocommit() as statement:
        return await case_posts.find(statement, chat_id, message_id) is not None


async def note_post(
    database: Database,
    *,
    chat_id: int,
    message_id: int,
    case_id: int | None = None,
    about_message: int | None = None,
    now: datetime,
) -> None:
    """Remember a message of the bot about a case, or about a customer's message: staff may reply to it."""
    async with database.transaction() as transaction:
        await case_posts.keep(transaction, CasePost(chat_id, message_id, case_id, about_message, "answer"), now=now)


async def reply_to_customer(
    database: Database, catalogues: Catalogues, actor: StaffActor, post_id: int, words: StaffWords, *, now: datetime
) -> SayResult:
    """Send what staff wrote in reply to the message `post_id` of the bot in the chat where they act.

    An open case becomes theirs, and from then on it waits for the customer. A reply to a message that fitted nothing
    opens a case. A settled case stays as it is.
    """
    async with database.transaction() as transaction:
        why = why_unsendable(words, same_channel=True)
        case = await _case_of_post(transaction, catalogues, actor, post_id, may_open=why is None, now=now)
        if isinstance(case, NoSuchCase):
            return case
        if why is not None or case is None:
            return NotSaid(why or Unsendable.EMPTY)
        addressee = await address(transaction, catalogues, case.id)
        if isinstance(addressee, Addressee):
            why = why_unsendable(words, same_channel=addressee.account.channel == _TELEGRAM)
            if why is not None:
                return NotSaid(why)
        said = ToSay("reply", words.kind, words.text, words.file_id, words.message_id)
        return await _say(transaction, catalogues, case, addressee, said, actor=actor, now=now)


async def edit_reply(
    database: Database, catalogues: Catalogues, chat_id: int, words: StaffWords, *, now: datetime
) -> bool:
    """Change what staff told the customer as they changed it in this chat; whether it had gone to a customer at all.

    A message that turned into another file is sent once more: what was delivered cannot become it.
    """
    async with database.transaction() as transaction:
        case_id = await staff_messages.case_of_written(transaction, chat_id, words.message_id)
        if case_id is None:
            return False
        await cases.lock_all(transaction, [case_id])
        known = await staff_messages.lock_written(transaction, chat_id, words.message_id)
        if known is None:
            return False
        if why_unsendable(words, same_channel=True) is not None:
            return True
        if (known.kind, known.text, known.file_id) == (words.kind.value, words.text, words.file_id):
            return True
        anew = (known.kind, known.file_id) != (words.kind.value, words.file_id)
        await staff_messages.edit(
            transaction,
            known.id,
            kind=words.kind.value,
            text=words.text,
            file_id=words.file_id,
            anew=anew,
            now=now,
        )
        await schedule.ask_again_for(transaction, "reply", known.id, now=now)
        await schedule.ask_again_for(transaction, "card", known.case_id, now=now)
        return True


async def offer_templates(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor
) -> TemplateChoices | NotSaid | NoSuchCase:
    """What can be answered with one tap, and that a reply to the card does as well."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        addressee = await address(transaction, catalogues, case_id)
        if isinstance(addressee, Unreachable):
            return NotSaid(addressee)
        return TemplateChoices(await worded(transaction, catalogues, case), catalogue.recovery.templates)


def number_of(template: ReplyTemplate) -> int:
    """The number under which a template is tapped: its key's, so that a changed catalogue never sends another one."""
    return crc32(template.key.encode())


async def send_template(
    database: Database,
    catalogues: Catalogues,
    case_id: int,
    template: int,
    actor: StaffActor,
    *,
    offered_in: int,
    now: datetime,
) -> SayResult:
    """Send the template of this number, filled in for the customer; each message that offers them sends one.

    A template that the catalogue does not have any more is `Unsendable.EMPTY`.
    """
    catalogue = catalogues.in_force.catalogue
    texts: Texts = next((one.text for one in catalogue.recovery.templates if number_of(one) == template), {})
    return await send_prepared(database, catalogues, case_id, texts, actor, offered_in=offered_in, now=now)


async def send_prepared(
    database: Database,
    catalogues: Catalogues,
    case_id: int,
    texts: Mapping[str, str],
    actor: StaffActor,
    *,
    offered_in: int,
    now: datetime,
) -> SayResult:
    """Send a text in the customer's language with its placeholders filled; the message that offered it sends one."""
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogues.in_force.catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        addressee = await address(transaction, catalogues, case.id)
        text = None
        if isinstance(addressee, Addressee):
            text = fill(pick(texts, addressee.language), addressee.values).strip()
            if not text:
                return NotSaid(Unsendable.EMPTY)
        said = ToSay("template", MessageKind.TEXT, text, message_id=offered_in)
        return await _say(transaction, catalogues, case, addressee, said, actor=actor, now=now)


async def _case_of_post(
    transaction: Transaction, catalogues: Catalogues, actor: StaffActor, post_id: int, *, may_open: bool, now: datetime
) -> StoredCase | NoSuchCase | None:
    """The case a message of the bot is about, locked; None when there is none and none may be opened."""
    post = await case_posts.find(transaction, actor.chat_id, post_id)
    if post is None:
        return NoSuchCase.UNKNOWN
    if post.case_id is not None:
        return await lock_for_staff(transaction, catalogues.in_force.catalogue, post.case_id, actor)
    assert post.message_ref is not None
    if not may_open:
        return None
    return await take_up(transaction, catalogues, post.message_ref, actor, now=now)


async def _say(
    transaction: Transaction,
    catalogues: Catalogues,
    case: StoredCase,
    addressee: Addressee | Unreachable,
    said: ToSay,
    *,
    actor: StaffActor,
    now: datetime,
) -> SayResult:
    if isinstance(addressee, Unreachable):
        return NotSaid(addressee)
    kept_id = await tell_customer(transaction, case.id, addressee, said, by=actor.mover, chat_id=actor.chat_id, now=now)
    if kept_id is None:
        return Said(await worded(transaction, catalogues, case), again=True)
    moved = await await_customer(transaction, catalogues, case, by=actor.mover, now=now)
    return Said(await worded(transaction, catalogues, moved))


async def tell_customer(
    transaction: Transaction,
    case_id: int,
    addressee: Addressee,
    said: ToSay,
    *,
    by: Mover,
    chat_id: int | None = None,
    now: datetime,
) -> int | None:
    """A step: store what staff say and queue it; the message's id, None when it was taken already.

    `chat_id` is where staff wrote or tapped it, None with a `said.message_id` of None.
    """
    kept_id = await staff_messages.keep(
        transaction,
        NewStaffMessage(
            case_id=case_id,
            account_id=addressee.account.id,
            origin=said.origin,
            kind=said.kind.value,
            text=said.text,
            file_id=said.file_id,
            chat_id=None if said.message_id is None else chat_id,
            message_id=said.message_id,
            author_id=by.id,
            author_name=by.name,
        ),
        now=now,
    )
    if kept_id is not None:
        await schedule.add(
            transaction,
            [ScheduleEntry.to_account("reply", kept_id, addressee.account.id, addressee.account.channel, now)],
            now=now,
        )
        await schedule.ask_again_for(transaction, "card", case_id, now=now)
    return kept_id


async def await_customer(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, by: Mover, now: datetime
) -> StoredCase:
    """A step: staff spoke to the customer, so an open case is theirs, and it waits for the customer's word."""
    for move in (CaseMove.CLAIM, CaseMove.AWAIT_CUSTOMER):
        case = await move_case(transaction, catalogues, case, move, by=by, now=now) or case
    return case
