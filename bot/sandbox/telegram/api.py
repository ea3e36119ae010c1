"""One call of the Bot API: found, checked, run into a fault or executed, and put into the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping

from bot.sandbox.faults import Fault, FaultKind, Faults
from bot.sandbox.http import RESET, Response
from bot.sandbox.journal import Journal
from bot.sandbox.pace import MachineClock
from bot.sandbox.telegram import membership, receiving, sending
from bot.sandbox.telegram.errors import ApiError, forbidden, too_many_requests
from bot.sandbox.telegram.membership import Membership
from bot.sandbox.telegram.parameters import Parameters, Signature, read_call
from bot.sandbox.telegram.receiving import Receiving
from bot.sandbox.telegram.sending import Sending

Outcome = str | Coroutine[object, None, str]
Method = Callable[[Parameters], Outcome]

SIGNATURES: Mapping[str, Signature] = {**sending.SIGNATURES, **receiving.SIGNATURES, **membership.SIGNATURES}


class BotApi:
    """All methods the sandbox knows."""

    def __init__(
        self,
        send: Sending,
        receive: Receiving,
        members: Membership,
        *,
        faults: Faults,
        journal: Journal,
        clock: MachineClock,
        refuse_unknown: bool,
    ) -> None:
        self._faults = faults
        self._journal = journal
        self._clock = clock
        self._refuse_unknown = refuse_unknown
        methods: dict[str, Method] = {
            "sendMessage": send.send_message,
            "sendPhoto": send.send_photo,
            "sendDocument": send.send_document,
            "sendVoice": send.send_voice,
            "editMessageText": send.edit_text,
            "editMessageCaption": send.edit_caption,
            "editMessageReplyMarkup": send.edit_markup,
            "deleteMessage": send.delete,
            "sendChatAction": send.chat_action,
            "getMe": receive.get_me,
            "getUpdates": receive.get_updates,
            "setWebhook": receive.set_webhook,
            "deleteWebhook": receive.delete_webhook,
            "getWebhookInfo": receive.webhook_info,
            "answerCallbackQuery": receive.answer_tap,
            "getFile": receive.get_file,
            "setMyCommands": receive.set_commands,
            "getMyCommands": receive.get_commands,
            "deleteMyCommands": receive.delete_commands,
            "getChat": members.get_chat,
            "getChatMember": members.get_member,
            "getChatAdministrators": members.get_administrators,
            "getChatMemberCount": members.count_members,
            "leaveChat": members.leave,
        }
        self._methods = {name: (name, SIGNATURES[name], method) for name, method in methods.items()}
        # The real server does not mind the case of a method's name.
        self._methods.update({name.lower(): entry for name, entry in tuple(self._methods.items())})

    def call(self, name: str, given: Mapping[str, object]) -> Response | Coroutine[object, None, Response]:
        """Run a call and say what to answer; what must wait comes as a coroutine."""
        found = self._methods.get(name) or self._methods.get(name.lower())
        if found is None:
            return self._refuse(name, given, ApiError(404, "Not Found: method not found"))
        method, expected, run = found
        fault = self._faults.meet(method, _chat_of(given))
        if fault is not None:
            return self._call_with_fault(method, given, expected, run, fault=fault)
        try:
            outcome = run(read_call(given, expected, refuse_unknown=self._refuse_unknown))
        except ApiError as error:
            return self._refuse(method, given, error)
        if isinstance(outcome, str):
            return self._accept(method, given, outcome)
        return self._finish(method, given, outcome)

    async def _finish(
        self, method: str, given: Mapping[str, object], outcome: Coroutine[object, None, str]
    ) -> Response:
        try:
            return self._accept(method, given, await outcome)
        except ApiError as error:
            return self._refuse(method, given, error)

    def _accept(self, method: str, given: Mapping[str, object], result: str) -> Response:
        body = b'{"ok":true,"result":%b}' % result.encode()
        self._note(method, given, 200, body, None)
        return Response(200, body)

    def _refuse(self, method: str, given: Mapping[str, object], error: ApiError) -> Response:
        body = error.encode()
        self._note(method, given, error.code, body, error.description)
        retry_after = error.parameters.get("retry_after")
        headers = (("Retry-After", str(retry_after)),) if retry_after else ()
        return Response(error.code, body, headers=headers)

    def _note(self, method: str, given: Mapping[str, object], status: int, answer: bytes, error: str | None) -> None:
        self._journal.note(method, parameters=given, status=status, answer=answer, error=error, at=self._clock())

    async def _call_with_fault(
        self,
        method: str,
        given: Mapping[str, object],
        expected: Signature,
        run: Method,
        *,
        fault: Fault,
    ) -> Response:
        if fault.kind is FaultKind.TOO_MANY_REQUESTS:
            return self._refuse(method, given, too_many_requests(fault.retry_after))
        if fault.kind is FaultKind.FORBIDDEN:
            return self._refuse(method, given, forbidden(fault.description or "bot was blocked by the user"))
        if fault.kind is FaultKind.ERROR and fault.code is not None:
            return self._refuse(method, given, ApiError(fault.code, fault.description or "Bad Request"))
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds or 0)
            return await self._execute(method, given, expected, run)
        if fault.executed:
            await self._execute(method, given, expected, run)
        else:
            self._note(method, given, 0, b"", f"fault: {fault.kind}")
        return await _lose_answer(fault)

    async def _execute(self, method: str, given: Mapping[str, object], expected: Signature, run: Method) -> Response:
        try:
            outcome = run(read_call(given, expected, refuse_unknown=self._refuse_unknown))
            result = outcome if isinstance(outcome, str) else await outcome
        except ApiError as error:
            return self._refuse(method, given, error)
        return self._accept(method, given, result)


async def _lose_answer(fault: Fault) -> Response:
    if fault.kind is FaultKind.RESET:
        return RESET
    if fault.kind is FaultKind.EMPTY:
        return Response(200)
    if fault.kind is FaultKind.HANG:
        await (asyncio.sleep(fault.seconds) if fault.seconds is not None else asyncio.Event().wait())
        return RESET
    description = fault.description or "Internal Server Error"
    if fault.status != 500:
        page = f"<html><head><title>{fault.status}</title></head><body>{description}</body></html>"
        return Response(fault.status, page.encode(), content_type="text/html")
    return Response(500, ApiError(500, description).encode())


def _chat_of(given: Mapping[str, object]) -> int | None:
    chat_id = given.get("chat_id")
    try:
        return int(str(chat_id))
    except ValueError:
        return None
