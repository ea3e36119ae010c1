"""The tables: invariants live here as well as in the code."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVENT_OUTCOMES = (
    "waiting",
    "planned",
    "sending",
    "sent",
    "unknown",
    "answered",
    "expired",
    "rejected",
    "skipped",
    "cancelled",
)
ASKED_OR_PLANNED = ("planned", "sending", "sent", "unknown", "answered", "expired")
"""The outcomes that start quarantine and take an order's one question."""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def _instant(name: str, *, nullable: bool = True, comment: str | None = None) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def _identity() -> Column[int]:
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    _identity(),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False, comment="the YAML as published"),
    _instant("published_at", nullable=False),
    comment="the catalogue in force is the one with the greatest id",
)

persons = Table(
    "persons",
    metadata,
    _identity(),
    Column("language", Text, comment="as chosen with /language"),
    _instant("opted_out_at"),
    _instant("created_at", nullable=False),
    Column("offers_consent", Boolean, comment="agreed to be sent offers, or refused; null: nobody asked"),
    comment="the one asked; every contact rule keys on it",
)

customers = Table(
    "customers",
    metadata,
    _identity(),
    Column("external_id", Text, nullable=False, comment="the shop's own id"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("phone", Text),
    Column("language", Text),
    Column("timezone", Text),
    _instant("created_at", nullable=False),
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
    _identity(),
    Column("channel", Text, nullable=False),
    Column("external_id", BigInteger, nullable=False, comment="the messenger's own id; also the private chat's"),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("name", Text),
    Column("language", Text),
    Column("state", Text, nullable=False),
    _instant("state_since", nullable=False),
    _instant("last_used_at", nullable=True),
    _instant("created_at", nullable=False),
    Column("buttons", Text, comment="what the messenger's program lacked when it last wrote; null: nothing"),
    Column(
        "named_by_shop",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="an event named it before it wrote to us",
    ),
    UniqueConstraint("channel", "external_id"),
    CheckConstraint(_one_of("channel", ("telegram", "vk")), name="channel"),
    CheckConstraint(_one_of("state", ("presumed", "connected", "stranger", "blocked", "deactivated")), name="state"),
    CheckConstraint(_one_of("buttons", ("text", "keyboard", "none")), name="buttons"),
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
    _identity(),
    Column("customer_id", BigInteger, ForeignKey("customers.id", ondelete="CASCADE")),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("from_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("to_person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("cause", Text, nullable=False),
    _instant("moved_at", nullable=False),
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
    _instant("separated_at", nullable=False),
    Index("ix_separations_customer_id", "customer_id"),
    comment="they are not the same person, whatever the shop's events name",
)

touchpoint_opt_outs = Table(
    "touchpoint_opt_outs",
    metadata,
    Column("person_id", BigInteger, ForeignKey("persons.id"), primary_key=True),
    Column("touchpoint", Text, primary_key=True),
    _instant("opted_out_at", nullable=False),
    comment="what somebody does not want to be asked about, beside persons.opted_out_at for everything",
)

join_codes = Table(
    "join_codes",
    metadata,
    _identity(),
    Column("code", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _instant("created_at", nullable=False),
    _instant("expires_at", nullable=False),
    _instant("used_at"),
    Column("used_by", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL")),
    CheckConstraint("length(code) = 6", name="code_length"),
    Index("uq_join_codes_open", "code", unique=True, postgresql_where=text("used_at is null")),
    Index("ix_join_codes_account_id", "account_id"),
    comment="one-time codes by which somebody joins their own accounts",
)

wrong_codes = Table(
    "wrong_codes",
    metadata,
    _identity(),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    _instant("tried_at", nullable=False),
    Index("ix_wrong_codes_account_id", "account_id", "tried_at"),
    comment="codes that were none, so that nobody guesses",
)

CONNECTION_CAUSES = ("order_link", "customer_link", "phone", "code", "qr")

connections = Table(
    "connections",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("cause", Text, primary_key=True),
    _instant("connected_at", nullable=False),
    CheckConstraint(_one_of("cause", CONNECTION_CAUSES), name="cause"),
    Index("ix_connections_connected_at", "connected_at"),
    comment="by what an account came, the first time by each; accounts.named_by_shop tells of the shop's own naming",
)

entry_points = Table(
    "entry_points",
    metadata,
    Column("token", Text, primary_key=True),
    Column("touchpoint", Text, nullable=False),
    Column("location", Text),
    _instant("created_at", nullable=False),
    _instant("revoked_at"),
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
    _instant("created_at", nullable=False),
    _instant("opened_at"),
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
    _instant("bound_at", nullable=False),
    Index("ix_order_bindings_account_id", "account_id"),
    comment="who opened the order's link is asked about the order",
)

touchpoint_events = Table(
    "touchpoint_events",
    metadata,
    _identity(),
    Column("external_id", Text, nullable=False, comment="the shop's own id of the event"),
    Column("touchpoint", Text, nullable=False),
    _instant("occurred_at", nullable=False),
    _instant("received_at", nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("order_id", Text),
    Column("amount", Numeric(14, 2)),
    Column("currency", Text),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    UniqueConstraint("external_id"),
    Index("ix_touchpoint_events_occurred_at", "occurred_at", postgresql_include=["touchpoint", "id"]),
    Index(
        "ix_touchpoint_events_order_id",
        "order_id",
        "touchpoint",
        postgresql_where=text("order_id is not null"),
    ),
    Index("ix_touchpoint_events_customer_id", "customer_id", "touchpoint", "occurred_at"),
)

invitations = Table(
    "invitations",
    metadata,
    _identity(),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id"), nullable=False),
    Column("purpose", Text, nullable=False, server_default=text("'first'")),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="the event's; null once forgotten"),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="who is asked; null while nobody can be"),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text, comment="null when the touchpoint has none"),
    Column("relational", Boolean, nullable=False, server_default=text("false")),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("order_id", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="why skipped, rejected or cancelled"),
    Column("winner_id", BigInteger, ForeignKey("invitations.id"), comment="the one asked instead of this"),
    _instant("eligible_at"),
    _instant("ask_at"),
    _instant("ask_by"),
    _instant("sent_at"),
    _instant("expires_at"),
    _instant("answered_at"),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id"), nullable=False),
    Column("language", Text, comment="as sent"),
    Column("question", Text, comment="as shown"),
    Column("message_id", BigInteger, comment="the messenger's id of the question"),
    _instant("changed_at", nullable=False),
    Column(
        "entry_token",
        Text,
        ForeignKey("entry_points.token"),
        comment="the customer began it there: it neither obeys nor starts quarantine",
    ),
    Column(
        "other_account_id",
        BigInteger,
        ForeignKey("accounts.id"),
        comment="the person's other account, asked as well because the first one was silent",
    ),
    UniqueConstraint("event_id", "purpose"),
    CheckConstraint(_one_of("purpose", ("first", "recovery")), name="purpose"),
    CheckConstraint(_one_of("state", EVENT_OUTCOMES), name="state"),
    CheckConstraint("state <> 'skipped' or reason is not null", name="skipped_has_reason"),
    CheckConstraint("state <> 'planned' or (ask_at is not null and account_id is not null)", name="planned_has_time"),
    CheckConstraint("state not in ('sent', 'expired') or sent_at is not null", name="sent_has_time"),
    CheckConstraint("state <> 'answered' or answered_at is not null", name="answered_has_time"),
    Index(
        "uq_invitations_one_question_per_order",
        "account_id",
        "order_id",
        unique=True,
        postgresql_where=text("order_id is not null and purpose = 'first' and " + _one_of("state", ASKED_OR_PLANNED)),
    ),
    Index(
        "ix_invitations_account_id_asked",
        "account_id",
        postgresql_where=text(_one_of("state", ASKED_OR_PLANNED)),
    ),
    Index(
        "ix_invitations_waiting_customer_id",
        "customer_id",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_invitations_waiting_ask_by", "ask_by", postgresql_where=text("state = 'waiting'")),
    Index("ix_invitations_open_expires_at", "expires_at", postgresql_where=text("state in ('sent', 'unknown')")),
    Index("ix_invitations_customer_id", "customer_id"),
    Index("ix_invitations_entry", "account_id", "touchpoint", postgresql_where=text("entry_token is not null")),
    Index(
        "ix_invitations_other_account_id",
        "other_account_id",
        postgresql_where=text("other_account_id is not null"),
    ),
)

invitation_steps = Table(
    "invitation_steps",
    metadata,
    _identity(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id", ondelete="CASCADE"), nullable=False),
    _instant("at", nullable=False),
    Column("step", Text, nullable=False, comment="a state, or moved, reminded, joined"),
    Column("reason", Text),
    _instant("until"),
    Index("ix_invitation_steps_invitation_id", "invitation_id"),
    comment="what became of an event, move by move",
)

schedule = Table(
    "schedule",
    metadata,
    _identity(),
    Column("kind", Text, nullable=False),
    Column(
        "subject_id",
        BigInteger,
        nullable=False,
        comment="by kind: an invitation, a case, a message, a happening",
    ),
    Column("recipient", Text, nullable=False, comment="account:ID, team:NAME, chat:ID or webhook:ID; no personal data"),
    Column("channel", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    _instant("due_at", nullable=False),
    Column("state", Text, nullable=False, server_default=text("'due'")),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column(
        "requested_again",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="asked for once more while it was being sent",
    ),
    Column("message_id", BigInteger),
    _instant("created_at", nullable=False),
    _instant("settled_at"),
    Column("retry_at", DateTime(timezone=True), comment="machine time"),
    Column("claimed_at", DateTime(timezone=True), comment="machine time"),
    Column("detail", Text, comment="which of several about the same subject, such as an escalation's level"),
    Column("first_tried_at", DateTime(timezone=True), comment="machine time of the first try that may have arrived"),
    UniqueConstraint("dedupe_key"),
    CheckConstraint(
        _one_of(
            "kind",
            (
                "invitation",
                "reminder",
                "card",
                "outbreak",
                "relay",
                "escalation",
                "reply",
                "apology",
                "call_back",
                "solved",
                "notice",
                "weekly_report",
                "webhook",
            ),
        ),
        name="kind",
    ),
    CheckConstraint(_one_of("channel", ("telegram", "vk", "webhook")), name="channel"),
    CheckConstraint(_one_of("state", ("due", "sending", "sent", "unknown", "rejected", "dropped")), name="state"),
    CheckConstraint("(state = 'sending') = (claimed_at is not null)", name="claimed"),
    Index("ix_schedule_due", "channel", "due_at", postgresql_where=text("state = 'due'")),
    Index(
        "ix_schedule_due_before_questions",
        "channel",
        "due_at",
        postgresql_where=text("state = 'due' and kind not in ('invitation', 'reminder')"),
    ),
    Index(
        "ix_schedule_cards_due",
        "recipient",
        "due_at",
        postgresql_where=text("state = 'due' and kind = 'card' and message_id is null"),
    ),
    Index(
        "ix_schedule_webhooks", "recipient", "due_at", postgresql_where=text("channel = 'webhook' and state = 'due'")
    ),
    Index("ix_schedule_sending", "claimed_at", postgresql_where=text("state = 'sending'")),
    Index("ix_schedule_subject_id", "subject_id", "kind"),
    Index("ix_schedule_state_id", "state", "id"),
    Index("ix_schedule_changed_at", text("greatest(created_at, settled_at)")),
    comment="the one schedule: an intent, never text or personal data",
)

responses = Table(
    "responses",
    metadata,
    _identity(),
    Column("invitation_id", BigInteger, ForeignKey("invitations.id")),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id")),
    Column("external_id", Text, comment="of an imported answer"),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="null once forgotten"),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("order_id", Text),
    Column("touchpoint", Text, nullable=False),
    Column("survey", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("given_by", Text, nullable=False),
    _instant("answered_at", nullable=False),
    _instant("changed_at", nullable=False),
    Column("step", Text, nullable=False, server_default=text("'done'")),
    Column("reasons", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("comment", Text),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="as the event had them"),
    Column("catalogue_version_id", BigInteger, ForeignKey("catalogue_versions.id")),
    Column("language", Text),
    Column("question", Text, comment="as shown"),
    Column(
        "purpose", Text, nullable=False, server_default=text("'first'"), comment="recovery: asked again after a case"
    ),
    UniqueConstraint("invitation_id"),
    UniqueConstraint("external_id"),
    CheckConstraint(_one_of("metric", ("nps", "csat", "ces")), name="metric"),
    CheckConstraint(
        "(metric = 'nps' and score between 0 and 10) or (metric = 'csat' and score between 1 and 5)"
        " or (metric = 'ces' and score between 1 and 7)",
        name="score_on_scale",
    ),
    CheckConstraint(_one_of("purpose", ("first", "recovery")), name="purpose"),
    CheckConstraint(_one_of("given_by", ("tap", "keyboard", "typed", "import")), name="given_by"),
    CheckConstraint(_one_of("step", ("reasons", "comment", "done")), name="step"),
    Index("ix_responses_answered_at", "answered_at", postgresql_include=["touchpoint", "metric", "score"]),
    Index("ix_responses_event_id", "event_id"),
    Index("ix_responses_customer_id", "customer_id"),
    Index("ix_responses_account_id", "account_id", "answered_at"),
    Index("ix_responses_order_id", "order_id", postgresql_where=text("order_id is not null")),
)

response_scores = Table(
    "response_scores",
    metadata,
    _identity(),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    Column("score", SmallInteger, nullable=False),
    _instant("given_at", nullable=False),
    Index("ix_response_scores_response_id", "response_id"),
    comment="scores that were replaced by a later one",
)

cases = Table(
    "cases",
    metadata,
    _identity(),
    Column("response_id", BigInteger, ForeignKey("responses.id")),
    Column("event_id", BigInteger, ForeignKey("touchpoint_events.id")),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), comment="null once forgotten"),
    Column("customer_id", BigInteger, ForeignKey("customers.id"), comment="null once forgotten"),
    Column("touchpoint", Text),
    Column("team", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("state", Text, nullable=False),
    _instant("opened_at", nullable=False),
    _instant("first_response_due"),
    _instant("resolve_due"),
    _instant("claimed_at"),
    Column("claimed_by", BigInteger, comment="the messenger's id of the staff member"),
    Column("claimed_by_name", Text),
    _instant("resolved_at"),
    _instant("changed_at", nullable=False),
    Column("card_chat_id", BigInteger),
    Column("card_message_id", BigInteger),
    Column("severity", Text, nullable=False, server_default=text("'normal'")),
    Column(
        "round", SmallInteger, nullable=False, server_default=text("1"), comment="one more each time it is reopened"
    ),
    Column("location", Text, comment="of the event, as it was when the case opened"),
    Column("employee", Text, comment="of the event: who may not work this case"),
    Column("outbreak_id", BigInteger, ForeignKey("outbreaks.id"), comment="the alert it is told of in"),
    _instant("card_at", comment="when its card is posted: at once, or when the team works again"),
    _instant("first_response_at", comment="when somebody reacted for the first time"),
    Column("first_response_took", Interval, comment="working time from the opening until somebody reacted"),
    Column("resolve_took", Interval, comment="working time from the opening until it was put right"),
    _instant("solved_asked_at", comment="when the customer was asked whether it is solved, in this round"),
    Column("solved", Boolean, comment="the customer's word; null: none (yet)"),
    Column(
        "folded",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="has no card of its own (yet): its outbreak's tells of it",
    ),
    CheckConstraint(
        _one_of("state", ("open", "claimed", "waiting", "resolved", "confirmed", "dismissed")), name="state"
    ),
    CheckConstraint(_one_of("cause", ("score", "complaint", "message", "incident", "staff")), name="cause"),
    CheckConstraint(_one_of("severity", ("normal", "urgent")), name="severity"),
    CheckConstraint("not folded or outbreak_id is not null", name="folded_into_something"),
    CheckConstraint("(state <> 'confirmed') or coalesce(solved, false)", name="confirmed_by_the_customer"),
    CheckConstraint("state <> 'claimed' or claimed_by is not null", name="claimed_by_somebody"),
    CheckConstraint("state not in ('resolved', 'confirmed') or resolved_at is not null", name="resolved_has_time"),
    Index(
        "uq_cases_one_open_per_response",
        "response_id",
        unique=True,
        postgresql_where=text("state in ('open', 'claimed', 'waiting')"),
    ),
    Index("ix_cases_response_id", "response_id"),
    Index("ix_cases_event_id", "event_id"),
    Index("ix_cases_account_id", "account_id"),
    Index("ix_cases_customer_id", "customer_id"),
    Index("ix_cases_unsettled", "state", "opened_at", postgresql_where=text("state in ('open', 'claimed', 'waiting')")),
    Index(
        "uq_cases_one_open_per_event",
        "event_id",
        unique=True,
        postgresql_where=text("state in ('open', 'claimed', 'waiting') and event_id is not null"),
    ),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_place", "touchpoint", "location", "opened_at", postgresql_where=text("location is not null")),
    Index("ix_cases_outbreak_id", "outbreak_id", postgresql_where=text("outbreak_id is not null")),
    Index(
        "ix_cases_claimed_by",
        "claimed_by",
        "opened_at",
        postgresql_where=text("claimed_by is not null"),
    ),
    Index("ix_cases_first_response_due", "first_response_due"),
    Index("ix_cases_first_response_at", "first_response_at", postgresql_include=["first_response_took", "touchpoint"]),
    Index("ix_cases_resolved_at", "resolved_at", postgresql_include=["resolve_took", "touchpoint"]),
    Index("ix_cases_resolve_due", "resolve_due"),
)

case_moves = Table(
    "case_moves",
    metadata,
    _identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    _instant("moved_at", nullable=False),
    Column("actor_id", BigInteger, comment="the messenger's id of staff; null for everybody else"),
    Column("actor_name", Text),
    Column("note", Text),
    Column("move", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("close_reason", Text, comment="of a resolve: a key of the catalogue"),
    Column("given", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]"), comment="of a resolve"),
    CheckConstraint(
        _one_of(
            "move",
            (
                "open",
                "claim",
                "hand_over",
                "release",
                "refer",
                "await_customer",
                "customer_replied",
                "resolve",
                "confirm",
                "reopen",
                "dismiss",
            ),
        ),
        name="move",
    ),
    CheckConstraint(_one_of("actor", ("product", "staff", "customer", "shop")), name="actor"),
    CheckConstraint("(move = 'open') = (from_state is null)", name="opened_from_nothing"),
    CheckConstraint("given <@ array['apology', 'refund', 'repeat', 'code']::text[]", name="given"),
    Index("ix_case_moves_case_id", "case_id"),
    Index("ix_case_moves_moved_at", "moved_at", "to_state"),
)

outbreaks = Table(
    "outbreaks",
    metadata,
    _identity(),
    Column("cause", Text, nullable=False),
    Column("chat", Text, nullable=False, comment="the catalogue's name of the team's chat"),
    Column("touchpoint", Text),
    Column("location", Text),
    _instant("opened_at", nullable=False),
    _instant("closed_at"),
    Column("card_chat_id", BigInteger),
    Column("card_message_id", BigInteger),
    CheckConstraint(_one_of("cause", ("place", "burst")), name="cause"),
    CheckConstraint("(cause = 'place') = (touchpoint is not null and location is not null)", name="place"),
    Index(
        "uq_outbreaks_open_of_place",
        "touchpoint",
        "location",
        unique=True,
        postgresql_where=text("closed_at is null and cause = 'place'"),
    ),
    Index(
        "uq_outbreaks_open_burst",
        "chat",
        unique=True,
        postgresql_where=text("closed_at is null and cause = 'burst'"),
    ),
    comment="many complaints told of in one message: of one place, or more at once than a chat takes",
)

case_posts = Table(
    "case_posts",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE")),
    Column("message_ref", BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), comment="the relayed message"),
    Column("kind", Text, nullable=False),
    _instant("posted_at", nullable=False),
    CheckConstraint("num_nonnulls(case_id, message_ref) > 0", name="about_something"),
    Index("ix_case_posts_case_id", "case_id"),
    Index("ix_case_posts_message_ref", "message_ref"),
    comment="what the bot showed staff: a reply to any of these is about that case, or to the one who wrote",
)

staff_messages = Table(
    "staff_messages",
    metadata,
    _identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), comment="whom it is for"),
    Column("origin", Text, nullable=False),
    Column("chat_id", BigInteger, comment="where staff wrote it; null: a template, a code, the API"),
    Column("message_id", BigInteger),
    Column("author_id", BigInteger),
    Column("author_name", Text),
    Column("kind", Text, nullable=False),
    Column("text", Text),
    Column("file_id", Text),
    Column("code_id", BigInteger, ForeignKey("promo_codes.id", ondelete="SET NULL")),
    _instant("written_at", nullable=False),
    _instant("edited_at"),
    Column("delivered_message_id", BigInteger, comment="the messenger's id in the customer's chat"),
    Column("undelivered", Text, comment="why it will never arrive"),
    UniqueConstraint("chat_id", "message_id"),
    CheckConstraint(_one_of("origin", ("reply", "template", "code", "apology", "api")), name="origin"),
    CheckConstraint(_one_of("kind", ("text", "voice", "photo", "document")), name="kind"),
    CheckConstraint("num_nonnulls(chat_id, message_id) <> 1", name="written_somewhere"),
    Index("ix_staff_messages_case_id", "case_id"),
    Index("ix_staff_messages_account_id", "account_id", "delivered_message_id"),
    comment="what staff told customers",
)

case_forms = Table(
    "case_forms",
    metadata,
    _identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, comment="the form's own message; a reply to it is the note"),
    Column("close_reason", Text),
    Column("given", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    Column("pool", Text),
    Column("note", Text),
    _instant("begun_at", nullable=False),
    UniqueConstraint("case_id", "kind", "actor_id"),
    CheckConstraint(_one_of("kind", ("resolve", "dismiss")), name="kind"),
    Index("ix_case_forms_message", "chat_id", "message_id"),
    comment="what a member of staff is about to say of a case",
)

call_requests = Table(
    "call_requests",
    metadata,
    _identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", BigInteger, comment="of staff; null: the customer wished it"),
    _instant("asked_at", nullable=False),
    _instant("window_start"),
    _instant("window_end"),
    _instant("ended_at"),
    CheckConstraint(_one_of("state", ("offered", "chosen", "called", "declined", "withdrawn")), name="state"),
    CheckConstraint("state not in ('chosen', 'called') or window_start < window_end", name="chosen_has_window"),
    Index(
        "uq_call_requests_one_open",
        "case_id",
        unique=True,
        postgresql_where=text("state in ('offered', 'chosen')"),
    ),
    comment="when a customer wishes to be called",
)

promo_codes = Table(
    "promo_codes",
    metadata,
    _identity(),
    Column("pool", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'free'")),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="SET NULL")),
    Column("person_id", BigInteger, ForeignKey("persons.id")),
    Column("given_by", BigInteger),
    _instant("given_at"),
    _instant("imported_at", nullable=False),
    UniqueConstraint("pool", "code"),
    CheckConstraint(_one_of("state", ("free", "given", "withdrawn")), name="state"),
    CheckConstraint("(state = 'given') = (given_at is not null)", name="given_has_time"),
    Index("ix_promo_codes_free", "pool", "id", postgresql_where=text("state = 'free'")),
    Index("ix_promo_codes_given", "pool", "given_at", postgresql_where=text("state = 'given'")),
    Index("ix_promo_codes_person_id", "person_id", "pool", postgresql_where=text("person_id is not null")),
    comment="each is given once",
)

consents = Table(
    "consents",
    metadata,
    _identity(),
    Column("person_id", BigInteger, ForeignKey("persons.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    _instant("at", nullable=False),
    CheckConstraint(_one_of("kind", ("offers",)), name="kind"),
    CheckConstraint(_one_of("source", ("shop", "customer")), name="source"),
    Index("ix_consents_person_id", "person_id"),
    comment="each time somebody agreed or refused",
)

messages = Table(
    "messages",
    metadata,
    _identity(),
    Column("channel", Text, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("kind", Text, nullable=False),
    Column("text", Text),
    Column("file_id", Text),
    _instant("received_at", nullable=False),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="SET NULL"), comment="a comment on it"),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="SET NULL")),
    Column("reply_to", BigInteger, comment="the messenger's id of the message it answers"),
    _instant("edited_at"),
    UniqueConstraint("channel", "chat_id", "message_id"),
    CheckConstraint(_one_of("channel", ("telegram", "vk")), name="channel"),
    CheckConstraint(_one_of("kind", ("text", "voice", "photo", "document", "other")), name="kind"),
    Index("ix_messages_response_id", "response_id"),
    Index("ix_messages_case_id", "case_id"),
    Index("ix_messages_account_id", "account_id", "received_at"),
    comment="what customers wrote; nothing received is lost",
)

updates_set_aside = Table(
    "updates_set_aside",
    metadata,
    _identity(),
    Column("channel", Text, nullable=False),
    Column("update_id", BigInteger),
    Column("error", Text, nullable=False),
    Column("content", Text, nullable=False),
    _instant("received_at", nullable=False),
    comment="updates that could not be decoded or handled; they stop nothing",
)

handled_events = Table(
    "handled_events",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event_id", Text, primary_key=True, comment="the messenger's own id of the event"),
    Column("handled_at", DateTime(timezone=True), nullable=False, comment="machine time"),
    CheckConstraint(_one_of("channel", ("vk",)), name="channel"),
    Index("ix_handled_events_handled_at", "handled_at"),
    comment="events a messenger may bring twice; kept for two days",
)

team_chats = Table(
    "team_chats",
    metadata,
    Column("chat", Text, primary_key=True, comment="the catalogue's name of the chat; staff is the default one"),
    Column("chat_id", BigInteger, nullable=False),
    Column("title", Text),
    _instant("set_at", nullable=False),
    _instant("failing_since"),
    Column("failure", Text),
    Column("set_by_setting", BigInteger, comment="OTKLIK_STAFF_CHAT as taken over; null when /here set the chat"),
    Column("thread_id", BigInteger, comment="the topic of a forum; null: the chat itself"),
    comment="where each team works; written by /here or from OTKLIK_STAFF_CHAT",
)

members = Table(
    "members",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True),
    Column("role", Text, nullable=False),
    Column("name", Text),
    _instant("since", nullable=False),
    Column("added_by", BigInteger),
    CheckConstraint(_one_of("role", ("manager", "owner")), name="role"),
    comment="managers and owners beside OTKLIK_OWNERS; staff are the members of a team's chat",
)

member_invites = Table(
    "member_invites",
    metadata,
    Column("key", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    _instant("created_at", nullable=False),
    _instant("expires_at", nullable=False),
    Column("used_by", BigInteger),
    _instant("used_at"),
    CheckConstraint(_one_of("role", ("manager", "owner")), name="role"),
    comment="one-time links that make somebody a manager",
)

api_keys = Table(
    "api_keys",
    metadata,
    _identity(),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of the key"),
    _instant("created_at", nullable=False),
    _instant("revoked_at"),
    UniqueConstraint("digest"),
    Index("uq_api_keys_name_in_force", "name", unique=True, postgresql_where=text("revoked_at is null")),
)

switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    _instant("since", nullable=False),
    Column("set_by", Text),
    CheckConstraint(_one_of("name", ("invitations_paused",)), name="name"),
    comment="a switch that is on has a row",
)

rounds = Table(
    "rounds",
    metadata,
    Column("name", Text, primary_key=True),
    _instant("begun_at", nullable=False),
    comment="when the loop last began a regular round; business time",
)

daily_asks = Table(
    "daily_asks",
    metadata,
    Column("day", Date, primary_key=True, comment="in the business's zone"),
    Column("asked", Integer, nullable=False),
    comment="invitations claimed for sending, for max_per_day",
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, comment="machine time"),
    comment="who polls a channel; machine time",
)

