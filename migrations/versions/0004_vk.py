"""VK: scores given by keyboard, what its programs can show, events that come twice, the first try of a sending

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handled_events",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False, comment="the messenger's own id of the event"),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False, comment="machine time"),
        sa.CheckConstraint("channel in ('vk')", name=op.f("ck_handled_events_channel")),
        sa.PrimaryKeyConstraint("channel", "event_id", name=op.f("pk_handled_events")),
        comment="events a messenger may bring twice; kept for two days",
    )
    op.create_index("ix_handled_events_handled_at", "handled_events", ["handled_at"])
    what_it_lacked = "what the messenger's program lacked when it last wrote; null: nothing"
    op.add_column("accounts", sa.Column("buttons", sa.Text(), comment=what_it_lacked))
    op.create_check_constraint(op.f("ck_accounts_buttons"), "accounts", "buttons in ('text', 'keyboard', 'none')")
    op.add_column(
        "schedule",
        sa.Column(
            "first_tried_at",
            sa.DateTime(timezone=True),
            comment="machine time of the first try that may have arrived",
        ),
    )
    op.drop_constraint(op.f("ck_responses_given_by"), "responses")
    op.create_check_constraint(
        op.f("ck_responses_given_by"), "responses", "given_by in ('tap', 'keyboard', 'typed', 'import')"
    )


def downgrade() -> None:
    op.execute("update responses set given_by = 'tap' where given_by = 'keyboard'")
    op.drop_constraint(op.f("ck_responses_given_by"), "responses")
    op.create_check_constraint(op.f("ck_responses_given_by"), "responses", "given_by in ('tap', 'typed', 'import')")
    op.drop_column("schedule", "first_tried_at")
    op.drop_constraint(op.f("ck_accounts_buttons"), "accounts")
    op.drop_column("accounts", "buttons")
    op.drop_index("ix_handled_events_handled_at", table_name="handled_events")
    op.drop_table("handled_events")
