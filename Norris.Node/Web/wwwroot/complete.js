// Tab completes what stands before the cursor: a name after an @, an emoji after a colon. What fits is shown, and can be clicked.

import { element, find, plain } from "./words.js";

const SHOWN = 8;
const LONGEST_NAME = 32;

/** The ones that people write most, by the names that other chats give them. */
const EMOJI = {
  "+1": "👍", "-1": "👎", clap: "👏", wave: "👋", pray: "🙏", muscle: "💪", eyes: "👀", ok: "👌", raised_hands: "🙌", point_up: "☝️",
  smile: "😄", grin: "😁", joy: "😂", wink: "😉", thinking: "🤔", cry: "😢", sob: "😭", angry: "😠", sweat: "😅", sleeping: "😴",
  heart: "❤️", fire: "🔥", tada: "🎉", rocket: "🚀", star: "⭐", bulb: "💡", bug: "🐛", check: "✅", x: "❌", warning: "⚠️",
  question: "❓", coffee: "☕", tea: "🍵", beer: "🍺", cake: "🍰", pizza: "🍕", sun: "☀️", rain: "🌧️", party: "🥳", shrug: "🤷",
};

export class Complete {
  #text = find("text");
  #shown = find("fitting");
  #names;
  #at = -1; // which of them Tab has put in

  /** The names of the others, whenever they are asked for. */
  constructor(names) {
    this.#names = names;
    this.#text.addEventListener("input", () => this.#look());
    this.#text.addEventListener("blur", () => setTimeout(() => this.#shown.contains(document.activeElement) || this.#hide()));
    this.#text.addEventListener("keydown", (e) => this.#key(e));
  }

  #fitting = null; // where what is completed begins and ends, what it may become, and what stands there now

  #look() {
    const end = this.#text.selectionStart;
    const found = this.#text.selectionEnd === end ? fitting(this.#text.value.slice(0, end), this.#names()) : null;
    this.#fitting = found && { ...found, end };
    this.#at = -1;
    this.#shown.hidden = !found;
    this.#shown.replaceChildren(...(found ? found.words.map((word, i) => this.#button(word, i)) : []));
  }

  #button({ label }, i) {
    const button = element("button", { type: "button", tabindex: "-1", text: plain(label) });
    button.addEventListener("click", () => {
      this.#put(i);
      this.#hide();
      this.#text.focus();
    });
    return button;
  }

  #key(e) {
    if (e.isComposing || !this.#fitting) {
      return;
    }
    if (e.key === "Tab" && !e.shiftKey && !e.ctrlKey && !e.altKey) {
      e.preventDefault();
      this.#put((this.#at + 1) % this.#fitting.words.length);
    } else if (e.key === "Escape" || e.key === "Enter") {
      this.#hide();
    }
  }

  #put(i) {
    const { start, end, words } = this.#fitting;
    this.#at = i;
    this.#text.setRangeText(words[i].text, start, end, "end");
    this.#fitting.end = start + words[i].text.length;
    [...this.#shown.children].forEach((button, at) => button.classList.toggle("chosen", at === i));
  }

  #hide() {
    this.#fitting = null;
    this.#shown.hidden = true;
  }
}

/** What the end of a text may become: where it begins, and the words; null: nothing fits. */
function fitting(before, names) {
  const colon = before.match(/(?:^|[\s(]):([a-z0-9_+-]+)$/);
  if (colon) {
    return some(before.length - colon[1].length - 1, Object.entries(EMOJI).filter(([name]) => name.startsWith(colon[1])).map(([name, emoji]) => ({ label: `${emoji} ${name}`, text: `${emoji} ` })));
  }
  // A name may have spaces in it.
  const at = before.lastIndexOf("@");
  if (at < 0 || before.length - at > LONGEST_NAME + 1 || /[\p{L}\p{N}]$/u.test(before.slice(0, at))) {
    return null;
  }
  const begun = before.slice(at + 1).toLowerCase();
  return some(at, names.filter((name) => name.toLowerCase().startsWith(begun)).sort().map((name) => ({ label: `@${name}`, text: `@${name} ` })));
}

const some = (start, words) => (words.length > 0 ? { start, words: words.slice(0, SHOWN) } : null);
