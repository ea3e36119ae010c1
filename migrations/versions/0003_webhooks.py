"""webhooks

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="whsec_ and base64; it signs, so it cannot be hashed"),
        sa.Column("previous_secret", sa.Text(), nullable=True, comment="signs too until previous_until"),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False, comment="the types it is told of"),
        sa.Column("with_comment", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="in a row"),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True, comment="machine time"),
        sa.CheckConstraint(
            "events <@ array['case.opened', 'case.moved', 'response.received', 'response.changed']::text[]",
            name=op.f("ck_webhooks_events"),
        ),
        sa.CheckConstraint("(failures > 0) = (failing_since is not null)", name=op.f("ck_webhooks_failing_since")),
        sa.CheckConstraint(
            "(previous_secret is null) = (previous_until is null)", name=op.f("ck_webhooks_previous_has_end")
        ),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhooks_some_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("name", name=op.f("uq_webhooks_name")),
        comment="the shop's own systems that are told what happened",
    )
    op.create_table(
        "webhook_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "key",
            sa.UUID(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="webhook-id is msg_ and this",
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(type = 'case.moved') = (to_state is not null)", name=op.f("ck_webhook_messages_moved_has_state")
        ),
        sa.CheckConstraint(
            "type in ('case.opened', 'case.moved', 'response.received', 'response.changed')",
            name=op.f("ck_webhook_messages_type"),
        ),
        sa.CheckConstraint("num_nonnulls(case_id, response_id) = 1", name=op.f("ck_webhook_messages_one_subject")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_webhook_messages_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_webhook_messages_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_messages_key")),
        comment="what happened, for webhooks; no personal data: it is read when it is sent",
    )
    op.create_index(
        "ix_webhook_messages_case_id",
        "webhook_messages",
        ["case_id"],
        unique=False,
        postgresql_where=sa.text("case_id is not null"),
    )
    op.create_index("ix_webhook_messages_happened_at", "webhook_messages", ["happened_at"], unique=False)
    op.create_index(
        "ix_webhook_messages_response_id",
        "webhook_messages",
        ["response_id"],
        unique=False,
        postgresql_where=sa.text("response_id is not null"),
    )
    op.create_index(
        "uq_webhook_messages_received_once",
        "webhook_messages",
        ["response_id"],
        unique=True,
        postgresql_where=sa.text("type = 'response.received'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="what the target answered; null when it did not"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["webhook_messages.id"], name=op.f("fk_webhook_attempts_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_attempts_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
        comment="the delivery log",
    )
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"], unique=False)
    op.create_index("ix_webhook_attempts_message_id", "webhook_attempts", ["message_id"], unique=False)
    op.create_index("ix_webhook_attempts_webhook_id", "webhook_attempts", ["webhook_id", "id"], unique=False)
    op.create_index(
        "ix_schedule_webhooks",
        "schedule",
        ["recipient", "due_at"],
        unique=False,
        postgresql_where=sa.text("channel = 'webhook' and state = 'due'"),
    )
    op.alter_column(
        "schedule",
        "recipient",
        existing_type=sa.Text(),
        existing_nullable=False,
        existing_comment="account:ID, team:NAME or chat:ID; no personal data",
        comment="account:ID, team:NAME, chat:ID or webhook:ID; no personal data",
    )
    op.alter_column(
        "schedule",
        "subject_id",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        existing_comment="an invitation, a case, a message, by kind",
        comment="by kind: an invitation, a case, a message, a happening",
    )


def downgrade() -> None:
    op.alter_column(
        "schedule",
        "recipient",
        existing_type=sa.Text(),
        existing_nullable=False,
        existing_comment="account:ID, team:NAME, chat:ID or webhook:ID; no personal data",
        comment="account:ID, team:NAME or chat:ID; no personal data",
    )
    op.alter_column(
        "schedule",
        "subject_id",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        existing_comment="by kind: an invitation, a case, a message, a happening",
        comment="an invitation, a case, a message, by kind",
    )
    op.drop_index(
        "ix_schedule_webhooks", table_name="schedule", postgresql_where=sa.text("channel = 'webhook' and state = 'due'")
    )
    op.drop_index("ix_webhook_attempts_webhook_id", table_name="webhook_attempts")
    op.drop_index("ix_webhook_attempts_message_id", table_name="webhook_attempts")
    op.drop_index("ix_webhook_attempts_at", table_name="webhook_attempts")
    op.drop_table("webhook_attempts")
    op.drop_index(
        "uq_webhook_messages_received_once",
        table_name="webhook_messages",
        postgresql_where=sa.text("type = 'response.received'"),
    )
    op.drop_index(
        "ix_webhook_messages_response_id",
        table_name="webhook_messages",
        postgresql_where=sa.text("response_id is not null"),
    )
    op.drop_index("ix_webhook_messages_happened_at", table_name="webhook_messages")
    op.drop_index(
        "ix_webhook_messages_case_id", table_name="webhook_messages", postgresql_where=sa.text("case_id is not null")
    )
    op.drop_table("webhook_messages")
    op.drop_table("webhooks")
