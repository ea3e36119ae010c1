"""The tables: invariants live here as well as in the code."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVENT_OUTCOMES = (
    "waiting",
    "planned",
    "sending",
    "sent",
    "unknown",
    "answered",
    "expired",
    "rejected",
    "skipped",
    "cancelled",
)
ASKED_OR_PLANNED = ("planned", "sending", "sent", "unknown", "answered", "expired")
"""The outcomes that start quarantine and take an order's one question."""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def _instant(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _identity() -> Column[int]:
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    _identity(),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False, comment="the YAML as published"),
    _instant("published_at", nullable=False),
    comment="the catalogue in force is the one with the greatest id",
)

persons = Table(
    "persons",
    metadata,
    _identity(),
    Column("language", Text, comment="as chosen with /language"),
    _instant("opted_out_at"),
    _instant("created_at", nullable=False),
    comment="the one asked; every contact rule keys on it",
)

customers = Table(
    "customers",
    metadata,
    _identity(),
    Column("external_id", Text, nullable=False, comment="the shop's own id"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("phone", Text),
    Column("language", Text),
    Column("timezone", Text),
    _instant("created_at", nullable=False),
    UniqueConstraint("external_id"),
    Index("ix_customers_person_id", "person_id"),
)

accounts = Table(
    "accounts",
    metadata,
    _identity(),
    Column("channel", Text, nullable=False),
    Column("external_id", BigInteger, nullable=False, comment="the messenger's own id; also the private chat's"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("language", Text),
    Column("state", Text, nullable=False),
    _instant("state_since", nullable=False),
    _instant("last_used_at", nullable=True),
    _instant("created_at", nullable=False),
    UniqueConstraint("channel", "external_id"),
    CheckConstraint(_one_of("channel", ("telegram", "vk")), name="channel"),
    CheckConstraint(_one_of("state", ("presumed", "connected", "stranger", "blocked", "deactivated")), name="state"),
    Index("ix_accounts_person_id", "person_id"),
    comment=(
        "a messenger identity. presumed: named by the shop, never tried; connected: wrote to us; "
        "stranger: chat not found; blocked, deactivated: cannot be written to"
    ),
)

person_moves = Table(
    "person_moves",
    metadata,
    _identity(),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE")),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("from_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("to_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("cause", Text, nullable=False),
    _instant("moved_at", nullable=False),
    CheckConstraint("num_nonnulls(customer_id, account_id) = 1", name="one_subject"),
    Index("ix_person_moves_customer_id", "customer_id"),
    Index("ix_person_moves_account_id", "account_id"),
    comment="each time a customer or an account was moved to another person",
)

links = Table(
    "links",
    metadata,
    Column("key", Text, primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("order_id", Text, comment="absent: the link binds the customer's person"),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), comment="who opened it first"),
    _instant("created_at", nullable=False),
    _instant("opened_at"),
    UniqueConstraint("customer_id", "order_id", postgresql_nulls_not_distinct=True),
    CheckConstraint("length(key) between 16 and 64", name="key_length"),
    CheckConstraint("account_id is null or opened_at is not null", name="opened"),
)

order_bindings = Table(
    "order_bindings",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _instant("bound_at", nullable=False),
    Index("ix_order_bindings_account_id", "account_id"),
    comment="who opened the order's link is asked about the order",
)

touchpoint_events = Table(
    "touchpoint_events",
    metadata,
    _identity(),
    Column("external_id", Text, nullable=False, comment="the shop's own id of the event"),
    Column("touchpoint", Text, nullable=False),
    _instant("occurred_at", nullable=False),
    _instant("received_at", nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("order_id", Text),
    Column("amount", Numeric(14, 2)),
    Column("currency", Text),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    UniqueConstraint("external_id"),
    Index("ix_touchpoint_events_occurred_at", "occurred_at", postgresql_include=["touchpoint", "id"]),
    Index(
        "ix_touchpoint_events_order_id",
        "order_id",
        "touchpoint",
        postgresql_where=text("order_id is not null"),
    ),
    Index("ix_touchpoint_events_customer_id", "customer_id", "touchpoint", "occurred_at"),
)

invitations = Table(
    "invitations",
    metadata,
    _identity(),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id"), nullable=False),
    Column("purpose", Text, nullable=False, server_default=text("'first'")),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="the event's; null once forgotten"),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="who is asked; null while nobody can be"),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text, comment="null when the touchpoint has none"),
    Column("relational", Boolean, nullable=False, server_default=text("false")),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("order_id", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="why skipped, rejected or cancelled"),
    Column("winner_id", BigInteger, ForeignKey("invitations.id"), comment="the one asked instead of this"),
    _instant("eligible_at"),
    _instant("ask_at"),
    _instant("ask_by"),
    _instant("sent_at"),
    _instant("expires_at"),
    _instant("answered_at"),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id"), nullable=False),
    Column("language", Text, comment="as sent"),
    Column("question", Text, comment="as shown"),
    Column("message_id", BigInteger, comment="the messenger's id of the question"),
    _instant("changed_at", nullable=False),
    UniqueConstraint("event_id", "purpose"),
    CheckConstraint(_one_of("purpose", ("first", "recovery")), name="purpose"),
    CheckConstraint(_one_of("state", EVENT_OUTCOMES), name="state"),
    CheckConstraint("state <> 'skipped' or reason is not null", name="skipped_has_reason"),
    CheckConstraint("state <> 'planned' or (ask_at is not null and account_id is not null)", name="planned_has_time"),
    CheckConstraint("state not in ('sent', 'expired') or sent_at is not null", name="sent_has_time"),
    CheckConstraint("state <> 'answered' or answered_at is not null", name="answered_has_time"),
    Index(
        "uq_invitations_one_question_per_order",
        "account_id",
        "order_id",
        unique=True,
        postgresql_where=text("order_id is not null and purpose = 'first' and " + _one_of("state", ASKED_OR_PLANNED)),
    ),
    Index(
        "ix_invitations_account_id_asked",
        "account_id",
        postgresql_where=text(_one_of("state", ASKED_OR_PLANNED)),
    ),
    Index(
        "ix_invitations_waiting_customer_id",
        "customer_id",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_invitations_waiting_ask_by", "ask_by", postgresql_where=text("state = 'waiting'")),
    Index("ix_invitations_open_expires_at", "expires_at", postgresql_where=text("state in ('sent', 'unknown')")),
    Index("ix_invitations_customer_id", "customer_id"),
)

invitation_steps = Table(
    "invitation_steps",
    metadata,
    _identity(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id", ondelete="CASCADE"), nullable=False),
    _instant("at", nullable=False),
    Column("step", Text, nullable=False, comment="a state, or moved, reminded, joined"),
    Column("reason", Text),
    _instant("until"),
    Index("ix_invitation_steps_invitation_id", "invitation_id"),
    comment="what became of an event, move by move",
)

schedule = Table(
    "schedule",
    metadata,
    _identity(),
    Column("kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False, comment="an invitation, a case, a message, by kind"),
    Column("recipient", Text, nullable=False, comment="account:ID, team:NAME or chat:ID; no personal data"),
    Column("channel", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    _instant("due_at", nullable=False),
    Column("state", Text, nullable=False, server_default=text("'due'")),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column(
        "requested_again",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="asked for once more while it was being sent",
    ),
    Column("message_id", BigInteger),
    _instant("created_at", nullable=False),
    _instant("settled_at"),
    Column("retry_at", DateTime(timezone=True), comment="machine time"),
    Column("claimed_at", DateTime(timezone=True), comment="machine time"),
    UniqueConstraint("dedupe_key"),
    CheckConstraint(
        _one_of(
            "kind",
            (
                "invitation",
                "reminder",
                "card",
                "relay",
                "escalation",
                "solved",
                "weekly_report",
                "webhook",
            ),
        ),
        name="kind",
    ),
    CheckConstraint(_one_of("channel", ("telegram", "vk", "webhook")), name="channel"),
    CheckConstraint(_one_of("state", ("due", "sending", "sent", "unknown", "rejected", "dropped")), name="state"),
    CheckConstraint("(state = 'sending') = (claimed_at is not null)", name="claimed"),
    Index("ix_schedule_due", "channel", "due_at", postgresql_where=text("state = 'due'")),
    Index(
        "ix_schedule_due_before_questions",
        "channel",
        "due_at",
        postgresql_where=text("state = 'due' and kind not in ('invitation', 'reminder')"),
    ),
    Index("ix_schedule_sending", "claimed_at", postgresql_where=text("state = 'sending'")),
    Index("ix_schedule_subject_id", "subject_id", "kind"),
    Index("ix_schedule_state_id", "state", "id"),
    Index("ix_schedule_changed_at", text("greatest(created_at, settled_at)")),
    comment="the one schedule: an intent, never text or personal data",
)

responses = Table(
    "responses",
    metadata,
    _identity(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id")),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id")),
    Column("external_id", Text, comment="of an imported answer"),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="null once forgotten"),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("order_id", Text),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("given_by", Text, nullable=False),
    _instant("answered_at", nullable=False),
    _instant("changed_at", nullable=False),
    Column("step", Text, nullable=False, server_default=text("'done'")),
    Column("reasons", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("comment", Text),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="as the event had them"),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id")),
    Column("language", Text),
    Column("question", Text, comment="as shown"),
    UniqueConstraint("invitation_id"),
    UniqueConstraint("external_id"),
    CheckConstraint(_one_of("metric", ("nps", "csat", "ces")), name="metric"),
    CheckConstraint(
        "(metric = 'nps' and score between 0 and 10) or (metric = 'csat' and score between 1 and 5)"
        " or (metric = 'ces' and score between 1 and 7)",
        name="score_on_scale",
    ),
    CheckConstraint(_one_of("given_by", ("tap", "typed", "import")), name="given_by"),
    CheckConstraint(_one_of("step", ("reasons", "comment", "done")), name="step"),
    Index("ix_responses_answered_at", "answered_at", postgresql_include=["touchpoint", "metric", "score"]),
    Index("ix_responses_event_id", "event_id"),
    Index("ix_responses_customer_id", "customer_id"),
    Index("ix_responses_account_id", "account_id", "answered_at"),
    Index("ix_responses_order_id", "order_id", postgresql_where=text("order_id is not null")),
)

response_scores = Table(
    "response_scores",
    metadata,
    _identity(),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    Column("score", SmallInteger, nullable=False),
    _instant("given_at", nullable=False),
    Index("ix_response_scores_response_id", "response_id"),
    comment="scores that were replaced by a later one",
)

cases = Table(
    "cases",
    metadata,
    _identity(),
    Column("response_id", BigInteger, ForeignKey("responses.id")),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id")),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="null once forgotten"),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("touchpoint", Text),
    Column("team", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("state", Text, nullable=False),
    _instant("opened_at", nullable=False),
    _instant("first_response_due"),
    _instant("resolve_due"),
    _instant("claimed_at"),
    Column("claimed_by", BigInteger, comment="the messenger's id of the staff member"),
    Column("claimed_by_name", Text),
    _instant("resolved_at"),
    _instant("changed_at", nullable=False),
    Column("card_chat_id", BigInteger),
    Column("card_message_id", BigInteger),
    CheckConstraint(
        _one_of("state", ("open", "claimed", "waiting", "resolved", "confirmed", "dismissed")), name="state"
    ),
    CheckConstraint(_one_of("cause", ("score", "complaint", "message", "incident", "staff")), name="cause"),
    CheckConstraint("state <> 'claimed' or claimed_by is not null", name="claimed_by_somebody"),
    CheckConstraint("state not in ('resolved', 'confirmed') or resolved_at is not null", name="resolved_has_time"),
    Index(
        "uq_cases_one_open_per_response",
        "response_id",
        unique=True,
        postgresql_where=text("state in ('open', 'claimed', 'waiting')"),
    ),
    Index("ix_cases_response_id", "response_id"),
    Index("ix_cases_event_id", "event_id"),
    Index("ix_cases_account_id", "account_id"),
    Index("ix_cases_customer_id", "customer_id"),
    Index("ix_cases_unsettled", "state", "opened_at", postgresql_where=text("state in ('open', 'claimed', 'waiting')")),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_first_response_due", "first_response_due"),
    Index("ix_cases_resolve_due", "resolve_due"),
)

case_moves = Table(
    "case_moves",
    metadata,
    _identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    _instant("moved_at", nullable=False),
    Column("actor_id", BigInteger, comment="the messenger's id; null: the product itself or the customer"),
    Column("actor_name", Text),
    Column("note", Text),
    Index("ix_case_moves_case_id", "case_id"),
    Index("ix_case_moves_moved_at", "moved_at", "to_state"),
)

messages = Table(
    "messages",
    metadata,
    _identity(),
    Column("channel", Text, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("kind", Text, nullable=False),
    Column("text", Text),
    Column("file_id", Text),
    _instant("received_at", nullable=False),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="SET NULL"), comment="a comment on it"),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="SET NULL")),
    UniqueConstraint("channel", "chat_id", "message_id"),
    CheckConstraint(_one_of("channel", ("telegram", "vk")), name="channel"),
    CheckConstraint(_one_of("kind", ("text", "voice", "photo", "document", "other")), name="kind"),
    Index("ix_messages_response_id", "response_id"),
    Index("ix_messages_case_id", "case_id"),
    Index("ix_messages_account_id", "account_id", "received_at"),
    comment="what customers wrote; nothing received is lost",
)

