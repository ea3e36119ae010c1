"""What the product decided and what came of it, asked of its API as any other client would."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp

from bot.sandbox.page.backstage import Backstage

SHOWN_EVENTS = 20
SHOWN_DELIVERIES = 60
PAGE = 1000
Json = dict[str, object]


class ProductUnreachableError(Exception):
    """The product's API gave no answer, or none that can be shown."""


class Why:
    """Reads `GET /api/v1/events/{id}` and `GET /api/v1/deliveries`."""

    def __init__(self, session: aiohttp.ClientSession, backstage: Backstage) -> None:
        self._session = session
        self._backstage = backstage

    async def tell(self) -> Json:
        """The newest events with their stories, the newest deliveries, and how many there are in each state."""
        deliveries = await self._deliveries()
        reported = self._backstage.reported()
        own = dict.fromkeys(str(row["event_id"]) for row in deliveries if row.get("event_id") is not None)
        newest = list(dict.fromkeys([*reversed(reported), *reversed(own)]))
        stories = await asyncio.gather(*(self._read(f"/api/v1/events/{quote(one)}") for one in newest[:SHOWN_EVENTS]))
        return {
            "events": [story for story in stories if story is not None],
            "events_in_all": len(newest),
            "deliveries": deliveries[: -SHOWN_DELIVERIES - 1 : -1],
            "states": Counter(str(row["state"]) for row in deliveries),
        }

    async def _deliveries(self) -> list[Json]:
        rows: list[Json] = []
        after: object = 0
        while after is not None:
            page = await self._read(f"/api/v1/deliveries?limit={PAGE}&after={after}")
            if page is None:
                raise ProductUnreachableError("there is no /api/v1/deliveries")
            listed = page["deliveries"]
            assert isinstance(listed, list)
            rows += listed
            after = page["next_after"]
        return rows

    async def _read(self, path: str) -> Json | None:
        try:
            async with self._session.get(path) as response:
                if response.status == 404:
                    return None
                answer: Mapping[str, object] = await response.json(content_type=None)
                if response.status != 200:
                    raise ProductUnreachableError(f"{response.status}: {answer.get('detail', response.reason)}")
                return dict(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ProductUnreachableError(f"the product does not answer: {error}") from error
