"""`otklik webhook …` on a receiver of this machine."""

from __future__ import annotations

import re

import pytest

from bot.clock import MovableClock
from bot.webhooks import WebhookClient, WebhookDelivery
from db.database import Database
from surveys.webhooks import case_opened
from tests.cli.conftest import Command
from tests.dialogue_scene import NOON, open_shop
from tests.webhooks.receiver import receiving


async def test_a_webhook_s_whole_life_on_the_command_line(
    otklik: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as crm:
        refused = await otklik("webhook", "add", "crm", crm.url)
        assert refused.exit_code == 2
        assert "url: https is needed; OTKLIK_WEBHOOKS_PRIVATE=allow" in refused.stderr
        monkeypatch.setenv("OTKLIK_WEBHOOKS_PRIVATE", "allow")
        added = await otklik("webhook", "add", "crm", crm.url, "--events", "case.opened, case.moved")
        secret = added.stdout.strip()
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)

        tested = await otklik("webhook", "test", "crm")
        assert tested.exit_code == 0
        assert "crm took it: 204" in tested.stdout
        assert crm.taken[0].is_signed_by(secret)
        assert crm.taken[0].json["type"] == "webhook.test"

        crm.answers.append(401)
        crm.text = "who are you?\x1b[2J"
        tested = await otklik("webhook", "test", "crm")
        assert tested.exit_code == 1
        assert "crm did not take it: answered 401 Unauthorized.\nwho are you??[2J" in tested.stdout
        assert "Tests are not in the delivery log" in tested.stdout

        crm.answers.append(401)
        rotated = await otklik("webhook", "rotate", "crm")
        assert rotated.stdout.strip() != secret
        assert "The one before signs too until" in rotated.stderr
        listed = await otklik("webhook", "list")
        shown = await otklik("webhook", "show", "crm")
        assert "case.opened, case.moved" in shown.stdout
        assert "state: ok; to be told: 0" in shown.stdout
        assert "whsec" not in listed.stdout + shown.stdout
        async with database.transaction() as transaction:
            case_id = await transaction.value(
                "insert into cases (team, cause, state, opened_at, changed_at)"
                " values ('staff', 'complaint', 'open', $1, $1) returning id",
                NOON,
            )
            assert isinstance(case_id, int)
            await case_opened(transaction, case_id, now=NOON)
        async with WebhookClient(private_allowed=True) as client:
            clock = MovableClock(NOON, running=False)
            catalogues = (await open_shop(database)).catalogues
            assert await WebhookDelivery(database, catalogues, client, clock=clock).run_once(NOON) == 1
        shown = await otklik("webhook", "show", "crm")
        [line] = [line for line in shown.stdout.splitlines() if "case.opened  try 1" in line]
        key = re.search("msg_[0-9a-f]{32}", line)
        assert key is not None
        assert (key[0], "answered 401 Unauthorized" in line) == (crm.taken[-1].id, True)
        replayed = await otklik("webhook", "replay", "crm", "--message", key[0])
        assert replayed.stdout == "1 to be told; `otklik run` does so.\n"
        assert (await otklik("webhook", "replay", "crm", "--since", "2100-01-01T00:00+03:00")).exit_code == 0
        assert (await otklik("webhook", "replay", "crm")).stdout == "There is nothing to tell again.\n"
        unknown = await otklik("webhook", "replay", "crm", "--since", "yesterday")
        assert (unknown.exit_code, "--since: write an instant" in unknown.stderr) == (2, True)
        assert "crm is removed" in (await otklik("webhook", "remove", "crm")).stdout
        gone = await otklik("webhook", "show", "crm")
        assert (gone.exit_code, "there is no webhook named crm" in gone.stderr) == (2, True)
