"""The shop's CRM is told what happens, and checks who tells it."""

from __future__ import annotations

import json
from typing import Final

from bot.cli.demonstration.narrator import Narrator
from bot.cli.demonstration.receiver import Receiver

NAME: Final = "crm"
WANTED: Final = ("case.opened", "case.moved", "response.received")


class Crm:
    """The shop's CRM, which listens on this machine."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._secret = ""

    async def subscribe(self, narrator: Narrator) -> None:
        """Add the webhook."""
        narrator.heading("The shop's CRM asks to be told of complaints and answers")
        wish = {"name": NAME, "url": self._receiver.url, "events": WANTED}
        made = await narrator.shop.post("/api/v1/webhooks", wish)
        self._secret = str(made["secret"])
        narrator.transcript.shop(f"adds the webhook {NAME} to {self._receiver.url}, and keeps its secret")
        narrator.transcript.say(
            "It may be on this machine because the demo sets OTKLIK_WEBHOOKS_PRIVATE=allow; otherwise it is refused.",
            "dim",
        )

    async def check(self, narrator: Narrator) -> None:
        """What it was told, by whom."""
        narrator.heading("The CRM was told all the while; it checks each signature")
        complete = await self._receiver.has_types(WANTED, deadline=20)
        narrator.must(complete, f"the CRM is told of {', '.join(WANTED)}")
        taken = tuple(self._receiver.taken)
        narrator.must(all(one.is_signed_by(self._secret) for one in taken), "every signature is good")
        narrator.must(not taken[0].altered().is_signed_by(self._secret), "an altered body is refused")
        for kind in WANTED:
            told = next(one for one in taken if one.type == kind)
            narrator.transcript.crm(f"{kind}, {told.id}: signature good")
        narrator.transcript.crm(json.dumps(taken[0].json, ensure_ascii=False))
        narrator.transcript.crm(f"{len(taken)} requests in all, each signature good; one altered on purpose is not")
        log = await narrator.shop.get(f"/api/v1/webhooks/{NAME}/deliveries")
        attempts = log["attempts"]
        assert isinstance(attempts, list)
        narrator.must(attempts and all(one["status"] == 204 for one in attempts), "the delivery log says so too")
