"""What keeps the product running: keys, leases, budgets of the messengers, what goes out over HTTP."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from db.tables.columns import identity, instant, metadata, one_of

updates_set_aside = Table(
    "updates_set_aside",
    metadata,
    identity(),
    Column("channel", Text, nullable=False),
    Column("update_id", BigInteger),
    Column("error", Text, nullable=False),
    Column("content", Text, nullable=False),
    instant("received_at", nullable=False),
    comment="updates that could not be decoded or handled; they stop nothing",
)

handled_events = Table(
    "handled_events",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event_id", Text, primary_key=True, comment="the messenger's own id of the event"),
    Column("handled_at", DateTime(timezone=True), nullable=False, comment="machine time"),
    CheckConstraint(one_of("channel", ("vk",)), name="channel"),
    Index("ix_handled_events_handled_at", "handled_at"),
    comment="events a messenger may bring twice; kept for two days",
)

api_keys = Table(
    "api_keys",
    metadata,
    identity(),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of the key"),
    instant("created_at", nullable=False),
    instant("revoked_at"),
    UniqueConstraint("digest"),
    Index("uq_api_keys_name_in_force", "name", unique=True, postgresql_where=text("revoked_at is null")),
)

switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    instant("since", nullable=False),
    Column("set_by", Text),
    CheckConstraint(one_of("name", ("invitations_paused",)), name="name"),
    comment="a switch that is on has a row",
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
    CheckConstraint(one_of("channel", ("telegram", "vk", "webhook")), name="channel"),
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

HAPPENING_TYPES = ("case.opened", "case.moved", "response.received", "response.changed")

webhooks = Table(
    "webhooks",
    metadata,
    identity(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="whsec_ and base64; it signs, so it cannot be hashed"),
    Column("previous_secret", Text, comment="signs too until previous_until"),
    instant("previous_until"),
    Column("events", ARRAY(Text), nullable=False, comment="the types it is told of"),
    Column("with_comment", Boolean, nullable=False, server_default=text("false")),
    instant("created_at", nullable=False),
    instant("disabled_at"),
    Column("disabled_reason", Text),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    instant("failing_since"),
    Column("failure", Text),
    Column("held_until", DateTime(timezone=True), comment="machine time"),
    UniqueConstraint("name"),
    CheckConstraint(f"events <@ array[{', '.join(repr(one) for one in HAPPENING_TYPES)}]::text[]", name="events"),
    CheckConstraint("cardinality(events) > 0", name="some_events"),
    CheckConstraint("(previous_secret is null) = (previous_until is null)", name="previous_has_end"),
    CheckConstraint("(failures > 0) = (failing_since is not null)", name="failing_since"),
    comment="the shop's own systems that are told what happened",
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    identity(),
    Column(
        "key", UUID, nullable=False, server_default=text("gen_random_uuid()"), comment="webhook-id is msg_ and this"
    ),
    Column("type", Text, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE")),
    Column("from_state", Text),
    Column("to_state", Text),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="CASCADE")),
    instant("happened_at", nullable=False),
    UniqueConstraint("key"),
    CheckConstraint(one_of("type", HAPPENING_TYPES), name="type"),
    CheckConstraint("num_nonnulls(case_id, response_id) = 1", name="one_subject"),
    CheckConstraint("(type = 'case.moved') = (to_state is not null)", name="moved_has_state"),
    Index("ix_webhook_messages_case_id", "case_id", postgresql_where=text("case_id is not null")),
    Index("ix_webhook_messages_response_id", "response_id", postgresql_where=text("response_id is not null")),
    Index("ix_webhook_messages_happened_at", "happened_at"),
    Index(
        "uq_webhook_messages_received_once",
        "response_id",
        unique=True,
        postgresql_where=text("type = 'response.received'"),
    ),
    comment="what happened, for webhooks; no personal data: it is read when it is sent",
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    identity(),
    Column("webhook_id", BigInteger, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", BigInteger, ForeignKey("webhook_messages.id", ondelete="CASCADE"), nullable=False),
    instant("at", nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Integer, comment="what the target answered; null when it did not"),
    Column("error", Text),
    Column("seconds", Double),
    Index("ix_webhook_attempts_webhook_id", "webhook_id", "id"),
    Index("ix_webhook_attempts_message_id", "message_id"),
    Index("ix_webhook_attempts_at", "at"),
    comment="the delivery log",
)

rounds = Table(
    "rounds",
    metadata,
    Column("name", Text, primary_key=True),
    instant("begun_at", nullable=False),
    comment="when the loop last began a regular round; business time",
)
