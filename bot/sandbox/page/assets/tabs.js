// On a narrow screen the panels are tabs; one is reached by Tab, the others by the arrow keys.

import { fill, words } from "./dom.js";

const NARROW = matchMedia("(max-width: 819px)");

export class Tabs {
  constructor(shown) {
    this.shown = shown;
    this.list = document.getElementById("tabs");
    this.tabs = [...this.list.querySelectorAll(".tab")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    NARROW.addEventListener("change", () => this.arrange());
    this.chosen = this.tabs[1];
    this.arrange();
  }

  arrange() {
    const narrow = NARROW.matches;
    if (narrow) this.list.setAttribute("role", "tablist");
    else this.list.removeAttribute("role");
    for (const tab of this.tabs) {
      const panel = document.getElementById(tab.dataset.panel);
      const chosen = tab === this.chosen;
      if (narrow) {
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", panel.id);
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        panel.setAttribute("role", "tabpanel");
      } else panel.removeAttribute("role");
      panel.classList.toggle("away", narrow && !chosen);
    }
    this.shown(this.chosen.dataset.panel);
  }

  choose(tab) {
    this.chosen = tab;
    this.arrange();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  onKey(event) {
    const at = this.tabs.indexOf(this.chosen);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(this.tabs[to]);
    this.chosen.focus();
  }

  badge(key, unread) {
    const tab = document.getElementById(`tab-${key}`);
    const badge = tab.querySelector(".badge");
    badge.textContent = unread;
    badge.hidden = unread === 0;
    if (unread) badge.setAttribute("aria-label", fill(words.chat.unread, { n: unread }));
    else badge.removeAttribute("aria-label");
  }
}
