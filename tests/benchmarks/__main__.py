"""All measurements, one after the other, each against its floor in the same run: what `make bench` runs.

    make bench [ARGS="delivery tap …"] [ARGS="--full"]

`--full` takes ten million answers and a million events; without it a tenth of that. Exits 1 when a floor is not met.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
MEASUREMENTS: dict[str, tuple[list[str], list[str]]] = {
    "delivery": ([], []),
    "tap": ([], []),
    "events_in": ([], []),
    "report": (["--answers", "1000000"], ["--answers", "10000000"]),
    "pace": ([], []),
    "startup": ([], []),
    "picture": ([], []),
    "journey": (["--answers", "1000000"], ["--answers", "10000000"]),
    "import_million": (["100000"], ["1000000"]),
}
"""Each script with what it is given usually, and with `--full`."""


def main() -> int:
    """Run them; 1 when one of them missed its floor."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    environment = os.environ | {"PYTHONPATH": str(FOLDER.parents[1]), "PYTHONUNBUFFERED": "1"}
    missed = []
    for name in asked.names or MEASUREMENTS:
        usual, full = MEASUREMENTS[name]
        command = [sys.executable, str(FOLDER / f"{name}.py"), *(full if asked.full else usual)]
        if subprocess.run(command, env=environment, check=False).returncode:
            missed.append(name)
    print(f"missed: {', '.join(missed)}" if missed else "every floor is met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
