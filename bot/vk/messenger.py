"""VK as a messenger: screens out, outcomes back. A message's id is its number in the dialog, which events name too."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from hashlib import blake2s
from typing import Final

import structlog

from bot.screens.screen import Screen
from bot.vk.client import VkClient
from bot.vk.drawing import Buttons, Drawing, draw
from bot.vk.errors import (
    HeldBackError,
    NotConnectedError,
    NotPermittedError,
    OutcomeUnknownError,
    RefusedError,
    TokenRefusedError,
    VkCallError,
    VkRefusalError,
    error_of,
)
from bot.vk.uploads import carried_by, upload
from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, SendOutcome, Unknown

log = structlog.get_logger()

CHANNEL: Final = "vk"
SNACKBAR_LIMIT: Final = 90
"""Characters of the answer to a tap."""

NOT_CONNECTED_PAUSE: Final = 5.0

ButtonsOf = Callable[[int], Awaitable[Buttons]]
"""What somebody's program can show."""


class VkMessenger:
    """Sends as one community; takes from no budget itself."""

    def __init__(self, client: VkClient, group_id: int, buttons_of: ButtonsOf) -> None:
        self._client = client
        self._group_id = group_id
        self._buttons_of = buttons_of

    @property
    def channel(self) -> str:
        """`vk`."""
        return CHANNEL

    async def send(
        self,
        chat_id: int,
        screen: Screen,
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
        delivery_key: str | None = None,
    ) -> SendOutcome:
        """Send a new message; what comes twice under one `delivery_key` within the hour is shown once.

        VK has no topics: `thread_id` says nothing here.
        """
        drawn = await self._drawn(chat_id, screen)
        if not isinstance(drawn, Drawing):
            return drawn
        attachment = None
        if screen.attachment is not None:
            try:
                attachment = await upload(self._client, chat_id, screen.attachment)
            except OutcomeUnknownError as error:
                # the message itself was certainly not sent
                return NotExecuted(NOT_CONNECTED_PAUSE, error.description)
            except VkCallError as error:
                return outcome_of(error)
        try:
            return await self._send(chat_id, drawn, attachment, reply_to, random_id_of(delivery_key))
        except VkCallError as error:
            if reply_to is not None and isinstance(error, RefusedError) and error.cause is RefusalCause.INVALID:
                # what is answered may be gone: rather without the quote than not at all
                return await self._without_quote(chat_id, drawn, attachment, delivery_key)
            return outcome_of(error)

    async def _without_quote(
        self, chat_id: int, drawing: Drawing, attachment: str | None, delivery_key: str | None
    ) -> SendOutcome:
        try:
            return await self._send(chat_id, drawing, attachment, None, random_id_of(delivery_key))
        except VkCallError as error:
            return outcome_of(error)

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> SendOutcome:
        """Redraw a message in place; one whose choices fit under no message counts as gone, and is sent anew."""
        drawn = await self._drawn(chat_id, screen)
        if not isinstance(drawn, Drawing):
            return drawn
        if not drawn.inline:
            return Refused(RefusalCause.MESSAGE_GONE, "its choices lie under the input field")
        try:
            # an edit says everything anew: what the message carries would go
            attachment = None if screen.attachment is None else await carried_by(self._client, chat_id, message_id)
            await self._client.call(
                "messages.edit",
                peer_id=chat_id,
                cmid=message_id,
                message=drawn.text,
                attachment=attachment,
                keyboard=drawn.keyboard,
                keep_snippets=True,
                dont_parse_links=True,
            )
        except RefusedError as error:
            if error.code == _WRONG_PARAMETER:
                # the number of a message that is not there (any more)
                return Refused(RefusalCause.MESSAGE_GONE, error.description)
            return outcome_of(error)
        except VkCallError as error:
            return outcome_of(error)
        return Accepted(message_id)

    async def answer_tap(self, tap_id: str, text: str | None = None) -> None:
        """Stop the spinner on a tapped choice, with a snackbar of at most 90 characters; a lost one is not retried."""
        user_id, peer_id, event_id = tap_id.split(":", 2)
        snackbar = {"type": "show_snackbar", "text": _clipped(text, SNACKBAR_LIMIT)} if text else None
        try:
            await self._client.call(
                "messages.sendMessageEventAnswer",
                event_id=event_id,
                user_id=int(user_id),
                peer_id=int(peer_id),
                event_data=snackbar,
            )
        except VkCallError as error:
            log.info("tap_answer_lost", channel=CHANNEL, why=error.description)

    async def probe(self) -> bool:
        """Whether VK's API answers at all."""
        try:
            await self._client.call("groups.getById", group_id=self._group_id)
        except VkCallError as error:
            log.warning("channel_probe_failed", channel=CHANNEL, why=error.description)
            return isinstance(error, VkRefusalError)
        return True

    async def _drawn(self, chat_id: int, screen: Screen) -> Drawing | Refused:
        buttons = await self._buttons_of(chat_id) if screen.groups else Buttons.CALLBACK
        try:
            return draw(screen, buttons)
        except ValueError as error:
            return Refused(RefusalCause.INVALID, str(error))

    async def _send(
        self, chat_id: int, drawing: Drawing, attachment: str | None, reply_to: int | None, random_id: int
    ) -> SendOutcome:
        reply = {"peer_id": chat_id, "conversation_message_ids": [reply_to], "is_reply": True}
        # `peer_ids` alone is answered with the message's number in the dialog
        answer = await self._client.call(
            "messages.send",
            peer_ids=str(chat_id),
            random_id=random_id,
            message=drawing.text,
            attachment=attachment,
            keyboard=drawing.keyboard,
            forward=None if reply_to is None else reply,
            dont_parse_links=True,
        )
        sent = answer[0] if isinstance(answer, list) and answer else None
        if not isinstance(sent, dict):
            return Unknown("accepted without saying what was sent")
        error = sent.get("error")
        if isinstance(error, dict) and isinstance(error.get("code"), int):
            raise error_of("messages.send", error["code"], str(error.get("description") or ""))
        number = sent.get("conversation_message_id")
        return Accepted(number) if isinstance(number, int) else Unknown("accepted without a number")


_WRONG_PARAMETER: Final = 100


def random_id_of(delivery_key: str | None) -> int:
    """The `random_id` of a message, 1 to 2^31 - 1: the same for the same key, another each time without one."""
    if delivery_key is None:
        return secrets.randbelow(2**31 - 1) + 1
    number = int.from_bytes(blake2s(delivery_key.encode(), digest_size=4).digest()) & (2**31 - 1)
    return number or 1


def outcome_of(error: VkCallError) -> SendOutcome:
    """What a failed call means for the schedule."""
    match error:
        case NotConnectedError(description=description):
            return NotExecuted(NOT_CONNECTED_PAUSE, description, whole_channel=True)
        case HeldBackError(retry_after=seconds, description=description, whole_channel=whole_channel):
            if isinstance(error, TokenRefusedError | NotPermittedError):
                log.error(
                    "vk_refuses_us", code=error.code, why=description, fix="see `otklik doctor`", again_in=seconds
                )
            return NotExecuted(seconds, description, whole_channel=whole_channel)
        case RefusedError(cause=cause, description=description):
            return Refused(cause, description)
        case OutcomeUnknownError(description=description):
            return Unknown(description)
        case _:
            return Unknown(error.description)


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def encode_tap(user_id: int, peer_id: int, event_id: str) -> str:
    """The id by which a tap is answered."""
    return f"{user_id}:{peer_id}:{event_id}"
