"""Messages through the API: what is stored, and what is refused in which words."""

from __future__ import annotations

import json

import aiohttp
import pytest

from bot.sandbox import TelegramSandbox
from tests.bot.sandbox.conftest import Caller

pytestmark = pytest.mark.usefixtures("unpaced")


def _keyboard(*rows: int, data: str = "d") -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "b", "callback_data": data}] * row for row in rows]}


async def test_a_message_is_stored_and_returned(sandbox: TelegramSandbox, call: Caller) -> None:
    result = await call(
        "sendMessage", chat_id=1, text="<b>Как</b> дела?", parse_mode="HTML", reply_markup=_keyboard(2, 1)
    )
    assert result["message_id"] == 1
    assert result["chat"] == {"id": 1, "type": "private", "first_name": "Anna"}
    assert result["from"]["is_bot"] is True
    assert result["text"] == "Как дела?"
    assert result["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert result["reply_markup"] == _keyboard(2, 1)
    (message,) = sandbox.person(1).see()
    assert message.text == "Как дела?"
    assert message.labels == ("b", "b", "b")
    assert [button.row for button in message.buttons] == [0, 0, 1]


async def test_ids_count_per_chat(call: Caller) -> None:
    ids = [(await call("sendMessage", chat_id=chat, text="a"))["message_id"] for chat in (1, 1, 2)]
    assert ids == [1, 2, 1]


async def test_forms_json_and_multipart_mean_the_same(sandbox: TelegramSandbox, call: Caller) -> None:
    markup = json.dumps(_keyboard(1))
    fields = {"chat_id": "1", "text": "Анна & <b>Co</b>=%", "reply_markup": markup, "disable_notification": "true"}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    await call.post("sendMessage", data=fields)
    await call.post("sendMessage", data=multipart)
    await call.post("sendMessage", json=fields)
    await call.post("sendMessage", json={**fields, "chat_id": 1, "reply_markup": _keyboard(1)})
    await call.post("sendmessage", params=fields)
    seen = sandbox.person(1).see()
    assert [message.text for message in seen] == ["Анна & <b>Co</b>=%"] * 5
    assert {message.labels for message in seen} == {("b",)}


@pytest.mark.parametrize(
    ("parameters", "code", "description"),
    [
        ({}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": ""}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": 1}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 1, "text": ""}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 1, "text": " \n "}, 400, "Bad Request: text must be non-empty"),
        ({"chat_id": 1, "text": "<b></b>", "parse_mode": "HTML"}, 400, "Bad Request: text must be non-empty"),
        ({"chat_id": 1, "text": "a" * 4097}, 400, "Bad Request: message is too long"),
        ({"chat_id": 1, "text": "😀" * 2049}, 400, "Bad Request: message is too long"),
        ({"chat_id": 1, "text": "a" * 32769}, 400, "Bad Request: text is too long"),
        ({"chat_id": 99, "text": "a"}, 400, "Bad Request: chat not found"),
        ({"chat_id": -99, "text": "a"}, 400, "Bad Request: chat not found"),
        ({"chat_id": "@shop", "text": "a"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 3, "text": "a"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 1, "text": "a", "txt": "b"}, 400, 'Bad Request: unknown parameter "txt"'),
        ({"chat_id": 1, "text": 5}, 400, 'Bad Request: parameter "text" must be of type String'),
        ({"chat_id": 1, "text": "a", "parse_mode": "BBCode"}, 400, "Bad Request: unsupported parse_mode"),
        (
            {"chat_id": 1, "text": "a <b>", "parse_mode": "html"},
            400,
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"chat_id": 1, "text": "a", "reply_parameters": {"message_id": 7}},
            400,
            "Bad Request: message to be replied not found",
        ),
        ({"chat_id": 1, "text": "a", "message_thread_id": 7}, 400, "Bad Request: message thread not found"),
        (
            {"chat_id": 1, "text": "a", "link_preview_options": {"disabled": True}},
            400,
            "Bad Request: link preview options with unknown field disabled",
        ),
        ({"chat_id": 1, "text": "\ud800"}, 400, "Bad Request: strings must be encoded in UTF-8"),
    ],
)
async def test_refused_messages(
    sandbox: TelegramSandbox, call: Caller, parameters: dict[str, object], code: int, description: str
) -> None:
    assert await call.refusal("sendMessage", **parameters) == (code, description)
    assert sandbox.person(1).see() == ()


