// What a screen reader reads out of the conversation: what is new, once. A row that is drawn anew, since somebody reacted to its message, is not.

import { element, deed, find, plain, shorten, words } from "./words.js";
import { amends } from "./rows.js";
import { isAmendment } from "./conversation.js";

const KEPT = 20;

export class Announcer {
  #place = find("told");

  say(lines) {
    this.#place.append(...lines.map((text) => element("p", { text })));
    while (this.#place.children.length > KEPT) {
      this.#place.firstElementChild.remove();
    }
  }
}

/** about: the message that it is about, as it stands with this. */
export function spoken(event, about) {
  if (event.event !== "said") {
    return words(event)?.text ?? "";
  }
  const { user, text, relation } = event;
  const quoted = about && plain(shorten(about.said.text));
  if (isAmendment(event)) {
    switch (about && relation.kind) {
      case undefined: return amends(event);
      case "edit": return `${user} edited a message: ${plain(text)}`;
      case "deletion": return `${user} deleted a message: ${quoted}`;
      default: return about.reactions.some((one) => one.text === text && one.by.some(({ name }) => name === user))
        ? `${user} reacted ${plain(text)} to ${about.said.user}: ${quoted}` : `${user} took back ${plain(text)} at ${about.said.user}: ${quoted}`;
    }
  }
  const does = deed(text);
  return does !== null ? `${user} ${plain(does)}` : relation ? `${user} answers ${about?.said.user ?? "an earlier message"}: ${plain(text)}` : `${user}: ${plain(text)}`;
}
