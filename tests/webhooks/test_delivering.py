"""Targets that fail, hang, lie and move, and what becomes of what they were to be told."""

from __future__ import annotations

import asyncio
import socket
import time
from datetime import timedelta

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from structlog.testing import capture_logs

from bot.webhooks import WebhookClient
from db.database import Database
from surveys.channels import channel_state
from surveys.readiness import check_readiness
from surveys.rules.sending import NotExecuted
from surveys.rules.webhooks import RETRY_AFTER, WebhookError
from surveys.scheduling import claim_for_webhooks, sweep
from surveys.subscribing import (
    add_webhook,
    enable_webhook,
    list_webhooks,
    read_log,
    remove_webhook,
    replay,
    rotate_secret,
)
from tests.bot.outages import DatabaseLine
from tests.dialogue_scene import NOON
from tests.webhooks.conftest import Told
from tests.webhooks.receiver import receiving

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_what_failed_is_tried_again_under_the_same_id_until_it_is_taken(told: Told) -> None:
    secret = await told.subscribe("case.opened")
    await told.complain()
    told.crm.answers.extend([500, "reset", "hang", 404, 429, 302])
    told.crm.headers = {"Location": told.crm.url}
    with capture_logs() as logs:
        for _ in range(7):
            assert await told.tell() == 1
    assert [one["event"] for one in logs] == ["webhook_failed"] * 6
    assert told.crm.url not in str(logs)
    assert secret not in str(logs)
    assert await told.tell() == 0
    assert len(told.crm.taken) == 7, "the redirect was not followed"
    assert len({one.id for one in told.crm.taken}) == 1
    assert len({one.body for one in told.crm.taken}) == 1
    statuses, errors = zip(*await told.log(), strict=True)
    assert statuses == (500, None, None, 404, 429, 302, 204)
    assert errors[0] == "answered 500 Internal Server Error"
    assert "the connection broke" in errors[1]
    assert errors[2] == "no answer within 0.5 s"
    assert "a redirect to 127.0.0.1; redirects are not followed" in errors[5]
    assert errors[6] is None
    assert await told.states() == {"sent": 1}


