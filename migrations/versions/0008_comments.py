"""themes of comments

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "theme_dictionaries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "catalogue_version_id", sa.BigInteger(), nullable=False, comment="the first version that has it"
        ),
        sa.Column("reader", sa.Integer(), nullable=False, comment="the version of how comments are read"),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the themes with their words"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_version_id"],
            ["catalogue_versions.id"],
            name=op.f("fk_theme_dictionaries_catalogue_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_dictionaries")),
        sa.UniqueConstraint(
            "catalogue_version_id", "reader", name=op.f("uq_theme_dictionaries_catalogue_version_id_reader")
        ),
        comment="the dictionary in force is the one with the greatest id",
    )
    op.create_table(
        "comment_readings",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the answer's, which never changes",
        ),
        sa.Column("touchpoint", sa.Text(), nullable=False, comment="the answer's, which never changes"),
        sa.Column(
            "dictionary_id",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="by which it was read; 0: not since it was written",
        ),
        sa.Column(
            "sentiment",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="of the score when it was read: -1 negative, 1 positive",
        ),
        sa.Column("themes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column(
            "lemmas",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
            comment="each telling word once, without phones, cards, addresses",
        ),
        sa.CheckConstraint("sentiment between -1 and 1", name=op.f("ck_comment_readings_sentiment")),
        sa.CheckConstraint(
            "dictionary_id > 0 or (themes = '{}' and lemmas = '{}')",
            name=op.f("ck_comment_readings_unread_says_nothing"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_comment_readings_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_comment_readings")),
        comment="every first answer with a comment has a row, which goes with the comment",
    )
    op.create_index("ix_comment_readings_answered_at", "comment_readings", ["answered_at"], unique=False)
    op.create_index(
        "ix_comment_readings_dictionary_id",
        "comment_readings",
        ["dictionary_id", sa.text("answered_at desc")],
        unique=False,
    )
    op.execute(
        """
        insert into comment_readings (response_id, answered_at, touchpoint)
        select id, answered_at, touchpoint from responses where comment is not null and purpose = 'first'
        """
    )


def downgrade() -> None:
    op.drop_index("ix_comment_readings_dictionary_id", table_name="comment_readings")
    op.drop_index("ix_comment_readings_answered_at", table_name="comment_readings")
    op.drop_table("comment_readings")
    op.drop_table("theme_dictionaries")
