"""Who customers are: their records at the shop, their accounts, whom they are one with, and how they came."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import identity, instant, metadata, one_of

persons = Table(
    "persons",
    metadata,
    identity(),
    Column("language", Text, comment="as chosen with /language"),
    instant("opted_out_at"),
    instant("created_at", nullable=False),
    Column("offers_consent", Boolean, comment="agreed to be sent offers, or refused; null: nobody asked"),
    comment="the one asked; every contact rule keys on it",
)

customers = Table(
    "customers",
    metadata,
    identity(),
    Column("external_id", Text, nullable=False, comment="the shop's own id"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("phone", Text),
    Column("language", Text),
    Column("timezone", Text),
    instant("created_at", nullable=False),
    UniqueConstraint("external_id"),
    Index("ix_customers_person_id", "person_id"),
    Index(
        "ix_customers_phone_end",
        text("right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)"),
        postgresql_where=text("phone is not null"),
    ),
)

accounts = Table(
    "accounts",
    metadata,
    identity(),
    Column("channel", Text, nullable=False),
    Column("external_id", BigInteger, nullable=False, comment="the messenger's own id; also the private chat's"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("language", Text),
    Column("state", Text, nullable=False),
    instant("state_since", nullable=False),
    instant("last_used_at", nullable=True),
    instant("created_at", nullable=False),
    Column("buttons", Text, comment="what the messenger's program lacked when it last wrote; null: nothing"),
    Column(
        "named_by_shop",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="an event named it before it wrote to us",
    ),
    UniqueConstraint("channel", "external_id"),
    CheckConstraint(one_of("channel", ("telegram", "vk")), name="channel"),
    CheckConstraint(one_of("state", ("presumed", "connected", "stranger", "blocked", "deactivated")), name="state"),
    CheckConstraint(one_of("buttons", ("text", "keyboard", "none")), name="buttons"),
    Index("ix_accounts_person_id", "person_id"),
    Index("ix_accounts_named_by_shop", "created_at", postgresql_where=text("named_by_shop")),
    comment=(
        "a messenger identity. presumed: named by the shop, never tried; connected: wrote to us; "
        "stranger: chat not found; blocked, deactivated: cannot be written to"
    ),
)

person_moves = Table(
    "person_moves",
    metadata,
    identity(),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE")),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("from_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("to_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("cause", Text, nullable=False),
    instant("moved_at", nullable=False),
    Column(
        "by_account_id",
        BigInteger,
        ForeignKey("accounts.id", ondelete="SET NULL"),
        comment="whose doing it was; null: the shop's or the owner's",
    ),
    CheckConstraint("num_nonnulls(customer_id, account_id) = 1", name="one_subject"),
    Index("ix_person_moves_customer_id", "customer_id"),
    Index("ix_person_moves_account_id", "account_id"),
    comment="each time a customer or an account was moved to another person",
)

separations = Table(
    "separations",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    instant("separated_at", nullable=False),
    Index("ix_separations_customer_id", "customer_id"),
    comment="they are not the same person, whatever the shop's events name",
)

consents = Table(
    "consents",
    metadata,
    identity(),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    instant("at", nullable=False),
    CheckConstraint(one_of("kind", ("offers",)), name="kind"),
    CheckConstraint(one_of("source", ("shop", "customer")), name="source"),
    Index("ix_consents_person_id", "person_id"),
    comment="each time somebody agreed or refused",
)

touchpoint_opt_outs = Table(
    "touchpoint_opt_outs",
    metadata,
    Column("person_id", BigInteger, ForeignKey("persons.id"), primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    instant("opted_out_at", nullable=False),
    comment="what somebody does not want to be asked about, beside persons.opted_out_at for everything",
)

join_codes = Table(
    "join_codes",
    metadata,
    identity(),
    Column("code", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    instant("created_at", nullable=False),
    instant("expires_at", nullable=False),
    instant("used_at"),
    Column("used_by", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL")),
    CheckConstraint("length(code) = 6", name="code_length"),
    Index("uq_join_codes_open", "code", unique=True, postgresql_where=text("used_at is null")),
    Index("ix_join_codes_account_id", "account_id"),
    comment="one-time codes by which somebody joins their own accounts",
)

wrong_codes = Table(
    "wrong_codes",
    metadata,
    identity(),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    instant("tried_at", nullable=False),
    Index("ix_wrong_codes_account_id", "account_id", "tried_at"),
    comment="codes that were none, so that nobody guesses",
)

CONNECTION_CAUSES = ("order_link", "customer_link", "phone", "code", "qr")

connections = Table(
    "connections",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("cause", Text, primary_key=True),
    instant("connected_at", nullable=False),
    CheckConstraint(one_of("cause", CONNECTION_CAUSES), name="cause"),
    Index("ix_connections_connected_at", "connected_at"),
    comment="by what an account came, the first time by each; accounts.named_by_shop tells of the shop's own naming",
)

entry_points = Table(
    "entry_points",
    metadata,
    Column("token", Text, primary_key=True),
    Column("touchpoint", Text, nullable=False),
    Column("location", Text),
    instant("created_at", nullable=False),
    instant("revoked_at"),
    Column("opened", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("length(token) between 10 and 32", name="token_length"),
    Index(
        "uq_entry_points_in_force",
        "touchpoint",
        "location",
        unique=True,
        postgresql_where=text("revoked_at is null"),
        postgresql_nulls_not_distinct=True,
    ),
    comment="QR codes and short links that open the survey of a touchpoint at a place",
)

links = Table(
    "links",
    metadata,
    Column("key", Text, primary_key=True),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("order_id", Text, comment="absent: the link binds the customer's person"),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), comment="who opened it first"),
    instant("created_at", nullable=False),
    instant("opened_at"),
    UniqueConstraint("customer_id", "order_id", postgresql_nulls_not_distinct=True),
    CheckConstraint("length(key) between 16 and 64", name="key_length"),
    CheckConstraint("account_id is null or opened_at is not null", name="opened"),
)

order_bindings = Table(
    "order_bindings",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    instant("bound_at", nullable=False),
    Index("ix_order_bindings_account_id", "account_id"),
    comment="who opened the order's link is asked about the order",
)
