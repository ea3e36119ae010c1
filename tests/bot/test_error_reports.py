"""What is reported to Sentry holds no customer and no secret."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PHONE = "+79001234567"
SECRET = "s3cret-of-a-webhook"

SOURCE = f"""
import json
import sentry_sdk, structlog
from sentry_sdk.transport import Transport
from bot.error_reports import report_errors
from bot.logs import configure_logging

reports = []

class Kept(Transport):
    def capture_envelope(self, envelope):
        reports.extend(item.payload.json for item in envelope.items)

configure_logging("INFO")
report_errors("https://key@sentry.invalid/1", ["{SECRET}"], transport=Kept)

def fail(phone):
    raise LookupError("no {SECRET} here\\nDETAIL:  Key (phone)=(" + phone + ") already exists.")

try:
    fail("{PHONE}")
except LookupError:
    sentry_sdk.capture_exception()
    structlog.get_logger().exception("tick_failed", why="{SECRET}")
options = sentry_sdk.get_client().options
print(json.dumps({{
    "reports": reports,
    "options": {{
        name: options[name]
        for name in (
            "send_default_pii", "include_local_variables", "max_request_body_size", "trace_propagation_targets",
            "traces_sample_rate",
        )
    }},
}}))
"""


def test_reports_hold_no_personal_data_and_no_secret() -> None:
    # in a process of its own: Sentry changes the libraries it finds for good
    ran = subprocess.run([sys.executable, "-c", SOURCE], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout)
    assert found["options"] == {
        "send_default_pii": False,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "trace_propagation_targets": [],
        "traces_sample_rate": None,
    }
    assert len(found["reports"]) == 2
    whole = json.dumps(found["reports"])
    assert "LookupError" in whole
    assert "tick_failed" in whole
    for kept in (PHONE, SECRET, '"vars"', '"user"', '"request"'):
        assert kept not in whole
