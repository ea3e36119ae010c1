"""The tables: invariants live here as well as in the code."""

from __future__ import annotations

from sqlalchemy import (
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
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
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

unknown_touchpoints = Table(
    "unknown_touchpoints",
    metadata,
    Column("day", Date, primary_key=True, comment="in the business's zone"),
    Column("touchpoint", Text, primary_key=True, comment="as it was reported; … where it may hold something personal"),
    Column("rejected", Integer, nullable=False),
    CheckConstraint("rejected > 0", name="rejected"),
    CheckConstraint("length(touchpoint) between 1 and 40", name="touchpoint_length"),
    comment="reports of touchpoints no catalogue knows, for the audit; nothing about anybody",
)

journey_counts = Table(
    "journey_counts",
    metadata,
    Column("starts_on", Date, primary_key=True, comment="in the business's zone"),
    Column("ends_on", Date, primary_key=True, comment="not included"),
    Column("within", Interval, primary_key=True),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id"), primary_key=True),
    _instant("counted_at", nullable=False),
    _instant("asked_at"),
    Column("content", JSONB, nullable=False, comment="counts alone, nothing about anybody"),
    CheckConstraint("starts_on < ends_on", name="days"),
    comment="large journeys, counted before they are asked for again; losing them costs a recount",
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
    CheckConstraint(_one_of("role", ("manager", "owner")), name="role"),
    comment="one-time links that make somebody a manager",
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
