// Puts the page together: the state first, then what happens after it.

import { Chat } from "./chat.js";
import { Clock } from "./clock.js";
import { words } from "./dom.js";
import { Faults } from "./faults.js";
import { Guide } from "./guide.js";
import { get } from "./http.js";
import { Times } from "./message.js";
import { Shop } from "./shop.js";
import { listen } from "./stream.js";
import { Tabs } from "./tabs.js";
import { Why } from "./why.js";

async function open() {
  const state = await get("/page/state");
  const times = new Times(state.zone);
  const chats = new Map();
  const byChat = new Map();
  const clock = new Clock(times);
  const faults = new Faults(chats);
  const why = new Why(times);
  let guide = null;
  const tabs = new Tabs((panel) => {
    const chat = chats.get(panel.replace("panel-", ""));
    if (chat) {
      if (chat.pinned) chat.stick();
      chat.seen();
    }
    why.refreshSoon();
  });
  const noticed = (chat) => {
    tabs.badge(chat.seat.key, chat.unread);
    const unread = [...chats.values()].reduce((sum, one) => sum + one.unread, 0);
    document.title = unread ? `(${unread}) ${words.title}` : words.title;
    faults.showBlocks();
    guide?.draw();
  };
  for (const seat of state.seats) {
    const panel = document.getElementById(`panel-${seat.key}`);
    const chat = new Chat(panel, { ...seat }, times, noticed);
    chats.set(seat.key, chat);
    byChat.set(seat.chat, chat);
  }
  const fillIn = (told) => {
    clock.set(told.clock);
    faults.set(told.faults);
    for (const seat of told.seats) chats.get(seat.key).load(seat);
    why.refreshSoon();
  };
  fillIn(state);
  guide = new Guide(chats, state.run);
  new Shop({ chats, clock, times, pressed: (receipt) => (guide.ordered(receipt), why.refreshSoon()) });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const chat of chats.values()) if (chat.pinned) chat.seen();
  });

  const line = document.getElementById("connection");
  const follow = (after) =>
    listen(after, {
      hello: (hello) => {
        if (hello.run !== state.run) location.reload();
        clock.set(hello.clock);
        faults.set(hello.faults);
        line.textContent = words.connection.back;
        line.className = "connection live";
      },
      lost: () => {
        line.textContent = words.connection.lost;
        line.className = "connection lost";
      },
      reset: async () => {
        try {
          const told = await get("/page/state");
          fillIn(told);
          follow(told.last);
        } catch {
          setTimeout(() => location.reload(), 1000);
        }
      },
      changes: (list) => {
        for (const change of list) take(change, byChat.get(change.chat));
        why.refreshSoon();
      },
    });

  function take(change, chat) {
    if (change.clock) clock.set(change.clock);
    if (change.faults) faults.set(change.faults);
    for (const seat of change.seats ?? []) chats.get(seat.key).describe(seat);
    if (change.message) {
      const first = !chat.seat.group && change.message.from.id === chat.seat.person && !chat.seat.started;
      if (first) chat.describe({ ...chat.seat, started: true });
      chat.take(change.message);
    }
    if (change.message_id) chat.remove(change.message_id);
    if (change.action) chat.act(change.action);
  }

  follow(state.last);
  document.body.classList.add("ready");
}

open();
