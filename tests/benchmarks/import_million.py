"""Imports a million events from a CSV file through the command line and prints the peak memory of the process.

Run: `python tests/benchmarks/import_million.py [ROWS]`. The bound is 300 MB (issue 2, section 11); exits 1 above it.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

BOUND_MB = 300
CATALOGUE = """\
business: {name: Bench, timezone: Europe/Moscow, languages: [en]}
touchpoints:
  delivery: {survey: delivery-csat, ask_after: PT2H, ask_by: P2D}
surveys:
  delivery-csat: {metric: csat, kind: transactional, question: {en: "How was it?"}}
"""


def write_rows(path: Path, rows: int) -> None:
    """Orders of the past year, every twentieth customer known in Telegram, the last thousand still to be asked."""
    header = ["id", "touchpoint", "occurred_at", "order_id", "amount", "currency", "customer.id", "customer.name"]
    header += ["customer.telegram_id", "attributes.shop", "attributes.employee"]
    now = datetime.now(UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(rows):
            moment = now - timedelta(seconds=31.5 * (rows - number))
            customer = number % 200_000
            telegram = 10_000_000 + customer if customer % 20 == 0 else ""
            order = (f"shop-{number}", "delivery", moment.isoformat(), number, f"{number % 5000}.50", "RUB")
            person = (f"c-{customer}", "Анна Каренина", telegram, f"shop-{number % 40}", f"e-{number % 700}")
            writer.writerow((*order, *person))


def main() -> int:
    """Write the file, import it in a process of its own, print what it took."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / "catalog.yaml").write_text(CATALOGUE)
        write_rows(place / "events.csv", rows)
        environment = os.environ | {"OTKLIK_DATA_DIR": folder + "/data", "OTKLIK_CATALOG": folder + "/catalog.yaml"}
        began = time.perf_counter()
        command = [
            sys.executable,
            "-c",
            "from bot.cli import main; main()",
            "import",
            "events",
            str(place / "events.csv"),
            "--yes",
        ]
        with subprocess.Popen(command, env=environment) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    peak = used.ru_maxrss / (1 if sys.platform != "darwin" else 1024) / 1024
    print(f"{rows:,} events in {seconds:.0f} s, {rows / seconds:,.0f} a second, peak memory {peak:.0f} MB")
    return 0 if process.returncode == 0 and peak < BOUND_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
