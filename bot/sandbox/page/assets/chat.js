// One chat: its messages, what can be written into it, and what happens in it.

import { act } from "./http.js";
import { Composer } from "./composer.js";
import { el, fill, oncePerFrame, words } from "./dom.js";
import { drawMessage, summaryOf } from "./message.js";

const NEAR_BOTTOM = 48;
const TOAST_SECONDS = 6;
const TYPING_SECONDS = 3;

export class Chat {
  constructor(panel, seat, times, noticed) {
    this.panel = panel;
    this.seat = seat;
    this.times = times;
    this.noticed = noticed;
    this.messages = new Map();
    this.articles = new Map();
    this.waiting = new Map();
    this.lastDay = "";
    this.lastSender = null;
    this.unread = 0;
    this.pinned = true;
    this.log = panel.querySelector(".log");
    this.list = panel.querySelector(".messages");
    this.down = panel.querySelector(".down");
    this.toastLine = panel.querySelector(".toast");
    this.sub = panel.querySelector(".sub");
    this.role = this.sub.textContent;
    this.acting = { command: (text) => this.write(text), start: (payload) => this.start(payload) };
    this.composer = new Composer(panel, this);
    this.flush = oncePerFrame(() => this.drawWaiting());
    this.log.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.log.addEventListener("keydown", (event) => this.onKey(event));
    this.down.addEventListener("click", () => this.scrollDown());
    panel.querySelector(".block")?.addEventListener("click", () => this.toggleBlock());
    new ResizeObserver(() => this.pinned && this.stick()).observe(this.list);
    new ResizeObserver(() => this.pinned && this.stick()).observe(this.log);
  }

