"""The sandbox: a local server that speaks the Bot API, with people and groups in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sandbox.changes import Changes
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.forms import UndecodableBodyError, read_parameters
from bot.sandbox.http import Request, Response, Server
from bot.sandbox.journal import Journal
from bot.sandbox.pace import MachineClock, Pace, PaceLimits
from bot.sandbox.telegram.api import BotApi
from bot.sandbox.telegram.control import Control
from bot.sandbox.telegram.errors import ApiError, bad_request
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.happenings import Happenings
from bot.sandbox.telegram.membership import Membership
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.polling import Polling
from bot.sandbox.telegram.receiving import Receiving
from bot.sandbox.telegram.sending import Sending
from bot.sandbox.telegram.taps import Taps
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.webhook import Webhook
from bot.sandbox.telegram.world import SUPERGROUP_IDS_BELOW, Chat, User, World

TOKEN = "424242:sandbox-token-of-a-bot-nobody-knows"  # noqa: S105 opens nothing outside the sandbox
BOT_ID = 424242
JOURNAL_LIMIT = 20_000


def _business_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How the sandbox behaves.

    `clock` tells business time and dates the messages; `machine_clock`, in seconds, decides pace and expiry. `pace` off
    lets the bot send as fast as it can. `journal_limit`: how many calls are remembered (None: all, 0: none).
    `delay_unit`: the seconds in one unit of a webhook's delay before it repeats.
    """

    token: str = TOKEN
    username: str = "otklik_sandbox_bot"
    name: str = "Otklik"
    clock: Callable[[], datetime] = _business_now
    machine_clock: MachineClock = time.monotonic
    pace: bool = True
    limits: PaceLimits = field(default_factory=PaceLimits)
    refuse_unknown: bool = True
    journal_limit: int | None = JOURNAL_LIMIT
    delay_unit: float = 1.0


