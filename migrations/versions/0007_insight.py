"""reports of touchpoints nobody knows, counted for the audit

Revision ID: 0007
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unknown_touchpoints",
        sa.Column("day", sa.Date(), nullable=False, comment="in the business's zone"),
        sa.Column(
            "touchpoint",
            sa.Text(),
            nullable=False,
            comment="as it was reported; … where it may hold something personal",
        ),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.CheckConstraint("rejected > 0", name=op.f("ck_unknown_touchpoints_rejected")),
        sa.CheckConstraint(
            "length(touchpoint) between 1 and 40", name=op.f("ck_unknown_touchpoints_touchpoint_length")
        ),
        sa.PrimaryKeyConstraint("day", "touchpoint", name=op.f("pk_unknown_touchpoints")),
        comment="reports of touchpoints no catalogue knows, for the audit; nothing about anybody",
    )


def downgrade() -> None:
    op.drop_table("unknown_touchpoints")
