"""What the schema itself refuses, whatever the code above it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from db.database import Database, Transaction
from db.tables import metadata

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

ROWS: dict[str, dict[str, object]] = {
    "catalogue_versions": {"id": 1, "digest": "d", "source": "s", "published_at": NOON},
    "persons": {"id": 1, "created_at": NOON},
    "customers": {"id": 1, "external_id": "c-1", "person_id": 1, "created_at": NOON},
    "accounts": {
        "id": 1,
        "channel": "telegram",
        "external_id": 111,
        "person_id": 1,
        "state": "connected",
        "state_since": NOON,
        "created_at": NOON,
    },
    "person_moves": {"account_id": 1, "from_person_id": 1, "to_person_id": 1, "cause": "link", "moved_at": NOON},
    "links": {"key": "k" * 16, "customer_id": 1, "created_at": NOON},
    "touchpoint_opt_outs": {"person_id": 1, "touchpoint": "delivery", "opted_out_at": NOON},
    "separations": {"account_id": 1, "customer_id": 1, "separated_at": NOON},
    "join_codes": {"code": "AB234C", "account_id": 1, "created_at": NOON, "expires_at": NOON},
    "connections": {"account_id": 1, "cause": "qr", "connected_at": NOON},
    "entry_points": {"token": "t" * 14, "touchpoint": "visit", "created_at": NOON},
    "handled_events": {"channel": "vk", "event_id": "e-1", "handled_at": NOON},
    "touchpoint_events": {
        "id": 1,
        "external_id": "e-1",
        "touchpoint": "delivery",
        "occurred_at": NOON,
        "received_at": NOON,
        "customer_id": 1,
        "order_id": "42",
    },
    "trials": {
        "key": "sooner",
        "touchpoint": "delivery",
        "measure": "response_rate",
        "metric": "csat",
        "differs": "ask_after",
        "starts_on": NOON.date(),
        "share": 0.5,
        "planned": 400,
        "variants": {"a": "PT2H", "b": "PT4H"},
        "published_at": NOON,
    },
    "invitations": {
        "id": 1,
        "event_id": 1,
        "customer_id": 1,
        "account_id": 1,
        "touchpoint": "delivery",
        "order_id": "42",
        "state": "planned",
        "ask_at": NOON,
        "catalogue_version_id": 1,
        "changed_at": NOON,
    },
    "responses": {
        "id": 1,
        "invitation_id": 1,
        "touchpoint": "delivery",
        "survey": "delivery-csat",
        "metric": "csat",
        "score": 2,
        "given_by": "tap",
        "answered_at": NOON,
        "changed_at": NOON,
    },
    "cases": {
        "id": 1,
        "response_id": 1,
        "event_id": 1,
        "team": "logistics",
        "cause": "score",
        "state": "open",
        "external_id": "crm-1",
        "opened_at": NOON,
        "changed_at": NOON,
    },
    "outbreaks": {"cause": "burst", "chat": "staff", "opened_at": NOON},
    "alarms": {"kind": "drop", "touchpoint": "delivery", "risen_at": NOON, "evidence": {}},
    "case_moves": {"case_id": 1, "move": "claim", "from_state": "open", "to_state": "claimed", "actor": "staff"}
    | {"moved_at": NOON},
    "case_posts": {"chat_id": -1, "message_id": 1, "case_id": 1, "kind": "card", "posted_at": NOON},
    "promo_codes": {"pool": "sorry", "code": "A1", "imported_at": NOON},
    "staff_messages": {"case_id": 1, "origin": "reply", "chat_id": -1, "message_id": 9, "kind": "text"}
    | {"written_at": NOON},
    "case_forms": {"case_id": 1, "kind": "resolve", "actor_id": 7, "chat_id": -1, "begun_at": NOON},
    "call_requests": {"case_id": 1, "state": "offered", "asked_at": NOON},
    "consents": {"person_id": 1, "kind": "offers", "given": True, "source": "shop", "at": NOON},
    "messages": {"channel": "telegram", "chat_id": 111, "message_id": 5, "kind": "text", "received_at": NOON},
    "schedule": {
        "kind": "invitation",
        "subject_id": 1,
        "recipient": "account:1",
        "channel": "telegram",
        "dedupe_key": "invitation:1",
        "due_at": NOON,
        "created_at": NOON,
    },
    "members": {"telegram_id": 7, "role": "manager", "since": NOON},
    "member_invites": {
        "key": "k",
        "role": "manager",
        "created_by": 7,
        "created_at": NOON,
        "expires_at": NOON + timedelta(days=1),
    },
    "api_keys": {"name": "shop", "digest": b"1", "created_at": NOON},
    "switches": {"name": "invitations_paused", "since": NOON},
    "channels": {"channel": "telegram"},
    "webhooks": {"name": "crm", "url": "u", "secret": "s", "events": ["case.opened"], "created_at": NOON},
    "webhook_messages": {"type": "response.received", "response_id": 1, "happened_at": NOON},
    "report_views": {
        "telegram_id": 7,
        "starts_on": NOON.date(),
        "ends_on": NOON.date(),
        "path": [],
        "opened_at": NOON,
    },
    "report_readers": {"telegram_id": 7},
    "rolled_up_days": {"counted": "answers", "day": NOON.date(), "zone": "Europe/Moscow"},
    "daily_scores": {"day": NOON.date(), "touchpoint": "delivery", "metric": "csat", "counts": [0] * 11},
    "daily_reasons": {"day": NOON.date(), "touchpoint": "delivery", "metric": "csat", "reasons": ["late"], "count": 1},
    "daily_funnel": {
        "day": NOON.date(),
        "touchpoint": "delivery",
        "has_message": True,
        "commented": False,
        "count": 1,
    },
    "report_marks": {"counted": "answers", "at": NOON},
    "unknown_touchpoints": {"day": NOON.date(), "touchpoint": "kiosk", "rejected": 1},
    "journey_counts": {
        "starts_on": NOON.date(),
        "ends_on": NOON.date() + timedelta(days=1),
        "within": timedelta(days=30),
        "catalogue_version_id": 1,
        "counted_at": NOON,
        "content": {},
    },
    "buyer_counts": {
        "since_on": NOON.date(),
        "until_on": NOON.date() + timedelta(days=1),
        "scope": "d",
        "counted_at": NOON,
        "content": {},
    },
    "theme_dictionaries": {"catalogue_version_id": 1, "reader": 1, "digest": "d", "began_at": NOON},
    "comment_readings": {"response_id": 1, "answered_at": NOON, "touchpoint": "delivery"},
}
"""A valid row of each table, in the order of their references."""

TABLES = list(ROWS)
SECOND_EVENT: dict[str, object] = {"id": 2, "external_id": "e-2"}

REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("accounts", {"channel": "whatsapp"}, "ck_accounts_channel"),
    ("accounts", {"state": "sleeping"}, "ck_accounts_state"),
    ("accounts", {"buttons": "round"}, "ck_accounts_buttons"),
    ("handled_events", {"channel": "telegram"}, "ck_handled_events_channel"),
    ("person_moves", {"customer_id": 1}, "ck_person_moves_one_subject"),
    ("person_moves", {"account_id": None}, "ck_person_moves_one_subject"),
    ("links", {"key": "short"}, "ck_links_key_length"),
    ("join_codes", {"code": "short"}, "ck_join_codes_code_length"),
    ("connections", {"cause": "magic"}, "ck_connections_cause"),
    ("entry_points", {"token": "short"}, "ck_entry_points_token_length"),
    ("links", {"key": "k" * 65}, "ck_links_key_length"),
    ("links", {"account_id": 1}, "ck_links_opened"),
    ("invitations", {"purpose": "second"}, "ck_invitations_purpose"),
    ("invitations", {"state": "lost"}, "ck_invitations_state"),
    ("invitations", {"state": "skipped"}, "ck_invitations_skipped_has_reason"),
    ("invitations", {"ask_at": None}, "ck_invitations_planned_has_time"),
    ("invitations", {"account_id": None}, "ck_invitations_planned_has_time"),
    ("invitations", {"state": "sent"}, "ck_invitations_sent_has_time"),
    ("invitations", {"state": "expired"}, "ck_invitations_sent_has_time"),
    ("invitations", {"state": "answered"}, "ck_invitations_answered_has_time"),
    ("trials", {"measure": "mood"}, "ck_trials_measure"),
    ("trials", {"metric": "stars"}, "ck_trials_metric"),
    ("trials", {"differs": "colour"}, "ck_trials_differs"),
    ("trials", {"share": 1.0}, "ck_trials_share"),
    ("trials", {"planned": 0}, "ck_trials_planned"),
    ("invitations", {"trial": "sooner"}, "ck_invitations_variant_of_trial"),
    ("invitations", {"trial": "sooner", "variant": "c"}, "ck_invitations_variant"),
    ("invitations", {"counts_in_trial": True}, "ck_invitations_counts_in_trial"),
    ("responses", {"metric": "stars"}, "ck_responses_metric"),
    ("responses", {"metric": "nps", "score": -1}, "ck_responses_score_on_scale"),
    ("responses", {"metric": "nps", "score": 11}, "ck_responses_score_on_scale"),
    ("responses", {"metric": "csat", "score": 0}, "ck_responses_score_on_scale"),
    ("responses", {"metric": "csat", "score": 6}, "ck_responses_score_on_scale"),
    ("responses", {"metric": "ces", "score": 0}, "ck_responses_score_on_scale"),
    ("responses", {"metric": "ces", "score": 8}, "ck_responses_score_on_scale"),
    ("responses", {"given_by": "guess"}, "ck_responses_given_by"),
    ("responses", {"step": "started"}, "ck_responses_step"),
    ("cases", {"state": "closed"}, "ck_cases_state"),
    ("cases", {"cause": "mood"}, "ck_cases_cause"),
    ("cases", {"state": "claimed"}, "ck_cases_claimed_by_somebody"),
    ("cases", {"state": "resolved"}, "ck_cases_resolved_has_time"),
    ("cases", {"state": "confirmed", "solved": True}, "ck_cases_resolved_has_time"),
    ("cases", {"state": "confirmed", "resolved_at": NOON}, "ck_cases_confirmed_by_the_customer"),
    ("cases", {"severity": "mild"}, "ck_cases_severity"),
    ("cases", {"folded": True}, "ck_cases_folded_into_something"),
    ("responses", {"purpose": "second"}, "ck_responses_purpose"),
    ("case_moves", {"move": "forget"}, "ck_case_moves_move"),
    ("case_moves", {"actor": "fate"}, "ck_case_moves_actor"),
    ("case_moves", {"from_state": None}, "ck_case_moves_opened_from_nothing"),
    ("case_moves", {"given": ["cake"]}, "ck_case_moves_given"),
    ("outbreaks", {"cause": "mood"}, "ck_outbreaks_cause"),
    ("outbreaks", {"cause": "place"}, "ck_outbreaks_place"),
    ("alarms", {"kind": "mood"}, "ck_alarms_kind"),
    ("alarms", {"cleared_at": NOON, "ending": "forgotten"}, "ck_alarms_ending"),
    ("alarms", {"cleared_at": NOON}, "ck_alarms_cleared_has_ending"),
    ("alarms", {"cleared_at": NOON, "ending": "back"}, "ck_alarms_back_has_numbers"),
    ("alarms", {"clearing": {}}, "ck_alarms_back_has_numbers"),
    ("alarms", {"touchpoint": None}, "ck_alarms_about_a_touchpoint"),
    ("alarms", {"kind": "nobody_answered", "location": "shop-1"}, "ck_alarms_location"),
    ("case_posts", {"case_id": None}, "ck_case_posts_about_something"),
    ("staff_messages", {"origin": "mood"}, "ck_staff_messages_origin"),
    ("staff_messages", {"kind": "dance"}, "ck_staff_messages_kind"),
    ("staff_messages", {"message_id": None}, "ck_staff_messages_written_somewhere"),
    ("case_forms", {"kind": "praise"}, "ck_case_forms_kind"),
    ("case_forms", {"step": "song"}, "ck_case_forms_step"),
    ("case_forms", {"given": ["cake"]}, "ck_case_forms_given"),
    ("call_requests", {"state": "rung"}, "ck_call_requests_state"),
    (
        "call_requests",
        {"state": "chosen", "window_start": NOON, "window_end": NOON},
        "ck_call_requests_chosen_has_window",
    ),
    ("promo_codes", {"state": "lost"}, "ck_promo_codes_state"),
    ("promo_codes", {"state": "given"}, "ck_promo_codes_given_has_time"),
    ("consents", {"kind": "everything"}, "ck_consents_kind"),
    ("consents", {"source": "stars"}, "ck_consents_source"),
    ("messages", {"channel": "whatsapp"}, "ck_messages_channel"),
    ("messages", {"kind": "dance"}, "ck_messages_kind"),
    ("schedule", {"kind": "greeting"}, "ck_schedule_kind"),
    ("schedule", {"channel": "pigeon"}, "ck_schedule_channel"),
    ("schedule", {"state": "maybe"}, "ck_schedule_state"),
    ("schedule", {"state": "sending"}, "ck_schedule_claimed"),
    ("schedule", {"claimed_at": NOON}, "ck_schedule_claimed"),
    ("members", {"role": "king"}, "ck_members_role"),
    ("member_invites", {"role": "king"}, "ck_member_invites_role"),
    ("switches", {"name": "light"}, "ck_switches_name"),
    ("channels", {"channel": "pigeon"}, "ck_channels_channel"),
    ("comment_readings", {"sentiment": 2}, "ck_comment_readings_sentiment"),
    ("comment_readings", {"themes": ["taste"]}, "ck_comment_readings_unread_says_nothing"),
    ("comment_readings", {"lemmas": ["торт"]}, "ck_comment_readings_unread_says_nothing"),
    ("webhooks", {"events": ["case.closed"]}, "ck_webhooks_events"),
    ("webhooks", {"events": []}, "ck_webhooks_some_events"),
    ("webhooks", {"previous_secret": "s"}, "ck_webhooks_previous_has_end"),
    ("webhooks", {"failures": 1}, "ck_webhooks_failing_since"),
    ("webhook_messages", {"type": "case.closed"}, "ck_webhook_messages_type"),
    ("webhook_messages", {"case_id": 1}, "ck_webhook_messages_one_subject"),
    ("webhook_messages", {"to_state": "open"}, "ck_webhook_messages_moved_has_state"),
    ("report_views", {"place": 1}, "ck_report_views_place"),
    ("report_readers", {"weekday": 7}, "ck_report_readers_weekday"),
    ("report_readers", {"theme": "pink"}, "ck_report_readers_theme"),
    ("rolled_up_days", {"counted": "stars"}, "ck_rolled_up_days_counted"),
    ("daily_scores", {"counts": [1]}, "ck_daily_scores_counts"),
    ("daily_reasons", {"count": 0}, "ck_daily_reasons_count"),
    ("daily_funnel", {"count": 0}, "ck_daily_funnel_count"),
    ("report_marks", {"counted": "stars"}, "ck_report_marks_counted"),
    ("unknown_touchpoints", {"rejected": 0}, "ck_unknown_touchpoints_rejected"),
    ("unknown_touchpoints", {"touchpoint": ""}, "ck_unknown_touchpoints_touchpoint_length"),
    ("unknown_touchpoints", {"touchpoint": "x" * 41}, "ck_unknown_touchpoints_touchpoint_length"),
    ("journey_counts", {"ends_on": NOON.date()}, "ck_journey_counts_days"),
    ("buyer_counts", {"until_on": NOON.date()}, "ck_buyer_counts_days"),
]

TWICE: list[tuple[str, dict[str, object], str]] = [
    ("customers", {"id": 2}, "uq_customers_external_id"),
    ("accounts", {"id": 2}, "uq_accounts_channel_external_id"),
    ("links", {"key": "l" * 16}, "uq_links_customer_id_order_id"),
    ("touchpoint_opt_outs", {}, "pk_touchpoint_opt_outs"),
    ("separations", {}, "pk_separations"),
    ("join_codes", {}, "uq_join_codes_open"),
    ("connections", {}, "pk_connections"),
    ("entry_points", {"token": "u" * 14}, "uq_entry_points_in_force"),
    ("touchpoint_events", {"id": 2}, "uq_touchpoint_events_external_id"),
    ("invitations", {"id": 2, "order_id": None}, "uq_invitations_event_id_purpose"),
    ("responses", {"id": 2}, "uq_responses_invitation_id"),
    ("cases", {"id": 2, "external_id": None}, "uq_cases_one_open_per_response"),
    ("cases", {"id": 2, "response_id": None, "external_id": None}, "uq_cases_one_open_per_event"),
    ("cases", {"id": 2, "response_id": None, "event_id": None}, "uq_cases_external_id"),
    ("outbreaks", {}, "uq_outbreaks_open_burst"),
    ("alarms", {}, "uq_alarms_open"),
    ("promo_codes", {}, "uq_promo_codes_pool_code"),
    ("staff_messages", {}, "uq_staff_messages_chat_id_message_id"),
    ("case_forms", {}, "uq_case_forms_case_id_kind_actor_id"),
    ("call_requests", {}, "uq_call_requests_one_open"),
    ("messages", {}, "uq_messages_channel_chat_id_message_id"),
    ("schedule", {}, "uq_schedule_dedupe_key"),
    ("api_keys", {"digest": b"2"}, "uq_api_keys_name_in_force"),
    ("api_keys", {"name": "other"}, "uq_api_keys_digest"),
    ("webhooks", {}, "uq_webhooks_name"),
    ("webhook_messages", {}, "uq_webhook_messages_received_once"),
    ("theme_dictionaries", {}, "uq_theme_dictionaries_catalogue_version_id_reader"),
    ("comment_readings", {}, "pk_comment_readings"),
]


async def _insert(transaction: Transaction, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    overriding = " overriding system value" if "id" in row else ""
    await transaction.run(f"insert into {table} ({names}){overriding} values ({places})", *row.values())


async def _fill(database: Database, tables: list[str]) -> None:
    async with database.transaction() as transaction:
        for table in tables:
            await _insert(transaction, table, ROWS[table])


async def _refused_by(database: Database, table: str, row: dict[str, object]) -> object:
    """The name of the constraint that the row breaks."""
    try:
        async with database.transaction() as transaction:
            await _insert(transaction, table, row)
    except asyncpg.IntegrityConstraintViolationError as error:
        return error.as_dict()["constraint_name"]
    return None


@pytest.mark.parametrize(("table", "change", "constraint"), REFUSED)
async def test_a_row_that_makes_no_sense_is_refused(
    database: Database, table: str, change: dict[str, object], constraint: str
) -> None:
    await _fill(database, TABLES[: TABLES.index(table)])
    assert await _refused_by(database, table, ROWS[table] | change) == constraint
    assert await _refused_by(database, table, ROWS[table]) is None


@pytest.mark.parametrize(("table", "change", "constraint"), TWICE)
async def test_what_is_one_thing_is_stored_once(
    database: Database, table: str, change: dict[str, object], constraint: str
) -> None:
    await _fill(database, TABLES[: TABLES.index(table) + 1])
    assert await _refused_by(database, table, ROWS[table] | change) == constraint


async def test_one_order_has_one_open_question(database: Database) -> None:
    await _fill(database, TABLES[: TABLES.index("invitations") + 1])
    assert await _refused_by(database, "touchpoint_events", ROWS["touchpoint_events"] | SECOND_EVENT) is None
    second = ROWS["invitations"] | {"id": 2, "event_id": 2}
    assert await _refused_by(database, "invitations", second) == "uq_invitations_one_question_per_order"
    skipped = second | {"state": "skipped", "reason": "lower_priority"}
    assert await _refused_by(database, "invitations", skipped) is None
    other_order = second | {"id": 3, "purpose": "recovery", "order_id": "43"}
    assert await _refused_by(database, "invitations", other_order) is None


async def test_a_revoked_keys_name_is_free_again(database: Database) -> None:
    await _fill(database, ["api_keys"])
    async with database.transaction() as transaction:
        await transaction.run("update api_keys set revoked_at = $1", NOON)
    assert await _refused_by(database, "api_keys", ROWS["api_keys"] | {"digest": b"2"}) is None


def test_every_check_is_tried() -> None:
    checks = {
        constraint.name
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name and str(constraint.name).startswith("ck_")
    }
    assert {str(name) for name in checks} - {constraint for _, _, constraint in REFUSED} == set()


async def test_every_instant_has_a_time_zone(database: Database) -> None:
    async with database.transaction() as transaction:
        naive = await transaction.rows(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public' and data_type = 'timestamp without time zone'"
        )
    assert naive == []