updates_set_aside = Table(
    "updates_set_aside",
    metadata,
    _identity(),
    Column("channel", Text, nullable=False),
    Column("update_id", BigInteger),
    Column("error", Text, nullable=False),
    Column("content", Text, nullable=False),
    _instant("received_at", nullable=False),
    comment="updates that could not be decoded or handled; they stop nothing",
)

team_chats = Table(
    "team_chats",
    metadata,
    Column("chat", Text, primary_key=True, comment="the catalogue's name of the chat; staff is the default one"),
    Column("chat_id", BigInteger, nullable=False),
    Column("title", Text),
    _instant("set_at", nullable=False),
    _instant("failing_since"),
    Column("failure", Text),
    Column("set_by_setting", BigInteger, comment="OTKLIK_STAFF_CHAT as taken over; null when /here set the chat"),
    comment="where each team works; written by /here or from OTKLIK_STAFF_CHAT",
)

members = Table(
    "members",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True),
    Column("role", Text, nullable=False),
    Column("name", Text),
    _instant("since", nullable=False),
    Column("added_by", BigInteger),
    Column("scope", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="what a manager may see alone"),
    CheckConstraint(_one_of("role", ("manager", "owner")), name="role"),
    comment="managers and owners beside OTKLIK_OWNERS; staff are the members of a team's chat",
)

