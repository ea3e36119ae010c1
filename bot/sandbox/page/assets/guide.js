// The first minute: four steps, read off the chats themselves, so that a reload or another window agrees.

import { words } from "./dom.js";
import { textOf } from "./message.js";

const buttons = (message) => (message.reply_markup?.inline_keyboard ?? []).flat();
const offers = (message, prefix) => buttons(message).some((button) => button.callback_data?.startsWith(prefix));

export class Guide {
  constructor(chats, run) {
    this.chats = chats;
    this.key = `otklik guide ${run}`;
    this.section = document.getElementById("guide");
    this.hint = document.getElementById("hint");
    this.steps = [...this.section.querySelectorAll("li")];
    this.leave = document.getElementById("skip-guide");
    this.again = document.getElementById("tour");
    this.reported = false;
    this.leave.addEventListener("click", () => this.show(false));
    this.again.addEventListener("click", () => this.show(true));
    this.show(localStorage.getItem(this.key) !== "left", false);
  }

  show(shown, remember = true) {
    this.section.hidden = !shown;
    this.again.hidden = shown;
    document.body.classList.toggle("guided", shown);
    if (remember) localStorage.setItem(this.key, shown ? "on" : "left");
    this.draw();
  }

  ordered() {
    this.reported = true;
    this.draw();
  }

  draw() {
    const [step, hint, target] = this.section.hidden ? [0, null, null] : this.place();
    const print = `${step} ${hint}`;
    for (const lit of document.querySelectorAll(".beacon")) if (lit !== target) lit.classList.remove("beacon");
    target?.classList.add("beacon");
    if (this.printed === print) return;
    this.printed = print;
    this.steps.forEach((one, at) => {
      one.classList.toggle("done", at < step);
      if (at === step) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    });
    this.hint.textContent = hint === null ? "" : words.guide.hints[hint];
    this.leave.textContent = step >= this.steps.length ? words.guide.finish : words.guide.skip;
  }

  /** How far it has come, what to say, and the button to press. */
  place() {
    const anna = this.messages("anna");
    const card = this.messages("team").find((message) => offers(message, "cc:") || offers(message, "cr:") || message.edited);
    if (card && !offers(card, "cc:")) {
      const claimed = card.edit_date ?? card.date;
      const told = this.messages("olga").some((message) => message.from.is_bot && message.date > claimed && textOf(message).length > 200);
      return told ? [4, "done", document.getElementById("history")] : [3, "week", document.querySelector("[data-move=monday]")];
    }
    if (card) return [2, "claim", this.button("team", card, "cc:")];
    const question = anna.findLast((message) => offers(message, "r:"));
    if (question) return [1, "rate", this.score(question)];
    const asked = this.reported ? "wait" : "deliver";
    return [0, asked, document.querySelector(this.reported ? "[data-move=hour]" : "[data-action=late]")];
  }

  messages(key) {
    return [...(this.chats.get(key)?.messages.values() ?? [])];
  }

  button(key, message, prefix) {
    const article = this.chats.get(key).articles.get(message.message_id);
    return article?.querySelector(`[data-choice^="${prefix}"]`) ?? null;
  }

  score(question) {
    const article = this.chats.get("anna").articles.get(question.message_id);
    return [...(article?.querySelectorAll("[data-choice^='r:']") ?? [])].find((key) => key.dataset.choice.endsWith(":2")) ?? null;
  }
}
