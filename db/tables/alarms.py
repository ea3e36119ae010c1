"""What managers are told between weeks: alarms, each with what it was raised by and what ended it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.columns import identity, instant, metadata, one_of

alarms = Table(
    "alarms",
    metadata,
    identity(),
    Column("kind", Text, nullable=False),
    Column("touchpoint", Text, comment="null: about asking as a whole"),
    Column("location", Text, comment="null: not about one location"),
    instant("risen_at", nullable=False),
    Column("evidence", JSONB, nullable=False, comment="the numbers it rose by"),
    instant("cleared_at"),
    Column("ending", Text, comment="back: the numbers are as they were; withdrawn: nothing speaks for it any more"),
    Column("clearing", JSONB, comment="the numbers that cleared it"),
    CheckConstraint(one_of("kind", ("burst", "drop", "nothing_sent", "nobody_answered")), name="kind"),
    CheckConstraint(one_of("ending", ("back", "withdrawn")), name="ending"),
    CheckConstraint("(cleared_at is null) = (ending is null)", name="cleared_has_ending"),
    CheckConstraint("(clearing is not null) = coalesce(ending = 'back', false)", name="back_has_numbers"),
    CheckConstraint("(touchpoint is null) = (kind = 'nothing_sent')", name="about_a_touchpoint"),
    CheckConstraint("location is null or kind in ('burst', 'drop')", name="location"),
    Index(
        "uq_alarms_open",
        "kind",
        "touchpoint",
        "location",
        unique=True,
        postgresql_where=text("cleared_at is null"),
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_alarms_risen_at", "risen_at"),
    Index("ix_alarms_cleared_at", "cleared_at", postgresql_where=text("cleared_at is not null")),
    comment="one open alarm at most for each kind and place",
)
