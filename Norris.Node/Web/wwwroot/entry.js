// Who speaks in this browser, in all its tabs: a guest, who comes in under a name and leaves, or the node's own user.

import { find, put, recall, remember } from "./words.js";

const NAME = "norris-name";
const LEFT = "norris-left"; // the guest has left: no tab brings it in again by itself
const GUEST = "#guest="; // a guest link's end; the page takes it out of the address
const PRIVATE = "This room is private: a browser comes in by a guest link, which somebody inside makes (/guest).";

export class Entry {
  #link;
  #tell;
  #dialog = find("enter");
  #badLink = location.hash === "#link"
    ? "That link was opened before, or is not from this node's last start: 'norris token --page PORT' prints a new one. Or come in as a guest." : "";
  #guest = guestInAddress();
  #cameBack = false;
  #isAnother = location.hash === "#own"; // than the node's own user, as far as this page has said

  constructor(link, tell) {
    this.#link = link;
    this.#tell = tell;
    link.addEventListener("stranger", () => this.#isStranger());
    link.addEventListener("room", ({ detail: room }) => room.name && this.#isIn(room));
    addEventListener("hashchange", () => this.#isGivenAnother());
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

  leave() {
    remember(LEFT, "yes");
    this.#link.leave();
  }

  #isIn(room) {
    this.#dialog.close();
    if (!room.own) {
      remember(NAME, room.name);
      this.#isAnother = true;
    } else if (this.#isAnother) {
      this.#isAnother = false;
      this.#tell(`This browser now speaks as ${room.name}, this node's own user, in all its tabs.`);
    }
  }

  #isStranger() {
    this.#isAnother = true;
    const known = recall(NAME);
    if (known && !recall(LEFT) && !this.#badLink && !this.#dialog.open && !this.#cameBack) {
      this.#cameBack = true; // once by itself; then the user is asked
      this.#enter(known);
    } else {
      this.ask(this.#badLink || (this.#link.room.private && !this.#guest ? PRIVATE : ""));
    }
  }

  /** A guest link was opened where the page was already. */
  #isGivenAnother() {
    this.#guest = guestInAddress() ?? this.#guest;
    history.replaceState(null, "", "/");
    put(find("enter-why"), "");
  }

  async #enter(name) {
    const answer = await this.#link.enter(name, this.#guest);
    if (answer.ok || answer.status === 403) {
      this.#guest = undefined; // it is used, or of no use
    }
    if (!answer.ok) {
      this.ask(answer.body?.detail ?? "The node does not answer; try again.");
    }
    return answer.ok;
  }

  async #submit() {
    const name = find("name").value.trim();
    if (await this.#enter(name)) {
      remember(LEFT, "");
      remember(NAME, name);
      this.#dialog.close();
      find("text").focus();
    }
  }
}

function guestInAddress() {
  return location.hash.startsWith(GUEST) ? location.hash.slice(GUEST.length) : undefined;
}
