// Trouble that can be switched on, and watched being survived.

import { get, post, remove } from "./http.js";

const MESSENGERS = ["telegram", "vk"];
const FAULTS = {
  slow: { kind: "slow", seconds: 2, times: null },
  too_many_requests: { kind: "too_many_requests", retry_after: 2, times: null, methods: ["sendMessage", "messages.send"] },
  server_error: { kind: "server_error", status: 502, times: null },
};

export class Faults {
  constructor(chats) {
    this.chats = chats;
    this.switches = [...document.querySelectorAll("[data-fault]")];
    this.blocks = [...document.querySelectorAll("[data-blocks]")];
    for (const one of this.switches) one.addEventListener("click", () => this.toggle(one));
    for (const one of this.blocks) one.addEventListener("click", () => this.chats.get(one.dataset.blocks).toggleBlock());
  }

  /** `kinds` are those in force. */
  set(kinds) {
    for (const one of this.switches) one.setAttribute("aria-checked", String(kinds.includes(one.dataset.fault)));
  }

  showBlocks() {
    for (const one of this.blocks) {
      one.setAttribute("aria-checked", String(Boolean(this.chats.get(one.dataset.blocks)?.seat.blocked)));
    }
  }

  async toggle(one) {
    const kind = one.dataset.fault;
    if (one.getAttribute("aria-checked") === "false") {
      for (const messenger of MESSENGERS) await post(`/${messenger}/sandbox/faults`, FAULTS[kind]);
      return;
    }
    for (const messenger of MESSENGERS) {
      const { faults } = await get(`/${messenger}/sandbox/state`);
      for (const fault of faults.filter((found) => found.kind === kind)) await remove(`/${messenger}/sandbox/faults?number=${fault.number}`);
    }
  }
}
