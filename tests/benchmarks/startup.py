"""From the start of `otklik run` to its first poll, and its memory, against `import aiogram` in a process of its own.

    python tests/benchmarks/startup.py [--rounds 3] [--url postgresql://…]

DESIGN.md allows 1.5 seconds and 60 MB over the bare import; `otklik --help` answers within 0.5 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from installation import CATALOGUE, Installation, installation

from bot.sandbox import SandboxOptions, TelegramSandbox

SECONDS_OVER = 1.5
MEGABYTES_OVER = 60.0
HELP_SECONDS = 0.5
_DEADLINE = 60.0
_RUN = "from bot.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians in seconds and megabytes."""

    seconds_over: float
    megabytes_over: float
    help_seconds: float

    @property
    def is_met(self) -> bool:
        """Whether DESIGN.md's bounds hold."""
        return (
            self.seconds_over <= SECONDS_OVER
            and self.megabytes_over <= MEGABYTES_OVER
            and self.help_seconds <= HELP_SECONDS
        )

    def __str__(self) -> str:
        return (
            f"start to first poll {self.seconds_over:.2f} s over `import aiogram` (at most {SECONDS_OVER});"
            f" memory {self.megabytes_over:.0f} MB over it (at most {MEGABYTES_OVER:.0f});"
            f" `otklik --help` {self.help_seconds:.2f} s (at most {HELP_SECONDS})"
        )


async def measure(*, rounds: int, url: str | None = None) -> Measurement:
    """Bare imports and starts in turns, in one run; the first of each warms the disk's cache."""
    seconds: list[float] = []
    megabytes: list[float] = []
    helps: list[float] = []
    async with installation(url) as installed:
        for number in range(rounds + 1):
            bare_seconds, bare_megabytes = _import_aiogram()
            own_seconds, own_megabytes = await _start(installed)
            shown_in = _show_help()
            if number:
                seconds.append(own_seconds - bare_seconds)
                megabytes.append(own_megabytes - bare_megabytes)
                helps.append(shown_in)
    return Measurement(statistics.median(seconds), statistics.median(megabytes), statistics.median(helps))


def _import_aiogram() -> tuple[float, float]:
    began = time.perf_counter()
    code = "import aiogram, sys; sys.stdout.write(open('/proc/self/statm').read().split()[1])"
    pages = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - began, _megabytes(int(pages))


def _show_help() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _RUN, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


async def _start(installed: Installation) -> tuple[float, float]:
    async with TelegramSandbox.serve(options=SandboxOptions(pace=False)) as sandbox:
        with tempfile.TemporaryDirectory() as folder:
            catalogue = Path(folder) / "catalog.yaml"
            catalogue.write_text(CATALOGUE, encoding="utf-8")
            environment = os.environ | {
                "OTKLIK_DATABASE_URL": installed.url,
                "OTKLIK_CATALOG": str(catalogue),
                "OTKLIK_TELEGRAM_TOKEN": sandbox.token,
                "OTKLIK_TELEGRAM_API_URL": sandbox.api_url,
                "OTKLIK_HTTP_PORT": "0",
                "OTKLIK_LOG_LEVEL": "ERROR",
            }
            began = time.perf_counter()
            process = subprocess.Popen([sys.executable, "-c", _RUN, "run"], env=environment)
            try:
                async with asyncio.timeout(_DEADLINE):
                    while not sandbox.polling.is_held and not sandbox.journal.calls("getUpdates"):
                        await asyncio.sleep(0.005)
                took = time.perf_counter() - began
                pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
            finally:
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait)
    return took, _megabytes(pages)


def _megabytes(pages: int) -> float:
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def main() -> int:
    """Print the figures; 0 when the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    measured = asyncio.run(measure(rounds=arguments.rounds, url=arguments.url))
    print(measured)
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
