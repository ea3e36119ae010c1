"""alarms

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=True, comment="null: about asking as a whole"),
        sa.Column("location", sa.Text(), nullable=True, comment="null: not about one location"),
        sa.Column("risen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False, comment="the numbers it rose by"),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ending",
            sa.Text(),
            nullable=True,
            comment="back: the numbers are as they were; withdrawn: nothing speaks for it any more",
        ),
        sa.Column("clearing", postgresql.JSONB(), nullable=True, comment="the numbers that cleared it"),
        sa.CheckConstraint("(cleared_at is null) = (ending is null)", name=op.f("ck_alarms_cleared_has_ending")),
        sa.CheckConstraint(
            "(clearing is not null) = coalesce(ending = 'back', false)", name=op.f("ck_alarms_back_has_numbers")
        ),
        sa.CheckConstraint(
            "(touchpoint is null) = (kind = 'nothing_sent')", name=op.f("ck_alarms_about_a_touchpoint")
        ),
        sa.CheckConstraint("ending in ('back', 'withdrawn')", name=op.f("ck_alarms_ending")),
        sa.CheckConstraint(
            "kind in ('burst', 'drop', 'nothing_sent', 'nobody_answered')", name=op.f("ck_alarms_kind")
        ),
        sa.CheckConstraint("location is null or kind in ('burst', 'drop')", name=op.f("ck_alarms_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        comment="one open alarm at most for each kind and place",
    )
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["kind", "touchpoint", "location"],
        unique=True,
        postgresql_where=sa.text("cleared_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_alarms_risen_at", "alarms", ["risen_at"], unique=False)
    op.create_index(
        "ix_alarms_cleared_at",
        "alarms",
        ["cleared_at"],
        unique=False,
        postgresql_where=sa.text("cleared_at is not null"),
    )


def downgrade() -> None:
    op.execute("delete from schedule where kind = 'notice' and detail like 'alarm%'")
    op.drop_table("alarms")
