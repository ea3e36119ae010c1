"""The sandbox: a local server that speaks VK's API, with people in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from bot.sandbox.changes import Changes
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.forms import UndecodableBodyError, read_parameters
from bot.sandbox.http import Request, Response, Server
from bot.sandbox.journal import Journal
from bot.sandbox.pace import MachineClock
from bot.sandbox.vk.api import LONG_POLL, UPLOAD, VKApi, VKCall
from bot.sandbox.vk.callback import Callback
from bot.sandbox.vk.community import CommunityMethods
from bot.sandbox.vk.control import VKControl
from bot.sandbox.vk.events import Events
from bot.sandbox.vk.happenings import Happenings
from bot.sandbox.vk.pace import VKPace, VKPaceLimits
from bot.sandbox.vk.people import VKPerson
from bot.sandbox.vk.polling import Polling
from bot.sandbox.vk.programs import VKProgram
from bot.sandbox.vk.reading import Reading
from bot.sandbox.vk.sending import Sending
from bot.sandbox.vk.taps import Taps
from bot.sandbox.vk.uploads import Uploads
from bot.sandbox.vk.world import Community, Dialog, User, World

TOKEN = "vk1.a.sandbox-token-of-a-community-nobody-knows"  # noqa: S105 opens nothing outside the sandbox
GROUP_ID = 240_000_001
JOURNAL_LIMIT = 20_000


def _business_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class VKSandboxOptions:
    """How the sandbox behaves.

    `clock` tells business time and dates the messages; `machine_clock`, in seconds, decides pace and expiry. `pace` off
    lets the bot call as fast as it can. `journal_limit`: how many calls are remembered (None: all, 0: none).
    `delay_unit`: the seconds in one unit of the delay before a Callback API event is repeated. `payload_as_text` sends
    the payload of a pressed callback button as text, as VK's schema has it, not as the object VK really sends.
    """

    token: str = TOKEN
    group_id: int = GROUP_ID
    screen_name: str = "otklik_sandbox"
    name: str = "Otklik"
    clock: Callable[[], datetime] = _business_now
    machine_clock: MachineClock = time.monotonic
    pace: bool = True
    limits: VKPaceLimits = field(default_factory=VKPaceLimits)
    refuse_unknown: bool = True
    journal_limit: int | None = JOURNAL_LIMIT
    delay_unit: float = 1.0
    payload_as_text: bool = False


class VKSandbox:
    """One community's VK; `serve` opens it on the running loop."""

    def __init__(self, options: VKSandboxOptions | None = None) -> None:
        options = options or VKSandboxOptions()
        self.token = options.token
        self.group_id = options.group_id
        self.api_url = ""
        self.faults = Faults()
        self.journal = Journal(options.journal_limit)
        self.pace = VKPace(options.machine_clock, options.limits, enabled=options.pace)
        self.world = World(Community(options.group_id, options.name, options.screen_name), options.clock)
        self.events = Events(options.group_id)
        self.taps = Taps(options.machine_clock)
        self.polling = Polling(self.events, options.machine_clock)
        self.callback = Callback(self.events, options.machine_clock, delay_unit=options.delay_unit)
        self._happenings = Happenings(self.world, self.events, self.taps, payload_as_text=options.payload_as_text)
        self._uploads = Uploads(self.world)
        self.api = VKApi(
            Sending(self.world, self._happenings, self.taps, self.pace),
            CommunityMethods(self.world, self.polling, self.callback),
            self._uploads,
            Reading(self.world),
            token=options.token,
            faults=self.faults,
            journal=self.journal,
            pace=self.pace,
            clock=options.machine_clock,
            refuse_unknown=options.refuse_unknown,
        )
        self._people: dict[int, VKPerson] = {}
        self.control = VKControl(self)
        self._server = Server(self._answer)

    @classmethod
    @asynccontextmanager
    async def serve(
        cls, *, host: str = "127.0.0.1", port: int = 0, options: VKSandboxOptions | None = None
    ) -> AsyncIterator[VKSandbox]:
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
        self.api_url = self.world.address = self.api.address = f"http://{host}:{taken}"

    async def close(self) -> None:
        """Stop to listen and to deliver."""
        await self.callback.close()
        await self._server.close()

    @property
    def screen_name(self) -> str:
        """The community's name in links."""
        return self.world.community.screen_name

    @property
    def changes(self) -> Changes:
        """What happened in the dialogs, for whoever watches."""
        return self.world.changes

    def add_person(
        self,
        person_id: int,
        first_name: str = "Anna",
        language_code: str | None = "ru",
        *,
        last_name: str = "Ivanova",
        program: VKProgram | None = None,
        started: bool = False,
    ) -> VKPerson:
        """A new person; `started` ones allow messages, `program` is what their VK can show (default: everything).

        Raises ValueError for an id that is taken.
        """
        if person_id <= 0 or person_id in self.world.users:
            raise ValueError(f"{person_id} is no free id of a person")
        user = User(person_id, first_name, last_name, language_code, program or VKProgram(), allowed=started)
        dialog = Dialog(user)
        self.world.users[person_id] = user
        self.world.dialogs[person_id] = dialog
        person = VKPerson(user, dialog, self.world, self._happenings)
        self._people[person_id] = person
        return person

    def person(self, person_id: int) -> VKPerson:
        """A person added before; raises KeyError."""
        return self._people[person_id]

    def people(self) -> tuple[VKPerson, ...]:
        """Everybody."""
        return tuple(self._people.values())

    def blacklist(self, person: VKPerson, *, banned: bool = True) -> None:
        """Put somebody on the community's blacklist, or take them off."""
        person.user.blacklisted = banned

    def fail(self, fault: Fault) -> int:
        """Put a fault in force; returns its number."""
        return self.faults.add(fault)

    def set_pace(self, *, enabled: bool) -> None:
        """Switch the limits on or off."""
        self.pace.enabled = enabled

    def _answer(self, request: Request) -> Response | Coroutine[object, None, Response]:
        path = request.path
        if path.startswith("/method/"):
            return self.api.call(_read_call(request, path.removeprefix("/method/")))
        if path == f"/longpoll/{self.group_id}":
            return self._answer_poll(request)
        if path.startswith("/files/"):
            return self._answer_file(path, request.query)
        if path.startswith("/upload/"):
            return self._answer_upload(request)
        if path.startswith("/sandbox/"):
            return self.control.answer(request)
        return Response(404, b"<html><body>404 Not Found</body></html>", content_type="text/html")

    async def _answer_poll(self, request: Request) -> Response:
        given = _fields(request)
        if given.get("act") != "a_check":
            return Response(200, b'{"failed":3}')
        key, ts, wait = (str(given.get(name, "")) for name in ("key", "ts", "wait"))
        shown = {name: value for name, value in given.items() if name != "key"}
        return await self.api.serve(LONG_POLL, shown, lambda: self.polling.check(key, ts, wait))

    async def _answer_upload(self, request: Request) -> Response:
        fields = _fields(request)

        async def take() -> bytes:
            return self._uploads.take(request.path, fields)

        return await self.api.serve(UPLOAD, fields, take)

    def _answer_file(self, path: str, query: str) -> Response:
        file = self.world.find_file(path, query)
        if file is None:
            return Response(404, b"<html><body>404 Not Found</body></html>", content_type="text/html")
        return Response(200, file.content, content_type=file.content_type)


def _fields(request: Request) -> dict[str, object]:
    """Fields of query and form; VK takes no JSON bodies, so one holds nothing."""
    content_type = request.headers.get("content-type", "")
    body = b"" if content_type.startswith("application/json") else request.body
    try:
        return read_parameters(request.query, content_type if body else "", body)
    except UndecodableBodyError:
        return {}


def _read_call(request: Request, method: str) -> VKCall:
    given = _fields(request)
    token = given.pop("access_token", None)
    if "access_token" in dict(parse_qsl(request.query)):
        return VKCall(method, given, str(token), "query")
    if token is not None:
        return VKCall(method, given, str(token), "body")
    scheme, _, held = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and held:
        return VKCall(method, given, held, "header")
    return VKCall(method, given, None, None)
