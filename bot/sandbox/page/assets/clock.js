// Business time: shown as it runs, moved by buttons.

import { post } from "./http.js";

export class Clock {
  constructor(times) {
    this.times = times;
    this.shown = document.getElementById("now");
    this.speeds = [...document.querySelectorAll("[data-rate]")];
    for (const button of document.querySelectorAll("[data-move]")) {
      button.addEventListener("click", () => this.ask(button, { move: button.dataset.move }));
    }
    for (const button of this.speeds) {
      button.addEventListener("click", () => this.ask(button, { rate: Number(button.dataset.rate) }));
    }
    setInterval(() => this.draw(), 250);
  }

  set({ now, rate }) {
    this.base = now;
    this.rate = rate;
    this.since = performance.now();
    for (const button of this.speeds) button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === rate));
    this.draw();
  }

  /** In seconds since 1970. */
  now() {
    return this.base + ((performance.now() - this.since) / 1000) * this.rate;
  }

  draw() {
    if (this.base === undefined) return;
    const text = this.times.moment(this.now());
    if (this.shown.textContent !== text) this.shown.textContent = text;
  }

  async ask(button, wish) {
    button.setAttribute("aria-busy", "true");
    try {
      this.set(await post("/page/clock", wish));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}