@pytest.mark.parametrize("text", ["a" * 4096, "😀" * 2048, "<b>" + "a" * 4096 + "</b>", "&amp;" * 4096])
async def test_the_longest_text_counts_after_its_markup(call: Caller, text: str) -> None:
    result = await call("sendMessage", chat_id=1, text=text, parse_mode="HTML")
    assert len(result["text"].encode("utf-16-le")) == 2 * 4096


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        (_keyboard(1, data="d" * 65), "BUTTON_DATA_INVALID"),
        (_keyboard(1, data="д" * 33), "BUTTON_DATA_INVALID"),
        (_keyboard(9), "reply markup is too long"),
        (_keyboard(*[8] * 12, 5), "reply markup is too long"),
        (
            _keyboard(1, data=""),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"inline_keyboard": [[{"text": "", "callback_data": "d"}]]}, "inline keyboard button text must be non-empty"),
        (
            {"inline_keyboard": [[{"callback_data": "d"}]]},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": "d", "color": "red"}]]},
            "can't parse inline keyboard button: unknown field color",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": "d", "style": "pink"}]]},
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "url": "http://localhost/"}]]},
            "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
        (
            {"inline_keyboard": [{"text": "a", "callback_data": "d"}]},
            'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ("{", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({"inline": []}, "reply markup with unknown field inline"),
        (
            {"keyboard": [[{"text": "a", "callback_data": "d"}]]},
            "can't parse keyboard button: unknown field callback_data",
        ),
    ],
)
async def test_refused_keyboards(call: Caller, markup: object, description: str) -> None:
    refusal = await call.refusal("sendMessage", chat_id=1, text="a", reply_markup=markup)
    assert refusal == (400, f"Bad Request: {description}")


@pytest.mark.parametrize(
    "markup",
    [
        _keyboard(*[8] * 12, 4),
        _keyboard(1, data="d" * 64),
        _keyboard(1, data="д" * 32),
        {"inline_keyboard": [[{"text": "a", "url": "https://example.com/x"}]]},
        {"inline_keyboard": [[{"text": "a", "callback_data": "d", "style": "success"}]]},
        {"keyboard": [["a", {"text": "b", "request_contact": True}]], "resize_keyboard": True},
        {"remove_keyboard": True},
        {"force_reply": True, "input_field_placeholder": "a"},
    ],
)
async def test_keyboards_at_their_limits(call: Caller, markup: object) -> None:
    await call("sendMessage", chat_id=1, text="a", reply_markup=markup)


async def test_a_reply_quotes_and_survives_a_lost_message(sandbox: TelegramSandbox, call: Caller) -> None:
    question = await call("sendMessage", chat_id=1, text="?")
    reply = {"message_id": question["message_id"]}
    answer = await call("sendMessage", chat_id=1, text="!", reply_parameters=reply)
    assert answer["reply_to_message"]["text"] == "?"
    await call("deleteMessage", chat_id=1, message_id=question["message_id"])
    reply["allow_sending_without_reply"] = True
    again = await call("sendMessage", chat_id=1, text="!", reply_parameters=reply)
    assert "reply_to_message" not in again
    assert [message.text for message in sandbox.person(1).see()] == ["!", "!"]


async def test_whom_the_bot_may_not_write(sandbox: TelegramSandbox, call: Caller) -> None:
    anna, boris, vera = sandbox.person(1), sandbox.person(2), sandbox.person(3)
    await anna.block()
    await boris.deactivate()
    group = sandbox.add_group(-5, "Shop", [vera])
    await vera.write("/cases", chat=group)
    refusals = [await call.refusal("sendMessage", chat_id=chat, text="a") for chat in (1, 2, 3)]
    assert refusals == [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
    ]
    await anna.unblock()
    await call("sendMessage", chat_id=1, text="a")


