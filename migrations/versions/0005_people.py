"""One person across messengers: codes, splits, partial opt-outs, QR entry points, the other account

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column(
            "named_by_shop",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="an event named it before it wrote to us",
        ),
    )
    op.execute("update accounts set named_by_shop = true where state = 'presumed'")
    op.create_index(
        "ix_accounts_named_by_shop", "accounts", ["created_at"], postgresql_where=sa.text("named_by_shop")
    )
    op.add_column(
        "person_moves",
        sa.Column("by_account_id", sa.BigInteger(), comment="whose doing it was; null: the shop's or the owner's"),
    )
    op.create_foreign_key(
        op.f("fk_person_moves_by_account_id"),
        "person_moves",
        "accounts",
        ["by_account_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_customers_phone_end",
        "customers",
        [sa.text("right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)")],
        postgresql_where=sa.text("phone is not null"),
    )
    op.create_table(
        "separations",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        _instant("separated_at"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_separations_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_separations_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "customer_id", name=op.f("pk_separations")),
        comment="they are not the same person, whatever the shop's events name",
    )
    op.create_index("ix_separations_customer_id", "separations", ["customer_id"])
    op.create_table(
        "touchpoint_opt_outs",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        _instant("opted_out_at"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_touchpoint_opt_outs_person_id")),
        sa.PrimaryKeyConstraint("person_id", "touchpoint", name=op.f("pk_touchpoint_opt_outs")),
        comment="what somebody does not want to be asked about, beside persons.opted_out_at for everything",
    )
    op.create_table(
        "join_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.Column("used_by", sa.BigInteger()),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_join_codes_code_length")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_join_codes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["used_by"], ["accounts.id"], name=op.f("fk_join_codes_used_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_codes")),
        comment="one-time codes by which somebody joins their own accounts",
    )
    op.create_index(
        "uq_join_codes_open", "join_codes", ["code"], unique=True, postgresql_where=sa.text("used_at is null")
    )
    op.create_index("ix_join_codes_account_id", "join_codes", ["account_id"])
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        _instant("tried_at"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_wrong_codes_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_codes")),
        comment="codes that were none, so that nobody guesses",
    )
    op.create_index("ix_wrong_codes_account_id", "wrong_codes", ["account_id", "tried_at"])
    op.create_table(
        "connections",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        _instant("connected_at"),
        sa.CheckConstraint(
            "cause in ('order_link', 'customer_link', 'phone', 'code', 'qr')", name=op.f("ck_connections_cause")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_connections_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "cause", name=op.f("pk_connections")),
        comment="by what an account came, the first time by each; accounts.named_by_shop tells of the shop's own naming",
    )
    op.create_index("ix_connections_connected_at", "connections", ["connected_at"])
    op.execute(
        """
        insert into connections (account_id, cause, connected_at)
        select account_id, case when order_id is null then 'customer_link' else 'order_link' end, min(opened_at)
          from links where account_id is not null group by 1, 2
        """
    )
    op.create_table(
        "entry_points",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("location", sa.Text()),
        _instant("created_at"),
        _instant("revoked_at", nullable=True),
        sa.Column("opened", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("length(token) between 10 and 32", name=op.f("ck_entry_points_token_length")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_entry_points")),
        comment="QR codes and short links that open the survey of a touchpoint at a place",
    )
    op.create_index(
        "uq_entry_points_in_force",
        "entry_points",
        ["touchpoint", "location"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.add_column(
        "invitations",
        sa.Column(
            "entry_token",
            sa.Text(),
            comment="the customer began it there: it neither obeys nor starts quarantine",
        ),
    )
    op.add_column(
        "invitations",
        sa.Column(
            "other_account_id",
            sa.BigInteger(),
            comment="the person's other account, asked as well because the first one was silent",
        ),
    )
    op.create_foreign_key(
        op.f("fk_invitations_entry_token"), "invitations", "entry_points", ["entry_token"], ["token"]
    )
    op.create_foreign_key(
        op.f("fk_invitations_other_account_id"), "invitations", "accounts", ["other_account_id"], ["id"]
    )
    op.create_index(
        "ix_invitations_entry",
        "invitations",
        ["account_id", "touchpoint"],
        postgresql_where=sa.text("entry_token is not null"),
    )
    op.create_index(
        "ix_invitations_other_account_id",
        "invitations",
        ["other_account_id"],
        postgresql_where=sa.text("other_account_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_invitations_other_account_id", table_name="invitations")
    op.drop_index("ix_invitations_entry", table_name="invitations")
    op.drop_constraint(op.f("fk_invitations_other_account_id"), "invitations")
    op.drop_constraint(op.f("fk_invitations_entry_token"), "invitations")
    op.drop_column("invitations", "other_account_id")
    op.drop_column("invitations", "entry_token")
    op.drop_table("entry_points")
    op.drop_table("connections")
    op.drop_table("wrong_codes")
    op.drop_table("join_codes")
    op.drop_table("touchpoint_opt_outs")
    op.drop_table("separations")
    op.drop_index("ix_customers_phone_end", table_name="customers")
    op.drop_constraint(op.f("fk_person_moves_by_account_id"), "person_moves")
    op.drop_column("person_moves", "by_account_id")
    op.drop_index("ix_accounts_named_by_shop", table_name="accounts")
    op.drop_column("accounts", "named_by_shop")
