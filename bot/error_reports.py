"""Errors reported to Sentry, without secrets and without customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.logs import Redaction

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event, Hint


def report_errors(dsn: str, secrets: Sequence[str], *, transport: type[Transport] | None = None) -> None:
    """Report what is logged as an error from now on; `transport` carries the reports, over HTTP when not given."""
    import sentry_sdk

    redaction = Redaction(secrets)

    def without_secrets(event: Event, _hint: Hint) -> Event:
        for key, value in event.items():
            event[key] = _cleaned(value, redaction)  # type: ignore[literal-required]  # whatever keys there are
        return event

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        before_send=without_secrets,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        # else calls to messengers would carry headers of ours
        trace_propagation_targets=[],
    )


def _cleaned(value: object, redaction: Redaction) -> object:
    if isinstance(value, str):
        return redaction.clean_text(value)
    if isinstance(value, dict):
        return {key: _cleaned(inner, redaction) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, redaction) for inner in value]
    return value
