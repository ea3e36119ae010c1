"""Methods about messages: send, edit, answer a press, ask for permission."""

from __future__ import annotations

import json
import re

from bot.sandbox.vk import parameters as kinds
from bot.sandbox.vk.errors import VKError, wrong
from bot.sandbox.vk.happenings import Happenings
from bot.sandbox.vk.keyboards import Keyboard, read_keyboard
from bot.sandbox.vk.pace import VKPace
from bot.sandbox.vk.parameters import Parameters, Signature, signature
from bot.sandbox.vk.taps import Taps
from bot.sandbox.vk.world import Dialog, Message, World, dump

# VK's documentation says "characters"; counted in UTF-16 units, which is at least as strict as either reading.
MAX_TEXT = 4096
MAX_PAYLOAD = 1000
MAX_PEERS = 100
MAX_ATTACHMENTS = 10
# VK's documentation of messages.send: the same random_id is refused for an hour, among the last hundred messages.
REPEAT_SECONDS = 3600
REPEAT_MESSAGES = 100
# VK's documentation of messages.edit: for a day.
EDITABLE_SECONDS = 24 * 3600
_INT32 = range(-(2**31), 2**31)
_ATTACHMENT = re.compile(r"(photo|doc|audio_message)(-?\d+)_(\d+)(?:_(\w+))?")
_INTENTS = frozenset(
    (
        "account_update",
        "bot_ad_invite",
        "bot_ad_promo",
        "confirmed_notification",
        "customer_support",
        "default",
        "finance_notification",
        "game_notification",
        "moderated_newsletter",
        "non_promo_newsletter",
        "promo_newsletter",
        "purchase_update",
    )
)

SIGNATURES: dict[str, Signature] = {
    "messages.send": signature(
        user_id=kinds.integer,
        random_id=kinds.integer,
        peer_id=kinds.integer,
        peer_ids=kinds.integers,
        message=kinds.text,
        attachment=kinds.text,
        reply_to=kinds.integer,
        forward=kinds.text,
        group_id=kinds.integer,
        keyboard=kinds.text,
        payload=kinds.text,
        dont_parse_links=kinds.boolean,
        disable_mentions=kinds.boolean,
        intent=kinds.text,
        subscribe_id=kinds.integer,
    ),
    "messages.edit": signature(
        "peer_id",
        peer_id=kinds.integer,
        message=kinds.text,
        attachment=kinds.text,
        keep_forward_messages=kinds.boolean,
        keep_snippets=kinds.boolean,
        group_id=kinds.integer,
        dont_parse_links=kinds.boolean,
        disable_mentions=kinds.boolean,
        message_id=kinds.integer,
        cmid=kinds.integer,
        conversation_message_id=kinds.integer,
        keyboard=kinds.text,
    ),
    "messages.sendMessageEventAnswer": signature(
        "event_id",
        "user_id",
        "peer_id",
        event_id=kinds.text,
        user_id=kinds.integer,
        peer_id=kinds.integer,
        event_data=kinds.text,
    ),
    "messages.isMessagesFromGroupAllowed": signature(
        "group_id", "user_id", group_id=kinds.integer, user_id=kinds.integer
    ),
}


