"""One call of VK's API: let in, found, checked, run into a fault or executed, and put into the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from bot.sandbox.faults import Fault, FaultKind, Faults
from bot.sandbox.http import RESET, Response
from bot.sandbox.journal import Journal
from bot.sandbox.pace import MachineClock
from bot.sandbox.vk import community, reading, sending, uploads
from bot.sandbox.vk.community import CommunityMethods
from bot.sandbox.vk.errors import VKError, captcha
from bot.sandbox.vk.events import VERSION
from bot.sandbox.vk.pace import VKPace
from bot.sandbox.vk.parameters import Parameters, Signature, read_call
from bot.sandbox.vk.reading import Reading
from bot.sandbox.vk.sending import Sending, refused_outcome
from bot.sandbox.vk.uploads import Uploads
from bot.sandbox.vk.world import dump

Method = Callable[[Parameters], str]

SIGNATURES: Mapping[str, Signature] = {
    **sending.SIGNATURES,
    **reading.SIGNATURES,
    **community.SIGNATURES,
    **uploads.SIGNATURES,
}
# Requests to the other servers of VK stand in the journal, and meet faults, under these names.
LONG_POLL = "a_check"
UPLOAD = "upload"
ABOUT_RECIPIENT = frozenset((900, 901, 902, 917, 922, 936, 945, 950))


@dataclass(frozen=True, slots=True)
class VKCall:
    """One call as it came; `token_in` says where the token was found (body, header, query)."""

    method: str
    given: Mapping[str, object]
    token: str | None
    token_in: str | None


class VKApi:
    """All methods the sandbox knows."""

    def __init__(
        self,
        send: Sending,
        about: CommunityMethods,
        files: Uploads,
        read: Reading,
        *,
        token: str,
        faults: Faults,
        journal: Journal,
        pace: VKPace,
        clock: MachineClock,
        refuse_unknown: bool,
    ) -> None:
        self.address = ""
        self._token = token
        self._faults = faults
        self._journal = journal
        self._pace = pace
        self._clock = clock
        self._refuse_unknown = refuse_unknown
        self._methods: dict[str, Method] = {
            "messages.send": send.send,
            "messages.edit": send.edit,
            "messages.sendMessageEventAnswer": send.answer_tap,
            "messages.isMessagesFromGroupAllowed": send.is_allowed,
            "messages.getByConversationMessageId": read.get_by_number,
            "messages.getById": read.get_by_id,
            "groups.getById": about.get_by_id,
            "groups.getLongPollServer": about.get_longpoll_server,
            "groups.getLongPollSettings": about.get_longpoll_settings,
            "groups.setLongPollSettings": about.set_longpoll_settings,
            "groups.getCallbackConfirmationCode": about.get_confirmation_code,
            "groups.getCallbackServers": about.get_callback_servers,
            "groups.addCallbackServer": about.add_callback_server,
            "groups.editCallbackServer": about.edit_callback_server,
            "groups.deleteCallbackServer": about.delete_callback_server,
            "groups.getCallbackSettings": about.get_callback_settings,
            "groups.setCallbackSettings": about.set_callback_settings,
            "users.get": about.get_users,
            "photos.getMessagesUploadServer": files.get_photo_server,
            "photos.saveMessagesPhoto": files.save_photo,
            "docs.getMessagesUploadServer": files.get_doc_server,
            "docs.save": files.save_doc,
        }

    def call(self, call: VKCall) -> Response | Coroutine[object, None, Response]:
        """Run a call and say what to answer; what must wait comes as a coroutine."""
        fault = self._faults.meet(call.method, _peer_of(call.given))
        if fault is not None:
            return self._call_with_fault(call, fault)
        return self._execute(call)

    async def serve(
        self, name: str, given: Mapping[str, object], run: Callable[[], Coroutine[object, None, bytes]]
    ) -> Response:
        """Run a request to another server of VK, LONG_POLL or UPLOAD; there an ERROR's code is `failed` or `error`."""
        call = VKCall(name, given, None, None)
        fault = self._faults.meet(name, None)
        if fault is None:
            return self._accept(call, await run())
        if fault.kind is FaultKind.ERROR:
            return self._accept(call, b'{"%b":%d}' % (b"failed" if name == LONG_POLL else b"error", fault.code or 0))
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds or 0)
            return self._accept(call, await run())
        if fault.executed:
            self._accept(call, await run())
        else:
            self._note(call, 0, b"", f"fault: {fault.kind}")
        return await _lose_answer(fault)

    def _execute(self, call: VKCall) -> Response:
        try:
            self._let_in(call)
            run = self._methods.get(call.method)
            if run is None:
                raise VKError(3)
            result = run(read_call(call.given, SIGNATURES[call.method], refuse_unknown=self._refuse_unknown))
        except VKError as error:
            return self._refuse(call, error)
        return self._accept(call, b'{"response":%b}' % result.encode())

    def _let_in(self, call: VKCall) -> None:
        version = call.given.get("v")
        if version is None:
            raise VKError(8, "v (version) is required")
        if version != VERSION:
            raise VKError(8, f"the sandbox speaks version {VERSION} alone")
        if call.token is None:
            raise VKError(5, "no access_token passed.")
        if call.token != self._token:
            raise VKError(5, "invalid access_token (4).")
        self._pace.take_call()

    def _accept(self, call: VKCall, body: bytes) -> Response:
        self._note(call, 200, body, None)
        return Response(200, body)

    def _refuse(self, call: VKCall, error: VKError) -> Response:
        """VK refuses with HTTP 200."""
        body = error.encode(call.method, call.given)
        self._note(call, 200, body, str(error))
        return Response(200, body)

    def _refuse_recipients(self, call: VKCall, error: VKError) -> Response | None:
        """With `peer_ids` what is wrong with a recipient stands in the response."""
        if call.method != "messages.send" or "peer_ids" not in call.given or error.code not in ABOUT_RECIPIENT:
            return None
        peers = [int(peer) for peer in str(call.given["peer_ids"]).split(",")]
        body = dump({"response": [refused_outcome(peer, error) for peer in peers]}).encode()
        self._note(call, 200, body, str(error))
        return Response(200, body)

    def _note(self, call: VKCall, status: int, answer: bytes, error: str | None) -> None:
        self._journal.note(
            call.method,
            parameters=call.given,
            status=status,
            answer=answer,
            error=error,
            at=self._clock(),
            token_in=call.token_in,
        )

    async def _call_with_fault(self, call: VKCall, fault: Fault) -> Response:
        refusal = self._refusal(fault)
        if refusal is not None:
            return self._refuse_recipients(call, refusal) or self._refuse(call, refusal)
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds or 0)
            return self._execute(call)
        if fault.executed:
            self._execute(call)
        else:
            self._note(call, 0, b"", f"fault: {fault.kind}")
        return await _lose_answer(fault)

    def _refusal(self, fault: Fault) -> VKError | None:
        """The trouble every messenger has, in VK's numbers."""
        if fault.kind is FaultKind.TOO_MANY_REQUESTS:
            return VKError(6)
        if fault.kind is FaultKind.FORBIDDEN:
            return VKError(901)
        if fault.kind is FaultKind.SERVER_ERROR and fault.status == 500 and not fault.executed:
            return VKError(10)
        if fault.kind is not FaultKind.ERROR or fault.code is None:
            return None
        return captcha(self.address) if fault.code == 14 else VKError(fault.code, message=fault.description)


async def _lose_answer(fault: Fault) -> Response:
    if fault.kind is FaultKind.RESET:
        return RESET
    if fault.kind is FaultKind.EMPTY:
        return Response(200)
    if fault.kind is FaultKind.HANG:
        await (asyncio.sleep(fault.seconds) if fault.seconds is not None else asyncio.Event().wait())
        return RESET
    description = fault.description or "Server error"
    page = f"<html><head><title>{fault.status}</title></head><body>{description}</body></html>"
    return Response(fault.status, page.encode(), content_type="text/html")


def _peer_of(given: Mapping[str, object]) -> int | None:
    for name in ("peer_id", "user_id", "peer_ids"):
        value = str(given.get(name, ""))
        if value.removeprefix("-").isdecimal():
            return int(value)
    return None