  /** Everything anew, as after a break too long to catch up. */
  load(seat) {
    this.articles.clear();
    this.messages.clear();
    this.list.replaceChildren();
    this.lastDay = "";
    this.lastSender = null;
    this.log.setAttribute("aria-live", "off");
    this.describe(seat);
    for (const message of seat.messages) this.waiting.set(message.message_id, message);
    this.drawWaiting();
    this.setUnread(0);
    this.stick();
    // what was there already is not read out
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 500);
  }

  describe(seat) {
    Object.assign(this.seat, seat);
    const block = this.panel.querySelector(".block");
    if (block) {
      block.hidden = !seat.started;
      const label = seat.blocked ? words.chat.unblock : words.chat.block;
      block.setAttribute("aria-label", label);
      block.title = label;
      block.classList.toggle("on", seat.blocked);
    }
    this.composer.describe();
    this.noticed(this);
  }

  /** A new message, or a known one as it is now. */
  take(message) {
    this.waiting.set(message.message_id, message);
    this.flush();
  }

  remove(number) {
    this.waiting.delete(number);
    this.messages.delete(number);
    this.articles.get(number)?.remove();
    this.articles.delete(number);
  }

  act(action) {
    if (action !== "typing") return;
    this.sub.textContent = words.chat.typing;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => (this.sub.textContent = this.role), TYPING_SECONDS * 1000);
  }

  drawWaiting() {
    const added = document.createDocumentFragment();
    let fresh = 0;
    const numbers = [...this.waiting.keys()].sort((a, b) => a - b);
    for (const number of numbers) {
      const message = this.waiting.get(number);
      const known = this.articles.get(number);
      this.messages.set(number, message);
      if (known) this.redraw(known, message);
      else {
        this.append(added, message);
        if (message.from.id !== this.seat.person) fresh += 1;
        else this.pinned = true;
      }
    }
    this.waiting.clear();
    if (added.childNodes.length) {
      this.sub.textContent = this.role;
      this.list.append(added);
      this.composer.keyboard();
    }
    this.panel.querySelector(".empty").hidden = this.messages.size > 0;
    if (this.pinned) this.stick();
    if (fresh && (!this.pinned || document.hidden || !this.panel.offsetParent)) this.setUnread(this.unread + fresh);
    this.noticed(this);
  }

  append(parent, message) {
    const day = this.times.dayOf(message.date);
    if (day !== this.lastDay) {
      parent.append(el("p", { class: "day" }, el("span", {}, day)));
      this.lastDay = day;
      this.lastSender = null;
    }
    const article = el("article", { tabindex: "-1", "data-message": String(message.message_id) });
    drawMessage(article, message, this);
    if (message.from.id === this.lastSender) article.classList.add("follows");
    this.lastSender = article.classList.contains("service") ? null : message.from.id;
    article.setAttribute("aria-label", `${message.from.first_name}, ${this.times.clock(message.date)}`);
    this.articles.set(message.message_id, article);
    parent.append(article);
  }

  redraw(article, message) {
    const follows = article.classList.contains("follows");
    const held = article.contains(document.activeElement) ? document.activeElement : null;
    const choice = held?.dataset.choice;
    const place = held ? [...article.querySelectorAll(".key")].indexOf(held) : -1;
    drawMessage(article, message, this);
    article.classList.toggle("follows", follows);
    if (held === null) return;
    const keys = [...article.querySelectorAll(".key")];
    const next = keys.find((one) => one.dataset.choice === choice) ?? keys[Math.min(Math.max(place, 0), keys.length - 1)];
    (next ?? article).focus({ preventScroll: true });
  }

  async write(text, replyTo = null) {
    await this.attempt(() => act(this.seat, "write", { chat: this.seat.chat, text, ...(replyTo ? { reply_to: replyTo } : {}) }));
  }

  async start(payload) {
    await this.attempt(() => act(this.seat, "start", payload ? { payload } : {}));
  }

  async toggleBlock() {
    await this.attempt(() => act(this.seat, this.seat.blocked ? "unblock" : "block"));
  }

  async tap(message, choice, button) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await act(this.seat, "tap", { chat: this.seat.chat, message_id: message.message_id, choice });
      if (answer.alert) this.alert(answer.popup);
      else if (answer.popup) this.toast(answer.popup);
    } catch (error) {
      this.toast(fill(words.chat.failed, { why: error.message }), true);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** A button under VK's input field. */
  async press(choice) {
    await this.attempt(async () => {
      const answer = await act(this.seat, "press", { choice });
      if (answer.popup) this.toast(answer.popup);
    });
  }

  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.toast(fill(words.chat.failed, { why: error.message }), true);
      return false;
    }
  }

  toast(text, failed = false) {
    this.toastLine.textContent = text;
    this.toastLine.classList.toggle("failed", failed);
    this.toastLine.hidden = false;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (this.toastLine.hidden = true), TOAST_SECONDS * 1000);
  }

  alert(text) {
    document.getElementById("alert-text").textContent = text;
    document.getElementById("alert").showModal();
  }

  replyTo(message) {
    this.composer.quote(message, summaryOf(message));
  }

  show(number) {
    const article = this.articles.get(number);
    if (!article) return;
    this.pinned = false;
    article.scrollIntoView({ block: "center" });
    article.focus({ preventScroll: true });
  }

  onScroll() {
    const left = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
    this.pinned = left < NEAR_BOTTOM;
    this.down.hidden = this.pinned;
    if (this.pinned) this.seen();
  }

  /** Walk through the messages with the arrow keys; R replies to the one in focus. */
  onKey(event) {
    const articles = [...this.articles.values()];
    const at = articles.findIndex((one) => one === document.activeElement);
    if (event.target !== this.log && at < 0) return;
    const to = { ArrowUp: at < 0 ? articles.length - 1 : at - 1, ArrowDown: at < 0 ? articles.length - 1 : at + 1, End: articles.length - 1, Home: 0 }[event.key];
    if (to !== undefined && articles[to]) {
      articles[to].focus({ preventScroll: true });
      articles[to].scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (event.code === "KeyR" && at >= 0 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.replyTo(this.messages.get(Number(articles[at].dataset.message)));
      event.preventDefault();
    }
  }

  stick() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  scrollDown() {
    this.pinned = true;
    this.stick();
    this.log.focus({ preventScroll: true });
  }

  seen() {
    if (this.unread && !document.hidden && this.panel.offsetParent) this.setUnread(0);
  }

  setUnread(number) {
    this.unread = number;
    const badge = this.down.querySelector(".badge");
    badge.textContent = number;
    badge.hidden = number === 0;
    this.noticed(this);
  }
}
