// Who speaks in this browser: a guest comes in under a name, and leaves, in all its tabs at once.

import { find, put, recall, remember } from "./words.js";

const NAME = "norris-name";
const LEFT = "norris-left"; // the guest has left: no tab brings it in again by itself

export class Entry {
  #link;
  #dialog = find("enter");
  #badLink = location.hash === "#link"
    ? "That link was opened before, or is not from this node's last start: 'norris token --page PORT' prints a new one. Or come in as a guest." : "";
  #cameBack = false;

  constructor(link) {
    this.#link = link;
    link.addEventListener("stranger", () => this.#isStranger());
    link.addEventListener("room", ({ detail: room }) => room.name && this.#dialog.close());
    addEventListener("storage", ({ key }) => [NAME, LEFT].includes(key) && link.askSoon()); // another tab's doing
    this.#dialog.addEventListener("cancel", (e) => e.preventDefault());
    find("enter-form").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#submit();
    });
    find("leave").addEventListener("click", () => this.leave());
  }

  ask(why) {
    if (why || !this.#dialog.open) {
      put(find("enter-why"), why);
    }
    if (!this.#dialog.open) {
      find("name").value = recall(NAME);
      this.#dialog.showModal();
    }
  }

  /** The guest has this name now, and comes back under it. */
  isNamed(name) {
    remember(NAME, name);
  }

  leave() {
    remember(LEFT, "yes");
    this.#link.leave();
  }

  #isStranger() {
    const known = recall(NAME);
    if (known && !recall(LEFT) && !this.#badLink && !this.#dialog.open && !this.#cameBack) {
      this.#cameBack = true; // once by itself; then the user is asked
      this.#link.enter(known);
    } else {
      this.ask(this.#badLink);
    }
  }

  async #submit() {
    const name = find("name").value.trim();
    const answer = await this.#link.enter(name);
    if (answer.ok) {
      remember(LEFT, "");
      remember(NAME, name);
      this.#dialog.close();
      find("text").focus();
    } else {
      put(find("enter-why"), answer.body?.detail ?? "The node does not answer; try again.");
    }
  }
}
