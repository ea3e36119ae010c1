"""Whether VK is set up: the token and what it may do, the community, and how events arrive."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.findings import Finding, Health, good, minute
from bot.settings import Settings
from bot.vk.client import VkClient
from bot.vk.errors import NotConnectedError, TokenRefusedError, VkCallError
from bot.vk.events import WANTED

CALLBACK_PATH: Final = "/vk/callback"
_NEEDED: Final = ("messages", "photos", "docs")
"""What the token has to allow; `manage` besides lets `otklik run` switch Long Poll on by itself."""


async def examine_vk(settings: Settings, *, last_event_at: datetime | None, was_in_use: bool) -> list[Finding]:
    """Everything about VK; nothing where it was never set up. `last_event_at` is of Long Poll."""
    if settings.vk_token is None:
        if not was_in_use:
            return []
        fix = "set OTKLIK_VK_TOKEN again: questions are still planned for customers who are there"
        return [Finding("vk", Health.BROKEN, "was in use and has no token", fix)]
    if settings.vk_group_id is None:
        return [Finding("vk", Health.BROKEN, "no community", "set OTKLIK_VK_GROUP_ID to the number of the community")]
    token, group_id = settings.vk_token.get_secret_value(), settings.vk_group_id
    async with VkClient(token, settings.vk_api_url, timeout=10, connect_timeout=5) as client:
        community = await _community(client, settings, group_id)
        if community.health is not Health.GOOD:
            return [community]
        given = await _permissions(client)
        # `otklik run` asks for what Long Poll needs at its start, with a token that may `manage`
        run_sets_up = not was_in_use and (given is None or "manage" in given)
        events = (
            await _callback(client, settings, group_id)
            if settings.vk_mode == "callback"
            else await _longpoll(client, group_id, last_event_at, run_sets_up=run_sets_up)
        )
        return [community, *_token(given), *events]


async def _community(client: VkClient, settings: Settings, group_id: int) -> Finding:
    try:
        name = _screen_name(await client.call("groups.getById", group_id=group_id))
    except TokenRefusedError:
        fix = "make a token in the community's settings, under API usage, and set OTKLIK_VK_TOKEN"
        return Finding("vk", Health.BROKEN, "the token is refused", fix)
    except NotConnectedError as error:
        fix = f"check that this machine reaches {settings.vk_api_url}"
        return Finding("vk", Health.BROKEN, f"cannot be reached: {error.description}", fix)
    except VkCallError as error:
        return Finding("vk", Health.BROKEN, error.description, "check OTKLIK_VK_GROUP_ID, or try again later")
    if name is None:
        fix = "set OTKLIK_VK_GROUP_ID to the number of the token's own community"
        return Finding("vk", Health.BROKEN, "VK knows no such community", fix)
    return good("vk", f"vk.com/{name}")


async def _permissions(client: VkClient) -> Collection[object] | None:
    """What the token may do; None when VK does not tell it."""
    try:
        answer = await client.call("groups.getTokenPermissions")
    except VkCallError:
        return None
    given = answer.get("permissions") if isinstance(answer, dict) else None
    return {one.get("name") for one in given if isinstance(one, dict)} if isinstance(given, list) else None


def _token(given: Collection[object] | None) -> list[Finding]:
    missing = [] if given is None else [name for name in _NEEDED if name not in given]
    if not missing:
        return []
    fix = "make another token in the community's settings, under API usage, that allows it"
    return [Finding("vk token", Health.BROKEN, f"may not use {', '.join(missing)}", fix)]


async def _longpoll(
    client: VkClient, group_id: int, last_event_at: datetime | None, *, run_sets_up: bool
) -> list[Finding]:
    part = "vk events"
    where = "the community's settings, API usage, Long Poll API"
    try:
        answer = await client.call("groups.getLongPollSettings", group_id=group_id)
    except VkCallError as error:
        return [Finding(part, Health.WORRYING, error.description, f"look at {where}")]
    settings = answer if isinstance(answer, dict) else {}
    missing = _missing(settings.get("events"))
    if not settings.get("is_enabled"):
        what, fix = "Long Poll is off", f"switch it on in {where}"
    elif missing:
        what, fix = f"not reported: {', '.join(missing)}", f"tick them in {where}"
    else:
        last = "none came yet" if last_event_at is None else f"the last came at {minute(last_event_at)}"
        return [good(part, f"by Long Poll; {last}")]
    if run_sets_up:
        fix = f"otklik run does it at its start where the token may manage the community; otherwise {fix}"
        return [Finding(part, Health.WORRYING, what, fix)]
    return [Finding(part, Health.BROKEN, what, fix)]


async def _callback(client: VkClient, settings: Settings, group_id: int) -> list[Finding]:
    part = "vk events"
    where = "the community's settings, API usage, Callback API"
    if settings.vk_secret is None or settings.vk_confirmation is None:
        return [Finding(part, Health.BROKEN, "callback mode", "set OTKLIK_VK_SECRET and OTKLIK_VK_CONFIRMATION")]
    try:
        servers = _items(await client.call("groups.getCallbackServers", group_id=group_id))
        ours = next((one for one in servers if str(one.get("url")).endswith(CALLBACK_PATH)), None)
        if ours is None:
            fix = f"add OTKLIK_PUBLIC_URL{CALLBACK_PATH} with the secret in {where}"
            return [Finding(part, Health.BROKEN, "no server of the Callback API is ours", fix)]
        wanted = await client.call("groups.getCallbackSettings", group_id=group_id, server_id=ours.get("id"))
    except VkCallError as error:
        return [Finding(part, Health.WORRYING, error.description, f"look at {where}")]
    if ours.get("status") != "ok":
        fix = f"press Confirm in {where} while `otklik run` runs; OTKLIK_VK_CONFIRMATION is the string shown there"
        return [Finding(part, Health.BROKEN, f"our server is {ours.get('status')}", fix)]
    missing = _missing(wanted.get("events") if isinstance(wanted, dict) else None)
    if missing:
        return [Finding(part, Health.BROKEN, f"not reported: {', '.join(missing)}", f"tick them in {where}")]
    return [good(part, f"by the Callback API at {ours.get('url')}")]


def _missing(events: object) -> list[str]:
    given: Mapping[str, object] = events if isinstance(events, dict) else {}
    return [name for name in WANTED if not given.get(name)]


def _items(answer: object) -> Sequence[Mapping[str, object]]:
    items = answer.get("items") if isinstance(answer, dict) else None
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _screen_name(answer: object) -> str | None:
    groups = answer.get("groups") if isinstance(answer, dict) else answer
    group = groups[0] if isinstance(groups, list) and groups else None
    name = group.get("screen_name") if isinstance(group, dict) else None
    return name if isinstance(name, str) and name else None
