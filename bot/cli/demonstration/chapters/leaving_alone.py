"""Whom nobody may ask, and why."""

from __future__ import annotations

from bot.cli.demonstration.narrator import Delivered, Narrator


async def leave_alone(narrator: Narrator) -> None:
    """One has left, one was asked of late."""
    narrator.heading("Two customers nobody may ask, and why")
    dasha, boris = narrator.cast.dasha, narrator.cast.boris
    await narrator.open_link(dasha, "c-dasha", "1046")
    await narrator.ask(dasha, "/stop")
    await narrator.report(Delivered("1046", "c-dasha", "Даша", {"late": False}), expected="skipped")
    await narrator.report(Delivered("1047", "c-boris", "Борис", {"late": False}), expected="waiting")
    links = await narrator.shop.post("/api/v1/customers/c-boris/links")
    await narrator.ask(boris, f"/start {str(links['telegram']).partition('start=')[2]}")
    told = await narrator.shop.get("/api/v1/events/1047:delivery")
    invitations = told["invitations"]
    assert isinstance(invitations, list)
    narrator.must(told["outcome"] == "skipped", f"the second order of Boris is skipped, not {told['outcome']}")
    narrator.transcript.shop(f"asks what became of 1047: {invitations[0]['text']}")
    why = await narrator.ask(narrator.cast.olga, "/why 1047")
    narrator.must("карантин" in why.text, "/why names the reason")
