"""A small random world of cases, answers and purchases, written into the tables and counted independently of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import TypeVar

from db.database import Database, Transaction

DAY = timedelta(days=1)
TEAMS = ("logistics", "kitchen")
TOUCHPOINTS = ("delivery", "visit")
REASONS = ("refund", "repeat", None)
PEOPLE = (1001, 1002, 1003, None)


Thing = TypeVar("Thing")


@dataclass
class Luck:
    """Draws that are the same for the same seed, on every machine."""

    seed: int
    drawn: int = 0

    def random(self) -> float:
        self.drawn += 1
        digest = sha256(f"{self.seed}:{self.drawn}".encode()).digest()
        return int.from_bytes(digest[:6]) / 2**48

    def randrange(self, stop: int) -> int:
        return int(self.random() * stop)

    def choice(self, things: Sequence[Thing]) -> Thing:
        return things[self.randrange(len(things))]


@dataclass
class Answer:
    person: int
    at: datetime
    score: int
    event: int | None
    purpose: str = "first"
    touchpoint: str = "delivery"


@dataclass
class WorldCase:
    id: int
    person: int
    opened_at: datetime
    touchpoint: str
    team: str
    owner: int | None
    state: str
    solved: bool | None
    score: int
    event: int
    again: int | None
    resolved_at: datetime | None
    first_at: datetime | None
    first_due: datetime
    resolve_due: datetime
    reason: str | None
    changed_at: datetime
    moves: list[tuple[str, str | None, str, datetime]] = field(default_factory=list)

    @property
    def is_recovered(self) -> bool:
        return self.solved is True and not (self.again is not None and self.again <= 2)


@dataclass
class Purchase:
    person: int
    at: datetime
    amount: int
    event: int
    order: str


@dataclass
class World:
    """Everything there is; `now` is the present."""

    now: datetime
    people: int
    known: set[int]
    cases: list[WorldCase]
    answers: list[Answer]
    events: list[Purchase]


def make_world(seed: int, now: datetime) -> World:
    """Forty people over 300 days; some have no record at the shop, some complain, some come back."""
    luck = Luck(seed)
    people = 40
    known = {one for one in range(people) if luck.random() < 0.9}
    world = World(now, people, known, [], [], [])

    def event(person: int, at: datetime, amount: int) -> int:
        number = len(world.events) + 1
        world.events.append(Purchase(person, at, amount, number, f"o-{person}-{luck.randrange(4)}"))
        return number

    for person in range(people):
        for _ in range(luck.randrange(6)):
            at = now - timedelta(seconds=luck.randrange(300 * 86_400))
            about = event(person, at, luck.choice((0, 100)))
            score = luck.choice((1, 2, 3, 4, 5, 5, 5))
            touchpoint = luck.choice(TOUCHPOINTS)
            if person not in known or luck.random() < 0.3:
                continue
            world.answers.append(Answer(person, at + timedelta(hours=2), score, about, touchpoint=touchpoint))
            if score <= 2 and luck.random() < 0.9:
                _complain(world, luck, person, at + timedelta(hours=2), score, about, touchpoint)
    return world


def _complain(world: World, luck: Luck, person: int, at: datetime, score: int, event: int, touchpoint: str) -> None:
    owner, team = luck.choice(PEOPLE), luck.choice(TEAMS)
    end = luck.choice(("open", "claimed", "resolved", "resolved", "confirmed", "confirmed", "confirmed", "dismissed"))
    if end == "claimed" and owner is None:
        owner = PEOPLE[0]
    case = WorldCase(
        id=len(world.cases) + 1,
        person=person,
        opened_at=at,
        touchpoint=touchpoint,
        team=team,
        owner=None if end == "open" else owner,
        state=end,
        solved=True if end == "confirmed" else None,
        score=score,
        event=event,
        again=None,
        resolved_at=None,
        first_at=None,
        first_due=at + timedelta(minutes=30),
        resolve_due=at + DAY,
        reason=None,
        changed_at=at,
    )
    case.moves.append(("open", None, "open", at))

    def move(name: str, after: str) -> None:
        when = case.moves[-1][3] + timedelta(seconds=luck.randrange(2 * 86_400))
        case.moves.append((name, case.moves[-1][2], after, when))
        case.changed_at = when

    if end != "open":
        move("claim", "claimed")
        case.first_at = case.changed_at
    if end in ("resolved", "confirmed"):
        move("resolve", "resolved")
        case.reason = luck.choice(REASONS)
        if luck.random() < 0.2:
            move("reopen", "claimed")
            move("resolve", "resolved")
            case.reason = luck.choice(REASONS)
        case.resolved_at = case.changed_at
    if end == "confirmed":
        move("confirm", "confirmed")
        if luck.random() < 0.6:
            case.again = luck.choice((1, 2, 3, 4, 5))
            again = Answer(person, case.changed_at + 3 * DAY, case.again, event, "recovery", touchpoint)
            world.answers.append(again)
    if end == "dismissed":
        move("dismiss", "dismissed")
    world.cases.append(case)


async def store(database: Database, world: World) -> None:
    """Write the world into empty tables."""
    async with database.transaction() as transaction:
        for person in range(world.people):
            await transaction.run(
                "insert into persons (id, created_at) overriding system value values ($1, $2)", person + 1, world.now
            )
            if person in world.known:
                await transaction.run(
                    "insert into customers (id, external_id, person_id, created_at) overriding system value"
                    " values ($1, $2, $1, $3)",
                    person + 1,
                    f"c-{person}",
                    world.now,
                )
        for one in world.events:
            await transaction.run(
                "insert into touchpoint_events (id, external_id, touchpoint, occurred_at, received_at, customer_id,"
                " order_id, amount) overriding system value values ($1, $2, 'delivery', $3, $3, $4, $5, $6)",
                one.event,
                f"e-{one.event}",
                one.at,
                one.person + 1 if one.person in world.known else None,
                one.order,
                one.amount,
            )
        for answer in world.answers:
            await _store_answer(transaction, world, answer)
        for case in world.cases:
            await _store_case(transaction, case)


async def _store_answer(transaction: Transaction, world: World, answer: Answer) -> None:
    order = next((one.order for one in world.events if one.event == answer.event), None)
    await transaction.run(
        "insert into responses (event_id, customer_id, order_id, touchpoint, survey, metric, score, given_by,"
        " answered_at, changed_at, purpose) values ($1, $2, $3, $4, 'x', 'csat', $5, 'tap', $6, $6, $7)",
        answer.event,
        answer.person + 1,
        order,
        answer.touchpoint,
        answer.score,
        answer.at,
        answer.purpose,
    )


async def _store_case(transaction: Transaction, case: WorldCase) -> None:
    await transaction.run(
        """
        insert into cases (id, response_id, event_id, customer_id, touchpoint, team, cause, state, opened_at,
                           first_response_due, resolve_due, claimed_at, claimed_by, claimed_by_name, resolved_at,
                           changed_at, first_response_at, first_response_took, resolve_took, solved)
        overriding system value
        select $1, (select id from responses where event_id = $2 and purpose = 'first'), $2, $3, $4, $5, 'score', $6,
               $7, $8, $9, $10, $11, $12, $13, $14, $10, $10::timestamptz - $7, $13::timestamptz - $7, $15
        """,
        case.id,
        case.event,
        case.person + 1,
        case.touchpoint,
        case.team,
        case.state,
        case.opened_at,
        case.first_due,
        case.resolve_due,
        case.first_at,
        case.owner,
        None if case.owner is None else f"Staff {case.owner}",
        case.resolved_at,
        case.changed_at,
        case.solved,
    )
    resolves = [at for name, _, _, at in case.moves if name == "resolve"]
    for name, before, after, at in case.moves:
        await transaction.run(
            "insert into case_moves (case_id, move, actor, from_state, to_state, moved_at, close_reason)"
            " values ($1, $2, 'staff', $3, $4, $5, $6)",
            case.id,
            name,
            before,
            after,
            at,
            case.reason if resolves and at == resolves[-1] else "wrong" if name == "resolve" else None,
        )


@dataclass
class Expected:
    """What the figures of some cases must be."""

    cases: int
    opened: int
    claimed: int
    resolved: int
    confirmed: int
    reopened: int
    dismissed: int
    overdue: int
    settled: int
    recovered: int
    resolved_without_answer: int
    median_first_response: timedelta | None
    median_resolve: timedelta | None


def count(cases: list[WorldCase], start: datetime, end: datetime, now: datetime) -> Expected:
    """The figures of these cases in [start, end), one case and move after the other."""
    moves = [(case, name) for case in cases for name, _, _, at in case.moves if start <= at < end]
    names = [name for _, name in moves]
    late = [
        case
        for case in cases
        if (start <= case.first_due < min(end, now) and (case.first_at is None or case.first_at > case.first_due))
        or (
            start <= case.resolve_due < min(end, now)
            and (case.resolved_at is None or case.resolved_at > case.resolve_due)
            and not (case.state == "dismissed" and case.changed_at <= case.resolve_due)
        )
    ]
    settled = [case for case in cases if case.resolved_at is not None and start <= case.resolved_at < end]
    reacted = [case for case in cases if case.first_at is not None and start <= case.first_at < end]
    return Expected(
        cases=len({case.id for case, _ in moves}),
        opened=names.count("open"),
        claimed=names.count("claim"),
        resolved=names.count("resolve"),
        confirmed=names.count("confirm"),
        reopened=names.count("reopen"),
        dismissed=names.count("dismiss"),
        overdue=len(late),
        settled=len(settled),
        recovered=sum(case.is_recovered for case in settled),
        resolved_without_answer=sum(case.state == "resolved" and case.solved is None for case in settled),
        median_first_response=_median([case.first_at - case.opened_at for case in reacted if case.first_at]),
        median_resolve=_median([case.resolved_at - case.opened_at for case in settled if case.resolved_at]),
    )


def _median(durations: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in durations)) if durations else None


def buyers(world: World, since: datetime, until: datetime, horizon: timedelta) -> dict[str, tuple[int, int]]:
    """By group, how many bought again and of how many, person after person."""
    groups = {"recovered": [0, 0], "not_recovered": [0, 0], "never_unhappy": [0, 0]}
    for person in sorted(world.known):
        mine = sorted((c for c in world.cases if c.person == person and c.state != "dismissed"), key=_opened)
        first = next((case for case in mine if since <= case.opened_at < until), None)
        given = sorted((a for a in world.answers if a.person == person and a.purpose == "first"), key=_at)
        index = next((answer for answer in given if since <= answer.at < until), None)
        if first is not None:
            group, began, event = "recovered" if first.is_recovered else "not_recovered", first.opened_at, first.event
        elif index is not None and index.event is not None:
            all_given = [a for a in world.answers if a.person == person]
            if any(case.opened_at < until for case in mine) or any(a.score <= 2 and a.at < until for a in all_given):
                continue
            group, began, event = "never_unhappy", index.at, index.event
        else:
            continue
        order = next(one.order for one in world.events if one.event == event)
        bought = any(
            one.person == person
            and one.amount > 0
            and began < one.at <= began + horizon
            and one.event != event
            and one.order != order
            for one in world.events
        )
        groups[group][0] += bought
        groups[group][1] += 1
    return {name: (bought, n) for name, (bought, n) in groups.items()}


def _opened(case: WorldCase) -> datetime:
    return case.opened_at


def _at(answer: Answer) -> datetime:
    return answer.at
