"""What a webhook is told, as JSON: ids and figures to act upon, never a phone or a name."""

from __future__ import annotations

from datetime import datetime

from pydantic_core import to_json

from surveys.rules.quoting import conceal
from surveys.telling import MessageFacts, TellWebhook

Json = dict[str, object]


def write_payload(work: TellWebhook) -> bytes:
    """The body: the type, when it happened, and what it is about as it stands now."""
    facts = work.facts
    data: Json = {}
    if facts.case_id is not None:
        data["case"] = _case(facts)
    if facts.to_state is not None:
        data["move"] = {"from": facts.from_state, "to": facts.to_state}
    data["response"] = None if facts.response_id is None else _response(facts, with_comment=work.with_comment)
    data["touchpoint"] = facts.touchpoint
    data["event_id"] = facts.event_id
    data["order_id"] = facts.order_id
    data["customer"] = None if facts.customer_id is None else {"id": facts.customer_id}
    return _body(facts.type, facts.happened_at, data)


def write_test_payload(name: str, at: datetime) -> bytes:
    """The body of a test: nothing happened."""
    return _body("webhook.test", at, {"webhook": name})


def _body(type_: str, at: datetime, data: Json) -> bytes:
    return to_json({"type": type_, "timestamp": at, "data": data})


def _case(facts: MessageFacts) -> Json:
    return {
        "id": facts.case_id,
        "state": facts.case_state,
        "cause": facts.cause,
        "team": facts.team,
        "opened_at": facts.opened_at,
        "first_response_due": facts.first_response_due,
        "resolve_due": facts.resolve_due,
        "resolved_at": facts.resolved_at,
    }


def _response(facts: MessageFacts, *, with_comment: bool) -> Json:
    response: Json = {
        "id": facts.response_id,
        "survey": facts.survey,
        "metric": facts.metric,
        "score": facts.score,
        "reasons": facts.reasons,
        "answered_at": facts.answered_at,
    }
    if with_comment:
        response["comment"] = None if facts.comment is None else conceal(facts.comment)
    return response