async def test_after_the_last_try_it_is_given_up_said_so_and_may_be_replayed(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain()
    tries = len(RETRY_AFTER) + 1
    told.crm.answers.extend([500] * tries)
    delays = []
    for _ in range(tries):
        assert await told.tell() == 1
        delays.append(
            await told.scene.value(
                "select round(extract(epoch from retry_at - clock_timestamp()))::int from schedule"
                " where kind = 'webhook'"
            )
        )
    assert delays == [*(round(one.total_seconds()) for one in RETRY_AFTER), None]
    assert await told.states() == {"rejected": 1}
    [failing] = (await check_readiness(told.database, now=NOON)).failing_webhooks
    assert (failing.name, failing.failure, failing.is_disabled) == ("crm", "answered 500 Internal Server Error", False)

    assert await replay(told.database, "crm", now=NOON + DAY) == 1
    assert await replay(told.database, "crm", now=NOON + DAY + HOUR) == 0, "it is on its way"
    assert await told.tell(NOON + DAY) == 1
    assert len(told.crm.taken) == tries + 1
    assert len({one.id for one in told.crm.taken}) == 1
    assert (await check_readiness(told.database, now=NOON)).failing_webhooks == ()
    assert await replay(told.database, "crm", now=NOON + 2 * DAY) == 0, "nothing is given up any more"


async def test_a_target_that_hangs_stands_in_nobodys_way_and_pauses_no_channel(told: Told) -> None:
    async with receiving() as other:
        await told.subscribe("case.opened")
        await told.subscribe("case.opened", name="other", url=other.url)
        for number in range(8):
            await told.complain(f"e-{number}")
        told.crm.answers.extend(["hang"] * 20)
        began = time.monotonic()
        stop = asyncio.Event()
        running = asyncio.create_task(told.delivery().run(stop))
        while len(other.taken) < 8:
            await asyncio.sleep(0.01)
        took = time.monotonic() - began
        while not await told.scene.value("select held_until from webhooks where name = 'crm'"):
            await asyncio.sleep(0.02)
        stop.set()
        await running
    assert took < 0.5, "the others did not wait for the time-out"
    assert len(told.crm.taken) == 4, "the rest waits until the target is looked at again"
    assert await told.states() == {"sent": 8, "due": 8}
    assert (await channel_state(told.database, "webhook")).paused_until is None


async def test_410_ends_it_until_it_is_enabled(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain("e-1")
    told.crm.answers.append(410)
    await told.tell()
    [webhook] = await list_webhooks(told.database)
    assert webhook.disabled_at == NOON
    await told.complain("e-2")
    assert await told.tell() == 0
    assert await told.states() == {"rejected": 1}
    with pytest.raises(WebhookError, match="enable"):
        await replay(told.database, "crm", since=NOON, now=NOON)
    await enable_webhook(told.database, "crm")
    assert await replay(told.database, "crm", since=NOON, now=NOON + HOUR) == 1
    assert await told.tell(NOON + HOUR) == 1
    assert len(told.crm.taken) == 2


async def test_what_a_killed_process_was_telling_is_told_again_under_the_same_id(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain()
    [due] = await claim_for_webhooks(told.database, told.scene.catalogues, busy=(), each=4, now=NOON)
    assert await told.tell() == 0, "somebody is telling it"
    await told.scene.run("update schedule set claimed_at = claimed_at - interval '10 minutes' where kind = 'webhook'")
    assert (await sweep(told.database, told.scene.catalogues, now=NOON)).unknown == 1
    assert await told.tell() == 1
    [taken] = told.crm.taken
    assert taken.id == due.work.facts.key  # type: ignore[attr-defined]
    assert await told.log() == [(None, "the process that sent it is gone"), (204, None)]


async def test_two_processes_tell_each_once(told: Told, database_url: str) -> None:
    await told.subscribe("case.opened")
    for number in range(30):
        await told.complain(f"e-{number}")
    other = await Database.connect(database_url)
    try:
        counts = await asyncio.gather(told.delivery().run_once(NOON), told.delivery(database=other).run_once(NOON))
    finally:
        await other.close()
    assert sum(counts) == 30
    assert len({one.id for one in told.crm.taken}) == len(told.crm.taken) == 30


async def test_both_secrets_sign_for_a_day_after_a_rotation(told: Told) -> None:
    old = await told.subscribe("case.opened")
    made = await rotate_secret(told.database, "crm", now=NOON)
    assert made.previous_until == NOON + DAY
    await told.complain("e-1")
    await told.tell(NOON + 23 * HOUR)
    await replay(told.database, "crm", since=NOON, now=NOON + 25 * HOUR)
    await told.tell(NOON + 25 * HOUR)
    during, after = told.crm.taken
    assert during.is_signed_by(old)
    assert during.is_signed_by(made.secret)
    assert after.is_signed_by(made.secret)
    assert not after.is_signed_by(old)


async def test_a_database_that_goes_away_neither_stops_the_loop_nor_loses_an_outcome(
    told: Told, line: DatabaseLine, line_database: Database
) -> None:
    await told.subscribe("case.opened")
    await told.complain("e-1")
    told.crm.answers.append("hang")
    stop = asyncio.Event()
    client = WebhookClient(private_allowed=True)
    delivery = told.delivery(database=line_database, client=client)
    running = asyncio.create_task(delivery.run(stop))
    async with asyncio.timeout(20):
        while not told.crm.taken:
            await asyncio.sleep(0.01)
        await line.cut()
        told.crm.released.set()
        delivery.wake()
        await asyncio.sleep(0.2)
        await line.mend()
        while await told.states() != {"sent": 1}:
            await asyncio.sleep(0.02)
        await told.complain("e-2")
        while await told.states() != {"sent": 2}:
            delivery.wake()
            await asyncio.sleep(0.02)
    stop.set()
    await running
    await client.close()
    assert len({one.id for one in told.crm.taken}) == len(told.crm.taken) == 2


async def test_a_removed_webhook_is_told_nothing(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain()
    await remove_webhook(told.database, "crm", now=NOON)
    assert await told.tell() == 0
    assert await told.states() == {"dropped": 1}
    assert await told.scene.value("select reason from schedule where kind = 'webhook'") == "removed"


async def test_the_log_and_what_happened_are_kept_for_thirty_days(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain("e-1")
    await told.tell()
    await told.complain("e-2")
    await sweep(told.database, told.scene.catalogues, now=NOON + timedelta(days=29))
    assert len((await read_log(told.database, "crm")).attempts) == 1
    await sweep(told.database, told.scene.catalogues, now=NOON + timedelta(days=31))
    assert await told.scene.count("webhook_attempts") == await told.scene.count("webhook_messages") == 0
    assert await told.tell(NOON + timedelta(days=31)) == 0
    assert await told.states() == {"sent": 1, "dropped": 1}


class Leading(AbstractResolver):
    """Leads every name to these addresses."""

    def __init__(self, port: int, *addresses: str) -> None:
        self._port = port
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            {
                "hostname": host,
                "host": address,
                "port": self._port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in self._addresses
        ]

    async def close(self) -> None: ...


async def test_a_name_that_leads_inside_is_refused_when_the_connection_is_made(told: Told) -> None:
    await add_webhook(told.database, "crm", "https://crm.example/otklik", ["case.opened"], now=NOON)
    await told.complain()
    async with WebhookClient(resolver=Leading(told.crm.port, "127.0.0.1"), timeout=0.5) as client:
        await told.delivery(client=client).run_once(NOON)
    [(status, error)] = await told.log()
    assert status is None
    assert error == (
        "127.0.0.1 is a private address; OTKLIK_WEBHOOKS_PRIVATE=allow permits targets within your own network"
    )
    assert told.crm.taken == []
    assert await told.states() == {"due": 1}


@pytest.mark.parametrize(
    "addresses",
    [("::1", "127.0.0.1"), ("::ffff:127.0.0.1",), ("169.254.169.254",), ("10.0.0.5",), ("100.64.0.1",), ("0.0.0.0",)],
    ids=str,
)
async def test_no_connection_is_made_to_any_address_inside(addresses: tuple[str, ...]) -> None:
    async with receiving() as crm, WebhookClient(resolver=Leading(crm.port, *addresses), timeout=0.5) as client:
        told = await client.tell("https://crm.example/", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_1", b"{}")
        literal = await client.tell(crm.url, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_1", b"{}")
    assert isinstance(told.outcome, NotExecuted)
    assert "private address" in told.outcome.description
    assert isinstance(literal.outcome, NotExecuted)
    assert crm.taken == []


@pytest.mark.parametrize(
    ("status", "asked", "seconds"), [(429, "120", 120), (503, "7", 7), (503, "Fri, 20 Nov 2026 09:00:00 GMT", 0)]
)
async def test_a_target_may_ask_for_a_longer_pause(status: int, asked: str, seconds: float) -> None:
    async with receiving() as crm, WebhookClient(private_allowed=True, timeout=0.5) as client:
        crm.answers.append(status)
        crm.headers = {"Retry-After": asked}
        told = await client.tell(crm.url, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_1", b"{}")
    assert isinstance(told.outcome, NotExecuted)
    assert told.outcome.retry_after == seconds
    assert told.attempt.status == status


async def test_a_target_that_is_not_there_is_said_so(told: Told) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    await told.subscribe("case.opened", url=f"http://127.0.0.1:{port}/")
    await told.complain()
    await told.tell()
    [(status, error)] = await told.log()
    assert status is None
    assert error is not None
    assert error == "not connected (Connection refused)"


async def test_an_answer_without_end_is_taken_for_its_status(told: Told) -> None:
    await told.subscribe("case.opened")
    await told.complain()
    told.crm.answers.append(200)
    told.crm.text = "x" * 3_000_000
    await told.tell()
    assert await told.log() == [(200, None)]