async def test_groups_the_bot_may_not_write_to(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    group, large = sandbox.add_group(-5, "Shop", [anna]), sandbox.add_group(-1000000000007, "Team", [anna])
    silent = sandbox.add_group(-6, "Quiet", [anna])
    silent.silence_bot()
    group.kick_bot(anna)
    large.kick_bot(anna)
    refusals = [await call.refusal("sendMessage", chat_id=chat, text="a") for chat in (-5, -1000000000007, -6)]
    assert refusals == [
        (403, "Forbidden: bot was kicked from the group chat"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ]
    large.add_bot(anna)
    await call("sendMessage", chat_id=large.id, text="a")
    await call("leaveChat", chat_id=large.id)
    assert await call.refusal("sendMessage", chat_id=large.id, text="a") == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )


async def test_a_group_that_became_a_supergroup_names_the_new_one(sandbox: TelegramSandbox, call: Caller) -> None:
    group = sandbox.add_group(-5, "Shop", [sandbox.person(1)])
    new = group.upgrade()
    status, body = await call.post("sendMessage", json={"chat_id": -5, "text": "a"})
    assert (status, body["description"]) == (400, "Bad Request: group chat was upgraded to a supergroup chat")
    assert body["parameters"] == {"migrate_to_chat_id": new.id}
    assert (await call("sendMessage", chat_id=new.id, text="a"))["chat"]["type"] == "supergroup"


async def test_topics(sandbox: TelegramSandbox, call: Caller) -> None:
    forum = sandbox.add_group(-1000000000007, "Team", [sandbox.person(1)], is_forum=True)
    thread = forum.add_topic("Complaints")
    sent = await call("sendMessage", chat_id=forum.id, text="a", message_thread_id=thread)
    assert sent["message_thread_id"] == thread
    forum.close_topic(thread)
    refusal = await call.refusal("sendMessage", chat_id=forum.id, text="a", message_thread_id=thread)
    assert refusal == (400, "Bad Request: message thread not found")


async def test_edits_show_in_place_and_keep_what_was_said(sandbox: TelegramSandbox, call: Caller) -> None:
    sent = await call("sendMessage", chat_id=1, text="one", reply_markup=_keyboard(1))
    message = sandbox.person(1).last()
    edited = await call(
        "editMessageText", chat_id=1, message_id=sent["message_id"], text="<i>two</i>", parse_mode="HTML"
    )
    assert edited["edit_date"] >= edited["date"]
    assert "reply_markup" not in edited
    assert (message.text, message.labels, message.edited) == ("two", (), True)
    await call("editMessageReplyMarkup", chat_id=1, message_id=sent["message_id"], reply_markup=_keyboard(2))
    assert [(old.text, len(old.buttons)) for old in message.editions] == [("one", 1), ("two", 0)]
    assert message.entities == ({"type": "italic", "offset": 0, "length": 3},)


async def test_refused_edits(sandbox: TelegramSandbox, call: Caller) -> None:
    own = (await call("sendMessage", chat_id=1, text="a", reply_markup=_keyboard(1)))["message_id"]
    other = (await sandbox.person(1).write("hello")).id
    photo = (await call("sendPhoto", chat_id=1, photo=(await sandbox.person(1).send_photo()).file_id))["message_id"]
    not_modified = (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message"
    )
    same = json.dumps(_keyboard(1), separators=(",", ":"))
    for parameters, description in (
        ({"message_id": 99, "text": "b"}, "Bad Request: message to edit not found"),
        ({"message_id": other, "text": "b"}, "Bad Request: message can't be edited"),
        ({"message_id": photo, "text": "b"}, "Bad Request: there is no text in the message to edit"),
        ({"message_id": own, "text": "a", "reply_markup": same}, not_modified),
        ({"message_id": own, "text": ""}, "Bad Request: message text is empty"),
        ({"text": "b"}, "Bad Request: message identifier is not specified"),
        (
            {"message_id": own, "text": "b", "reply_markup": {"remove_keyboard": True}},
            "Bad Request: inline keyboard expected",
        ),
    ):
        assert await call.refusal("editMessageText", chat_id=1, **parameters) == (400, description)


async def test_deleting(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    sandbox.add_group(-5, "Shop", [anna])
    own = (await call("sendMessage", chat_id=-5, text="a"))["message_id"]
    theirs = (await anna.write("b", chat=-5)).id
    await call("deleteMessage", chat_id=-5, message_id=own)
    assert [message.text for message in anna.see(-5)] == ["b"]
    assert await call.refusal("deleteMessage", chat_id=-5, message_id=own) == (
        400,
        "Bad Request: message to delete not found",
    )
    assert await call.refusal("deleteMessage", chat_id=-5, message_id=theirs) == (
        400,
        "Bad Request: message can't be deleted",
    )


async def test_files_come_and_go(sandbox: TelegramSandbox, call: Caller) -> None:
    form = aiohttp.FormData({"chat_id": "1", "caption": "<b>a</b>", "parse_mode": "HTML", "voice": "attach://part"})
    form.add_field("part", b"OggS\r\n--x\r\n", filename="a.oga", content_type="audio/ogg")
    _, body = await call.post("sendVoice", data=form)
    voice = body["result"]["voice"]
    assert body["result"]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    file = await call("getFile", file_id=voice["file_id"])
    address = f"{sandbox.api_url}/file/bot{sandbox.token}/{file['file_path']}"
    async with call.session.get(address) as answer:
        assert await answer.read() == b"OggS\r\n--x\r\n"
    again = await call("sendVoice", chat_id=2, voice=voice["file_id"])
    assert again["voice"]["file_id"] == voice["file_id"]
    assert sandbox.person(2).last().kind == "voice"


@pytest.mark.parametrize(
    ("method", "parameters", "description"),
    [
        ("sendPhoto", {"chat_id": 1}, "there is no photo in the request"),
        ("sendPhoto", {"chat_id": 1, "photo": "nothing"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"chat_id": 1, "photo": "https://example.com/a.jpg"}, "failed to get HTTP URL content"),
        ("getFile", {"file_id": "nothing"}, "invalid file_id"),
        ("getFile", {}, "file_id not specified"),
        ("sendChatAction", {"chat_id": 1, "action": "sing"}, "wrong parameter action in request"),
    ],
)
async def test_refused_files(call: Caller, method: str, parameters: dict[str, object], description: str) -> None:
    assert await call.refusal(method, **parameters) == (400, f"Bad Request: {description}")


async def test_file_kinds_captions_and_sizes(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    voice = (await anna.send_voice()).file_id
    large = (await anna.send_document(file_size=20 * 1024 * 1024 + 1)).file_id
    allowed = (await anna.send_document(file_size=20 * 1024 * 1024)).file_id
    assert await call.refusal("sendPhoto", chat_id=1, photo=voice) == (
        400,
        "Bad Request: can't use file of type Voice as Photo",
    )
    assert await call.refusal("getFile", file_id=large) == (400, "Bad Request: file is too big")
    assert (await call("getFile", file_id=allowed))["file_size"] == 20 * 1024 * 1024
    await call("sendVoice", chat_id=1, voice=voice, caption="a" * 1024)
    assert await call.refusal("sendVoice", chat_id=1, voice=voice, caption="a" * 1025) == (
        400,
        "Bad Request: message caption is too long",
    )


async def test_unknown_methods_tokens_and_bodies(sandbox: TelegramSandbox, call: Caller) -> None:
    assert await call.refusal("sendPigeon") == (404, "Not Found: method not found")
    async with call.session.post(f"{sandbox.api_url}/bot1:wrong/getMe") as answer:
        assert (answer.status, (await answer.json())["description"]) == (401, "Unauthorized")
    async with call.session.get(f"{sandbox.api_url}/elsewhere") as answer:
        assert answer.status == 404
    json_type = {"Content-Type": "application/json"}
    for body in (b"{", b"[1]"):
        status, _ = await call.post("getMe", data=body, headers=json_type)
        assert status == 400
    assert (await call.post("getMe", data=b"x", headers={"Content-Type": "multipart/form-data; boundary=y"}))[0] == 400
