"""Telegram as a messenger: screens out, outcomes back."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Final

import structlog

from bot.screens.screen import Attachment, AttachmentKind, Screen
from bot.telegram.client import (
    MigratedError,
    NotConnectedError,
    RefusedError,
    TelegramCallError,
    TelegramClient,
    TokenRefusedError,
    TooManyRequestsError,
    Upload,
)
from bot.telegram.drawing import Drawing, draw
from surveys.rules.sending import (
    Accepted,
    Migrated,
    NotExecuted,
    RefusalCause,
    Refused,
    SendOutcome,
    Unknown,
)

log = structlog.get_logger()

POPUP_LIMIT: Final = 200
"""Characters of the answer to a tap."""

NOT_CONNECTED_PAUSE: Final = 5.0
TOKEN_REFUSED_PAUSE: Final = 60.0
"""A wrong token is the owner's mistake: everything waits until it is mended."""

_FILE_METHODS: Final = {
    AttachmentKind.PHOTO: ("sendPhoto", "photo"),
    AttachmentKind.VOICE: ("sendVoice", "voice"),
    AttachmentKind.DOCUMENT: ("sendDocument", "document"),
}
_NO_PREVIEW: Final = ',"parse_mode":"HTML","link_preview_options":{"is_disabled":true}'


class TelegramMessenger:
    """Sends through one bot; takes from no budget itself."""

    def __init__(self, client: TelegramClient) -> None:
        self._client = client

    @property
    def channel(self) -> str:
        """`telegram`."""
        return "telegram"

    async def send(
        self,
        chat_id: int,
        screen: Screen,
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
        delivery_key: str | None = None,
    ) -> SendOutcome:
        """Send a new message.

        `reply_to` quotes an earlier one of the chat when it still exists; `thread_id` names a forum's topic.
        The Bot API knows nothing like `delivery_key`.
        """
        try:
            drawing = draw(screen)
        except ValueError as error:
            return Refused(RefusalCause.INVALID, str(error))
        if screen.attachment is not None:
            return await self._send_file(chat_id, screen.attachment, drawing, reply_to, thread_id)
        quote = "" if reply_to is None else f',"reply_parameters":{_reply(reply_to)}'
        topic = "" if thread_id is None else f',"message_thread_id":{thread_id}'
        return await self._outcome("sendMessage", f'{{"chat_id":{chat_id}{topic}{_content(drawing)}{quote}}}')

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> SendOutcome:
        """Redraw a message in place; an identical one counts as accepted."""
        try:
            drawing = draw(screen)
        except ValueError as error:
            return Refused(RefusalCause.INVALID, str(error))
        where = f'"chat_id":{chat_id},"message_id":{message_id}'
        if screen.attachment is None:
            outcome = await self._outcome("editMessageText", f"{{{where}{_content(drawing)}}}")
        else:
            caption = f',"caption":{encode_basestring(drawing.html)},"parse_mode":"HTML"{_markup(drawing)}'
            outcome = await self._outcome("editMessageCaption", f"{{{where}{caption}}}")
        if isinstance(outcome, Refused) and outcome.cause is RefusalCause.NOT_MODIFIED:
            return Accepted(message_id)
        return outcome

    async def answer_tap(self, tap_id: str, text: str | None = None) -> None:
        """Stop the spinner on a tapped choice, with a pop-up of at most 200 characters; a lost one is not retried."""
        popup = "" if not text else f',"text":{encode_basestring(text[:POPUP_LIMIT])}'
        try:
            await self._client.post(
                "answerCallbackQuery", f'{{"callback_query_id":{encode_basestring(tap_id)}{popup}}}'
            )
        except TelegramCallError as error:
            log.info("tap_answer_lost", channel="telegram", why=error.description)

    async def probe(self) -> bool:
        """Whether the Bot API answers at all."""
        try:
            await self._client.call("getMe")
        except TelegramCallError as error:
            log.warning("channel_probe_failed", channel="telegram", why=error.description)
            return False
        return True

    async def _send_file(
        self, chat_id: int, attachment: Attachment, drawing: Drawing, reply_to: int | None, thread_id: int | None
    ) -> SendOutcome:
        method, field = _FILE_METHODS[attachment.kind]
        content: object = attachment.file_id
        if attachment.content is not None:
            content = Upload(attachment.content, attachment.name or field)
        params: dict[str, object] = {
            "chat_id": chat_id,
            "message_thread_id": thread_id,
            field: content,
            "caption": drawing.html or None,
            "parse_mode": "HTML" if drawing.html else None,
            "reply_markup": None if drawing.markup is None else json.loads(drawing.markup),
            "reply_parameters": None if reply_to is None else json.loads(_reply(reply_to)),
        }
        return await self._outcome(method, params)

    async def _outcome(self, method: str, request: str | dict[str, object]) -> SendOutcome:
        try:
            if isinstance(request, str):
                result = await self._client.post(method, request)
            else:
                result = await self._client.call(method, **request)
        except TelegramCallError as error:
            return outcome_of(error)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(message_id, int):
            return Unknown("accepted without a message_id")
        return Accepted(message_id)


def outcome_of(error: TelegramCallError) -> SendOutcome:
    """What a failed call means for the schedule."""
    match error:
        case TooManyRequestsError(retry_after=seconds, description=description):
            return NotExecuted(seconds, description, whole_channel=True)
        case NotConnectedError(description=description):
            return NotExecuted(NOT_CONNECTED_PAUSE, description, whole_channel=True)
        case TokenRefusedError(description=description):
            return NotExecuted(TOKEN_REFUSED_PAUSE, description, whole_channel=True)
        case MigratedError(chat_id=chat_id):
            return Migrated(chat_id)
        case RefusedError(cause=cause, description=description):
            return Refused(cause, description)
        case _:
            return Unknown(error.description)


def _content(drawing: Drawing) -> str:
    return f',"text":{encode_basestring(drawing.html)}{_NO_PREVIEW}{_markup(drawing)}'


def _markup(drawing: Drawing) -> str:
    return "" if drawing.markup is None else f',"reply_markup":{drawing.markup}'


def _reply(message_id: int) -> str:
    return f'{{"message_id":{message_id},"allow_sending_without_reply":true}}'
