"""Methods about chats and who is in them."""

from __future__ import annotations

from bot.sandbox.telegram import parameters as kinds
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.parameters import Parameters, Signature, signature
from bot.sandbox.telegram.world import Chat, User, World, dump

PRESENT = frozenset(("creator", "administrator", "member"))
_CHAT = {"chat_id": "chat_id is empty"}
_ADMINISTRATOR_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)

SIGNATURES: dict[str, Signature] = {
    "getChat": signature(_CHAT, chat_id=kinds.chat),
    "getChatMember": signature(
        {**_CHAT, "user_id": "invalid user_id specified"}, chat_id=kinds.chat, user_id=kinds.integer
    ),
    "getChatAdministrators": signature(_CHAT, chat_id=kinds.chat),
    "getChatMemberCount": signature(_CHAT, chat_id=kinds.chat),
    "leaveChat": signature(_CHAT, chat_id=kinds.chat),
}


def member_payload(user: User, status: str) -> dict[str, object]:
    """As the type ChatMember."""
    payload: dict[str, object] = {"user": user.payload(), "status": status}
    if status == "creator":
        payload["is_anonymous"] = False
    elif status == "administrator":
        payload.update({"can_be_edited": False, "is_anonymous": False})
        payload.update(dict.fromkeys(_ADMINISTRATOR_RIGHTS, True))
    elif status == "kicked":
        payload["until_date"] = 0
    return payload


class Membership:
    """Reads about chats. None of it takes from the pace."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_chat(self, call: Parameters) -> str:
        """getChat."""
        chat = self._readable(call)
        full: dict[str, object] = {
            **chat.payload(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }
        if chat.user is not None and chat.user.username is not None:
            full["active_usernames"] = [chat.user.username]
        return dump(full)

    def get_member(self, call: Parameters) -> str:
        """getChatMember."""
        chat = self._readable(call)
        user_id = call.number("user_id")
        bot = self._world.bot
        if user_id == bot.id:
            return dump(member_payload(bot, chat.bot_status))
        user = self._world.users.get(user_id)
        if user is None:
            raise bad_request("user not found" if user_id > 0 else "invalid user_id specified")
        if chat.user is not None:
            if user is not chat.user:
                raise bad_request("user not found")
            return dump(member_payload(user, "member"))
        return dump(member_payload(user, chat.members.get(user_id, "left")))

    def get_administrators(self, call: Parameters) -> str:
        """getChatAdministrators."""
        chat = self._readable(call)
        if chat.user is not None:
            raise bad_request("there are no administrators in the private chat")
        found = [
            member_payload(self._world.users[user_id], status)
            for user_id, status in chat.members.items()
            if status in ("creator", "administrator")
        ]
        if chat.bot_status == "administrator":
            found.append(member_payload(self._world.bot, chat.bot_status))
        return dump(found)

    def count_members(self, call: Parameters) -> str:
        """getChatMemberCount."""
        chat = self._readable(call)
        if chat.user is not None:
            return "2"
        present = sum(status in PRESENT for status in chat.members.values())
        return str(present + (chat.bot_status in PRESENT))

    def leave(self, call: Parameters) -> str:
        """leaveChat."""
        chat = self._readable(call)
        if chat.user is not None:
            raise bad_request("chat member status can't be changed in private chats")
        chat.bot_status = "left"
        self._world.changes.note("members", chat.id)
        return "true"

    def _readable(self, call: Parameters) -> Chat:
        chat = self._world.chat(call.chat_id())
        if chat.user is None:
            refusal = chat.refusal_to_write()
            if refusal is not None and chat.bot_may_write:
                raise refusal
        return chat
