"""Cards and relayed messages: where they go now, what they show, and what a refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import case_cards, case_posts, members, outbreaks, relayed_messages, schedule
from db.case_posts import CasePost
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.case_views import CaseView, EarlierView, chat_name, view_case, view_earlier
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Moved, Postponed, SendTo
from surveys.outbreaks import OutbreakView, view_outbreak
from surveys.publishing import Catalogues
from surveys.rules.cases import CaseState
from surveys.rules.languages import Texts
from surveys.rules.sending import RefusalCause, Refused
from surveys.rules.teams import team_named

_TEAM = "team:"
LEFT = "left"
"""The detail of a card's row in a chat whose team passed the case on."""

_REFUSED_CHAT_SECONDS = 30.0
"""How long a team's message waits before its chat is tried again."""

_CARD_FIRST_SECONDS = 1.0
"""A file goes under its card, so it waits until the card is there."""


@dataclass(frozen=True, slots=True)
class PostCard(DueWork):
    """Draw the card of a case: anew, or over the message it is in already.

    `fallback_for` names the team's chat that cannot be reached, when the card goes to an owner instead. What is overdue
    at `drawn_at` is said.
    """

    view: CaseView
    edit_message_id: int | None
    fallback_for: str | None
    drawn_at: datetime | None = None
    earlier: EarlierView | None = None
    left_for: Texts | None = None
    """Another team has it now: what stays of the card here."""


@dataclass(frozen=True, slots=True)
class PostOutbreak(DueWork):
    """Draw the message about an outbreak as it stands at `drawn_at`: anew, or over the one it is in already."""

    view: OutbreakView
    edit_message_id: int | None
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class RelayMessage(DueWork):
    """Show staff what a customer sent by `channel`: under the card it belongs to, or by itself.

    `edit_message_id` is the message that shows it already; `edited` when the customer changed it since.
    """

    case_id: int | None
    reply_to: int | None
    kind: str
    text: str | None
    file_id: str | None
    customer_name: str | None
    language: str
    message_id: int
    edit_message_id: int | None = None
    edited: bool = False
    channel: str = "telegram"


@dataclass(frozen=True, slots=True)
class StaffNote(DueWork):
    """Tell staff something about a case in a message of its own, which they may reply to as to its card."""

    case_id: int
    reply_to: int | None
    language: str


