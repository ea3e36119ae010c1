"""`python -m bot.sandbox`: the sandboxes as a process of their own.

Its first lines are where each listens: Telegram's address and token, VK's address, token and community.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from contextlib import AsyncExitStack

from bot.sandbox.telegram.server import JOURNAL_LIMIT, TOKEN, SandboxOptions, TelegramSandbox
from bot.sandbox.vk.server import TOKEN as VK_TOKEN
from bot.sandbox.vk.server import VKSandbox, VKSandboxOptions


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument(
        "--messenger", choices=("telegram", "vk", "both"), default="telegram", help="whom to stand in for"
    )
    parser.add_argument("--port", type=int, default=0, help="where Telegram listens on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--vk-port", type=int, default=0, help="where VK listens on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--token", default=TOKEN, help="the Telegram bot's token")
    parser.add_argument("--vk-token", default=VK_TOKEN, help="the VK community's token")
    parser.add_argument("--no-pace", action="store_true", help="let the bot send as fast as it can")
    parser.add_argument("--journal", type=int, default=JOURNAL_LIMIT, help="how many calls to remember")
    parser.add_argument("--people", type=int, default=0, help="people 1 to N who have started the bot")
    return parser.parse_args()


async def _open_telegram(opened: AsyncExitStack, arguments: argparse.Namespace) -> str:
    options = SandboxOptions(token=arguments.token, pace=not arguments.no_pace, journal_limit=arguments.journal)
    sandbox = await opened.enter_async_context(TelegramSandbox.serve(port=arguments.port, options=options))
    for number in range(1, arguments.people + 1):
        sandbox.add_person(number, f"Person {number}", started=True)
    return f"{sandbox.api_url} {sandbox.token}\n"


async def _open_vk(opened: AsyncExitStack, arguments: argparse.Namespace) -> str:
    options = VKSandboxOptions(token=arguments.vk_token, pace=not arguments.no_pace, journal_limit=arguments.journal)
    sandbox = await opened.enter_async_context(VKSandbox.serve(port=arguments.vk_port, options=options))
    for number in range(1, arguments.people + 1):
        sandbox.add_person(number, f"Person {number}", started=True)
    return f"{sandbox.api_url} {sandbox.token} {sandbox.group_id}\n"


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stopped.set)
    async with AsyncExitStack() as opened:
        if arguments.messenger != "vk":
            sys.stdout.write(await _open_telegram(opened, arguments))
        if arguments.messenger != "telegram":
            sys.stdout.write(await _open_vk(opened, arguments))
        # Hundreds of thousands of kept messages hold no cycles: walking them again and again only costs time.
        gc.freeze()
        gc.set_threshold(200_000, 50, 1_000)
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
