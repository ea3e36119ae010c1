"""What docs/webhooks.md tells receivers to do works as it stands there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from surveys.rules.webhooks import RETRY_AFTER, HappeningType
from surveys.subscribing import rotate_secret
from tests.dialogue_scene import NOON
from tests.webhooks.conftest import Told

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


async def test_both_examples_take_what_is_signed_and_nothing_else(told: Told) -> None:
    examples: dict[str, Any] = {}
    for source in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE):
        exec(source, examples)
    old = await told.subscribe("case.opened")
    new = (await rotate_secret(told.database, "crm", now=NOON)).secret
    await told.complain()
    await told.tell()
    [taken] = told.crm.taken
    for read in (examples["read_webhook"], examples["read_webhook_by_hand"]):
        for secret in (old, new):
            assert read(secret, taken.headers, taken.body)["type"] == "case.opened"
            for changed in (
                (secret, taken.headers, taken.body.replace(b'"score":1', b'"score":5')),
                (secret, taken.headers | {"webhook-id": "msg_other"}, taken.body),
                (secret, taken.headers | {"webhook-timestamp": "1700000000"}, taken.body),
                ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", taken.headers, taken.body),
            ):
                with pytest.raises((WebhookVerificationError, ValueError)):
                    read(*changed)


def test_every_type_and_every_retry_is_told() -> None:
    for type_ in HappeningType:
        assert f"| `{type_}` |" in PAGE
    told = re.search(r"tried again after (.*?): over 75 hours", PAGE)
    assert told is not None
    assert len(told[1].split(",")) == len(RETRY_AFTER)
    assert sum(RETRY_AFTER, timedelta()) // timedelta(hours=1) == 75
