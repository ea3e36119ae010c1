// One message as an element.

import { drawText } from "./entities.js";
import { el, fill, icon, words } from "./dom.js";

const SERVICES = ["new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"];

export class Times {
  constructor(zone) {
    this.time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short" });
    this.day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "long", day: "numeric", month: "long" });
  }

  /** `at` is in seconds. */
  clock(at) {
    return this.time.format(at * 1000);
  }

  dayOf(at) {
    return this.day.format(at * 1000);
  }

  moment(at) {
    return `${this.date.format(at * 1000)}, ${this.clock(at)}`;
  }
}

const STARTED = /^\/start \S+$/;

/** Its text or caption; of a link that was opened only the command is shown, as in the real messenger. */
export function textOf(message) {
  const text = message.text ?? message.caption ?? "";
  return STARTED.test(text) ? "/start" : text;
}

export function kindOf(message) {
  for (const kind of ["photo", "voice", "document", "sticker", "contact"]) if (message[kind]) return kind;
  return message.text === undefined ? "service" : "text";
}

/** What a quote or a notification says about it. */
export function summaryOf(message) {
  return textOf(message) || words.chat.kinds[kindOf(message)] || "";
}

/** Fills `article`; `chat` gives `seat`, `times` and what clicks do. */
export function drawMessage(article, message, chat) {
  const kind = kindOf(message);
  article.replaceChildren();
  if (kind === "service") {
    article.className = "message service";
    article.append(el("p", {}, service(message)));
    return;
  }
  const own = message.from.id === chat.seat.person;
  article.className = `message ${own ? "own" : "theirs"}${message.reply_markup ? " has-keyboard" : ""}`;
  const bubble = el("div", { class: `bubble ${kind}` });
  if (chat.seat.group && !own) bubble.append(el("b", { class: "sender" }, message.from.first_name));
  if (message.reply_to_message) bubble.append(quote(message.reply_to_message, chat));
  const file = drawFile(kind, message, chat);
  if (file) bubble.append(file);
  const text = textOf(message);
  const body = el("div", { class: "text", dir: "auto" });
  if (text) body.append(drawText(text, message.entities ?? message.caption_entities, chat.acting));
  body.append(stamp(message, chat));
  bubble.append(body);
  bubble.append(
    el("button", { type: "button", class: "reply round", tabindex: "-1", "aria-label": words.chat.reply,
      onclick: () => chat.replyTo(message) }, icon("reply")),
  );
  article.append(bubble);
  if (message.reply_markup?.inline_keyboard) article.append(keyboard(message, chat));
}

function stamp(message, chat) {
  const shown = el("span", { class: "stamp" });
  if (message.edited) shown.append(el("span", { class: "edited" }, words.chat.edited), " ");
  shown.append(el("time", { datetime: new Date(message.date * 1000).toISOString() }, chat.times.clock(message.date)));
  return shown;
}

function quote(replied, chat) {
  return el(
    "button",
    { type: "button", class: "in-reply", onclick: () => chat.show(replied.message_id) },
    el("b", {}, replied.from.first_name),
    el("span", {}, summaryOf(replied)),
  );
}

function drawFile(kind, message) {
  if (kind === "photo") {
    const largest = message.photo[message.photo.length - 1];
    const frame = el("div", { class: "picture" });
    const image = el("img", { src: `/page/files/${largest.file_id}`, alt: words.chat.picture, loading: "lazy" });
    image.addEventListener("error", () => frame.replaceChildren(el("span", {}, words.chat.picture)));
    frame.append(image);
    return frame;
  }
  if (kind === "voice") {
    const address = `/page/files/${message.voice.file_id}`;
    return el("audio", { controls: true, preload: "none", src: address, "aria-label": words.chat.voice });
  }
  if (kind === "document") {
    const { file_id, file_name, file_size } = message.document;
    return el(
      "a",
      { class: "file", href: `/page/files/${file_id}`, download: file_name, "aria-label": fill(words.chat.download, { name: file_name }) },
      icon("file"),
      el("span", {}, el("b", {}, file_name), el("small", {}, size(file_size))),
    );
  }
  if (kind === "sticker") return el("span", { class: "emoji" }, message.sticker.emoji ?? words.chat.kinds.sticker);
  if (kind === "contact") return el("span", {}, `${message.contact.first_name} ${message.contact.phone_number}`);
  return null;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function keyboard(message, chat) {
  const rows = message.reply_markup.inline_keyboard.map((row) => el("div", { class: "row" }, ...row.map((button) => key(button, message, chat))));
  return el("div", { class: "keyboard" }, ...rows);
}

function key(button, message, chat) {
  if (button.url) {
    return el("a", { class: "key", href: safe(button.url), target: "_blank", rel: "noopener noreferrer nofollow" },
      button.text, icon("out"));
  }
  const shown = el("button", { type: "button", class: `key ${button.style ?? ""}`, "data-choice": button.callback_data }, button.text);
  shown.addEventListener("click", () => chat.tap(message, button.callback_data, shown));
  return shown;
}

function safe(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function service(message) {
  const kind = SERVICES.find((one) => message[one] !== undefined) ?? "other";
  const who = message.new_chat_members?.[0] ?? message.left_chat_member ?? message.from;
  return fill(words.chat.service[kind], { name: who.first_name });
}
