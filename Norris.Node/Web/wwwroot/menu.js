// What can be done with a message: one menu, which goes to the message that is pointed at or has the focus. By keyboard: Enter on the messages goes to the last
// one, the arrows to others, Enter or Tab into its menu and the arrows, Home and End in there; Escape back to the message, and from there to the field. As the
// menu closes, the focus goes back to where it was.

import { element, find, put } from "./words.js";

const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

export class Menu {
  #does;
  #log = find("log");
  #react = find("react");
  #delete = find("delete-ask");
  #bar = element("div", { className: "menu", role: "menu", "aria-orientation": "horizontal", "aria-label": "This message" });
  #id = "";
  #origin = null; // what had the focus before the menu; null: the menu has it not

  /** What the page does with a message's id: reply, edit, remove, react; and whether a message is one's own, and deleted. */
  constructor(does) {
    this.#does = does;
    this.#log.addEventListener("pointerover", (e) => this.#goTo(e.target));
    this.#log.addEventListener("focusin", (e) => this.#goTo(e.target));
    this.#log.addEventListener("keydown", (e) => this.#key(e));
    this.#log.addEventListener("click", (e) => this.#click(e));
    this.#bar.addEventListener("keydown", (e) => this.#barKey(e));
    this.#bar.addEventListener("focusin", (e) => this.#enter(e));
    this.#bar.addEventListener("focusout", ({ relatedTarget: to }) => {
      if (to && !this.#bar.contains(to) && !to.closest("dialog")) {
        this.#origin = null; // it has gone elsewhere by itself
      }
    });
    document.addEventListener("click", ({ target }) => this.#bar.contains(target) || target.closest("dialog") || this.#leave());
    for (const dialog of [this.#react, this.#delete]) {
      dialog.addEventListener("close", () => this.#leave());
    }
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
    [...this.#bar.children].forEach((item, i) => {
      item.setAttribute("role", "menuitem");
      item.tabIndex = i === 0 ? 0 : -1; // one stop for Tab
    });
    row.append(this.#bar);
  }

  #enter({ target, relatedTarget }) {
    this.#origin ??= relatedTarget ?? this.#bar.parentElement;
    [...this.#bar.children].forEach((item) => (item.tabIndex = item === target ? 0 : -1));
  }

  /** The focus goes back, unless it is somewhere else already. */
  #leave() {
    const origin = this.#origin;
    const at = document.activeElement;
    this.#origin = null;
    if (origin && (at === document.body || at === null || this.#bar.contains(at) || at.closest("dialog"))) {
      const row = this.#log.querySelector(`li[data-id="${CSS.escape(this.#id)}"]`); // it may have been drawn anew
      (origin.isConnected ? origin : row ?? find("text")).focus();
    }
  }

  #barKey(e) {
    const items = [...this.#bar.children];
    const at = items.indexOf(e.target);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[e.key];
    if (e.altKey || e.ctrlKey || e.metaKey || (to === undefined && e.key !== "Escape")) {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
    if (to === undefined) {
      this.#leave();
    } else {
      items.at(to % items.length).focus();
    }
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
    } else if (e.target === row && e.key === "Enter") {
      e.preventDefault();
      this.#bar.firstElementChild.focus();
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
