// The shop's buttons, and what it was answered.

import { post } from "./http.js";
import { el, fill, words } from "./dom.js";

const KEPT = 60;

export class Shop {
  constructor({ chats, clock, times, pressed }) {
    this.chats = chats;
    this.clock = clock;
    this.times = times;
    this.pressed = pressed;
    this.journal = document.getElementById("journal");
    this.segments = [...document.querySelectorAll("[data-customer]")];
    for (const segment of this.segments) segment.addEventListener("click", () => this.choose(segment));
    for (const button of document.querySelectorAll("[data-action]")) {
      button.addEventListener("click", () => this.press(button, button.dataset.action));
    }
    const history = document.getElementById("history");
    history.addEventListener("click", () => this.loadHistory(history));
  }

  get customer() {
    return this.segments.find((segment) => segment.getAttribute("aria-pressed") === "true").dataset.customer;
  }

  choose(chosen) {
    for (const segment of this.segments) segment.setAttribute("aria-pressed", String(segment === chosen));
  }

  async press(button, action) {
    const customer = this.customer;
    await this.busy(button, async () => {
      const receipt = await post(`/page/shop/${action}`, { customer });
      this.note(this.word(receipt), receipt.start ? this.opener(customer, receipt.start) : null);
      this.pressed(receipt);
    });
  }

  async loadHistory(button) {
    await this.busy(button, async () => {
      const { added } = await post("/page/history");
      this.note(added ? fill(words.shop.history_done, { added }) : words.shop.history_again);
    });
  }

  async busy(button, work) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      this.note(fill(words.chat.failed, { why: error.message }));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  word(receipt) {
    const kinds = words.shop.receipts;
    const kind = kinds[receipt.action] ?? kinds[receipt.outcome] ?? kinds.other;
    const at = receipt.ask_at ? this.times.moment(Date.parse(receipt.ask_at) / 1000) : "";
    const chosen = receipt.outcome === "nothing" ? kinds.nothing : kind;
    return fill(chosen, { order: receipt.order_id, count: receipt.count, reason: (receipt.reason ?? "").replaceAll("_", " "), at, outcome: receipt.outcome });
  }

  opener(customer, start) {
    const chat = [...this.chats.values()].find((one) => one.seat.customer === customer);
    const label = fill(words.shop.open_link, { name: chat.seat.person_name });
    return el("button", { type: "button", class: "link", onclick: () => chat.start(start) }, label);
  }

  note(text, more = null) {
    const line = el("p", {}, el("time", {}, this.times.clock(this.clock.now())), " ", text);
    if (more) line.append(" ", more);
    this.journal.prepend(line);
    while (this.journal.childElementCount > KEPT) this.journal.lastElementChild.remove();
  }
}