channels = Table(
    "channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("username", Text, comment="of the bot, for links"),
    Column("unknown_in_a_row", Integer, nullable=False, server_default=text("0")),
    Column("paused_until", DateTime(timezone=True), comment="machine time"),
    Column("poll_offset", BigInteger),
    Column("last_update_at", DateTime(timezone=True), comment="machine time"),
    CheckConstraint(_one_of("channel", ("telegram", "vk", "webhook")), name="channel"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, comment="0: the whole channel"),
    Column("next_at", Double, nullable=False, comment="machine time in seconds since the epoch of the next free slot"),
    prefixes=["UNLOGGED"],
    comment="the pace of sending; losing it in a crash costs one second",
)

HAPPENING_TYPES = ("case.opened", "case.moved", "response.received", "response.changed")

webhooks = Table(
    "webhooks",
    metadata,
    _identity(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="whsec_ and base64; it signs, so it cannot be hashed"),
    Column("previous_secret", Text, comment="signs too until previous_until"),
    _instant("previous_until"),
    Column("events", ARRAY(Text), nullable=False, comment="the types it is told of"),
    Column("with_comment", Boolean, nullable=False, server_default=text("false")),
    _instant("created_at", nullable=False),
    _instant("disabled_at"),
    Column("disabled_reason", Text),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    _instant("failing_since"),
    Column("failure", Text),
    Column("held_until", DateTime(timezone=True), comment="machine time"),
    UniqueConstraint("name"),
    CheckConstraint(f"events <@ array[{', '.join(repr(one) for one in HAPPENING_TYPES)}]::text[]", name="events"),
    CheckConstraint("cardinality(events) > 0", name="some_events"),
    CheckConstraint("(previous_secret is null) = (previous_until is null)", name="previous_has_end"),
    CheckConstraint("(failures > 0) = (failing_since is not null)", name="failing_since"),
    comment="the shop's own systems that are told what happened",
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    _identity(),
    Column(
        "key", UUID, nullable=False, server_default=text("gen_random_uuid()"), comment="webhook-id is msg_ and this"
    ),
    Column("type", Text, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE")),
    Column("from_state", Text),
    Column("to_state", Text),
    Column("response_id", BigInteger, ForeignKey("responses.id", ondelete="CASCADE")),
    _instant("happened_at", nullable=False),
    UniqueConstraint("key"),
    CheckConstraint(_one_of("type", HAPPENING_TYPES), name="type"),
    CheckConstraint("num_nonnulls(case_id, response_id) = 1", name="one_subject"),
    CheckConstraint("(type = 'case.moved') = (to_state is not null)", name="moved_has_state"),
    Index("ix_webhook_messages_case_id", "case_id", postgresql_where=text("case_id is not null")),
    Index("ix_webhook_messages_response_id", "response_id", postgresql_where=text("response_id is not null")),
    Index("ix_webhook_messages_happened_at", "happened_at"),
    Index(
        "uq_webhook_messages_received_once",
        "response_id",
        unique=True,
        postgresql_where=text("type = 'response.received'"),
    ),
    comment="what happened, for webhooks; no personal data: it is read when it is sent",
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    _identity(),
    Column("webhook_id", BigInteger, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", BigInteger, ForeignKey("webhook_messages.id", ondelete="CASCADE"), nullable=False),
    _instant("at", nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Integer, comment="what the target answered; null when it did not"),
    Column("error", Text),
    Column("seconds", Double),
    Index("ix_webhook_attempts_webhook_id", "webhook_id", "id"),
    Index("ix_webhook_attempts_message_id", "message_id"),
    Index("ix_webhook_attempts_at", "at"),
    comment="the delivery log",
)