class Sending:
    """Sends and edits as one community."""

    def __init__(self, world: World, happenings: Happenings, taps: Taps, pace: VKPace) -> None:
        self._world = world
        self._happenings = happenings
        self._taps = taps
        self._pace = pace

    def send(self, call: Parameters) -> str:
        """messages.send: a message id for one recipient, a list of outcomes for `peer_ids`."""
        if not call.has("random_id"):
            raise wrong("random_id is a required parameter")
        if call.number("random_id") not in _INT32:
            raise wrong("random_id should be int32")
        peers = call.numbers("peer_ids")
        single = [call.number(name) for name in ("peer_id", "user_id") if call.has(name)]
        if len(peers) > MAX_PEERS:
            raise wrong(f"peer_ids should contain at most {MAX_PEERS} elements")
        if not peers and not single:
            raise wrong("you should specify peer_id, user_id, domain, chat_id or user_ids param")
        keyboard = self._check_content(call)
        if not peers:
            return str(self._post(call, single[0], keyboard).id)
        return dump([self._outcome(call, peer, keyboard) for peer in peers])

    def edit(self, call: Parameters) -> str:
        """messages.edit: says all anew; the keyboard that is not given again goes."""
        keyboard = self._check_content(call)
        if keyboard is not None and not keyboard.inline:
            raise VKError(911, "only inline keyboard can be edited")
        dialog = self._world.writable_dialog(call.number("peer_id"))
        message = self._find(call, dialog)
        if not message.out or _is_voice(message):
            raise VKError(920)
        if self._world.date() - message.date > EDITABLE_SECONDS:
            raise VKError(909)
        shown = keyboard.text if keyboard is not None else None
        self._world.edit(message, call.string("message"), shown, self._attachments(call))
        return "1"

    def answer_tap(self, call: Parameters) -> str:
        """messages.sendMessageEventAnswer: once, within a minute."""
        tap = self._taps.answer(
            call.string("event_id"), call.number("user_id"), call.number("peer_id"), call.string("event_data")
        )
        self._world.changes.note("popup", tap.peer_id, tap.number, tap.answered.result().text)
        return "1"

    def is_allowed(self, call: Parameters) -> str:
        """messages.isMessagesFromGroupAllowed."""
        if call.number("group_id") != self._world.community.id:
            raise wrong("group_id is invalid")
        user = self._world.users.get(call.number("user_id"))
        allowed = user is not None and user.refusal_to_write() is None
        return dump({"is_allowed": int(allowed)})

    def _check_content(self, call: Parameters) -> Keyboard | None:
        text = call.string("message")
        if len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
            raise VKError(914)
        if not text.strip() and not call.string("attachment"):
            raise wrong("message is empty or invalid")
        if len(call.string("payload")) > MAX_PAYLOAD:
            raise wrong(f"payload should not exceed {MAX_PAYLOAD} letters length")
        if call.string("intent", "default") not in _INTENTS:
            raise wrong("intent is invalid")
        if call.has("group_id") and call.number("group_id") != self._world.community.id:
            raise VKError(15)
        self._attachments(call)
        return read_keyboard(call.string("keyboard"))

    def _outcome(self, call: Parameters, peer_id: int, keyboard: Keyboard | None) -> dict[str, object]:
        try:
            message = self._post(call, peer_id, keyboard)
        except VKError as error:
            return refused_outcome(peer_id, error)
        return {"peer_id": peer_id, "message_id": message.id, "conversation_message_id": message.number}

    def _post(self, call: Parameters, peer_id: int, keyboard: Keyboard | None) -> Message:
        dialog = self._world.writable_dialog(peer_id)
        random_id = call.number("random_id")
        known = self._find_repeated(dialog, random_id)
        if known is not None:
            return known
        reply_to = _reply_target(call, dialog, self._world)
        self._pace.take_message(peer_id)
        message = self._world.post(
            dialog,
            -self._world.community.id,
            call.string("message"),
            keyboard=keyboard.text if keyboard is not None and keyboard.inline else None,
            brought=keyboard.text if keyboard is not None and not keyboard.inline else None,
            attachments=self._attachments(call),
            reply_to=reply_to,
            random_id=random_id,
            payload=call.string("payload") or None,
        )
        if keyboard is not None and not keyboard.inline:
            dialog.keyboard = None if keyboard.empty else keyboard.text
        self._happenings.tell_sent(message)
        return message

    def _find_repeated(self, dialog: Dialog, random_id: int) -> Message | None:
        if random_id == 0:
            return None
        oldest = self._world.date() - REPEAT_SECONDS
        for message in reversed(dialog.messages[-REPEAT_MESSAGES:]):
            if message.out and message.random_id == random_id and message.date >= oldest:
                return message
        return None

    def _find(self, call: Parameters, dialog: Dialog) -> Message:
        number = call.number("cmid") or call.number("conversation_message_id")
        message = dialog.find(number) if number else self._world.messages.get(call.number("message_id"))
        if message is None or message.dialog is not dialog:
            raise wrong("message_id or cmid is invalid")
        return message

    def _attachments(self, call: Parameters) -> str | None:
        given = [part for part in call.string("attachment").split(",") if part]
        if len(given) > MAX_ATTACHMENTS:
            raise wrong(f"attachment should contain at most {MAX_ATTACHMENTS} objects")
        found = []
        for part in given:
            match = _ATTACHMENT.fullmatch(part.strip())
            file = self._world.files.get((int(match[2]), int(match[3]))) if match else None
            if match is None or file is None or match[4] not in (None, file.access_key):
                raise wrong(f"attachment {part} is invalid")
            found.append(file.attachment())
        return dump(found) if found else None


def refused_outcome(peer_id: int, error: VKError) -> dict[str, object]:
    """What stands for a recipient who gets nothing; the schema has both numbers at no less than 0 then."""
    return {"peer_id": peer_id, "message_id": 0, "conversation_message_id": 0, "error": error.payload()}


def _is_voice(message: Message) -> bool:
    return message.attachments is not None and message.attachments.startswith('[{"type":"audio_message"')


def _reply_target(call: Parameters, dialog: Dialog, world: World) -> int | None:
    """The number in the dialog of the message that is answered; raises VKError 100 or 921."""
    if call.has("reply_to"):
        message = world.messages.get(call.number("reply_to"))
        if message is None or message.dialog is not dialog:
            raise wrong("reply_to is invalid")
        return message.number
    if not call.string("forward"):
        return None
    try:
        value = json.loads(call.string("forward"))
    except ValueError:
        raise wrong("forward is not a valid JSON") from None
    if not isinstance(value, dict) or value.get("is_reply") not in (True, 1):
        raise wrong("forward: only replies are known here")
    numbers = value.get("conversation_message_ids") or value.get("cmids")
    if not isinstance(numbers, list) or len(numbers) != 1 or value.get("peer_id") != dialog.peer_id:
        raise wrong("forward: a reply names its peer_id and one of conversation_message_ids")
    if dialog.find(numbers[0]) is None:
        raise VKError(921)
    return int(numbers[0])
