"""reports: days counted once, and marks of what changed since

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "members",
        sa.Column(
            "scope",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="what a manager may see alone",
        ),
    )
    op.add_column(
        "member_invites",
        sa.Column(
            "scope",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="what the manager may see",
        ),
    )
    op.create_table(
        "report_readers",
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True, comment="Monday is 0; null: as the catalogue says"),
        sa.Column("at", sa.Time(), nullable=True, comment="in the business's zone; null: as the catalogue says"),
        sa.Column("theme", sa.Text(), server_default=sa.text("'light'"), nullable=False),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_report_readers_weekday")),
        sa.CheckConstraint("theme in ('light', 'dark')", name=op.f("ck_report_readers_theme")),
        sa.ForeignKeyConstraint(
            ["telegram_id"],
            ["members.telegram_id"],
            name=op.f("fk_report_readers_telegram_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("telegram_id", name=op.f("pk_report_readers")),
        comment="how a member wants the weekly report; without a row, as everybody gets it",
    )
    op.create_table(
        "report_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "place", sa.Integer(), nullable=True, comment="of the choice among the parent's that led here"
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "path",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the choices that led here",
        ),
        sa.Column(
            "choices",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
            comment="what leads on, as shown",
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(parent_id is null) = (place is null)", name=op.f("ck_report_views_place")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["report_views.id"], name=op.f("fk_report_views_parent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["telegram_id"], ["members.telegram_id"], name=op.f("fk_report_views_telegram_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_views")),
        comment="the steps somebody took into a report: a button names one, too small for an attribute's value",
    )
    op.create_index("uq_report_views_parent_id", "report_views", ["parent_id", "place"], unique=True)
    op.create_index("ix_report_views_telegram_id", "report_views", ["telegram_id", "opened_at"])
    op.create_table(
        "rolled_up_days",
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False, comment="of the business when the day was counted"),
        sa.CheckConstraint("counted in ('answers', 'funnel')", name=op.f("ck_rolled_up_days_counted")),
        sa.PrimaryKeyConstraint("counted", "day", name=op.f("pk_rolled_up_days")),
        comment="the days whose answers, or events, stand counted in the daily_ tables",
    )
    op.create_table(
        "daily_scores",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column(
            "counts",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="how often each score from 0 to 10 was given",
        ),
        sa.CheckConstraint("cardinality(counts) = 11", name=op.f("ck_daily_scores_counts")),
        sa.PrimaryKeyConstraint("day", "touchpoint", "metric", name=op.f("pk_daily_scores")),
        comment="how often each score was first given on a day",
    )
    op.create_table(
        "daily_reasons",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_daily_reasons_count")),
        sa.PrimaryKeyConstraint("day", "touchpoint", "metric", "reasons", name=op.f("pk_daily_reasons")),
        comment="how often exactly these reasons were chosen by the answers of a day",
    )
    op.create_table(
        "daily_funnel",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=True),
        sa.Column("catalogue_version_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("has_message", sa.Boolean(), nullable=False),
        sa.Column("commented", sa.Boolean(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_daily_funnel_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_funnel")),
        comment="what became of the events of a day; open_until: when the last of these questions expires",
    )
    op.create_index("ix_daily_funnel_day", "daily_funnel", ["day"])
    op.create_table(
        "report_marks",
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("counted in ('answers', 'funnel')", name=op.f("ck_report_marks_counted")),
        comment="where something changed since its day was counted, to the quarter of an hour; kept by triggers",
    )
    op.create_index("ix_report_marks_counted", "report_marks", ["counted", "at"])
    for statement in _TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for trigger, table in (
        ("answers_written", "responses"),
        ("answers_deleted", "responses"),
        ("answer_changed", "responses"),
        ("comment_changed", "responses"),
        ("responses_emptied", "responses"),
        ("events_written", "touchpoint_events"),
        ("events_deleted", "touchpoint_events"),
        ("touchpoint_events_emptied", "touchpoint_events"),
        ("invitations_written", "invitations"),
        ("invitations_deleted", "invitations"),
        ("invitation_changed", "invitations"),
        ("invitations_emptied", "invitations"),
        ("message_written", "messages"),
        ("message_changed", "messages"),
        ("message_deleted", "messages"),
        ("messages_emptied", "messages"),
    ):
        op.execute(f"drop trigger {trigger} on {table}")
    for function in (
        "mark_answers",
        "mark_answer_change",
        "mark_events",
        "mark_invitations",
        "mark_invitation_change",
        "mark_comment",
        "mark_message",
        "count_days_anew",
    ):
        op.execute(f"drop function {function}()")
    for table in (
        "report_marks",
        "daily_funnel",
        "daily_reasons",
        "daily_scores",
        "rolled_up_days",
        "report_readers",
        "report_views",
    ):
        op.drop_table(table)
    op.drop_column("member_invites", "scope")
    op.drop_column("members", "scope")


_TRIGGERS = (
    """create function mark_answers() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select distinct 'answers', date_bin('15 minutes', answered_at, timestamptz 'epoch') from written; return null; end $$""",
    """create function mark_answer_change() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select 'answers', date_bin('15 minutes', v.at, timestamptz 'epoch') from (values (old.answered_at), (new.answered_at)) v(at); return null; end $$""",
    """create function mark_events() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select distinct 'funnel', date_bin('15 minutes', occurred_at, timestamptz 'epoch') from written; return null; end $$""",
    """create function mark_invitations() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select distinct 'funnel', date_bin('15 minutes', e.occurred_at, timestamptz 'epoch') from written w join touchpoint_events e on e.id = w.event_id; return null; end $$""",
    """create function mark_invitation_change() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select 'funnel', date_bin('15 minutes', e.occurred_at, timestamptz 'epoch') from touchpoint_events e where e.id = new.event_id; return null; end $$""",
    """create function mark_comment() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select 'funnel', date_bin('15 minutes', e.occurred_at, timestamptz 'epoch') from invitations i join touchpoint_events e on e.id = i.event_id where i.id = new.invitation_id; return null; end $$""",
    """create function mark_message() returns trigger language plpgsql as $$ begin insert into report_marks (counted, at) select 'funnel', date_bin('15 minutes', e.occurred_at, timestamptz 'epoch') from responses r join invitations i on i.id = r.invitation_id join touchpoint_events e on e.id = i.event_id where r.id in (old.response_id, new.response_id); return null; end $$""",
    """create function count_days_anew() returns trigger language plpgsql as $$ begin delete from rolled_up_days; return null; end $$""",
    """create trigger answers_written after insert on responses referencing new table as written for each statement execute function mark_answers()""",
    """create trigger answers_deleted after delete on responses referencing old table as written for each statement execute function mark_answers()""",
    """create trigger answer_changed after update on responses for each row when ((old.touchpoint, old.metric, old.score, old.answered_at, old.reasons, old.purpose) is distinct from (new.touchpoint, new.metric, new.score, new.answered_at, new.reasons, new.purpose)) execute function mark_answer_change()""",
    """create trigger comment_changed after update on responses for each row when ((old.comment is null) <> (new.comment is null) and new.invitation_id is not null) execute function mark_comment()""",
    """create trigger events_written after insert on touchpoint_events referencing new table as written for each statement execute function mark_events()""",
    """create trigger events_deleted after delete on touchpoint_events referencing old table as written for each statement execute function mark_events()""",
    """create trigger invitations_written after insert on invitations referencing new table as written for each statement execute function mark_invitations()""",
    """create trigger invitations_deleted after delete on invitations referencing old table as written for each statement execute function mark_invitations()""",
    """create trigger invitation_changed after update on invitations for each row when ((old.state, old.survey, old.catalogue_version_id, old.message_id is null, old.expires_at) is distinct from (new.state, new.survey, new.catalogue_version_id, new.message_id is null, new.expires_at) and new.purpose = 'first') execute function mark_invitation_change()""",
    """create trigger message_written after insert on messages for each row when (new.response_id is not null) execute function mark_message()""",
    """create trigger message_changed after update on messages for each row when (old.response_id is distinct from new.response_id) execute function mark_message()""",
    """create trigger message_deleted after delete on messages for each row when (old.response_id is not null) execute function mark_message()""",
    """create trigger responses_emptied after truncate on responses for each statement execute function count_days_anew()""",
    """create trigger touchpoint_events_emptied after truncate on touchpoint_events for each statement execute function count_days_anew()""",
    """create trigger invitations_emptied after truncate on invitations for each statement execute function count_days_anew()""",
    """create trigger messages_emptied after truncate on messages for each statement execute function count_days_anew()""",
)
