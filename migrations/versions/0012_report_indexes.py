"""report indexes

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buyer_counts",
        sa.Column("since_on", sa.Date(), nullable=False, comment="in the business's zone"),
        sa.Column("until_on", sa.Date(), nullable=False, comment="the day in which the counting ended"),
        sa.Column("scope", sa.Text(), nullable=False, comment="a digest of the part of everything that was counted"),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False, comment="counts alone, nothing about anybody"),
        sa.CheckConstraint("since_on < until_on", name=op.f("ck_buyer_counts_days")),
        sa.PrimaryKeyConstraint("since_on", "until_on", "scope", name=op.f("pk_buyer_counts")),
        comment="whether customers bought again, where counting took long; losing it costs a recount",
    )
    op.create_index(
        "ix_invitations_unreached",
        "invitations",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text(
            "purpose = 'first' and (state = 'waiting' or (state = 'skipped' and reason = 'unreachable'))"
        ),
    )
    for column in ("answered_at", "event_id"):
        op.create_index(
            f"ix_responses_again_{column}",
            "responses",
            [column],
            unique=False,
            postgresql_where=sa.text("purpose = 'recovery'"),
        )
    for column in ("customer_id", "account_id"):
        op.create_index(
            f"ix_responses_negative_{column}",
            "responses",
            [column, "answered_at"],
            unique=False,
            postgresql_where=sa.text(
                f"score <= case metric when 'nps' then 6 when 'csat' then 2 else 3 end and {column} is not null"
            ),
        )
    op.create_index(
        "ix_touchpoint_events_bought",
        "touchpoint_events",
        ["customer_id", "occurred_at"],
        unique=False,
        postgresql_include=["id", "order_id"],
        postgresql_where=sa.text("amount > 0"),
    )
    op.create_index(
        "ix_case_moves_resolved",
        "case_moves",
        ["case_id", "id"],
        unique=False,
        postgresql_include=["close_reason"],
        postgresql_where=sa.text("move = 'resolve'"),
    )


def downgrade() -> None:
    op.drop_table("buyer_counts")
    op.drop_index("ix_case_moves_resolved", table_name="case_moves")
    op.drop_index("ix_touchpoint_events_bought", table_name="touchpoint_events")
    op.drop_index("ix_responses_negative_account_id", table_name="responses")
    op.drop_index("ix_responses_negative_customer_id", table_name="responses")
    op.drop_index("ix_responses_again_event_id", table_name="responses")
    op.drop_index("ix_responses_again_answered_at", table_name="responses")
    op.drop_index("ix_invitations_unreached", table_name="invitations")
