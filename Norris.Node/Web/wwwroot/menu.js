// What can be done with a message: one menu, which goes to the message that is pointed at or has the focus. By keyboard: Enter on the messages goes to the last
// one, the arrows to others, Tab into its menu, Escape back to the field.

import { element, find, put } from "./words.js";

const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

export class Menu {
  #does;
  #log = find("log");
  #react = find("react");
  #delete = find("delete-ask");
  #bar = element("div", { className: "menu", role: "group", "aria-label": "This message" });
  #id = "";

  /** What the page does with a message's id: reply, edit, remove, react; and whether a message is one's own, and deleted. */
  constructor(does) {
    this.#does = does;
    this.#log.addEventListener("pointerover", (e) => this.#goTo(e.target));
    this.#log.addEventListener("focusin", (e) => this.#goTo(e.target));
    this.#log.addEventListener("keydown", (e) => this.#key(e));
    this.#log.addEventListener("click", (e) => this.#click(e));
    find("scroller").addEventListener("keydown", (e) => {
      if (e.key === "Enter" && e.target === e.currentTarget) {
        e.preventDefault();
        this.#move(null, -1);
      }
    });
    find("usual-reactions").append(...USUAL.map((text) => this.#button(text, `React with ${text}`, () => this.#choose(text))));
    find("react-form").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#choose(find("reaction").value.trim());
    });
    find("react-close").addEventListener("click", () => this.#react.close());
    this.#delete.addEventListener("close", () => {
      if (this.#delete.returnValue === "delete") {
        this.#does.remove(this.#id);
      }
      this.#delete.returnValue = "";
    });
  }

  #button(text, name, act) {
    const button = element("button", { type: "button", text, title: name, "aria-label": name });
    button.addEventListener("click", act);
    return button;
  }

  #goTo(target) {
    const row = target.closest?.("li[data-id]");
    if (!row || (row === this.#bar.parentElement && row.dataset.id === this.#id)) {
      return;
    }
    if (this.#bar.contains(document.activeElement)) {
      return; // whoever is in the menu by keyboard keeps it
    }
    this.#id = row.dataset.id;
    const id = this.#id;
    this.#bar.replaceChildren(
      this.#button("↩", "Reply", () => this.#does.reply(id)),
      this.#button("☺", "React", () => this.#ask(id)),
      ...(this.#does.isOwn(id) ? [this.#button("✎", "Edit", () => this.#does.edit(id)), this.#button("✕", "Delete", () => this.#askDelete(id))] : []));
    row.append(this.#bar);
  }

  #ask(id) {
    this.#id = id;
    put(find("react-why"), "");
    find("reaction").value = "";
    this.#react.showModal();
  }

  #askDelete(id) {
    this.#id = id;
    this.#delete.showModal();
  }

  #choose(text) {
    const whyNot = this.#does.react(this.#id, text);
    put(find("react-why"), whyNot ?? "");
    if (!whyNot) {
      this.#react.close();
    }
  }

  #click(e) {
    const act = e.target.closest?.("button[data-act]")?.dataset.act;
    const id = e.target.closest?.("li[data-id]")?.dataset.id;
    if (act === "quote") {
      this.#does.show(e.target.closest("button").dataset.to);
    } else if (act && id) {
      this.#does.react(id, act.slice("react ".length));
    }
  }

  #key(e) {
    const row = e.target.closest("li[data-id]");
    if (!row || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    if (e.key === "Escape") {
      find("text").focus();
    } else if (e.target === row && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
      e.preventDefault();
      this.#move(row, e.key === "ArrowUp" ? -1 : 1);
    }
  }

  /** Focuses the message before or behind one; before none is the last. */
  #move(from, step) {
    const rows = [...this.#log.querySelectorAll("li[data-id]")];
    const row = rows.at(from ? Math.max(0, rows.indexOf(from) + step) : -1) ?? from;
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }
}
