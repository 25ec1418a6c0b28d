// Being told while the page is hidden: a count in the title, and a notification where the user wants them and the browser can show them.

import { deed, find, mentions, plain, put, recall, remember, set, shorten } from "./words.js";

const NOTIFY_EVERY = 3000;
const WANTED = "norris-notify";
const NEXT = { none: "mentions", mentions: "all", all: "none" };
const WORDS = { none: "Notify me", mentions: "Notifies of mentions", all: "Notifies of everything" };

export class Notify {
  #button = find("notify");
  #wanted = "none";
  #unread = 0;
  #notified = 0;

  constructor() {
    // A browser that was told to allow it may have been told otherwise since.
    this.#want(this.possible && Notification.permission === "granted" && recall(WANTED) in NEXT ? recall(WANTED) : "none");
    this.#button.addEventListener("click", () => this.toggle());
  }

  get possible() {
    return "Notification" in window && window.isSecureContext && Notification.permission !== "denied";
  }

  /** None, mentions, all, and none again. The browser asks the user only when one wants some. */
  async toggle() {
    const next = NEXT[this.#wanted];
    const may = next === "none" || (await Notification.requestPermission()) === "granted";
    this.#want(may ? next : "none");
    remember(WANTED, this.#wanted);
  }

  said(event, me) {
    this.#unread++;
    document.title = `(${this.#unread}) Norris`;
    const isMention = mentions(event.text, me);
    if (isMention ? this.#wanted !== "none" : this.#wanted === "all" && Date.now() - this.#notified > NOTIFY_EVERY) {
      this.#notified = Date.now();
      try {
        const does = deed(event.text);
        new Notification(`${event.user} says`, { body: plain(shorten(does === null ? event.text : `* ${event.user} ${does}`)), tag: "norris", icon: "icon.svg" });
      } catch {
        // Android's Chrome has the constructor, and throws: it shows none that a page makes.
        this.#want("none");
        this.#button.hidden = true;
      }
    }
  }

  seen() {
    this.#unread = 0;
    document.title = "Norris";
  }

  #want(what) {
    this.#wanted = what;
    this.#button.hidden = !this.possible;
    set(this.#button, "aria-pressed", String(what !== "none"));
    put(this.#button, WORDS[what]);
  }
}
