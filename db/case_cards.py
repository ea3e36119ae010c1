"""Where the cards of cases are."""

from __future__ import annotations

from datetime import datetime

from db.database import Transaction


async def place_card(transaction: Transaction, case_id: int, *, chat_id: int | None, message_id: int | None) -> None:
    """Remember where the case's card is; None when it is gone."""
    await transaction.run(
        "update cases set card_chat_id = $2, card_message_id = $3 where id = $1", case_id, chat_id, message_id
    )


async def fallback_card(transaction: Transaction, schedule_id: int) -> int | None:
    """The message in which an owner's copy of a card is shown."""
    message_id = await transaction.value("select message_id from schedule where id = $1", schedule_id)
    assert message_id is None or isinstance(message_id, int)
    return message_id


async def forget_card(transaction: Transaction, case_id: int, schedule_id: int) -> None:
    """The message that showed the card is gone: the next drawing posts a new one."""
    await transaction.run("update schedule set message_id = null where id = $1", schedule_id)
    await place_card(transaction, case_id, chat_id=None, message_id=None)


async def post_cards_anew(transaction: Transaction, chat_id: int) -> int:
    """Have the cards of unsettled cases that stand in this chat, which the team has left, posted again; how many."""
    return await transaction.run(
        """
        update schedule s set state = 'due', settled_at = null, reason = null
        from cases c
        where c.card_chat_id = $1 and c.state in ('open', 'claimed', 'waiting')
          and s.kind = 'card' and s.subject_id = c.id and s.recipient like 'team:%' and s.state = 'sent'
        """,
        chat_id,
    )


async def leave_card_behind(
    transaction: Transaction, case_id: int, *, chat_id: int, message_id: int, now: datetime
) -> None:
    """The card in this chat, whose team passed the case on, is drawn once more where it is."""
    await transaction.run(
        """
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, detail, message_id, created_at)
        values ('card', $1, 'chat:' || $2::bigint, 'telegram', 'card:' || $1::bigint || ':left:' || $2::bigint, $4,
                'left', $3, $4)
        on conflict (dedupe_key) do update set state = 'due', due_at = excluded.due_at, message_id = excluded.message_id
        """,
        case_id,
        chat_id,
        message_id,
        now,
    )


async def send_card_to(transaction: Transaction, case_id: int, team_chat: str, *, now: datetime) -> None:
    """The case goes to another team's chat: a card is posted there."""
    await transaction.run(
        """
        update schedule set recipient = $2, message_id = null,
               requested_again = requested_again or state = 'sending',
               state = case state when 'sending' then 'sending' else 'due' end, due_at = $3, retry_at = null
         where dedupe_key = 'card:' || $1::bigint
        """,
        case_id,
        f"team:{team_chat}",
        now,
    )
    await place_card(transaction, case_id, chat_id=None, message_id=None)
