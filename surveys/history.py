"""Past answers from another tool, so that the history starts full: nobody is written to and no case opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from db import history
from db.database import Database, Transaction
from db.history import NewAnswer, OrderEvent, OrderQuestion, StoredAnswer
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue, Survey
from surveys.rules.metrics import OffScaleError, sentiment

BATCH = 1000
LONGEST_NAME = 200
"""Characters of an id, a key or an order number."""

LONGEST_COMMENT = 10_000


class AnswerStatus(StrEnum):
    """What became of an answer handed in."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer given elsewhere; `id` is the other tool's and makes importing it again harmless."""

    id: str
    touchpoint: str
    answered_at: datetime
    score: int
    comment: str | None = None
    reasons: tuple[str, ...] = ()
    order_id: str | None = None
    customer_id: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What became of one answer; `error` names the field and what would be right."""

    id: str
    status: AnswerStatus
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Accepted:
    answer: PastAnswer
    survey_name: str
    survey: Survey


async def import_answers(
    database: Database, catalogues: Catalogues, answers: Sequence[PastAnswer], *, now: datetime
) -> list[AnswerResult]:
    """Store past answers, one result each in their order; a bad one never rejects the others.

    A repeated id changes nothing: the first content stands. An answer with an order takes the customer and the
    attributes it lacks from that order's event of the touchpoint. Raises NoCatalogueError.
    """
    published = catalogues.in_force
    async with database.transaction() as transaction:
        results: list[AnswerResult] = []
        for start in range(0, len(answers), BATCH):
            batch = answers[start : start + BATCH]
            results += await _import_batch(transaction, published.catalogue, published.version_id, batch, now)
    return results


async def _import_batch(
    transaction: Transaction, catalogue: Catalogue, version_id: int, answers: Sequence[PastAnswer], now: datetime
) -> list[AnswerResult]:
    checked = [_check(catalogue, answer, now) for answer in answers]
    good = [answer for answer in checked if isinstance(answer, _Accepted)]
    stored = await history.find(transaction, [accepted.answer.id for accepted in good])
    first: dict[str, _Accepted] = {}
    for accepted in good:
        if accepted.answer.id not in stored:
            first.setdefault(accepted.answer.id, accepted)
    lost = await _store(transaction, list(first.values()), version_id, now)
    stored |= await history.find(transaction, lost)
    results: list[AnswerResult] = []
    for answer in checked:
        if isinstance(answer, AnswerResult):
            results.append(answer)
        elif answer.answer.id in stored:
            results.append(_duplicate(answer.answer, _differences(answer.answer, stored[answer.answer.id])))
        elif first[answer.answer.id] is not answer:
            results.append(_duplicate(answer.answer, _changes(answer.answer, first[answer.answer.id].answer)))
        else:
            results.append(AnswerResult(answer.answer.id, AnswerStatus.ACCEPTED))
    return results


async def _store(transaction: Transaction, accepted: Sequence[_Accepted], version_id: int, now: datetime) -> list[str]:
    """Store the answers; the ids somebody else stored in the meantime."""
    events = await _events_of(transaction, [one.answer for one in accepted])
    named = [one.answer.customer_id for one in accepted if one.answer.customer_id is not None]
    customers = await history.ensure_customers(transaction, named, now=now)
    rows = [_row(one, events.get(one.answer.id), customers) for one in accepted]
    inserted = await history.insert(transaction, rows, version_id=version_id)
    return [row.external_id for row in rows if row.external_id not in inserted]


async def _events_of(transaction: Transaction, answers: Sequence[PastAnswer]) -> dict[str, OrderEvent]:
    asking = [
        (answer.id, OrderQuestion(answer.order_id, answer.touchpoint, answer.answered_at, answer.customer_id))
        for answer in answers
        if answer.order_id is not None
    ]
    found = await history.order_events(transaction, [question for _, question in asking])
    return {answer_id: event for (answer_id, _), event in zip(asking, found, strict=True) if event is not None}


def _row(accepted: _Accepted, event: OrderEvent | None, customers: Mapping[str, int]) -> NewAnswer:
    answer = accepted.answer
    customer_id = None if event is None else event.customer_id
    if answer.customer_id is not None:
        customer_id = customers[answer.customer_id]
    return NewAnswer(
        external_id=answer.id,
        event_id=None if event is None else event.id,
        customer_id=customer_id,
        order_id=answer.order_id,
        touchpoint=answer.touchpoint,
        survey=accepted.survey_name,
        metric=accepted.survey.metric.value,
        score=answer.score,
        answered_at=answer.answered_at,
        reasons=_reasons(answer),
        comment=_comment(answer),
        attributes={**(event.attributes if event is not None else {}), **answer.attributes},
    )


def _check(catalogue: Catalogue, answer: PastAnswer, now: datetime) -> _Accepted | AnswerResult:
    touchpoint = catalogue.touchpoints.get(answer.touchpoint)
    if touchpoint is None:
        known = ", ".join(catalogue.touchpoints)
        return _rejected(answer, f"touchpoint: there is no {answer.touchpoint!r} in the catalogue; there are {known}")
    if touchpoint.survey is None:
        return _rejected(answer, f"touchpoint: {answer.touchpoint} has no survey in the catalogue, so no scale")
    survey = catalogue.surveys[touchpoint.survey]
    try:
        sentiment(survey.metric, answer.score)
    except OffScaleError as error:
        return _rejected(answer, f"score: {error}")
    fault = next(_faults(answer, now), None)
    return _Accepted(answer, touchpoint.survey, survey) if fault is None else _rejected(answer, fault)


def _faults(answer: PastAnswer, now: datetime) -> Iterator[str]:
    names = {"id": answer.id, "order_id": answer.order_id, "customer.id": answer.customer_id}
    for name, value in names.items():
        if value is not None and not 0 < len(value.strip()) <= LONGEST_NAME:
            yield f"{name}: 1 to {LONGEST_NAME} characters, got {len(value.strip())}"
    if answer.answered_at.utcoffset() is None:
        yield "answered_at: the time zone is missing; write it like 2026-11-20T14:05:00+03:00"
    elif answer.answered_at > now:
        yield f"answered_at: {answer.answered_at.isoformat()} lies in the future"
    if len(answer.comment or "") > LONGEST_COMMENT:
        yield f"comment: at most {LONGEST_COMMENT} characters, got {len(answer.comment or '')}"
    for reason in answer.reasons:
        if len(reason) > LONGEST_NAME:
            yield f"reasons: at most {LONGEST_NAME} characters each, got {len(reason)}"
    texts = (*names.values(), answer.comment, *answer.reasons)
    if any("\0" in text for text in texts if text is not None) or _has_nul(answer.attributes):
        yield "a text contains the character NUL, which cannot be stored"


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(_has_nul(part) for part in value)


def _comment(answer: PastAnswer) -> str | None:
    return (answer.comment or "").strip() or None


def _reasons(answer: PastAnswer) -> tuple[str, ...]:
    """Each reason once; those of the other tool are kept although the catalogue does not offer them."""
    return tuple(dict.fromkeys(reason.strip() for reason in answer.reasons if reason.strip()))


def _differences(answer: PastAnswer, stored: StoredAnswer) -> list[str]:
    """What contradicts the stored answer; what it took from its order's event contradicts nothing."""
    pairs = {
        "touchpoint": (answer.touchpoint, stored.touchpoint),
        "answered_at": (answer.answered_at, stored.answered_at),
        "score": (answer.score, stored.score),
        "comment": (_comment(answer), stored.comment),
        "reasons": (_reasons(answer), stored.reasons),
        "order_id": (answer.order_id, stored.order_id),
        "customer.id": (answer.customer_id, stored.customer if answer.customer_id is not None else None),
    }
    differing = [name for name, (given, kept) in pairs.items() if given != kept]
    missing = object()
    differing += [
        f"attributes.{name}"
        for name, value in answer.attributes.items()
        if stored.attributes.get(name, missing) != value
    ]
    return differing


def _changes(answer: PastAnswer, earlier: PastAnswer) -> list[str]:
    """What contradicts the same answer earlier in the same batch."""
    kept = StoredAnswer(
        external_id=earlier.id,
        touchpoint=earlier.touchpoint,
        answered_at=earlier.answered_at,
        score=earlier.score,
        comment=_comment(earlier),
        reasons=_reasons(earlier),
        order_id=earlier.order_id,
        customer=earlier.customer_id,
        attributes=earlier.attributes,
    )
    return _differences(answer, kept)


def _duplicate(answer: PastAnswer, differing: Sequence[str]) -> AnswerResult:
    error = f"kept as first given; different now: {', '.join(differing)}" if differing else None
    return AnswerResult(answer.id, AnswerStatus.DUPLICATE, error)


def _rejected(answer: PastAnswer, error: str) -> AnswerResult:
    return AnswerResult(answer.id, AnswerStatus.REJECTED, error)
