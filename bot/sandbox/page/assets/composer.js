// Everything below a chat's messages: text, files, voice, commands, reply keyboard, start and unblock.

import { act } from "./http.js";
import { el, fill, words } from "./dom.js";
import { encode, Recorder, samplePhoto, sampleReceipt, sampleVoice } from "./media.js";

const LARGEST_FILE = 10 * 1024 * 1024;

export class Composer {
  constructor(panel, chat) {
    this.chat = chat;
    this.form = panel.querySelector(".composer");
    this.area = this.form.querySelector("textarea");
    this.sendButton = this.form.querySelector(".send");
    this.recordButton = this.form.querySelector(".record");
    this.attachButton = this.form.querySelector(".attach");
    this.commandsButton = this.form.querySelector(".commands");
    this.menu = panel.querySelector(".menu");
    this.bar = panel.querySelector(".bar");
    this.replies = panel.querySelector(".reply-keyboard");
    this.quoteLine = panel.querySelector(".quote");
    this.chooser = panel.querySelector("input[type=file]");
    this.recorder = new Recorder();
    this.quoted = null;
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.area.addEventListener("input", () => this.resize());
    this.area.addEventListener("keydown", (event) => this.onKey(event));
    this.attachButton.addEventListener("click", () => this.toggle(this.attachButton, this.attachments()));
    this.commandsButton?.addEventListener("click", () => this.toggle(this.commandsButton, this.commands()));
    this.recordButton.addEventListener("click", () => this.record());
    this.quoteLine.querySelector("button").addEventListener("click", () => this.quote(null));
    this.bar.querySelector("button").addEventListener("click", () => this.pressBar());
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.escape());
    panel.addEventListener("pointerdown", (event) => {
      if (!this.menu.hidden && !this.menu.contains(event.target) && !event.target.closest("[aria-controls]")) this.close();
    });
  }

  describe() {
    const { seat } = this.chat;
    const closed = seat.blocked || !seat.started;
    this.form.hidden = closed;
    this.bar.hidden = !closed;
    this.bar.querySelector("button").textContent = seat.blocked ? words.chat.unblock : words.chat.start;
    if (closed) {
      this.close();
      this.replies.hidden = true;
    } else if (seat.messenger === "vk") this.keyboard();
  }

  pressBar() {
    if (this.chat.seat.blocked) this.chat.toggleBlock();
    else this.chat.start(null);
  }

  async submit(event) {
    event.preventDefault();
    const text = this.area.value.trim();
    if (!text) return;
    const replyTo = this.quoted;
    this.area.value = "";
    this.quote(null);
    this.resize();
    await this.chat.write(text, replyTo);
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  resize() {
    const filled = this.area.value.trim() !== "";
    this.sendButton.hidden = !filled;
    this.recordButton.hidden = filled;
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight, 120)}px`;
  }

  quote(message, summary = "") {
    this.quoted = message?.message_id ?? null;
    this.quoteLine.hidden = message === null;
    if (message === null) return;
    this.quoteLine.querySelector("b").textContent = fill(words.chat.replying, { name: message.from.first_name });
    this.quoteLine.querySelector("span").textContent = summary;
    this.area.focus();
  }

  escape() {
    if (!this.menu.hidden) this.close(true);
    else if (this.quoted) this.quote(null);
  }

  toggle(button, items) {
    const wasOpen = button.getAttribute("aria-expanded") === "true";
    this.close();
    if (wasOpen) return;
    this.opener = button;
    button.setAttribute("aria-expanded", "true");
    this.menu.replaceChildren(...items);
    this.menu.hidden = false;
    this.menu.querySelector("button")?.focus();
  }

  close(refocus = false) {
    this.menu.hidden = true;
    this.opener?.setAttribute("aria-expanded", "false");
    if (refocus) this.opener?.focus();
  }

  commands() {
    const listed = this.chat.seat.commands;
    if (!listed.length) return [el("p", { class: "none" }, words.chat.no_commands)];
    return listed.map(([command, description]) =>
      this.item(() => this.chat.write(`/${command}`), el("b", {}, `/${command}`), el("span", {}, description)),
    );
  }

  attachments() {
    const { chat } = words;
    return [
      this.item(() => this.sendBlob("photo", samplePhoto()), chat.photo_sample),
      this.item(() => this.choose("photo", "image/jpeg,image/png,image/webp"), chat.photo),
      this.item(() => this.sendVoice(sampleVoice()), chat.voice_sample),
      this.item(() => this.sendBlob("document", sampleReceipt(), { name: "receipt.txt" }), chat.document_sample),
      this.item(() => this.choose("document", ""), chat.document),
    ];
  }

  item(work, ...label) {
    return el("button", { type: "button", onclick: () => (this.close(true), work()) }, ...label);
  }

  choose(kind, accept) {
    this.chooser.accept = accept;
    this.chooser.value = "";
    this.chooser.onchange = () => {
      const [file] = this.chooser.files;
      if (file) this.sendBlob(kind, Promise.resolve(file), { name: file.name });
    };
    this.chooser.click();
  }

  async record() {
    if (this.recorder.running) {
      this.recorder.stop();
      return;
    }
    const recorded = await this.recorder.start();
    if (recorded === null) {
      this.chat.toast(words.chat.cannot_record);
      await this.sendVoice(sampleVoice());
      return;
    }
    this.recordButton.classList.add("on");
    this.recordButton.setAttribute("aria-label", words.chat.recording);
    await this.sendVoice(recorded.promised);
    this.recordButton.classList.remove("on");
    this.recordButton.setAttribute("aria-label", words.chat.record);
  }

  async sendVoice(recorded) {
    const { blob, duration } = await recorded;
    await this.sendBlob("voice", Promise.resolve(blob), { duration });
  }

  async sendBlob(kind, promised, more = {}) {
    const blob = await promised;
    if (blob.size > LARGEST_FILE) {
      this.chat.toast(words.chat.too_large, true);
      return;
    }
    const replyTo = this.quoted;
    this.quote(null);
    const { chat } = this.chat.seat;
    const content = await encode(blob);
    const body = { chat, content, content_type: blob.type || "application/octet-stream", ...more };
    if (replyTo) body.reply_to = replyTo;
    await this.chat.attempt(() => act(this.chat.seat, kind, body));
  }

  /** What lies under the input field: in VK as long as VK says so, else the reply keyboard the newest message brought. */
  keyboard() {
    if (this.chat.seat.messenger === "vk") {
      const lying = this.chat.seat.keyboard ?? [];
      this.lay(lying, (button) => button.text, (button) => this.chat.press(button.callback_data));
      return;
    }
    const rows = [...this.chat.messages.values()].reverse().find((message) => message.reply_keyboard)?.reply_keyboard;
    if (rows) this.lay(rows, (text) => text, (text) => this.chat.write(text));
    else this.replies.hidden = true;
  }

  lay(rows, label, press) {
    this.replies.hidden = !rows.length || this.form.hidden;
    const key = (one) => el("button", { type: "button", class: "key", onclick: () => press(one) }, label(one));
    this.replies.replaceChildren(...rows.map((row) => el("div", { class: "row" }, ...row.map(key))));
  }
}
