// Who comes and goes: how much of it the conversation tells is each user's own taste, as on the other screens.

import { recall, remember } from "./words.js";

const WANTED = "norris-notices";
const LATELY = 15 * 60 * 1000;

/** As the other screens say it. */
const WORDS = {
  off: "no notices: who comes and goes is not told",
  few: "few notices: who comes and goes and has said nothing lately is counted in one line",
  all: "all notices: everybody who comes and goes is told by name",
};

export class Comings {
  #spoke = new WeakMap(); // by entry: whether its user had spoken lately
  #wanted = recall(WANTED) in WORDS ? recall(WANTED) : "few";

  /** Gives in words what it means. */
  change(wanted) {
    this.#wanted = wanted;
    remember(WANTED, wanted);
    return WORDS[wanted];
  }

  /** Whether an entry is not told by itself. */
  isQuiet(entries, i) {
    const event = entries[i];
    switch (this.#wanted) {
      case "off": return isOne(event);
      case "few": return isOne(event) && (event.event === "joined" || event.reason === "left") && !this.#spokeLately(entries, i);
      default: return false;
    }
  }

  /** What is told of the quiet ones that stand together, at the last of them; empty: nothing is told there. */
  told(entries, i) {
    if (this.#wanted === "off" || (i + 1 < entries.length && this.isQuiet(entries, i + 1))) {
      return "";
    }
    let first = i;
    while (first > 0 && this.isQuiet(entries, first - 1)) {
      first--;
    }
    const came = [];
    const left = [];
    entries.slice(first, i + 1).filter(isOne).forEach((e) => (e.event === "joined" ? came : left).push(e.user));
    return came.length > 0 && left.length > 0 ? `${came.length} came, ${left.length} left` : came.length > 0 ? `${several(came)} joined` : left.length > 0 ? `${several(left)} left` : "";
  }

  #spokeLately(entries, i) {
    if (!this.#spoke.has(entries[i])) {
      this.#spoke.set(entries[i], spokeLately(entries, i));
    }
    return this.#spoke.get(entries[i]);
  }
}

const isOne = (event) => event.event === "joined" || event.event === "left";

const several = (names) => (names.length < 3 ? names.join(" and ") : `${names[0]} and ${names.length - 1} others`);

/** Entries have no time but those that were said: lately is before the last of these. */
function spokeLately(entries, i) {
  let last = null;
  for (let at = i - 1; at >= 0; at--) {
    if (entries[at].event === "said") {
      last ??= Date.parse(entries[at].orderedAt);
      if (last - Date.parse(entries[at].orderedAt) > LATELY) {
        return false;
      }
      if (entries[at].user === entries[i].user) {
        return true;
      }
    }
  }
  return false;
}