member_invites = Table(
    "member_invites",
    metadata,
    Column("key", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    _instant("created_at", nullable=False),
    _instant("expires_at", nullable=False),
    Column("used_by", BigInteger),
    _instant("used_at"),
    Column("scope", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="what the manager may see"),
    CheckConstraint(_one_of("role", ("manager", "owner")), name="role"),
    comment="one-time links that make somebody a manager",
)

report_readers = Table(
    "report_readers",
    metadata,
    Column("telegram_id", BigInteger, ForeignKey("members.telegram_id", ondelete="CASCADE"), primary_key=True),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("weekday", SmallInteger, comment="Monday is 0; null: as the catalogue says"),
    Column("at", Time, comment="in the business's zone; null: as the catalogue says"),
    Column("theme", Text, nullable=False, server_default=text("'light'")),
    CheckConstraint("weekday between 0 and 6", name="weekday"),
    CheckConstraint(_one_of("theme", ("light", "dark")), name="theme"),
    comment="how a member wants the weekly report; without a row, as everybody gets it",
)

report_views = Table(
    "report_views",
    metadata,
    _identity(),
    Column("telegram_id", BigInteger, ForeignKey("members.telegram_id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("report_views.id", ondelete="CASCADE")),
    Column("place", Integer, comment="of the choice among the parent's that led here"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("path", JSONB, nullable=False, comment="the choices that led here"),
    Column("choices", JSONB, nullable=False, server_default=text("'[]'::jsonb"), comment="what leads on, as shown"),
    _instant("opened_at", nullable=False),
    CheckConstraint("(parent_id is null) = (place is null)", name="place"),
    Index("uq_report_views_parent_id", "parent_id", "place", unique=True),
    Index("ix_report_views_telegram_id", "telegram_id", "opened_at"),
    comment="the steps somebody took into a report: a button names one, too small for an attribute's value",
)

api_keys = Table(
    "api_keys",
    metadata,
    _identity(),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of the key"),
    _instant("created_at", nullable=False),
    _instant("revoked_at"),
    UniqueConstraint("digest"),
    Index("uq_api_keys_name_in_force", "name", unique=True, postgresql_where=text("revoked_at is null")),
)

switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    _instant("since", nullable=False),
    Column("set_by", Text),
    CheckConstraint(_one_of("name", ("invitations_paused",)), name="name"),
    comment="a switch that is on has a row",
)

rounds = Table(
    "rounds",
    metadata,
    Column("name", Text, primary_key=True),
    _instant("begun_at", nullable=False),
    comment="when the loop last began a regular round; business time",
)

daily_asks = Table(
    "daily_asks",
    metadata,
    Column("day", Date, primary_key=True, comment="in the business's zone"),
    Column("asked", Integer, nullable=False),
    comment="invitations claimed for sending, for max_per_day",
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, comment="machine time"),
    comment="who polls a channel; machine time",
)

channels = Table(
    "channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("username", Text, comment="of the bot, for links"),
    Column("unknown_in_a_row", Integer, nullable=False, server_default=text("0")),
    Column("paused_until", DateTime(timezone=True), comment="machine time"),
    Column("poll_offset", BigInteger),
    Column("last_update_at", DateTime(timezone=True), comment="machine time"),
    CheckConstraint(_one_of("channel", ("telegram", "vk", "webhook")), name="channel"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, comment="0: the whole channel"),
    Column("next_at", Double, nullable=False, comment="machine time in seconds since the epoch of the next free slot"),
    prefixes=["UNLOGGED"],
    comment="the pace of sending; losing it in a crash costs one second",
)

COUNTED = ("answers", "funnel")
"""What is counted once per day: answers by the day they were given, events by the day they occurred."""

rolled_up_days = Table(
    "rolled_up_days",
    metadata,
    Column("counted", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("zone", Text, nullable=False, comment="of the business when the day was counted"),
    CheckConstraint(_one_of("counted", COUNTED), name="counted"),
    comment="the days whose answers, or events, stand counted in the daily_ tables",
)

daily_scores = Table(
    "daily_scores",
    metadata,
    Column("day", Date, primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("counts", ARRAY(BigInteger), nullable=False, comment="how often each score from 0 to 10 was given"),
    CheckConstraint("cardinality(counts) = 11", name="counts"),
    comment="how often each score was first given on a day",
)

daily_reasons = Table(
    "daily_reasons",
    metadata,
    Column("day", Date, primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("reasons", ARRAY(Text), primary_key=True),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("count > 0", name="count"),
    comment="how often exactly these reasons were chosen by the answers of a day",
)

daily_funnel = Table(
    "daily_funnel",
    metadata,
    _identity(),
    Column("day", Date, nullable=False),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text),
    Column("catalogue_version_id", BigInteger),
    Column("state", Text),
    Column("has_message", Boolean, nullable=False),
    Column("commented", Boolean, nullable=False),
    _instant("open_until"),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("count > 0", name="count"),
    Index("ix_daily_funnel_day", "day"),
    comment="what became of the events of a day; open_until: when the last of these questions expires",
)

report_marks = Table(
    "report_marks",
    metadata,
    Column("counted", Text, nullable=False),
    _instant("at", nullable=False),
    CheckConstraint(_one_of("counted", COUNTED), name="counted"),
    Index("ix_report_marks_counted", "counted", "at"),
    comment="where something changed since its day was counted, to the quarter of an hour; kept by triggers",
)


def _function(name: str, body: str) -> str:
    return f"create function {name}() returns trigger language plpgsql as $$ begin {body} return null; end $$"


def _mark(counted: str, instant: str, source: str, *, many: bool = False) -> str:
    # every zone begins its days at a quarter of an hour of UTC
    quarter = f"date_bin('15 minutes', {instant}, timestamptz 'epoch')"
    distinct = "distinct " if many else ""
    return f"insert into report_marks (counted, at) select {distinct}'{counted}', {quarter} {source};"


def _row_trigger(name: str, events: str, table: str, function: str, when: str) -> str:
    return f"create trigger {name} after {events} on {table} for each row when ({when}) execute function {function}()"


def _statement_trigger(name: str, events: str, table: str, function: str) -> str:
    return f"create trigger {name} after {events} on {table} for each statement execute function {function}()"


TRIGGERS = (
    _function("mark_answers", _mark("answers", "answered_at", "from written", many=True)),
    _function(
        "mark_answer_change", _mark("answers", "v.at", "from (values (old.answered_at), (new.answered_at)) v(at)")
    ),
    _function("mark_events", _mark("funnel", "occurred_at", "from written", many=True)),
    _function(
        "mark_invitations",
        _mark("funnel", "e.occurred_at", "from written w join touchpoint_events e on e.id = w.event_id", many=True),
    ),
    _function(
        "mark_invitation_change",
        _mark("funnel", "e.occurred_at", "from touchpoint_events e where e.id = new.event_id"),
    ),
    _function(
        "mark_comment",
        _mark(
            "funnel",
            "e.occurred_at",
            "from invitations i join touchpoint_events e on e.id = i.event_id where i.id = new.invitation_id",
        ),
    ),
    _function(
        "mark_message",
        _mark(
            "funnel",
            "e.occurred_at",
            "from responses r join invitations i on i.id = r.invitation_id"
            " join touchpoint_events e on e.id = i.event_id"
            " where r.id in (old.response_id, new.response_id)",
        ),
    ),
    _function("count_days_anew", "delete from rolled_up_days;"),
    _statement_trigger("answers_written", "insert", "responses referencing new table as written", "mark_answers"),
    _statement_trigger("answers_deleted", "delete", "responses referencing old table as written", "mark_answers"),
    _row_trigger(
        "answer_changed",
        "update",
        "responses",
        "mark_answer_change",
        "(old.touchpoint, old.metric, old.score, old.answered_at, old.reasons)"
        " is distinct from (new.touchpoint, new.metric, new.score, new.answered_at, new.reasons)",
    ),
    _row_trigger(
        "comment_changed",
        "update",
        "responses",
        "mark_comment",
        "(old.comment is null) <> (new.comment is null) and new.invitation_id is not null",
    ),
    _statement_trigger("events_written", "insert", "touchpoint_events referencing new table as written", "mark_events"),
    _statement_trigger("events_deleted", "delete", "touchpoint_events referencing old table as written", "mark_events"),
    _statement_trigger(
        "invitations_written", "insert", "invitations referencing new table as written", "mark_invitations"
    ),
    _statement_trigger(
        "invitations_deleted", "delete", "invitations referencing old table as written", "mark_invitations"
    ),
    _row_trigger(
        "invitation_changed",
        "update",
        "invitations",
        "mark_invitation_change",
        "(old.state, old.survey, old.catalogue_version_id, old.message_id is null, old.expires_at)"
        " is distinct from (new.state, new.survey, new.catalogue_version_id, new.message_id is null, new.expires_at)"
        " and new.purpose = 'first'",
    ),
    _row_trigger("message_written", "insert", "messages", "mark_message", "new.response_id is not null"),
    _row_trigger(
        "message_changed", "update", "messages", "mark_message", "old.response_id is distinct from new.response_id"
    ),
    _row_trigger("message_deleted", "delete", "messages", "mark_message", "old.response_id is not null"),
    *(
        _statement_trigger(f"{table}_emptied", "truncate", table, "count_days_anew")
        for table in ("responses", "touchpoint_events", "invitations", "messages")
    ),
)
"""What keeps report_marks: a mark is written in the transaction that changed something, so there is never one without
the other. What changes no figure (a step of the dialogue, a reminder) fires nothing."""

for _statement in TRIGGERS:
    event.listen(metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
