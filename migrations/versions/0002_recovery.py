"""recovery

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS_BEFORE = (
    "kind in ('invitation', 'reminder', 'card', 'relay', 'escalation', 'solved', 'weekly_report', 'webhook')"
)
_KINDS = (
    "kind in ('invitation', 'reminder', 'card', 'outbreak', 'relay', 'escalation', 'reply', 'apology', 'call_back',"
    " 'solved', 'notice', 'weekly_report', 'webhook')"
)

_NAME_MOVES = """
update case_moves
   set move = case when from_state is null then 'open'
                   when to_state = 'resolved' then 'resolve'
                   when to_state = 'dismissed' then 'dismiss'
                   when to_state = 'confirmed' then 'confirm'
                   when to_state = 'waiting' then 'await_customer'
                   when from_state = 'waiting' then 'customer_replied'
                   when from_state = 'open' then 'claim'
                   else 'reopen' end,
       actor = case when actor_id is not null then 'staff' else 'product' end
"""

_ONE_CASE_PER_EVENT = """
update cases c
   set event_id = null
 where c.state in ('open', 'claimed', 'waiting') and c.response_id is not null
   and exists (select from cases other
                where other.event_id = c.event_id and other.state in ('open', 'claimed', 'waiting')
                  and (other.response_id is null or other.id < c.id) and other.id <> c.id)
"""
"""Of two unsettled cases about one event, the answer's own one still finds the order through its answer."""


