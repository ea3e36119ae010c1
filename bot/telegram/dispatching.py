"""aiogram's part: its dispatcher over our routers, and a bot object that calls nothing by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import NoReturn

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType


class DirectUseError(RuntimeError):
    """A handler called the messenger past the budget."""


class _RefusingSession(BaseSession):
    """Handlers answer through DirectAnswers, which takes from the budget."""

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> NoReturn:
        """Refuse."""
        raise DirectUseError(f"{type(method).__name__} must go through DirectAnswers")

    async def stream_content(
        self,
        url: str,
        headers: dict[str, object] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Refuse."""
        raise DirectUseError("files are downloaded by TelegramClient")
        yield b""


def build_bot(token: str) -> Bot:
    """The bot object that handlers see; it cannot be used to call Telegram."""
    return Bot(token, session=_RefusingSession())


def build_dispatcher(routers: Sequence[Router]) -> Dispatcher:
    """A dispatcher that asks the routers in this order."""
    dispatcher = Dispatcher(disable_fsm=True)
    for router in routers:
        dispatcher.include_router(router)
    _check_on_the_loop(dispatcher)
    return dispatcher


def _check_on_the_loop(dispatcher: Dispatcher) -> None:
    """Have filters that are no coroutines called directly: aiogram gives each to a thread, several hops a tap.

    Ours only look at a field of the event.
    """
    for router in dispatcher.chain_tail:
        for observer in router.observers.values():
            for handler in observer.handlers:
                for checked in handler.filters or ():
                    if not checked.awaitable:
                        checked.callback = _as_coroutine(checked.callback)
                        checked.awaitable = True


def _as_coroutine(check: Callable[..., object]) -> Callable[..., Awaitable[object]]:
    async def checked(*given: object, **named: object) -> object:
        return check(*given, **named)

    return checked


def allowed_updates(dispatcher: Dispatcher) -> list[str]:
    """The kinds of updates the routers handle; Telegram keeps the list until another one is given."""
    return sorted(dispatcher.resolve_used_update_types())
