"""What comments are about, worked out beforehand."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.tables.columns import identity, instant, metadata

theme_dictionaries = Table(
    "theme_dictionaries",
    metadata,
    identity(),
    Column(
        "catalogue_version_id",
        BigInteger,
        ForeignKey("catalogue_versions.id"),
        nullable=False,
        comment="the first version that has it",
    ),
    Column("reader", Integer, nullable=False, comment="the version of how comments are read"),
    Column("digest", Text, nullable=False, comment="of the themes with their words"),
    instant("began_at", nullable=False),
    UniqueConstraint("catalogue_version_id", "reader"),
    comment="the dictionary in force is the one with the greatest id",
)

comment_readings = Table(
    "comment_readings",
    metadata,
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    instant("answered_at", nullable=False, comment="the answer's, which never changes"),
    Column("touchpoint", Text, nullable=False, comment="the answer's, which never changes"),
    Column(
        "dictionary_id",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="by which it was read; 0: not since it was written",
    ),
    Column(
        "sentiment",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="of the score when it was read: -1 negative, 1 positive",
    ),
    Column("themes", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column(
        "lemmas",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="each telling word once, without phones, cards, addresses",
    ),
    CheckConstraint("dictionary_id > 0 or (themes = '{}' and lemmas = '{}')", name="unread_says_nothing"),
    CheckConstraint("sentiment between -1 and 1", name="sentiment"),
    Index("ix_comment_readings_answered_at", "answered_at"),
    Index("ix_comment_readings_dictionary_id", "dictionary_id", text("answered_at desc")),
    comment="every first answer with a comment has a row, which goes with the comment",
)
