"""reports of touchpoints nobody knows, for the audit; large journeys, counted in advance

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
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
    op.create_table(
        "journey_counts",
        sa.Column("starts_on", sa.Date(), nullable=False, comment="in the business's zone"),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="not included"),
        sa.Column("within", sa.Interval(), nullable=False),
        sa.Column("catalogue_version_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="counts alone, nothing about anybody",
        ),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_journey_counts_days")),
        sa.ForeignKeyConstraint(
            ["catalogue_version_id"],
            ["catalogue_versions.id"],
            name=op.f("fk_journey_counts_catalogue_version_id"),
        ),
        sa.PrimaryKeyConstraint(
            "starts_on", "ends_on", "within", "catalogue_version_id", name=op.f("pk_journey_counts")
        ),
        comment="large journeys, counted before they are asked for again; losing them costs a recount",
    )


def downgrade() -> None:
    op.drop_table("journey_counts")
    op.drop_table("unknown_touchpoints")
