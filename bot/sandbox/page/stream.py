"""What happens, as server-sent events; whoever was away catches up from the number they saw last."""

from __future__ import annotations

import json
from asyncio import Event
from collections.abc import AsyncGenerator

from bot.sandbox.page.scene import Scene

BEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 500


async def tell_live(scene: Scene, after: int, closing: Event) -> AsyncGenerator[str, None]:
    """A `hello`, then `changes` as they come; `reset` when what happened since `after` is no longer kept."""
    changes = scene.changes
    hello = json.dumps({"run": scene.run, "clock": scene.clock(), "faults": scene.faults()})
    yield f"retry: {RETRY_MILLISECONDS}\nevent: hello\ndata: {hello}\n\n"
    while not closing.is_set():
        if after > changes.last or after + 1 < changes.oldest:
            yield "event: reset\ndata: {}\n\n"
            return
        found = await changes.wait_after(after, deadline=BEAT_SECONDS)
        if not found:
            yield ": beat\n\n"
            continue
        after = found[-1].number
        told = scene.happened(found)
        if told:
            yield f"id: {after}\nevent: changes\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
