"""`python -m bot.sandbox`: the Telegram sandbox as a process of its own; its first line is its address and token."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys

from bot.sandbox.telegram.server import JOURNAL_LIMIT, TOKEN, SandboxOptions, TelegramSandbox


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0 takes a free port")
    parser.add_argument("--token", default=TOKEN, help="the bot's token")
    parser.add_argument("--no-pace", action="store_true", help="let the bot send as fast as it can")
    parser.add_argument("--journal", type=int, default=JOURNAL_LIMIT, help="how many calls to remember")
    parser.add_argument("--people", type=int, default=0, help="people 1 to N who have started the bot")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    options = SandboxOptions(token=arguments.token, pace=not arguments.no_pace, journal_limit=arguments.journal)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stopped.set)
    async with TelegramSandbox.serve(port=arguments.port, options=options) as sandbox:
        for number in range(1, arguments.people + 1):
            sandbox.add_person(number, f"Person {number}", started=True)
        # Hundreds of thousands of kept messages hold no cycles: walking them again and again only costs time.
        gc.freeze()
        gc.set_threshold(200_000, 50, 1_000)
        sys.stdout.write(f"{sandbox.api_url} {sandbox.token}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
