"""Why something was not asked or did not arrive, in words."""

from __future__ import annotations

from bot.screens.wording import Wording


def describe_reason(reason: str, wording: Wording) -> str:
    """Why, in words; a reason of a later version is shown as it is."""
    return wording.text(f"outcomes.why.{reason}") if reason in _REASONS else reason


_REASONS = frozenset(
    {
        "no_survey",
        "case_reopened",
        "not_sampled",
        "opted_out",
        "stale",
        "order_already_asked",
        "lower_priority",
        "quarantine",
        "unreachable",
        "daily_limit",
        "apologised",
        "quiet_hours",
        "event_cancelled",
        "order_cancelled",
        "blocked",
        "deactivated",
        "chat_not_found",
        "stranger",
        "kicked",
        "invalid",
        "forgotten",
        "in_person",
        "no_consent",
        "nobody",
        "not_connected",
        "nobody_to_ask",
        "not_modified",
        "message_gone",
        "topic_gone",
        "gone",
        "proven",
        "split",
        "other_account",
    }
)
