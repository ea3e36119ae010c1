"""What was compared by trials."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Float, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.columns import instant, metadata, one_of

trials = Table(
    "trials",
    metadata,
    Column("key", Text, primary_key=True),
    Column("touchpoint", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("differs", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("share", Float, nullable=False, comment="of the people, who get b"),
    Column("planned", Integer, nullable=False, comment="matured invitations, or answers, of each variant"),
    Column("detect", Float, comment="the difference the planned number was worked out from"),
    Column("variants", JSONB, nullable=False, comment="a and b: texts of a question, or a duration; null: no reminder"),
    instant("published_at", nullable=False),
    instant("stopped_at", comment="when it was taken out of the catalogue"),
    CheckConstraint(one_of("measure", ("response_rate", "score")), name="measure"),
    CheckConstraint(one_of("metric", ("nps", "csat", "ces")), name="metric"),
    CheckConstraint(one_of("differs", ("question", "ask_after", "remind_after")), name="differs"),
    CheckConstraint("share > 0 and share < 1", name="share"),
    CheckConstraint("planned > 0", name="planned"),
    comment="each trial as the catalogue described it; what it was stays when the catalogue changes",
)
