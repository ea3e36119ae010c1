"""What the OpenAPI document promises is what the server does, whatever is sent."""

from __future__ import annotations

import asyncio

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import positive_data_acceptance
from structlog.testing import capture_logs

EXAMPLES = 12
PICTURES = 2
"""Each is drawn by a child process that takes a second to start."""


async def test_the_server_keeps_what_its_description_promises(address: str, key: str) -> None:
    with capture_logs():
        operations = await asyncio.to_thread(try_all, address, key)

    assert operations == 27


def try_all(address: str, key: str) -> int:
    """Call every operation with what its schema allows and with what it does not; how many there are."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    count = 0
    for found in schema.get_all_operations():
        count += 1
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=PICTURES if operation.path.endswith(".png") else EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def keeps_its_promises(case: Case) -> None:
            # no schema can say that a date must exist or that `to` needs a `from`
            case.call_and_validate(
                headers={"Authorization": f"Bearer {key}"}, timeout=20, excluded_checks=[positive_data_acceptance]
            )

        keeps_its_promises()
    return count
