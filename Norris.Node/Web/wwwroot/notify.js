// Being told while the page is hidden: a count in the title, and a notification where the user wants them and the browser can show them.

import { deed, find, mentions, plain, shorten } from "./words.js";

const NOTIFY_EVERY = 3000;

export class Notify {
  #button = find("notify");
  #unread = 0;
  #notified = 0;

  constructor() {
    this.#button.hidden = !this.possible;
    this.#button.addEventListener("click", () => this.toggle());
  }

  get possible() {
    return "Notification" in window && window.isSecureContext && Notification.permission !== "denied";
  }

  get on() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  async toggle() {
    const on = !this.on && (await Notification.requestPermission()) === "granted";
    this.#button.setAttribute("aria-pressed", String(on));
    this.#button.hidden = !this.possible;
  }

  said(event, me) {
    this.#unread++;
    document.title = `(${this.#unread}) Norris`;
    if (this.on && (Date.now() - this.#notified > NOTIFY_EVERY || mentions(event.text, me))) {
      this.#notified = Date.now();
      try {
        const does = deed(event.text);
        new Notification(`${event.user} says`, { body: plain(shorten(does === null ? event.text : `* ${event.user} ${does}`)), tag: "norris", icon: "icon.svg" });
      } catch {
        // Android's Chrome has the constructor, and throws: it shows none that a page makes.
        this.#button.setAttribute("aria-pressed", "false");
        this.#button.hidden = true;
      }
    }
  }

  seen() {
    this.#unread = 0;
    document.title = "Norris";
  }
}
