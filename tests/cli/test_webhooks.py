"""`otklik webhook …` on a receiver of this machine."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Command
from tests.webhooks.receiver import receiving


async def test_a_webhook_s_whole_life_on_the_command_line(otklik: Command, monkeypatch: pytest.MonkeyPatch) -> None:
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

        rotated = await otklik("webhook", "rotate", "crm")
        assert rotated.stdout.strip() != secret
        assert "The one before signs too until" in rotated.stderr
        listed = await otklik("webhook", "list")
        shown = await otklik("webhook", "show", "crm")
        assert "case.opened, case.moved" in shown.stdout
        assert "state: ok; to be told: 0" in shown.stdout
        assert "whsec" not in listed.stdout + shown.stdout
        assert (await otklik("webhook", "replay", "crm")).stdout == "There is nothing to tell again.\n"
        unknown = await otklik("webhook", "replay", "crm", "--since", "yesterday")
        assert (unknown.exit_code, "--since: write an instant" in unknown.stderr) == (2, True)
        assert "crm is removed" in (await otklik("webhook", "remove", "crm")).stdout
        gone = await otklik("webhook", "show", "crm")
        assert (gone.exit_code, "there is no webhook named crm" in gone.stderr) == (2, True)
