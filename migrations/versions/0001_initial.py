"""initial

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(
        "uq_api_keys_name_in_force", "api_keys", ["name"], unique=True, postgresql_where=sa.text("revoked_at is null")
    )
    op.create_table(
        "budgets",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, comment="0: the whole channel"),
        sa.Column(
            "next_at",
            sa.Double(),
            nullable=False,
            comment="machine time in seconds since the epoch of the next free slot",
        ),
        sa.PrimaryKeyConstraint("channel", "chat_id", name=op.f("pk_budgets")),
        comment="the pace of sending; losing it in a crash costs one second",
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the YAML as published"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_versions")),
        comment="the catalogue in force is the one with the greatest id",
    )
    op.create_table(
        "channels",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True, comment="of the bot, for links"),
        sa.Column("unknown_in_a_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True, comment="machine time"),
        sa.Column("poll_offset", sa.BigInteger(), nullable=True),
        sa.Column("last_update_at", sa.DateTime(timezone=True), nullable=True, comment="machine time"),
        sa.CheckConstraint("channel in ('telegram', 'vk', 'webhook')", name=op.f("ck_channels_channel")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channels")),
    )
    op.create_table(
        "daily_asks",
        sa.Column("day", sa.Date(), nullable=False, comment="in the business's zone"),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_asks")),
        comment="invitations claimed for sending, for max_per_day",
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="machine time"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        comment="who polls a channel; machine time",
    )
    op.create_table(
        "member_invites",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('manager', 'owner')", name=op.f("ck_member_invites_role")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_member_invites")),
        comment="one-time links that make somebody a manager",
    )
    op.create_table(
        "members",
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("role in ('manager', 'owner')", name=op.f("ck_members_role")),
        sa.PrimaryKeyConstraint("telegram_id", name=op.f("pk_members")),
        comment="managers and owners beside OTKLIK_OWNERS; staff are the members of a team's chat",
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="as chosen with /language"),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        comment="the one asked; every contact rule keys on it",
    )
    op.create_table(
        "rounds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rounds")),
        comment="when the loop last began a regular round; business time",
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False, comment="an invitation, a case, a message, by kind"),
        sa.Column("recipient", sa.Text(), nullable=False, comment="account:ID, team:NAME or chat:ID; no personal data"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'due'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "requested_again",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="asked for once more while it was being sent",
        ),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True, comment="machine time"),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True, comment="machine time"),
        sa.CheckConstraint("(state = 'sending') = (claimed_at is not null)", name=op.f("ck_schedule_claimed")),
        sa.CheckConstraint("channel in ('telegram', 'vk', 'webhook')", name=op.f("ck_schedule_channel")),
        sa.CheckConstraint(
            "kind in ('invitation', 'reminder', 'card', 'relay', 'escalation', 'solved', 'weekly_report', 'webhook')",
            name=op.f("ck_schedule_kind"),
        ),
        sa.CheckConstraint(
            "state in ('due', 'sending', 'sent', 'unknown', 'rejected', 'dropped')", name=op.f("ck_schedule_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_schedule_dedupe_key")),
        comment="the one schedule: an intent, never text or personal data",
    )
    op.create_index(
        "ix_schedule_changed_at", "schedule", [sa.literal_column("greatest(created_at, settled_at)")], unique=False
    )
    op.create_index(
        "ix_schedule_due", "schedule", ["channel", "due_at"], unique=False, postgresql_where=sa.text("state = 'due'")
    )
    op.create_index(
        "ix_schedule_due_before_questions",
        "schedule",
        ["channel", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due' and kind not in ('invitation', 'reminder')"),
    )
    op.create_index(
        "ix_schedule_sending", "schedule", ["claimed_at"], unique=False, postgresql_where=sa.text("state = 'sending'")
    )
    op.create_index("ix_schedule_state_id", "schedule", ["state", "id"], unique=False)
    op.create_index("ix_schedule_subject_id", "schedule", ["subject_id", "kind"], unique=False)
    op.create_table(
        "switches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.CheckConstraint("name in ('invitations_paused')", name=op.f("ck_switches_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
        comment="a switch that is on has a row",
    )
    op.create_table(
        "team_chats",
        sa.Column(
            "chat", sa.Text(), nullable=False, comment="the catalogue's name of the chat; staff is the default one"
        ),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "set_by_setting",
            sa.BigInteger(),
            nullable=True,
            comment="OTKLIK_STAFF_CHAT as taken over; null when /here set the chat",
        ),
        sa.PrimaryKeyConstraint("chat", name=op.f("pk_team_chats")),
        comment="where each team works; written by /here or from OTKLIK_STAFF_CHAT",
    )
    op.create_table(
        "updates_set_aside",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_updates_set_aside")),
        comment="updates that could not be decoded or handled; they stop nothing",
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "external_id", sa.BigInteger(), nullable=False, comment="the messenger's own id; also the private chat's"
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel in ('telegram', 'vk')", name=op.f("ck_accounts_channel")),
        sa.CheckConstraint(
            "state in ('presumed', 'connected', 'stranger', 'blocked', 'deactivated')", name=op.f("ck_accounts_state")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_accounts_channel_external_id")),
        comment="a messenger identity. presumed: named by the shop, never tried; connected: wrote to us; stranger: chat not found; blocked, deactivated: cannot be written to",
    )
    op.create_index("ix_accounts_person_id", "accounts", ["person_id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False, comment="the shop's own id"),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_customers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customers_external_id")),
    )
    op.create_index("ix_customers_person_id", "customers", ["person_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True, comment="absent: the link binds the customer's person"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="who opened it first"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("account_id is null or opened_at is not null", name=op.f("ck_links_opened")),
        sa.CheckConstraint("length(key) between 16 and 64", name=op.f("ck_links_key_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_links_account_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_links_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_links")),
        sa.UniqueConstraint(
            "customer_id", "order_id", name=op.f("uq_links_customer_id_order_id"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "order_bindings",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_order_bindings_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_bindings_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "order_id", name=op.f("pk_order_bindings")),
        comment="who opened the order's link is asked about the order",
    )
    op.create_index("ix_order_bindings_account_id", "order_bindings", ["account_id"], unique=False)
    op.create_table(
        "person_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("from_person_id", sa.BigInteger(), nullable=False),
        sa.Column("to_person_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(customer_id, account_id) = 1", name=op.f("ck_person_moves_one_subject")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_person_moves_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_person_moves_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_person_id"], ["persons.id"], name=op.f("fk_person_moves_from_person_id")),
        sa.ForeignKeyConstraint(["to_person_id"], ["persons.id"], name=op.f("fk_person_moves_to_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_moves")),
        comment="each time a customer or an account was moved to another person",
    )
    op.create_index("ix_person_moves_account_id", "person_moves", ["account_id"], unique=False)
    op.create_index("ix_person_moves_customer_id", "person_moves", ["customer_id"], unique=False)
    op.create_table(
        "touchpoint_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False, comment="the shop's own id of the event"),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True, comment="null once forgotten"),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_touchpoint_events_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint_events")),
        sa.UniqueConstraint("external_id", name=op.f("uq_touchpoint_events_external_id")),
    )
    op.create_index(
        "ix_touchpoint_events_customer_id",
        "touchpoint_events",
        ["customer_id", "touchpoint", "occurred_at"],
        unique=False,
    )
    op.create_index(
        "ix_touchpoint_events_occurred_at",
        "touchpoint_events",
        ["occurred_at"],
        unique=False,
        postgresql_include=["touchpoint", "id"],
    )
    op.create_index(
        "ix_touchpoint_events_order_id",
        "touchpoint_events",
        ["order_id", "touchpoint"],
        unique=False,
        postgresql_where=sa.text("order_id is not null"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default=sa.text("'first'"), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True, comment="the event's; null once forgotten"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="who is asked; null while nobody can be"),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=True, comment="null when the touchpoint has none"),
        sa.Column("relational", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why skipped, rejected or cancelled"),
        sa.Column("winner_id", sa.BigInteger(), nullable=True, comment="the one asked instead of this"),
        sa.Column("eligible_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("catalogue_version_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="as sent"),
        sa.Column("question", sa.Text(), nullable=True, comment="as shown"),
        sa.Column("message_id", sa.BigInteger(), nullable=True, comment="the messenger's id of the question"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('first', 'recovery')", name=op.f("ck_invitations_purpose")),
        sa.CheckConstraint(
            "state <> 'answered' or answered_at is not null", name=op.f("ck_invitations_answered_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'planned' or (ask_at is not null and account_id is not null)",
            name=op.f("ck_invitations_planned_has_time"),
        ),
        sa.CheckConstraint("state <> 'skipped' or reason is not null", name=op.f("ck_invitations_skipped_has_reason")),
        sa.CheckConstraint(
            "state in ('waiting', 'planned', 'sending', 'sent', 'unknown', 'answered', 'expired', 'rejected', 'skipped', 'cancelled')",
            name=op.f("ck_invitations_state"),
        ),
        sa.CheckConstraint(
            "state not in ('sent', 'expired') or sent_at is not null", name=op.f("ck_invitations_sent_has_time")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")),
        sa.ForeignKeyConstraint(
            ["catalogue_version_id"], ["catalogue_versions.id"], name=op.f("fk_invitations_catalogue_version_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_invitations_customer_id")),
        sa.ForeignKeyConstraint(["event_id"], ["touchpoint_events.id"], name=op.f("fk_invitations_event_id")),
        sa.ForeignKeyConstraint(["winner_id"], ["invitations.id"], name=op.f("fk_invitations_winner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("event_id", "purpose", name=op.f("uq_invitations_event_id_purpose")),
    )
    op.create_index(
        "ix_invitations_account_id_asked",
        "invitations",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')"),
    )
    op.create_index("ix_invitations_customer_id", "invitations", ["customer_id"], unique=False)
    op.create_index(
        "ix_invitations_open_expires_at",
        "invitations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state in ('sent', 'unknown')"),
    )
    op.create_index(
        "ix_invitations_waiting_ask_by",
        "invitations",
        ["ask_by"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_invitations_waiting_customer_id",
        "invitations",
        ["customer_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_invitations_one_question_per_order",
        "invitations",
        ["account_id", "order_id"],
        unique=True,
        postgresql_where=sa.text(
            "order_id is not null and purpose = 'first' and state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')"
        ),
    )
    op.create_table(
        "invitation_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False, comment="a state, or moved, reminded, joined"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_steps_invitation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_steps")),
        comment="what became of an event, move by move",
    )
    op.create_index("ix_invitation_steps_invitation_id", "invitation_steps", ["invitation_id"], unique=False)
    op.create_table(
        "responses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True, comment="of an imported answer"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="null once forgotten"),
        sa.Column("customer_id", sa.BigInteger(), nullable=True, comment="null once forgotten"),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), server_default=sa.text("'done'"), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="as the event had them",
        ),
        sa.Column("catalogue_version_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True, comment="as shown"),
        sa.CheckConstraint(
            "(metric = 'nps' and score between 0 and 10) or (metric = 'csat' and score between 1 and 5) or (metric = 'ces' and score between 1 and 7)",
            name=op.f("ck_responses_score_on_scale"),
        ),
        sa.CheckConstraint("given_by in ('tap', 'typed', 'import')", name=op.f("ck_responses_given_by")),
        sa.CheckConstraint("metric in ('nps', 'csat', 'ces')", name=op.f("ck_responses_metric")),
        sa.CheckConstraint("step in ('reasons', 'comment', 'done')", name=op.f("ck_responses_step")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_responses_account_id")),
        sa.ForeignKeyConstraint(
            ["catalogue_version_id"], ["catalogue_versions.id"], name=op.f("fk_responses_catalogue_version_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_responses_customer_id")),
        sa.ForeignKeyConstraint(["event_id"], ["touchpoint_events.id"], name=op.f("fk_responses_event_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_responses_invitation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("external_id", name=op.f("uq_responses_external_id")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_responses_invitation_id")),
    )
    op.create_index("ix_responses_account_id", "responses", ["account_id", "answered_at"], unique=False)
    op.create_index(
        "ix_responses_answered_at",
        "responses",
        ["answered_at"],
        unique=False,
        postgresql_include=["touchpoint", "metric", "score"],
    )
    op.create_index("ix_responses_customer_id", "responses", ["customer_id"], unique=False)
    op.create_index("ix_responses_event_id", "responses", ["event_id"], unique=False)
    op.create_index(
        "ix_responses_order_id",
        "responses",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id is not null"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="null once forgotten"),
        sa.Column("customer_id", sa.BigInteger(), nullable=True, comment="null once forgotten"),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True, comment="the messenger's id of the staff member"),
        sa.Column("claimed_by_name", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("card_message_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "cause in ('score', 'complaint', 'message', 'incident', 'staff')", name=op.f("ck_cases_cause")
        ),
        sa.CheckConstraint("state <> 'claimed' or claimed_by is not null", name=op.f("ck_cases_claimed_by_somebody")),
        sa.CheckConstraint(
            "state in ('open', 'claimed', 'waiting', 'resolved', 'confirmed', 'dismissed')", name=op.f("ck_cases_state")
        ),
        sa.CheckConstraint(
            "state not in ('resolved', 'confirmed') or resolved_at is not null", name=op.f("ck_cases_resolved_has_time")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_cases_account_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_cases_customer_id")),
        sa.ForeignKeyConstraint(["event_id"], ["touchpoint_events.id"], name=op.f("fk_cases_event_id")),
        sa.ForeignKeyConstraint(["response_id"], ["responses.id"], name=op.f("fk_cases_response_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_account_id", "cases", ["account_id"], unique=False)
    op.create_index("ix_cases_customer_id", "cases", ["customer_id"], unique=False)
    op.create_index("ix_cases_event_id", "cases", ["event_id"], unique=False)
    op.create_index("ix_cases_first_response_due", "cases", ["first_response_due"], unique=False)
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index("ix_cases_resolve_due", "cases", ["resolve_due"], unique=False)
    op.create_index("ix_cases_response_id", "cases", ["response_id"], unique=False)
    op.create_index(
        "ix_cases_unsettled",
        "cases",
        ["state", "opened_at"],
        unique=False,
        postgresql_where=sa.text("state in ('open', 'claimed', 'waiting')"),
    )
    op.create_index(
        "uq_cases_one_open_per_response",
        "cases",
        ["response_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'claimed', 'waiting')"),
    )
    op.create_table(
        "response_scores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_response_scores_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_scores")),
        comment="scores that were replaced by a later one",
    )
    op.create_index("ix_response_scores_response_id", "response_scores", ["response_id"], unique=False)
    op.create_table(
        "case_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_id",
            sa.BigInteger(),
            nullable=True,
            comment="the messenger's id; null: the product itself or the customer",
        ),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_moves_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_moves")),
    )
    op.create_index("ix_case_moves_case_id", "case_moves", ["case_id"], unique=False)
    op.create_index("ix_case_moves_moved_at", "case_moves", ["moved_at", "to_state"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=True, comment="a comment on it"),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("channel in ('telegram', 'vk')", name=op.f("ck_messages_channel")),
        sa.CheckConstraint("kind in ('text', 'voice', 'photo', 'document', 'other')", name=op.f("ck_messages_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_messages_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_messages_response_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("channel", "chat_id", "message_id", name=op.f("uq_messages_channel_chat_id_message_id")),
        comment="what customers wrote; nothing received is lost",
    )
    op.create_index("ix_messages_account_id", "messages", ["account_id", "received_at"], unique=False)
    op.create_index("ix_messages_case_id", "messages", ["case_id"], unique=False)
    op.create_index("ix_messages_response_id", "messages", ["response_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_messages_response_id", table_name="messages")
    op.drop_index("ix_messages_case_id", table_name="messages")
    op.drop_index("ix_messages_account_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_case_moves_moved_at", table_name="case_moves")
    op.drop_index("ix_case_moves_case_id", table_name="case_moves")
    op.drop_table("case_moves")
    op.drop_index("ix_response_scores_response_id", table_name="response_scores")
    op.drop_table("response_scores")
    op.drop_index(
        "uq_cases_one_open_per_response",
        table_name="cases",
        postgresql_where=sa.text("state in ('open', 'claimed', 'waiting')"),
    )
    op.drop_index(
        "ix_cases_unsettled", table_name="cases", postgresql_where=sa.text("state in ('open', 'claimed', 'waiting')")
    )
    op.drop_index("ix_cases_response_id", table_name="cases")
    op.drop_index("ix_cases_resolve_due", table_name="cases")
    op.drop_index("ix_cases_opened_at", table_name="cases")
    op.drop_index("ix_cases_first_response_due", table_name="cases")
    op.drop_index("ix_cases_event_id", table_name="cases")
    op.drop_index("ix_cases_customer_id", table_name="cases")
    op.drop_index("ix_cases_account_id", table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_responses_order_id", table_name="responses", postgresql_where=sa.text("order_id is not null"))
    op.drop_index("ix_responses_event_id", table_name="responses")
    op.drop_index("ix_responses_customer_id", table_name="responses")
    op.drop_index(
        "ix_responses_answered_at", table_name="responses", postgresql_include=["touchpoint", "metric", "score"]
    )
    op.drop_index("ix_responses_account_id", table_name="responses")
    op.drop_table("responses")
    op.drop_index("ix_invitation_steps_invitation_id", table_name="invitation_steps")
    op.drop_table("invitation_steps")
    op.drop_index(
        "uq_invitations_one_question_per_order",
        table_name="invitations",
        postgresql_where=sa.text(
            "order_id is not null and purpose = 'first' and state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')"
        ),
    )
    op.drop_index(
        "ix_invitations_waiting_customer_id", table_name="invitations", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(
        "ix_invitations_waiting_ask_by", table_name="invitations", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(
        "ix_invitations_open_expires_at",
        table_name="invitations",
        postgresql_where=sa.text("state in ('sent', 'unknown')"),
    )
    op.drop_index("ix_invitations_customer_id", table_name="invitations")
    op.drop_index(
        "ix_invitations_account_id_asked",
        table_name="invitations",
        postgresql_where=sa.text("state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')"),
    )
    op.drop_table("invitations")
    op.drop_index(
        "ix_touchpoint_events_order_id",
        table_name="touchpoint_events",
        postgresql_where=sa.text("order_id is not null"),
    )
    op.drop_index(
        "ix_touchpoint_events_occurred_at", table_name="touchpoint_events", postgresql_include=["touchpoint", "id"]
    )
    op.drop_index("ix_touchpoint_events_customer_id", table_name="touchpoint_events")
    op.drop_table("touchpoint_events")
    op.drop_index("ix_person_moves_customer_id", table_name="person_moves")
    op.drop_index("ix_person_moves_account_id", table_name="person_moves")
    op.drop_table("person_moves")
    op.drop_index("ix_order_bindings_account_id", table_name="order_bindings")
    op.drop_table("order_bindings")
    op.drop_table("links")
    op.drop_index("ix_customers_person_id", table_name="customers")
    op.drop_table("customers")
    op.drop_index("ix_accounts_person_id", table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("updates_set_aside")
    op.drop_table("team_chats")
    op.drop_table("switches")
    op.drop_index("ix_schedule_subject_id", table_name="schedule")
    op.drop_index("ix_schedule_state_id", table_name="schedule")
    op.drop_index("ix_schedule_sending", table_name="schedule", postgresql_where=sa.text("state = 'sending'"))
    op.drop_index(
        "ix_schedule_due_before_questions",
        table_name="schedule",
        postgresql_where=sa.text("state = 'due' and kind not in ('invitation', 'reminder')"),
    )
    op.drop_index("ix_schedule_due", table_name="schedule", postgresql_where=sa.text("state = 'due'"))
    op.drop_index("ix_schedule_changed_at", table_name="schedule")
    op.drop_table("schedule")
    op.drop_table("rounds")
    op.drop_table("persons")
    op.drop_table("members")
    op.drop_table("member_invites")
    op.drop_table("leases")
    op.drop_table("daily_asks")
    op.drop_table("channels")
    op.drop_table("catalogue_versions")
    op.drop_table("budgets")
    op.drop_index("uq_api_keys_name_in_force", table_name="api_keys", postgresql_where=sa.text("revoked_at is null"))
    op.drop_table("api_keys")