def upgrade() -> None:
    op.create_table(
        "outbreaks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False, comment="the catalogue's name of the team's chat"),
        sa.Column("touchpoint", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("card_message_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(cause = 'place') = (touchpoint is not null and location is not null)", name=op.f("ck_outbreaks_place")
        ),
        sa.CheckConstraint("cause in ('place', 'burst')", name=op.f("ck_outbreaks_cause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbreaks")),
        comment="many complaints told of in one message: of one place, or more at once than a chat takes",
    )
    op.create_index(
        "uq_outbreaks_open_burst",
        "outbreaks",
        ["chat"],
        unique=True,
        postgresql_where=sa.text("closed_at is null and cause = 'burst'"),
    )
    op.create_index(
        "uq_outbreaks_open_of_place",
        "outbreaks",
        ["touchpoint", "location"],
        unique=True,
        postgresql_where=sa.text("closed_at is null and cause = 'place'"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('offers')", name=op.f("ck_consents_kind")),
        sa.CheckConstraint("source in ('shop', 'customer')", name=op.f("ck_consents_source")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        comment="each time somebody agreed or refused",
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id"], unique=False)
    op.create_table(
        "call_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True, comment="of staff; null: the customer wished it"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('offered', 'chosen', 'called', 'declined', 'withdrawn')", name=op.f("ck_call_requests_state")
        ),
        sa.CheckConstraint(
            "state not in ('chosen', 'called') or window_start < window_end",
            name=op.f("ck_call_requests_chosen_has_window"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_call_requests_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_requests")),
        comment="when a customer wishes to be called",
    )
    op.create_index("ix_call_requests_case_id", "call_requests", ["case_id"], unique=False)
    op.create_index(
        "uq_call_requests_one_open",
        "call_requests",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state in ('offered', 'chosen')"),
    )
    op.create_table(
        "case_forms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "message_id", sa.BigInteger(), nullable=True, comment="the form's own message; a reply to it is the note"
        ),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("given", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("pool", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), server_default=sa.text("'reason'"), nullable=False),
        sa.Column(
            "round",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="of the case when it was begun",
        ),
        sa.CheckConstraint("kind in ('resolve', 'dismiss')", name=op.f("ck_case_forms_kind")),
        sa.CheckConstraint("step in ('reason', 'given', 'pool', 'note')", name=op.f("ck_case_forms_step")),
        sa.CheckConstraint(
            "given <@ array['apology', 'refund', 'repeat', 'code']::text[]", name=op.f("ck_case_forms_given")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_forms_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_forms")),
        sa.UniqueConstraint("case_id", "kind", "actor_id", name=op.f("uq_case_forms_case_id_kind_actor_id")),
        comment="what a member of staff is about to say of a case",
    )
    op.create_index("ix_case_forms_message", "case_forms", ["chat_id", "message_id"], unique=False)
    op.create_table(
        "promo_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'free'"), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("given_by", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'given') = (given_at is not null)", name=op.f("ck_promo_codes_given_has_time")),
        sa.CheckConstraint("state in ('free', 'given', 'withdrawn')", name=op.f("ck_promo_codes_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_promo_codes_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_promo_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_codes")),
        sa.UniqueConstraint("pool", "code", name=op.f("uq_promo_codes_pool_code")),
        comment="each is given once",
    )
    op.create_index(
        "ix_promo_codes_free", "promo_codes", ["pool", "id"], unique=False, postgresql_where=sa.text("state = 'free'")
    )
    op.create_index(
        "ix_promo_codes_given",
        "promo_codes",
        ["pool", "given_at"],
        unique=False,
        postgresql_where=sa.text("state = 'given'"),
    )
    op.create_index(
        "ix_promo_codes_person_id",
        "promo_codes",
        ["person_id", "pool"],
        unique=False,
        postgresql_where=sa.text("person_id is not null"),
    )
    op.create_table(
        "case_posts",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("message_ref", sa.BigInteger(), nullable=True, comment="the relayed message"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(case_id, message_ref) > 0", name=op.f("ck_case_posts_about_something")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_posts_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["message_ref"], ["messages.id"], name=op.f("fk_case_posts_message_ref"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_case_posts")),
        comment="what the bot showed staff: a reply to any of these is about that case, or to the one who wrote",
    )
    op.create_index("ix_case_posts_case_id", "case_posts", ["case_id"], unique=False)
    op.create_index("ix_case_posts_message_ref", "case_posts", ["message_ref"], unique=False)
    op.create_table(
        "staff_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="whom it is for"),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column(
            "chat_id", sa.BigInteger(), nullable=True, comment="where staff wrote it or tapped it; null: a code, the API"
        ),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("code_id", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "delivered_message_id", sa.BigInteger(), nullable=True, comment="the messenger's id in the customer's chat"
        ),
        sa.Column("undelivered", sa.Text(), nullable=True, comment="why it will never arrive"),
        sa.CheckConstraint("kind in ('text', 'voice', 'photo', 'document')", name=op.f("ck_staff_messages_kind")),
        sa.CheckConstraint(
            "origin in ('reply', 'template', 'code', 'apology', 'api')", name=op.f("ck_staff_messages_origin")
        ),
        sa.CheckConstraint("num_nonnulls(chat_id, message_id) <> 1", name=op.f("ck_staff_messages_written_somewhere")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_staff_messages_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staff_messages_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["code_id"], ["promo_codes.id"], name=op.f("fk_staff_messages_code_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_messages")),
        sa.UniqueConstraint("chat_id", "message_id", name=op.f("uq_staff_messages_chat_id_message_id")),
        comment="what staff told customers",
    )
    op.create_index(
        "ix_staff_messages_account_id", "staff_messages", ["account_id", "delivered_message_id"], unique=False
    )
    op.create_index("ix_staff_messages_case_id", "staff_messages", ["case_id"], unique=False)
    op.create_index(
        "ix_schedule_replies_in_order",
        "schedule",
        ["recipient", "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'reply' and state in ('due', 'sending')"),
    )
    op.add_column("case_moves", sa.Column("move", sa.Text(), nullable=True))
    op.add_column("case_moves", sa.Column("actor", sa.Text(), nullable=True))
    op.execute(_NAME_MOVES)
    op.alter_column("case_moves", "move", nullable=False)
    op.alter_column("case_moves", "actor", nullable=False)
    op.add_column(
        "case_moves",
        sa.Column("close_reason", sa.Text(), nullable=True, comment="of a resolve: a key of the catalogue"),
    )
    op.add_column(
        "case_moves",
        sa.Column(
            "given",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
            comment="of a resolve",
        ),
    )
    op.alter_column(
        "case_moves",
        "actor_id",
        existing_type=sa.BIGINT(),
        comment="the messenger's id of staff; null for everybody else",
        existing_comment="the messenger's id; null: the product itself or the customer",
        existing_nullable=True,
    )
    op.add_column("cases", sa.Column("severity", sa.Text(), server_default=sa.text("'normal'"), nullable=False))
    op.add_column(
        "cases",
        sa.Column(
            "round",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="one more each time it is reopened",
        ),
    )
    op.add_column(
        "cases", sa.Column("location", sa.Text(), nullable=True, comment="of the event, as it was when the case opened")
    )
    op.add_column(
        "cases", sa.Column("employee", sa.Text(), nullable=True, comment="of the event: who may not work this case")
    )
    op.add_column(
        "cases", sa.Column("outbreak_id", sa.BigInteger(), nullable=True, comment="the alert it is told of in")
    )
    op.add_column(
        "cases",
        sa.Column(
            "card_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when its card is posted: at once, or when the team works again",
        ),
    )
    op.add_column(
        "cases",
        sa.Column(
            "first_response_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when somebody reacted for the first time",
        ),
    )
    op.execute("update cases set first_response_at = claimed_at")
    op.add_column(
        "cases",
        sa.Column(
            "first_response_took",
            sa.Interval(),
            nullable=True,
            comment="working time from the opening until somebody reacted",
        ),
    )
    op.add_column(
        "cases",
        sa.Column(
            "resolve_took", sa.Interval(), nullable=True, comment="working time from the opening until it was put right"
        ),
    )
    op.add_column(
        "cases",
        sa.Column(
            "solved_asked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the customer was asked whether it is solved, in this round",
        ),
    )
    op.add_column(
        "cases", sa.Column("solved", sa.Boolean(), nullable=True, comment="the customer's word; null: none (yet)")
    )
    op.create_index(
        "ix_cases_claimed_by",
        "cases",
        ["claimed_by", "opened_at"],
        unique=False,
        postgresql_where=sa.text("claimed_by is not null"),
    )
    op.create_index(
        "ix_cases_outbreak_id",
        "cases",
        ["outbreak_id"],
        unique=False,
        postgresql_where=sa.text("outbreak_id is not null"),
    )
    op.create_index(
        "ix_cases_place",
        "cases",
        ["touchpoint", "location", "opened_at"],
        unique=False,
        postgresql_where=sa.text("location is not null"),
    )
    op.add_column(
        "cases",
        sa.Column(
            "folded",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="has no card of its own (yet): its outbreak's tells of it",
        ),
    )
    op.create_check_constraint(
        op.f("ck_cases_folded_into_something"), "cases", "not folded or outbreak_id is not null"
    )
    op.add_column(
        "cases",
        sa.Column("external_id", sa.Text(), nullable=True, comment="the shop's own id of a case it opened"),
    )
    op.add_column(
        "cases",
        sa.Column("order_id", sa.Text(), nullable=True, comment="as the shop named it when it opened the case"),
    )
    op.create_unique_constraint(op.f("uq_cases_external_id"), "cases", ["external_id"])
    op.drop_constraint(op.f("ck_cases_claimed_by_somebody"), "cases")
    op.create_check_constraint(
        op.f("ck_cases_claimed_by_somebody"),
        "cases",
        "state <> 'claimed' or num_nonnulls(claimed_by, claimed_by_name) > 0",
    )
    op.alter_column(
        "cases",
        "claimed_by",
        existing_type=sa.BIGINT(),
        comment="the messenger's id of the staff member; null: known to the shop by name",
        existing_comment="the messenger's id of the staff member",
        existing_nullable=True,
    )
    op.create_index(
        "ix_schedule_cards_due",
        "schedule",
        ["recipient", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due' and kind = 'card' and message_id is null"),
    )
    op.create_index(
        "ix_cases_first_response_at",
        "cases",
        ["first_response_at"],
        unique=False,
        postgresql_include=["first_response_took", "touchpoint"],
    )
    op.create_index(
        "ix_cases_resolved_at",
        "cases",
        ["resolved_at"],
        unique=False,
        postgresql_include=["resolve_took", "touchpoint"],
    )
    op.execute(_ONE_CASE_PER_EVENT)
    op.create_index(
        "uq_cases_one_open_per_event",
        "cases",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'claimed', 'waiting') and event_id is not null"),
    )
    op.create_foreign_key(op.f("fk_cases_outbreak_id"), "cases", "outbreaks", ["outbreak_id"], ["id"])
    op.add_column(
        "messages",
        sa.Column("reply_to", sa.BigInteger(), nullable=True, comment="the messenger's id of the message it answers"),
    )
    op.add_column("messages", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "persons",
        sa.Column(
            "offers_consent",
            sa.Boolean(),
            nullable=True,
            comment="agreed to be sent offers, or refused; null: nobody asked",
        ),
    )
    op.add_column(
        "responses",
        sa.Column(
            "purpose",
            sa.Text(),
            server_default=sa.text("'first'"),
            nullable=False,
            comment="recovery: asked again after a case",
        ),
    )
    op.add_column(
        "schedule",
        sa.Column(
            "detail",
            sa.Text(),
            nullable=True,
            comment="which of several about the same subject, such as an escalation's level",
        ),
    )
    op.create_index(
        "ix_schedule_escalations",
        "schedule",
        ["recipient", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due' and kind = 'escalation'"),
    )
    op.create_index(
        "ix_schedule_folded",
        "schedule",
        ["reason"],
        unique=False,
        postgresql_where=sa.text("state = 'dropped' and reason like 'folded:%'"),
    )
    op.create_index(
        "ix_case_moves_actor_id",
        "case_moves",
        ["actor_id", "moved_at"],
        unique=False,
        postgresql_where=sa.text("actor_id is not null"),
    )
    op.add_column(
        "team_chats",
        sa.Column("thread_id", sa.BigInteger(), nullable=True, comment="the topic of a forum; null: the chat itself"),
    )
    op.create_check_constraint(
        op.f("ck_case_moves_move"),
        "case_moves",
        "move in ('open', 'claim', 'hand_over', 'release', 'refer', 'await_customer', 'customer_replied', 'resolve', 'confirm', 'reopen', 'dismiss')",
    )
    op.create_check_constraint(
        op.f("ck_case_moves_actor"), "case_moves", "actor in ('product', 'staff', 'customer', 'shop')"
    )
    op.create_check_constraint(
        op.f("ck_case_moves_opened_from_nothing"), "case_moves", "(move = 'open') = (from_state is null)"
    )
    op.create_check_constraint(
        op.f("ck_case_moves_given"), "case_moves", "given <@ array['apology', 'refund', 'repeat', 'code']::text[]"
    )
    op.create_check_constraint(op.f("ck_cases_severity"), "cases", "severity in ('normal', 'urgent')")
    op.create_check_constraint(
        op.f("ck_cases_confirmed_by_the_customer"), "cases", "(state <> 'confirmed') or coalesce(solved, false)"
    )
    op.create_check_constraint(op.f("ck_responses_purpose"), "responses", "purpose in ('first', 'recovery')")
    _index_answers(["touchpoint", "metric", "score", "purpose"])
    op.drop_constraint(op.f("ck_schedule_kind"), "schedule")
    op.create_check_constraint(op.f("ck_schedule_kind"), "schedule", _KINDS)


def downgrade() -> None:
    op.drop_index("ix_case_moves_actor_id", table_name="case_moves")
    op.drop_index("ix_schedule_folded", table_name="schedule")
    op.drop_index("ix_schedule_escalations", table_name="schedule")
    op.execute("delete from schedule where kind in ('outbreak', 'reply', 'apology', 'call_back', 'notice')")
    op.drop_constraint(op.f("ck_schedule_kind"), "schedule")
    op.create_check_constraint(op.f("ck_schedule_kind"), "schedule", _KINDS_BEFORE)
    op.drop_constraint(op.f("ck_case_moves_move"), "case_moves")
    op.drop_constraint(op.f("ck_case_moves_actor"), "case_moves")
    op.drop_constraint(op.f("ck_case_moves_opened_from_nothing"), "case_moves")
    op.drop_constraint(op.f("ck_case_moves_given"), "case_moves")
    op.drop_constraint(op.f("ck_cases_severity"), "cases")
    op.drop_constraint(op.f("ck_cases_confirmed_by_the_customer"), "cases")
    op.drop_constraint(op.f("ck_responses_purpose"), "responses")
    op.drop_column("team_chats", "thread_id")
    op.drop_column("schedule", "detail")
    _index_answers(["touchpoint", "metric", "score"])
    op.drop_column("responses", "purpose")
    op.drop_column("persons", "offers_consent")
    op.drop_column("messages", "edited_at")
    op.drop_column("messages", "reply_to")
    op.drop_constraint(op.f("fk_cases_outbreak_id"), "cases", type_="foreignkey")
    op.drop_index(
        "uq_cases_one_open_per_event",
        table_name="cases",
        postgresql_where=sa.text("state in ('open', 'claimed', 'waiting') and event_id is not null"),
    )
    op.drop_index("ix_cases_place", table_name="cases", postgresql_where=sa.text("location is not null"))
    op.drop_index("ix_cases_outbreak_id", table_name="cases", postgresql_where=sa.text("outbreak_id is not null"))
    op.drop_index("ix_cases_claimed_by", table_name="cases", postgresql_where=sa.text("claimed_by is not null"))
    op.drop_index("ix_schedule_cards_due", table_name="schedule")
    op.alter_column(
        "cases",
        "claimed_by",
        existing_type=sa.BIGINT(),
        comment="the messenger's id of the staff member",
        existing_comment="the messenger's id of the staff member; null: known to the shop by name",
        existing_nullable=True,
    )
    op.execute("update cases set state = 'open', claimed_by_name = null where state = 'claimed' and claimed_by is null")
    op.drop_constraint(op.f("ck_cases_claimed_by_somebody"), "cases")
    op.create_check_constraint(
        op.f("ck_cases_claimed_by_somebody"), "cases", "state <> 'claimed' or claimed_by is not null"
    )
    op.drop_column("cases", "order_id")
    op.drop_column("cases", "external_id")
    op.drop_constraint(op.f("ck_cases_folded_into_something"), "cases")
    op.drop_column("cases", "folded")
    op.drop_index("ix_cases_resolved_at", table_name="cases")
    op.drop_index("ix_cases_first_response_at", table_name="cases")
    op.drop_column("cases", "solved")
    op.drop_column("cases", "solved_asked_at")
    op.drop_column("cases", "resolve_took")
    op.drop_column("cases", "first_response_took")
    op.drop_column("cases", "first_response_at")
    op.drop_column("cases", "card_at")
    op.drop_column("cases", "outbreak_id")
    op.drop_column("cases", "employee")
    op.drop_column("cases", "location")
    op.drop_column("cases", "round")
    op.drop_column("cases", "severity")
    op.alter_column(
        "case_moves",
        "actor_id",
        existing_type=sa.BIGINT(),
        comment="the messenger's id; null: the product itself or the customer",
        existing_comment="the messenger's id of staff; null for everybody else",
        existing_nullable=True,
    )
    op.drop_column("case_moves", "given")
    op.drop_column("case_moves", "close_reason")
    op.drop_column("case_moves", "actor")
    op.drop_column("case_moves", "move")
    op.drop_index(
        "ix_schedule_replies_in_order",
        table_name="schedule",
        postgresql_where=sa.text("kind = 'reply' and state in ('due', 'sending')"),
    )
    op.drop_index("ix_staff_messages_case_id", table_name="staff_messages")
    op.drop_index("ix_staff_messages_account_id", table_name="staff_messages")
    op.drop_table("staff_messages")
    op.drop_index("ix_case_posts_message_ref", table_name="case_posts")
    op.drop_index("ix_case_posts_case_id", table_name="case_posts")
    op.drop_table("case_posts")
    op.drop_index(
        "ix_promo_codes_person_id", table_name="promo_codes", postgresql_where=sa.text("person_id is not null")
    )
    op.drop_index("ix_promo_codes_given", table_name="promo_codes", postgresql_where=sa.text("state = 'given'"))
    op.drop_index("ix_promo_codes_free", table_name="promo_codes", postgresql_where=sa.text("state = 'free'"))
    op.drop_table("promo_codes")
    op.drop_index("ix_case_forms_message", table_name="case_forms")
    op.drop_table("case_forms")
    op.drop_index(
        "uq_call_requests_one_open",
        table_name="call_requests",
        postgresql_where=sa.text("state in ('offered', 'chosen')"),
    )
    op.drop_index("ix_call_requests_case_id", table_name="call_requests")
    op.drop_table("call_requests")
    op.drop_index("ix_consents_person_id", table_name="consents")
    op.drop_table("consents")
    op.drop_index(
        "uq_outbreaks_open_of_place",
        table_name="outbreaks",
        postgresql_where=sa.text("closed_at is null and cause = 'place'"),
    )
    op.drop_index(
        "uq_outbreaks_open_burst",
        table_name="outbreaks",
        postgresql_where=sa.text("closed_at is null and cause = 'burst'"),
    )
    op.drop_table("outbreaks")


def _index_answers(included: list[str]) -> None:
    """Let the scores of a period be read from the index alone."""
    op.drop_index("ix_responses_answered_at", table_name="responses")
    op.create_index(
        "ix_responses_answered_at", "responses", ["answered_at"], unique=False, postgresql_include=included
    )