async def decide_card(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: where a card goes now, and what it shows."""
    view = await view_case(transaction, catalogues, row.subject_id)
    if view is None:
        return Dropped("forgotten")
    if row.detail == LEFT:
        return await _decide_left_card(transaction, catalogues, row, view)
    if _waits_for_morning(view.state, view.case.card_at, now):
        assert view.case.card_at is not None
        return Moved(view.case.card_at, "working_hours")
    return Dropped("folded") if view.case.folded else await _draw_card(transaction, catalogues, row, view, now=now)


async def _draw_card(
    transaction: Transaction, catalogues: Catalogues, row: DueRow, view: CaseView, *, now: datetime
) -> Decision:
    earlier = await view_earlier(transaction, catalogues, view.case)
    place = await place_of(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    if place.is_team:
        is_here = view.case.card_chat_id == place.chat_id
        shown_in = view.case.card_message_id if is_here else None
        return SendTo(place.chat_id, PostCard(view, shown_in, None, now, earlier), place.thread_id)
    shown_in = await case_cards.fallback_card(transaction, row.id)
    fallback_for = chat_name(catalogues.in_force.catalogue, view.case.team, view.case.touchpoint)
    return SendTo(place.chat_id, PostCard(view, shown_in, fallback_for, now, earlier))


async def _decide_left_card(transaction: Transaction, catalogues: Catalogues, row: DueRow, view: CaseView) -> Decision:
    """The card in the chat of a team that passed the case on: who has it now, and nothing to press."""
    message_id = await case_cards.fallback_card(transaction, row.id)
    chat_id = int(row.recipient.partition(":")[2])
    if message_id is None or view.case.card_chat_id == chat_id:
        return Dropped("came_back")
    team = team_named(catalogues.in_force.catalogue, view.case.team)
    return SendTo(chat_id, PostCard(view, message_id, None, left_for=team.team.title or {view.language: team.name}))


async def decide_outbreak(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: where the message about an outbreak goes now, and what it shows."""
    view = await view_outbreak(transaction, catalogues, row.subject_id)
    if view is None:
        return Dropped("forgotten")
    place = await place_of(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    shown_in = await case_cards.fallback_card(transaction, row.id)
    if place.is_team:
        shown_in = view.outbreak.card_message_id if view.outbreak.card_chat_id == place.chat_id else None
    return SendTo(place.chat_id, PostOutbreak(view, shown_in, now), place.thread_id)


async def decide_relay(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: where a customer's message goes now, and under which card."""
    message = await relayed_messages.message(transaction, row.subject_id)
    if message is None:
        return Dropped("forgotten")
    if message.case_state is not None and _waits_for_morning(CaseState(message.case_state), message.card_at, now):
        assert message.card_at is not None
        return Moved(message.card_at, "working_hours")
    place = await place_of(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    under_card = message.case_id is not None and message.card_chat_id == place.chat_id
    waits_for_card = message.card_message_id is None and not message.folded
    if message.case_id is not None and waits_for_card and place.is_team:
        return Postponed(_CARD_FIRST_SECONDS, "card_first")
    return SendTo(
        place.chat_id,
        RelayMessage(
            case_id=message.case_id,
            reply_to=message.card_message_id if under_card else None,
            kind=message.kind,
            text=message.text,
            file_id=message.file_id,
            customer_name=message.customer_name,
            language=catalogues.language,
            message_id=message.id,
            edit_message_id=await _shown_in(transaction, row, place.chat_id),
            edited=message.edited_at is not None,
            channel=message.channel,
        ),
        place.thread_id,
    )


async def _shown_in(transaction: Transaction, row: DueRow, chat_id: int) -> int | None:
    """The message of this chat in which the row's message was shown already."""
    message_id = await case_cards.fallback_card(transaction, row.id)
    if message_id is None:
        return None
    post = await case_posts.find(transaction, chat_id, message_id)
    return message_id if post is not None and post.message_ref == row.subject_id else None


def _waits_for_morning(state: CaseState, card_at: datetime | None, now: datetime) -> bool:
    """Nobody took it yet, and the team does not work yet."""
    return state is CaseState.OPEN and card_at is not None and now < card_at


class StaffSettler:
    """What came of something shown to staff: a card or a customer's message."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """Remember where it stands: staff answer it there."""
        post = _post(due, message_id)
        if post is not None:
            await case_posts.keep(transaction, post, now=now)
        if not due.recipient.startswith(_TEAM):
            return
        await members.team_chat_works(transaction, due.chat_id)
        if due.kind == "outbreak":
            await outbreaks.place_card(transaction, due.subject_id, chat_id=due.chat_id, message_id=message_id)
        if due.kind == "card" and await schedule.recipient_of(transaction, due.schedule_id) != due.recipient:
            # another team got the case while its card was under way
            await case_cards.leave_card_behind(
                transaction, due.subject_id, chat_id=due.chat_id, message_id=message_id, now=now
            )
        elif due.kind == "card":
            await case_cards.place_card(transaction, due.subject_id, chat_id=due.chat_id, message_id=message_id)
            chat_id = await members.hold_team_chat(transaction, due.recipient.removeprefix(_TEAM))
            if chat_id != due.chat_id:
                # the team moved while its card was under way
                await schedule.request_again(transaction, due.schedule_id)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped:
        """A complaint is never lost.

        A team's chat that refuses, for whatever reason, is marked as failing, the owners get the message in their
        private chats, and the team's own row stays queued until its chat works again.
        """
        if refused.cause is RefusalCause.MESSAGE_GONE and due.kind == "card":
            await case_cards.forget_card(transaction, due.subject_id, due.schedule_id)
            return Postponed(0, "card_gone")
        if refused.cause is RefusalCause.MESSAGE_GONE and due.kind == "outbreak":
            await outbreaks.place_card(transaction, due.subject_id, chat_id=None, message_id=None)
            return Postponed(0, "card_gone")
        if refused.cause is RefusalCause.TOPIC_GONE and due.thread_id is not None:
            await members.topic_gone(transaction, due.chat_id, due.thread_id)
            return Postponed(0, "topic_gone")
        if not due.recipient.startswith(_TEAM):
            return Dropped(refused.cause.value)
        await members.team_chat_failed(transaction, due.chat_id, refused.description or refused.cause.value, now)
        await tell_owners(transaction, due.kind, due.subject_id, due.detail, now=now)
        return Postponed(_REFUSED_CHAT_SECONDS, refused.cause.value)

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It is sent again; nothing else follows."""


def _post(due: Due, message_id: int) -> CasePost | None:
    """What a reply to the message would be about; the work is not known of a row a dead process left."""
    match due.work:
        case PostCard():
            return CasePost(due.chat_id, message_id, due.subject_id, None, "card")
        case RelayMessage(case_id=case_id):
            return CasePost(due.chat_id, message_id, case_id, due.subject_id, "relay")
        case StaffNote(case_id=case_id):
            return CasePost(due.chat_id, message_id, case_id, None, due.kind)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class StaffPlace:
    """A chat in which staff are told something: a team's, or somebody's private one."""

    chat_id: int
    is_team: bool
    thread_id: int | None = None


async def place_of(transaction: Transaction, row: DueRow, *, now: datetime) -> StaffPlace | Postponed:
    """A step: the chat the row goes to now; while a team has none, the owners are told instead."""
    kind, _, name = row.recipient.partition(":")
    if kind == "chat":
        return StaffPlace(int(name), is_team=False)
    chat = await members.team_chat(transaction, name)
    if chat is None:
        await tell_owners(transaction, row.kind, row.subject_id, row.detail, now=now)
        return Postponed(_REFUSED_CHAT_SECONDS, "no_team_chat")
    return StaffPlace(chat.chat_id, is_team=True, thread_id=chat.thread_id)


async def tell_owners(
    transaction: Transaction, kind: str, subject_id: int, detail: str | None, *, now: datetime
) -> None:
    """A step: the owners are told in their private chats what their team cannot be told, each once."""
    about = f"{kind}:{subject_id}" if detail is None else f"{kind}:{subject_id}:{detail}"
    owners = await members.owner_ids(transaction)
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind=kind,
                subject_id=subject_id,
                recipient=f"chat:{owner}",
                channel="telegram",
                dedupe_key=f"{about}:chat:{owner}",
                due_at=now,
                detail=detail,
            )
            for owner in owners
        ],
        now=now,
    )
