// What the product decided and why, and what became of each delivery.

import { get } from "./http.js";
import { el, fill, words } from "./dom.js";

const SOON = 350;
const EVERY = 8000;

export class Why {
  constructor(times) {
    this.times = times;
    this.panel = document.getElementById("panel-why");
    this.events = document.getElementById("events");
    this.deliveries = document.getElementById("deliveries");
    this.states = document.getElementById("states");
    this.rows = new Map();
    this.fold = document.getElementById("fold");
    this.fold.addEventListener("click", () => this.toggle());
    setInterval(() => this.refreshSoon(), EVERY);
  }

  toggle() {
    const folded = this.panel.classList.toggle("folded");
    document.body.classList.toggle("why-folded", folded);
    this.fold.setAttribute("aria-expanded", String(!folded));
    this.fold.textContent = folded ? words.why.show : words.why.hide;
    this.refreshSoon();
  }

  /** Many changes in a row are one look. */
  refreshSoon() {
    if (this.timer || document.hidden || !this.panel.offsetParent) return;
    this.timer = setTimeout(() => this.refresh(), SOON);
  }

  async refresh() {
    try {
      this.draw(await get("/page/why"));
    } catch (error) {
      this.states.textContent = fill(words.why.unreachable, { why: error.message });
    } finally {
      this.timer = null;
    }
  }

  draw(told) {
    this.states.replaceChildren(...Object.entries(told.states).map(([state, n]) => el("span", { class: `chip ${state}` }, `${state} ${n}`)));
    this.drawEvents(told);
    this.drawDeliveries(told.deliveries);
  }

  drawEvents({ events, events_in_all: all }) {
    if (!events.length) return;
    const shown = events.map((event) => this.event(event));
    if (all > events.length) shown.push(el("p", { class: "none" }, fill(words.why.more_events, { n: all - events.length })));
    place(this.events, shown);
  }

  /** An event keeps its element while nothing about it changes, so that an open one stays open. */
  event(event) {
    const known = this.rows.get(event.id);
    const print = JSON.stringify(event);
    if (known?.print === print) return known.row;
    const [first] = event.invitations;
    const answered = event.responses.map((one) => fill(words.why.score, { score: one.score }));
    const cases = event.cases.map((one) => fill(words.why.case, { id: one.id, state: one.state }));
    const row = el(
      "details",
      { class: "event", open: known?.row.open },
      el(
        "summary",
        {},
        el("time", {}, this.times.clock(Date.parse(event.occurred_at) / 1000)),
        el("b", {}, event.id),
        el("span", { class: `chip ${event.outcome}` }, event.outcome ?? "…"),
        el("span", { class: "reason" }, [first?.text, ...answered, ...cases].filter(Boolean).join(" · ")),
      ),
      ...event.invitations.flatMap((one) => one.steps.map((step) => this.step(step))),
    );
    this.rows.set(event.id, { print, row });
    return row;
  }

  step(step) {
    return el("p", { class: "step" }, el("time", {}, this.times.moment(Date.parse(step.at) / 1000)), " ", step.text ?? step.step);
  }

  drawDeliveries(rows) {
    if (!rows.length) return;
    const { when, what, state, about } = words.why;
    const head = el("tr", {}, ...[when, what, state, about].map((name) => el("th", { scope: "col" }, name)));
    const body = rows.map((row) =>
      el(
        "tr",
        {},
        el("td", {}, this.times.moment(Date.parse(row.due_at) / 1000)),
        el("td", {}, row.kind.replaceAll("_", " ")),
        el("td", {}, el("span", { class: `chip ${row.state}` }, row.state)),
        el("td", {}, [row.event_id, row.reason?.replaceAll("_", " "), row.attempts > 1 ? fill(words.why.attempts, { n: row.attempts }) : null].filter(Boolean).join(" · ")),
      ),
    );
    const print = JSON.stringify(rows);
    if (print === this.printed) return;
    this.printed = print;
    this.deliveries.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
  }
}

function place(parent, children) {
  const same = children.length === parent.childElementCount && children.every((child, at) => parent.children[at] === child);
  if (!same) parent.replaceChildren(...children);
}
