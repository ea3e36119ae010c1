"""People to drive: they follow links, write, press buttons, send files, forbid messages and look at what they see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from bot.sandbox.changes import Change
from bot.sandbox.vk.happenings import Happenings
from bot.sandbox.vk.keyboards import Button, buttons_of
from bot.sandbox.vk.taps import Popup
from bot.sandbox.vk.views import VKMessageView
from bot.sandbox.vk.world import Dialog, File, Message, User, World, dump

DEADLINE = 5.0
MAX_TEXT = 4096
START_LABEL = "Начать"
START_PAYLOAD = dump({"command": "start"})
Predicate = Callable[[VKMessageView], bool]


class VKPerson:
    """Somebody with VK in hand, in their dialog with the community.

    What VK would not let them do raises PermissionError, a message or button that is not there LookupError.
    """

    def __init__(self, user: User, dialog: Dialog, world: World, happenings: Happenings) -> None:
        self.user = user
        self.last_popup: Popup | None = None
        self._dialog = dialog
        self._world = world
        self._happenings = happenings

    def __repr__(self) -> str:
        """For failed assertions."""
        return f"<VKPerson {self.id} {self.user.first_name}>"

    @property
    def id(self) -> int:
        """The VK id, also that of the dialog."""
        return self.user.id

    def follow(self, ref: str, ref_source: str | None = None) -> None:
        """Open the dialog by a link with this `ref`; the bot learns of it with the next message."""
        self._check()
        self._dialog.ref, self._dialog.ref_source = ref, ref_source

    def open_link(self, link: str) -> None:
        """Open the dialog by a link as people get it; raises LookupError for one that leads elsewhere."""
        address = urlsplit(link)
        community = self._world.community
        names = (community.screen_name, f"club{community.id}", f"public{community.id}")
        if address.scheme != "https" or address.hostname != "vk.me" or address.path.removeprefix("/") not in names:
            raise LookupError(f"{link} does not lead to the community {community.screen_name}")
        fields = dict(parse_qsl(address.query))
        self._check()
        self._dialog.ref, self._dialog.ref_source = fields.get("ref"), fields.get("ref_source")

    async def start(self, payload: str | None = None) -> VKMessageView:
        """Follow a link with this `ref` and press «Начать»; an old dialog has no such button, so they write it."""
        if payload is not None:
            self.follow(payload)
        self._check()
        pressed = START_PAYLOAD if not self._dialog.messages else None
        return VKMessageView(self._happenings.write(self._dialog, START_LABEL, payload=pressed))

    async def write(self, text: str, *, reply_to: VKMessageView | int | None = None) -> VKMessageView:
        """Write a message, at most 4,096 characters; it allows the community to answer."""
        self._check()
        if not text.strip() or len(text) > MAX_TEXT:
            raise ValueError(f"a message has 1 to {MAX_TEXT} characters")
        return VKMessageView(self._happenings.write(self._dialog, text.strip(), reply_to=self._quoted(reply_to)))

    async def edit(self, message: VKMessageView, text: str, *, photo: bytes | None = None) -> None:
        """Edit an own message; `photo` stands there instead of what it carried."""
        own = self._message(message)
        if own.out:
            raise PermissionError("only an own message can be edited")
        attachments = own.attachments
        if photo is not None:
            file = self._world.keep_file("photo", self.id, "photo.jpg", photo, content_type="image/jpeg")
            attachments = dump([file.attachment()])
        self._happenings.rewrite(own, text, attachments)

    async def send_photo(
        self,
        content: bytes = b"\xff\xd8\xff\xe0 photo",
        *,
        caption: str = "",
        reply_to: VKMessageView | int | None = None,
    ) -> VKMessageView:
        """Send a picture, which VK offers in several sizes."""
        file = self._world.keep_file("photo", self.id, "photo.jpg", content, content_type="image/jpeg")
        return self._send(file, caption, reply_to)

    async def send_voice(
        self, content: bytes = b"OggS voice", *, duration: int = 3, reply_to: VKMessageView | int | None = None
    ) -> VKMessageView:
        """Send a voice message."""
        file = self._world.keep_file(
            "audio_message", self.id, "voice.ogg", content, content_type="audio/ogg", duration=duration
        )
        return self._send(file, "", reply_to)

    async def send_document(
        self,
        content: bytes = b"document",
        *,
        name: str = "document.txt",
        content_type: str = "text/plain",
        caption: str = "",
        file_size: int | None = None,
        reply_to: VKMessageView | int | None = None,
    ) -> VKMessageView:
        """Send a file; `file_size` claims another size than that of `content`."""
        file = self._world.keep_file("doc", self.id, name, content, content_type=content_type, size=file_size)
        return self._send(file, caption, reply_to)

    async def send_sticker(self, *, reply_to: VKMessageView | int | None = None) -> VKMessageView:
        """Send a sticker."""
        self._check()
        sticker: dict[str, object] = {"type": "sticker", "sticker": {"product_id": 1, "sticker_id": 14, "images": []}}
        return VKMessageView(
            self._happenings.write(self._dialog, "", attachments=[sticker], reply_to=self._quoted(reply_to))
        )

    @property
    def has_begun(self) -> bool:
        """Whether there is a dialog at all."""
        return bool(self._dialog.messages) or self.user.allowed

    @property
    def keyboard(self) -> tuple[Button, ...]:
        """What lies under the input field now."""
        return buttons_of(self._dialog.keyboard)

    async def tap(self, message: VKMessageView, choice: str, *, deadline: float | None = DEADLINE) -> str:
        """Press the button with this label or payload, under the message or else under the input field.

        A callback button waits for the answer and returns the snackbar's text, empty when only the spinner stopped;
        without a `deadline` nothing is waited for. A text button writes its label. Raises TimeoutError when the bot
        leaves the press unanswered.
        """
        self._check()
        for button in message.buttons:
            if choice in (button.text, button.data):
                return await self._press(button, message.id, deadline)
        for button in self.keyboard:
            if choice in (button.text, button.data):
                return await self._press(button, None, deadline)
        raise LookupError(f"no button {choice!r} under {message!r}, nor among {[b.text for b in self.keyboard]}")

    async def press(self, choice: str, *, deadline: float | None = DEADLINE) -> str:
        """Press the button with this label or payload under the input field."""
        self._check()
        for button in self.keyboard:
            if choice in (button.text, button.data):
                return await self._press(button, None, deadline)
        raise LookupError(f"no button {choice!r} under the input field of {self!r}")

    async def forge_tap(self, message: VKMessageView, data: str, *, deadline: float | None = DEADLINE) -> str:
        """Press a callback button with any payload: an old keyboard's, or made up."""
        self._check()
        return await self._wait_for_answer(message.id, data, deadline)

    async def allow(self, key: str = "") -> None:
        """Allow messages without writing, as the shop's widget does with its `key`."""
        self._happenings.allow(self.user, key)

    async def deny(self) -> None:
        """Forbid messages."""
        if self.user.allowed:
            self._happenings.deny(self.user)

    async def block(self) -> None:
        """Forbid messages, by the name other messengers have for it."""
        await self.deny()

    async def unblock(self) -> None:
        """Allow messages again."""
        await self.allow()

    async def deactivate(self) -> None:
        """Delete the own account; the bot is not told."""
        self.user.deactivated = True

    def speak(self, language_code: str) -> None:
        """Change VK's language."""
        self.user.language_code = language_code

    def see(self) -> tuple[VKMessageView, ...]:
        """All messages of the dialog, oldest first."""
        return tuple(VKMessageView(message) for message in self._dialog.messages)

    def last(self) -> VKMessageView:
        """The community's newest message; raises LookupError when there is none."""
        found = self._newest(0, None)
        if found is None:
            raise LookupError(f"the community has written nothing to {self!r}")
        return found

    async def wait_for(
        self,
        predicate: Predicate | None = None,
        *,
        after: VKMessageView | int | None = None,
        deadline: float = DEADLINE,
    ) -> VKMessageView:
        """The community's newest message that fits, as soon as there is one, edits included.

        `after` leaves out that message and all before it. After `deadline` seconds a TimeoutError shows the dialog.
        """
        bound = after.id if isinstance(after, VKMessageView) else after or 0
        arrived = asyncio.Event()

        def notice(change: Change) -> None:
            if change.chat_id == self.id:
                arrived.set()

        stop = self._world.changes.watch(notice)
        try:
            async with asyncio.timeout(deadline):
                while True:
                    found = self._newest(bound, predicate)
                    if found is not None:
                        return found
                    arrived.clear()
                    await arrived.wait()
        except TimeoutError:
            shown = "\n".join(map(repr, self.see())) or "nothing"
            raise TimeoutError(f"no such message for {self!r} in {deadline} s; the dialog shows:\n{shown}") from None
        finally:
            stop()

    async def wait_for_edit(
        self, message: VKMessageView, predicate: Predicate | None = None, *, deadline: float = DEADLINE
    ) -> VKMessageView:
        """Wait until a message was edited, and fits."""
        return await self.wait_for(
            lambda seen: seen == message and seen.edited and (predicate is None or predicate(seen)),
            after=message.id - 1,
            deadline=deadline,
        )

    async def _press(self, button: Button, number: int | None, deadline: float | None) -> str:
        """`number` is that of the message the button hangs under, None under the input field."""
        program = self.user.program
        if button.action not in program.button_actions:
            raise PermissionError(f"{self!r} has a program too old for {button.action} buttons")
        if not (program.keyboard if number is None else program.inline_keyboard):
            raise PermissionError(f"{self!r} has a program too old for such keyboards")
        if button.action not in ("text", "callback"):
            raise LookupError(f"the button {button.text!r} opens {button.url} and sends nothing")
        if number is None:
            self._happenings.use_up(self._dialog)
        self.last_popup = None
        if button.action == "text":
            self._happenings.write(self._dialog, button.text, payload=button.data)
            return ""
        return await self._wait_for_answer(number, button.data or "{}", deadline)

    async def _wait_for_answer(self, number: int | None, data: str, deadline: float | None) -> str:
        tap = self._happenings.tap(self._dialog, number, data)
        if deadline is None:
            return ""
        try:
            async with asyncio.timeout(deadline):
                self.last_popup = await tap.answered
        except TimeoutError:
            raise TimeoutError(f"the press {data!r} of {self!r} got no answer in {deadline} s") from None
        return self.last_popup.text

    def _send(self, file: File, caption: str, reply_to: VKMessageView | int | None) -> VKMessageView:
        self._check()
        message = self._happenings.write(
            self._dialog, caption, attachments=[file.attachment()], reply_to=self._quoted(reply_to)
        )
        return VKMessageView(message)

    def _check(self) -> None:
        if self.user.deactivated:
            raise PermissionError(f"{self!r} has no account any more")
        if self.user.blacklisted:
            raise PermissionError(f"{self!r} is on the community's blacklist")

    def _message(self, message: VKMessageView | int) -> Message:
        number = message if isinstance(message, int) else message.id
        found = self._dialog.find(number)
        if found is None:
            raise LookupError(f"message {number} is not in the dialog {self.id}")
        return found

    def _quoted(self, reply_to: VKMessageView | int | None) -> int | None:
        return None if reply_to is None else self._message(reply_to).number

    def _newest(self, bound: int, predicate: Predicate | None) -> VKMessageView | None:
        for message in reversed(self._dialog.messages[bound:]):
            if message.out:
                view = VKMessageView(message)
                if predicate is None or predicate(view):
                    return view
        return None
