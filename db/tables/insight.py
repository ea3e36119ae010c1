"""What managers look into beside reports: reports nobody knows what to do with, and journeys counted in advance."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Integer, Interval, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.columns import instant, metadata

unknown_touchpoints = Table(
    "unknown_touchpoints",
    metadata,
    Column("day", Date, primary_key=True, comment="in the business's zone"),
    Column("touchpoint", Text, primary_key=True, comment="as it was reported; … where it may hold something personal"),
    Column("rejected", Integer, nullable=False),
    CheckConstraint("rejected > 0", name="rejected"),
    CheckConstraint("length(touchpoint) between 1 and 40", name="touchpoint_length"),
    comment="reports of touchpoints no catalogue knows, for the audit; nothing about anybody",
)

journey_counts = Table(
    "journey_counts",
    metadata,
    Column("starts_on", Date, primary_key=True, comment="in the business's zone"),
    Column("ends_on", Date, primary_key=True, comment="not included"),
    Column("within", Interval, primary_key=True),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id"), primary_key=True),
    instant("counted_at", nullable=False),
    instant("asked_at"),
    Column("content", JSONB, nullable=False, comment="counts alone, nothing about anybody"),
    CheckConstraint("starts_on < ends_on", name="days"),
    comment="large journeys, counted before they are asked for again; losing them costs a recount",
)

buyer_counts = Table(
    "buyer_counts",
    metadata,
    Column("since_on", Date, primary_key=True, comment="in the business's zone"),
    Column("until_on", Date, primary_key=True, comment="the day in which the counting ended"),
    Column("scope", Text, primary_key=True, comment="a digest of the part of everything that was counted"),
    instant("counted_at", nullable=False),
    instant("asked_at"),
    Column("content", JSONB, nullable=False, comment="counts alone, nothing about anybody"),
    CheckConstraint("since_on < until_on", name="days"),
    comment="whether customers bought again, where counting took long; losing it costs a recount",
)
