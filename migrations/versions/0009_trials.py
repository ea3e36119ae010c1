"""trials

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("differs", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False, comment="of the people, who get b"),
        sa.Column(
            "planned", sa.Integer(), nullable=False, comment="matured invitations, or answers, of each variant"
        ),
        sa.Column("detect", sa.Float(), nullable=True, comment="the difference the planned number was worked out from"),
        sa.Column(
            "variants",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="a and b: texts of a question, or a duration; null: no reminder",
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "stopped_at", sa.DateTime(timezone=True), nullable=True, comment="when it was taken out of the catalogue"
        ),
        sa.CheckConstraint(
            "differs in ('question', 'ask_after', 'remind_after')", name=op.f("ck_trials_differs")
        ),
        sa.CheckConstraint("measure in ('response_rate', 'score')", name=op.f("ck_trials_measure")),
        sa.CheckConstraint("metric in ('nps', 'csat', 'ces')", name=op.f("ck_trials_metric")),
        sa.CheckConstraint("planned > 0", name=op.f("ck_trials_planned")),
        sa.CheckConstraint("share > 0 and share < 1", name=op.f("ck_trials_share")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_trials")),
        comment="each trial as the catalogue described it; what it was stays when the catalogue changes",
    )
    op.add_column(
        "invitations",
        sa.Column("trial", sa.Text(), nullable=True, comment="planned, and asked, under a variant of this trial"),
    )
    op.add_column("invitations", sa.Column("variant", sa.Text(), nullable=True))
    op.add_column(
        "invitations",
        sa.Column(
            "counts_in_trial",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="the first of its person in the trial, and not of unknown outcome",
        ),
    )
    op.create_foreign_key(op.f("fk_invitations_trial"), "invitations", "trials", ["trial"], ["key"])
    op.create_check_constraint(
        op.f("ck_invitations_variant_of_trial"), "invitations", "(trial is null) = (variant is null)"
    )
    op.create_check_constraint(
        op.f("ck_invitations_variant"), "invitations", "variant is null or variant in ('a', 'b')"
    )
    op.create_check_constraint(
        op.f("ck_invitations_counts_in_trial"),
        "invitations",
        "not counts_in_trial or (trial is not null and purpose = 'first')",
    )
    op.create_index(
        "ix_invitations_trial",
        "invitations",
        ["trial", "variant", "sent_at", "id"],
        unique=False,
        postgresql_include=["expires_at", "state"],
        postgresql_where=sa.text("counts_in_trial"),
    )


def downgrade() -> None:
    op.drop_index("ix_invitations_trial", table_name="invitations")
    op.drop_constraint(op.f("ck_invitations_counts_in_trial"), "invitations", type_="check")
    op.drop_constraint(op.f("ck_invitations_variant"), "invitations", type_="check")
    op.drop_constraint(op.f("ck_invitations_variant_of_trial"), "invitations", type_="check")
    op.drop_constraint(op.f("fk_invitations_trial"), "invitations", type_="foreignkey")
    op.drop_column("invitations", "counts_in_trial")
    op.drop_column("invitations", "variant")
    op.drop_column("invitations", "trial")
    op.drop_table("trials")
