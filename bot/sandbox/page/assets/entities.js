// Text with its entities as elements. Offsets count UTF-16 code units, as strings of JavaScript do.

import { el } from "./dom.js";

const FOUND = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)]|(?<![\w/<])\/[a-z][a-z0-9_]{0,31}\b/gi;
const ELEMENTS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  spoiler: "span",
};

/** `command` is called with a command somebody clicks, `start` with the parameter of a link that starts the bot. */
export function drawText(text, entities, acting) {
  const fragment = document.createDocumentFragment();
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  draw(fragment, text, sorted, 0, text.length, acting);
  return fragment;
}

function draw(parent, text, entities, from, to, acting) {
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    next += 1;
    if (end <= start) continue;
    plain(parent, text.slice(at, start), acting);
    const inner = [];
    while (next < entities.length && entities[next].offset < end) inner.push(entities[next++]);
    const element = open(entity, text.slice(start, end), acting);
    if (element.draws) draw(element.node, text, inner, start, end, acting);
    parent.append(element.node);
    at = end;
  }
  plain(parent, text.slice(at, to), acting);
}

function open(entity, covered, acting) {
  if (entity.type === "text_link") return { node: link(entity.url, acting), draws: true };
  if (entity.type === "bot_command") return { node: command(covered, acting), draws: false };
  const tag = ELEMENTS[entity.type];
  if (tag === undefined) {
    const node = el("span");
    plain(node, covered, acting);
    return { node, draws: false };
  }
  return { node: el(tag, entity.type === "spoiler" ? { class: "spoiler", tabindex: "0" } : {}), draws: true };
}

function plain(parent, text, acting) {
  let at = 0;
  for (const found of text.matchAll(FOUND)) {
    parent.append(text.slice(at, found.index));
    const part = found[0];
    if (part.startsWith("/")) parent.append(command(part, acting));
    else {
      const anchor = link(part, acting);
      anchor.append(part);
      parent.append(anchor);
    }
    at = found.index + part.length;
  }
  if (at < text.length) parent.append(text.slice(at));
}

function command(text, acting) {
  const anchor = inner(() => acting.command(text));
  anchor.append(text);
  return anchor;
}

/** A link that does something here; a button would not break across lines as words do. */
function inner(work) {
  return el("a", { href: "#", onclick: (event) => (event.preventDefault(), work()) });
}

function link(address, acting) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return el("span");
  }
  const start = url.hostname === "t.me" ? url.searchParams.get("start") : null;
  if (start !== null) return inner(() => acting.start(start));
  if (url.protocol !== "https:" && url.protocol !== "http:") return el("span");
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" });
}