class TelegramSandbox:
    """One bot's Telegram; `serve` opens it on the running loop."""

    def __init__(self, options: SandboxOptions | None = None) -> None:
        options = options or SandboxOptions()
        self.token = options.token
        self.api_url = ""
        self.faults = Faults()
        self.journal = Journal(options.journal_limit)
        self.pace = Pace(options.machine_clock, options.limits, enabled=options.pace)
        bot = User(BOT_ID, options.name, username=options.username, is_bot=True)
        self.world = World(bot, options.clock)
        self.updates = Updates(options.machine_clock)
        self.taps = Taps(options.machine_clock)
        self.webhook = Webhook(
            self.updates, options.machine_clock, self._run_webhook_answer, delay_unit=options.delay_unit
        )
        self.webhook.date = self.world.date
        self.polling = Polling(self.updates)
        self._receiving = Receiving(
            self.world,
            updates=self.updates,
            polling=self.polling,
            webhook=self.webhook,
            taps=self.taps,
            clock=options.machine_clock,
        )
        self._receiving.paced = options.pace
        self.api = BotApi(
            Sending(self.world, self.pace),
            self._receiving,
            Membership(self.world),
            faults=self.faults,
            journal=self.journal,
            clock=options.machine_clock,
            refuse_unknown=options.refuse_unknown,
        )
        self._happenings = Happenings(self.world, self.updates, self.taps)
        self._people: dict[int, Person] = {}
        self._groups: dict[int, Group] = {}
        self.control = Control(self)
        self._server = Server(self._answer)
        self._prefix = f"/bot{self.token}/"
        self._file_prefix = f"/file/bot{self.token}/"

    @classmethod
    @asynccontextmanager
    async def serve(
        cls, *, host: str = "127.0.0.1", port: int = 0, options: SandboxOptions | None = None
    ) -> AsyncIterator[TelegramSandbox]:
        """A sandbox that listens; `port` 0 takes a free one."""
        sandbox = cls(options)
        await sandbox.open(host, port)
        try:
            yield sandbox
        finally:
            await sandbox.close()

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start to listen."""
        taken = await self._server.open(host, port)
        self.api_url = f"http://{host}:{taken}"

    async def close(self) -> None:
        """Stop to listen and to deliver."""
        await self.webhook.close()
        await self._server.close()

    @property
    def username(self) -> str:
        """The bot's name in links."""
        return self.world.bot.username or ""

    @property
    def changes(self) -> Changes:
        """What happened in the chats, for whoever watches."""
        return self.world.changes

    def add_person(
        self,
        person_id: int,
        first_name: str = "Anna",
        language_code: str | None = "ru",
        *,
        last_name: str | None = None,
        username: str | None = None,
        started: bool = False,
    ) -> Person:
        """A new person; `started` ones have opened the bot before. Raises ValueError for an id that is taken."""
        if person_id <= 0 or person_id in self.world.users or person_id == BOT_ID:
            raise ValueError(f"{person_id} is no free id of a person")
        user = User(person_id, first_name, last_name, username, language_code, started=started)
        self.world.users[person_id] = user
        self.world.chats[person_id] = Chat(person_id, "private", user=user)
        person = Person(user, self.world, self._happenings, self._receiving.menus)
        self._people[person_id] = person
        return person

    def add_group(
        self,
        group_id: int,
        title: str,
        members: Iterable[Person] = (),
        *,
        is_forum: bool = False,
        bot_status: str = "member",
    ) -> Group:
        """A group that is there already, the bot in it (`bot_status`: member, administrator, left, kicked).

        Ids from -1000000000001 down are supergroups. The first member is the owner. Raises ValueError for a taken id.
        """
        if group_id >= 0 or group_id in self.world.chats:
            raise ValueError(f"{group_id} is no free id of a group")
        supergroup = group_id < SUPERGROUP_IDS_BELOW
        if is_forum and not supergroup:
            raise ValueError("only a supergroup can be a forum")
        statuses = {person.id: "member" if place else "creator" for place, person in enumerate(members)}
        chat = Chat(
            group_id,
            "supergroup" if supergroup else "group",
            title=title,
            is_forum=is_forum,
            bot_status=bot_status,
            members=statuses,
        )
        self.world.chats[group_id] = chat
        return self._wrap_group(chat)

    def person(self, person_id: int) -> Person:
        """A person added before; raises KeyError."""
        return self._people[person_id]

    def group(self, group_id: int) -> Group:
        """A group added before; raises KeyError."""
        return self._groups[group_id]

    def people(self) -> tuple[Person, ...]:
        """Everybody."""
        return tuple(self._people.values())

    def groups(self) -> tuple[Group, ...]:
        """Every group."""
        return tuple(self._groups.values())

    def fail(self, fault: Fault) -> int:
        """Put a fault in force; returns its number."""
        return self.faults.add(fault)

    def set_pace(self, *, enabled: bool) -> None:
        """Switch the limits on or off."""
        self.pace.enabled = enabled
        self._receiving.paced = enabled

    def _wrap_group(self, chat: Chat) -> Group:
        group = Group(chat, self.world, self._happenings, self._wrap_group)
        self._groups[chat.id] = group
        return group

    def _answer(self, request: Request) -> Response | Coroutine[object, None, Response]:
        target = request.target
        if target.startswith(self._prefix):
            return self._answer_call(request, target.removeprefix(self._prefix).partition("?")[0])
        if request.path.startswith(self._file_prefix):
            return self._answer_file(request.path.removeprefix(self._file_prefix))
        if target.startswith("/sandbox/"):
            return self.control.answer(request)
        if target.startswith(("/bot", "/file/bot")):
            return _refusal(ApiError(401, "Unauthorized"))
        return _refusal(ApiError(404, "Not Found"))

    def _answer_call(self, request: Request, method: str) -> Response | Coroutine[object, None, Response]:
        try:
            given = read_parameters(request.query, request.headers.get("content-type", ""), request.body)
        except UndecodableBodyError as error:
            return _refusal(bad_request(str(error)))
        return self.api.call(method, given)

    def _answer_file(self, path: str) -> Response:
        file = self.world.files_by_path.get(path)
        if file is None:
            return _refusal(ApiError(404, "Not Found"))
        return Response(200, file.content, content_type="application/octet-stream")

    async def _run_webhook_answer(self, method: str, given: dict[str, object]) -> None:
        answer = self.api.call(method, given)
        if not isinstance(answer, Response):
            await answer


def _refusal(error: ApiError) -> Response:
    return Response(error.code, error.encode())
