"""messages.send, messages.edit, what they refuse, and files on their way into messages."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.sandbox import VKSandbox, VKSandboxOptions
from tests.bot.sandbox.conftest import VKCaller


def keyboard(*labels: str, inline: bool = True, **more: object) -> dict[str, Any]:
    rows = [[{"action": {"type": "callback", "label": label, "payload": {"score": label}}}] for label in labels]
    return {"inline": inline, "buttons": rows, **more}


async def test_a_message_arrives_with_its_numbers(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    first = await vk_call.send(message="a")
    (second,) = await vk_call("messages.send", peer_ids="1", random_id=0, message="b", keyboard=keyboard("5"))
    assert second == {"peer_id": 1, "message_id": first + 1, "conversation_message_id": 2}
    third = await vk_call("messages.send", user_id=2, random_id=0, message="c")
    assert (third, community.person(2).last().id) == (first + 2, 1)
    assert [message.text for message in anna.see()] == ["a", "b"]
    assert (anna.last().message_id, anna.last().labels, anna.last().from_bot) == (first + 1, ("5",), True)


async def test_several_recipients_each_have_their_outcome(community: VKSandbox, vk_call: VKCaller) -> None:
    outcomes = await vk_call("messages.send", peer_ids="1,3,77", random_id=5, message="a")
    assert outcomes[0]["conversation_message_id"] == 1
    refused = {"code": 901, "description": "Can't send messages for users without permission"}
    nothing = {"message_id": 0, "conversation_message_id": 0, "error": refused}
    assert outcomes[1:] == [{"peer_id": 3, **nothing}, {"peer_id": 77, **nothing}]
    assert community.person(3).see() == ()


async def test_a_random_id_shows_a_message_once(vk_call: VKCaller) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with VKSandbox.serve(options=VKSandboxOptions(clock=lambda: now, pace=False)) as community:
        anna = community.add_person(1, started=True)
        boris = community.add_person(2, started=True)
        call = VKCaller(community, vk_call.session)
        first = await call.send(random_id=7)
        assert await call.send(random_id=7, message="another") == first
        assert (await call("messages.send", peer_ids="1", random_id=7, message="b"))[0]["message_id"] == first
        assert [message.text for message in anna.see()] == ["a"]
        assert await call.send(2, random_id=7) != first
        assert len(boris.see()) == 1
        for _ in range(2):
            await call.send(random_id=0)
        assert len(anna.see()) == 3
        now += timedelta(hours=1)
        assert await call.send(random_id=7) == first
        now += timedelta(seconds=1)
        again = await call.send(random_id=7)
        assert again != first
        for _ in range(100):
            await anna.write("a")
        assert await call.send(random_id=7) != again


@pytest.mark.parametrize(
    ("parameters", "code", "detail"),
    [
        ({"random_id": None}, 100, "random_id is a required parameter"),
        ({"random_id": 2**31}, 100, "random_id should be int32"),
        ({"random_id": "x"}, 100, "random_id should be integer"),
        ({"peer_id": None}, 100, "you should specify peer_id, user_id"),
        ({"message": None}, 100, "message is empty or invalid"),
        ({"message": " "}, 100, "message is empty or invalid"),
        ({"message": "я" * 4097}, 914, "Message is too long"),
        ({"message": "🙂" * 2049}, 914, "Message is too long"),
        ({"payload": "a" * 1001}, 100, "payload should not exceed 1000"),
        ({"peer_ids": ",".join(map(str, range(1, 102)))}, 100, "peer_ids should contain at most 100"),
        ({"attachment": "photo-1_1"}, 100, "attachment photo-1_1 is invalid"),
        ({"reply_to": 5}, 100, "reply_to is invalid"),
        ({"forward": '{"peer_id":1,"conversation_message_ids":[9],"is_reply":true}'}, 921, "Can't forward"),
        ({"intent": "hello"}, 100, "intent is invalid"),
        ({"group_id": 5}, 15, "Access denied"),
        ({"text": "a"}, 100, "text is unknown to this method"),
        ({"keyboard": "{"}, 911, "not a valid JSON"),
        ({"peer_id": 3}, 901, "without permission"),
        ({"v": "5.131"}, 8, "Invalid request"),
        ({"v": None}, 8, "v (version) is required"),
        ({"access_token": "other"}, 5, "invalid access_token (4)"),
        ({"access_token": None}, 5, "no access_token passed"),
    ],
)
async def test_refused_sends(
    community: VKSandbox, vk_call: VKCaller, parameters: dict[str, Any], code: int, detail: str
) -> None:
    form = {"access_token": community.token, "v": "5.199", "peer_id": 1, "random_id": 1, "message": "a", **parameters}
    given = {name: str(value) for name, value in form.items() if value is not None}
    async with vk_call.session.post(vk_call.url("messages.send"), data=given) as answer:
        body = await answer.json()
    assert body["error"]["error_code"] == code
    assert detail in body["error"]["error_msg"]
    shown = {item["key"]: item["value"] for item in body["error"]["request_params"]}
    assert shown["method"] == "messages.send"
    assert community.token not in json.dumps(body)
    assert community.person(1).see() == ()


async def test_who_cannot_be_written_to(community: VKSandbox, vk_call: VKCaller) -> None:
    anna, boris, vera = (community.person(number) for number in (1, 2, 3))
    await vera.write("hello")
    await vk_call.send(3)
    await anna.deny()
    assert (await vk_call.refusal("messages.send", peer_id=1, random_id=0, message="a"))[0] == 901
    await anna.allow("order-5")
    await vk_call.send(1)
    anna.user.private = True
    assert (await vk_call.refusal("messages.send", peer_id=1, random_id=0, message="a"))[0] == 902
    community.blacklist(boris)
    assert (await vk_call.refusal("messages.send", peer_id=2, random_id=0, message="a"))[0] == 900
    community.blacklist(boris, banned=False)
    await vk_call.send(2)
    await boris.deactivate()
    assert (await vk_call.refusal("messages.send", peer_id=2, random_id=0, message="a"))[0] == 18
    allowed = [
        (await vk_call("messages.isMessagesFromGroupAllowed", group_id=community.group_id, user_id=number))[
            "is_allowed"
        ]
        for number in (1, 2, 3, 99)
    ]
    assert allowed == [0, 0, 1, 0]


async def test_an_edit_says_all_anew(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    sent = await vk_call.send(keyboard=keyboard("1", "2"))
    message = anna.last()
    assert await vk_call("messages.edit", peer_id=1, cmid=message.id, message="b", keyboard=keyboard("3")) == 1
    assert (message.text, message.labels, message.edited) == ("b", ("3",), True)
    await vk_call("messages.edit", peer_id=1, message_id=sent, message="c")
    assert (message.text, message.labels) == ("c", ())
    assert [(edition.text, len(edition.buttons)) for edition in message.editions] == [("a", 2), ("b", 1)]
    await vk_call("messages.edit", peer_id=1, conversation_message_id=message.id, message="d")
    assert message.text == "d"


async def test_refused_edits(vk_call: VKCaller) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with VKSandbox.serve(options=VKSandboxOptions(clock=lambda: now, pace=False)) as community:
        anna = community.add_person(1, started=True)
        community.add_person(2, started=True)
        call = VKCaller(community, vk_call.session)
        own = await anna.write("mine")
        elsewhere = await call.send(2)
        await call.send(1)

        async def refused(**parameters: object) -> int:
            code, _ = await call.refusal("messages.edit", **{"peer_id": 1, "message": "b", **parameters})
            return code

        assert await refused(cmid=own.id) == 920
        assert await refused(cmid=99) == 100
        assert await refused(message_id=elsewhere) == 100
        assert await refused(cmid=2, message="") == 100
        assert await refused(cmid=2, message="b" * 4097) == 914
        assert await refused(cmid=2, keyboard=keyboard("5", inline=False)) == 911
        assert await refused(cmid=2, peer_id=3) == 901
        now += timedelta(hours=24)
        await call("messages.edit", peer_id=1, cmid=2, message="b")
        now += timedelta(seconds=1)
        assert await refused(cmid=2) == 909


async def test_replies_quote(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    question = await anna.write("why?")
    await vk_call.send(reply_to=question.message_id)
    assert anna.last().reply_to == question.id
    forward = {"peer_id": 1, "conversation_message_ids": [question.id], "is_reply": True}
    await vk_call.send(forward=forward, message="b")
    shown = json.loads(anna.last().encode())
    assert shown["reply_message"]["text"] == "why?"
    assert (await vk_call.refusal("messages.send", peer_id=1, random_id=0, message="a", forward={"is_reply": True}))[
        0
    ] == 100


async def _upload(call: VKCaller, server: dict[str, Any], field: str, content: bytes, name: str) -> dict[str, Any]:
    form = aiohttp.FormData()
    form.add_field(field, content, filename=name)
    async with call.session.post(server["upload_url"], data=form) as answer:
        uploaded: dict[str, Any] = json.loads(await answer.text())
    return uploaded


async def test_pictures_voice_and_files_go_up_and_come_down(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    server = await vk_call("photos.getMessagesUploadServer", peer_id=1)
    uploaded = await _upload(vk_call, server, "photo", b"picture", "a.png")
    (photo,) = await vk_call("photos.saveMessagesPhoto", **uploaded)
    server = await vk_call("docs.getMessagesUploadServer", type="audio_message", peer_id=1)
    uploaded = await _upload(vk_call, server, "file", b"OggS sound", "a.ogg")
    voice = await vk_call("docs.save", file=uploaded["file"])
    server = await vk_call("docs.getMessagesUploadServer", type="doc", peer_id=1)
    uploaded = await _upload(vk_call, server, "file", b"table", "a.csv")
    doc = await vk_call("docs.save", file=uploaded["file"], title="report.csv")
    assert (voice["type"], doc["type"], doc["doc"]["title"]) == ("audio_message", "doc", "report.csv")
    named = [
        f"photo{photo['owner_id']}_{photo['id']}_{photo['access_key']}",
        f"audio_message{voice['audio_message']['owner_id']}_{voice['audio_message']['id']}",
        f"doc{doc['doc']['owner_id']}_{doc['doc']['id']}",
    ]
    await vk_call("messages.send", peer_id=1, random_id=0, attachment=",".join(named))
    assert [attachment["type"] for attachment in anna.last().attachments] == ["photo", "audio_message", "doc"]
    for url, content in (
        (photo["sizes"][-1]["url"], b"picture"),
        (voice["audio_message"]["link_ogg"], b"OggS sound"),
        (doc["doc"]["url"], b"table"),
    ):
        async with vk_call.session.get(url) as answer:
            assert await answer.read() == content
    assert (await vk_call.refusal("docs.save", file=uploaded["file"]))[0] == 105
    assert (await vk_call.refusal("photos.saveMessagesPhoto", photo="[]", server=1, hash="a"))[0] == 129
    assert (await vk_call.refusal("docs.getMessagesUploadServer", type="film", peer_id=1))[0] == 100
    wrong_key = named[0] + "0"
    refused = await vk_call.refusal("messages.send", peer_id=1, random_id=0, attachment=wrong_key)
    assert refused == (
        100,
        f"One of the parameters specified was missing or invalid: attachment {wrong_key} is invalid",
    )
    voice_message = anna.last()
    await vk_call("messages.send", peer_id=1, random_id=0, attachment=named[1])
    assert (await vk_call.refusal("messages.edit", peer_id=1, cmid=voice_message.id + 1, message="a"))[0] == 920


async def test_files_are_named_anew_when_their_addresses_are_old(vk_call: VKCaller) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with VKSandbox.serve(options=VKSandboxOptions(clock=lambda: now, pace=False)) as community:
        anna = community.add_person(1)
        call = VKCaller(community, vk_call.session)
        sent = await anna.send_document(b"table", name="a.csv")
        await anna.write("b?at=5")

        async def fetch(items: list[dict[str, Any]]) -> int:
            async with call.session.get(items[0]["attachments"][0]["doc"]["url"]) as answer:
                return answer.status

        numbers = {"peer_id": 1, "conversation_message_ids": "1,2,9"}
        shown = await call("messages.getByConversationMessageId", **numbers)
        assert (shown["count"], [item["text"] for item in shown["items"]]) == (2, ["", "b?at=5"])
        assert await fetch(shown["items"]) == 200
        now += timedelta(hours=25)
        assert await fetch(shown["items"]) == 404
        again = await call("messages.getById", message_ids=sent.message_id)
        assert await fetch(again["items"]) == 200
        assert (await call("messages.getById", peer_id=1, cmids=1))["items"] == again["items"]
        assert (await call.refusal("messages.getByConversationMessageId", **{**numbers, "peer_id": 5}))[0] == 917
        assert (await call.refusal("messages.getById"))[0] == 100


async def test_nothing_uploaded_is_nothing_saved(vk_call: VKCaller) -> None:
    server = await vk_call("photos.getMessagesUploadServer")
    assert (await _upload(vk_call, server, "file", b"a", "a.png"))["photo"] == "[]"
    server = await vk_call("docs.getMessagesUploadServer", peer_id=1)
    assert (await _upload(vk_call, server, "file", b"", "a.txt"))["error"] == "no_file"


async def test_the_community_and_its_people_are_told(community: VKSandbox, vk_call: VKCaller) -> None:
    (group,) = (await vk_call("groups.getById"))["groups"]
    assert (group["id"], group["screen_name"]) == (community.group_id, "otklik_sandbox")
    assert (await vk_call("groups.getById", group_id=community.screen_name))["groups"] == [group]
    assert (await vk_call.refusal("groups.getById", group_id="another"))[0] == 100
    people = await vk_call("users.get", user_ids="2,id1,99", fields="screen_name")
    assert [(person["id"], person["first_name"]) for person in people] == [(2, "Boris"), (1, "Anna")]
    assert (await vk_call.refusal("users.get"))[0] == 100
    assert await vk_call.refusal("messages.delete", peer_id=1) == (3, "Unknown method passed")
    await community.person(1).deactivate()
    (gone,) = await vk_call("users.get", user_ids=1)
    assert gone["deactivated"] == "deleted"


async def test_where_the_token_was_is_written_down(community: VKSandbox, vk_call: VKCaller) -> None:
    await vk_call("groups.getById")
    bearer = {"Authorization": f"Bearer {community.token}"}
    async with vk_call.session.post(vk_call.url("groups.getById"), data={"v": "5.199"}, headers=bearer) as answer:
        assert "response" in await answer.json()
    query = {"access_token": community.token, "v": "5.199"}
    async with vk_call.session.get(vk_call.url("groups.getById"), params=query) as answer:
        assert "response" in await answer.json()
    form = {"access_token": community.token, "v": "5.199"}
    async with vk_call.session.post(vk_call.url("groups.getById"), json=form) as answer:
        assert (await answer.json())["error"]["error_code"] == 8
    assert [call.token_in for call in community.journal.calls()] == ["body", "header", "query", None]
    assert all("access_token" not in call.parameters for call in community.journal.calls())


async def test_racing_repeats_show_one_message(community: VKSandbox, vk_call: VKCaller) -> None:
    sent = await asyncio.gather(*(vk_call.send(random_id=99) for _ in range(10)))
    assert len(set(sent)) == 1
    assert len(community.person(1).see()) == 1
