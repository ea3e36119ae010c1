"""What reports read: days counted once and what changed since; who reads them, and how."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Time,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.tables.columns import identity, instant, metadata, one_of

report_readers = Table(
    "report_readers",
    metadata,
    Column("telegram_id", BigInteger, ForeignKey("members.telegram_id", ondelete="CASCADE"), primary_key=True),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("weekday", SmallInteger, comment="Monday is 0; null: as the catalogue says"),
    Column("at", Time, comment="in the business's zone; null: as the catalogue says"),
    Column("theme", Text, nullable=False, server_default=text("'light'")),
    CheckConstraint("weekday between 0 and 6", name="weekday"),
    CheckConstraint(one_of("theme", ("light", "dark")), name="theme"),
    comment="how a member wants the weekly report; without a row, as everybody gets it",
)

report_views = Table(
    "report_views",
    metadata,
    identity(),
    Column("telegram_id", BigInteger, ForeignKey("members.telegram_id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("report_views.id", ondelete="CASCADE")),
    Column("place", Integer, comment="of the choice among the parent's that led here"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("path", JSONB, nullable=False, comment="the choices that led here"),
    Column("choices", JSONB, nullable=False, server_default=text("'[]'::jsonb"), comment="what leads on, as shown"),
    instant("opened_at", nullable=False),
    CheckConstraint("(parent_id is null) = (place is null)", name="place"),
    Index("uq_report_views_parent_id", "parent_id", "place", unique=True),
    Index("ix_report_views_telegram_id", "telegram_id", "opened_at"),
    comment="the steps somebody took into a report: a button names one, too small for an attribute's value",
)

COUNTED = ("answers", "funnel")
"""What is counted once per day: answers by the day they were given, events by the day they occurred."""

rolled_up_days = Table(
    "rolled_up_days",
    metadata,
    Column("counted", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("zone", Text, nullable=False, comment="of the business when the day was counted"),
    CheckConstraint(one_of("counted", COUNTED), name="counted"),
    comment="the days whose answers, or events, stand counted in the daily_ tables",
)

daily_scores = Table(
    "daily_scores",
    metadata,
    Column("day", Date, primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("counts", ARRAY(BigInteger), nullable=False, comment="how often each score from 0 to 10 was given"),
    CheckConstraint("cardinality(counts) = 11", name="counts"),
    comment="how often each score was first given on a day",
)

daily_reasons = Table(
    "daily_reasons",
    metadata,
    Column("day", Date, primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("reasons", ARRAY(Text), primary_key=True),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("count > 0", name="count"),
    comment="how often exactly these reasons were chosen by the answers of a day",
)

daily_funnel = Table(
    "daily_funnel",
    metadata,
    identity(),
    Column("day", Date, nullable=False),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text),
    Column("catalogue_version_id", BigInteger),
    Column("state", Text),
    Column("has_message", Boolean, nullable=False),
    Column("commented", Boolean, nullable=False),
    instant("open_until"),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("count > 0", name="count"),
    Index("ix_daily_funnel_day", "day"),
    comment="what became of the events of a day; open_until: when the last of these questions expires",
)

report_marks = Table(
    "report_marks",
    metadata,
    Column("counted", Text, nullable=False),
    instant("at", nullable=False),
    CheckConstraint(one_of("counted", COUNTED), name="counted"),
    Index("ix_report_marks_counted", "counted", "at"),
    comment="where something changed since its day was counted, to the quarter of an hour; kept by triggers",
)


def _function(name: str, body: str) -> str:
    return f"create function {name}() returns trigger language plpgsql as $$ begin {body} return null; end $$"


def _mark(counted: str, instant: str, source: str, *, many: bool = False) -> str:
    # every zone begins its days at a quarter of an hour of UTC
    quarter = f"date_bin('15 minutes', {instant}, timestamptz 'epoch')"
    distinct = "distinct " if many else ""
    return f"insert into report_marks (counted, at) select {distinct}'{counted}', {quarter} {source};"


def _row_trigger(name: str, events: str, table: str, function: str, when: str) -> str:
    return f"create trigger {name} after {events} on {table} for each row when ({when}) execute function {function}()"


def _statement_trigger(name: str, events: str, table: str, function: str) -> str:
    return f"create trigger {name} after {events} on {table} for each statement execute function {function}()"


TRIGGERS = (
    _function("mark_answers", _mark("answers", "answered_at", "from written", many=True)),
    _function(
        "mark_answer_change", _mark("answers", "v.at", "from (values (old.answered_at), (new.answered_at)) v(at)")
    ),
    _function("mark_events", _mark("funnel", "occurred_at", "from written", many=True)),
    _function(
        "mark_invitations",
        _mark("funnel", "e.occurred_at", "from written w join touchpoint_events e on e.id = w.event_id", many=True),
    ),
    _function(
        "mark_invitation_change",
        _mark("funnel", "e.occurred_at", "from touchpoint_events e where e.id = new.event_id"),
    ),
    _function(
        "mark_comment",
        _mark(
            "funnel",
            "e.occurred_at",
            "from invitations i join touchpoint_events e on e.id = i.event_id where i.id = new.invitation_id",
        ),
    ),
    _function(
        "mark_message",
        _mark(
            "funnel",
            "e.occurred_at",
            "from responses r join invitations i on i.id = r.invitation_id"
            " join touchpoint_events e on e.id = i.event_id"
            " where r.id in (old.response_id, new.response_id)",
        ),
    ),
    _function("count_days_anew", "delete from rolled_up_days;"),
    _statement_trigger("answers_written", "insert", "responses referencing new table as written", "mark_answers"),
    _statement_trigger("answers_deleted", "delete", "responses referencing old table as written", "mark_answers"),
    _row_trigger(
        "answer_changed",
        "update",
        "responses",
        "mark_answer_change",
        "(old.touchpoint, old.metric, old.score, old.answered_at, old.reasons, old.purpose)"
        " is distinct from (new.touchpoint, new.metric, new.score, new.answered_at, new.reasons, new.purpose)",
    ),
    _row_trigger(
        "comment_changed",
        "update",
        "responses",
        "mark_comment",
        "(old.comment is null) <> (new.comment is null) and new.invitation_id is not null",
    ),
    _statement_trigger("events_written", "insert", "touchpoint_events referencing new table as written", "mark_events"),
    _statement_trigger("events_deleted", "delete", "touchpoint_events referencing old table as written", "mark_events"),
    _statement_trigger(
        "invitations_written", "insert", "invitations referencing new table as written", "mark_invitations"
    ),
    _statement_trigger(
        "invitations_deleted", "delete", "invitations referencing old table as written", "mark_invitations"
    ),
    _row_trigger(
        "invitation_changed",
        "update",
        "invitations",
        "mark_invitation_change",
        "(old.state, old.survey, old.catalogue_version_id, old.message_id is null, old.expires_at)"
        " is distinct from (new.state, new.survey, new.catalogue_version_id, new.message_id is null, new.expires_at)"
        " and new.purpose = 'first'",
    ),
    _row_trigger("message_written", "insert", "messages", "mark_message", "new.response_id is not null"),
    _row_trigger(
        "message_changed", "update", "messages", "mark_message", "old.response_id is distinct from new.response_id"
    ),
    _row_trigger("message_deleted", "delete", "messages", "mark_message", "old.response_id is not null"),
    *(
        _statement_trigger(f"{table}_emptied", "truncate", table, "count_days_anew")
        for table in ("responses", "touchpoint_events", "invitations", "messages")
    ),
)
"""What keeps report_marks: a mark is written in the transaction that changed something, so there is never one without
the other. What changes no figure (a step of the dialogue, a reminder) fires nothing."""

for _statement in TRIGGERS:
    event.listen(metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
