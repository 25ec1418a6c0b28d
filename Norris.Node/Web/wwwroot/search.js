// Looks for words in the archives of the room.

import { colour, dated, element, find, shown } from "./words.js";
import { request } from "./link.js";

const AT_ONCE = 50;
const MOST_WORDS = 256; // so much is asked of an archive

export class Search {
  #panel = find("search");
  #toggle = find("show-search");
  #results = find("found");
  #more = find("found-more");
  #words = "";
  #before = null;
  #asked = 0; // an answer to an earlier question comes too late

  #inPlace;

  /** What shows a message where it was said, and gives why not, if so. */
  constructor(open) {
    this.#inPlace = open;
    this.#toggle.addEventListener("click", () => this.#open(this.#panel.hidden));
    find("search-close").addEventListener("click", () => this.#open(false));
    this.#panel.addEventListener("keydown", (e) => e.key === "Escape" && this.#open(false));
    find("search-form").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#words = find("search-words").value.trim();
      this.#before = null;
      this.#results.replaceChildren();
      this.#more.hidden = true;
      this.#ask();
    });
    this.#more.addEventListener("click", () => this.#ask());
  }

  /** Whether there is anything to search. */
  archives(some) {
    this.#toggle.hidden = !some;
    if (!some && !this.#panel.hidden) {
      this.#open(false);
    }
  }

  /** Looks for words that were typed elsewhere. */
  lookFor(words) {
    this.#open(true);
    find("search-words").value = words;
    find("search-form").requestSubmit();
  }

  #open(open) {
    this.#panel.hidden = !open;
    this.#toggle.setAttribute("aria-expanded", String(open));
    find(open ? "search-words" : "text").focus();
  }

  async #ask() {
    if (!this.#words) {
      this.#say("");
      return;
    }
    if (this.#words.length > MOST_WORDS) {
      this.#say(`At most ${MOST_WORDS} characters can be searched for; these are ${this.#words.length}.`);
      return;
    }
    const asked = ++this.#asked;
    this.#say("Searching …");
    const answer = await request(`/api/history?limit=${AT_ONCE}&q=${encodeURIComponent(this.#words)}${this.#before === null ? "" : `&before=${this.#before}`}`);
    if (asked !== this.#asked) {
      return;
    }
    if (!answer.ok) {
      this.#say(answer.body?.detail ?? "The node does not answer; try again.");
      return;
    }
    // Newest first: what one looks for is more often recent.
    this.#results.append(...answer.body.messages.reverse().map((m) => this.#row(m)));
    this.#before = answer.body.before;
    if (this.#before === null && document.activeElement === this.#more) {
      find("search-words").focus(); // a button that goes takes the focus with it
    }
    this.#more.hidden = this.#before === null;
    const count = this.#results.children.length;
    this.#say(count === 0 ? "No message matches." : `${count}${this.#before === null ? "" : " or more"} ${count === 1 ? "message" : "messages"}, newest first`);
  }

  #say(what) {
    find("found-count").textContent = what;
  }

  #row(said) {
    const place = element("button", { type: "button", className: "place", "aria-label": `Show it in its place, ${dated(said.orderedAt)}` }, element("time", { datetime: said.orderedAt, text: dated(said.orderedAt) }));
    place.addEventListener("click", async () => this.#say(await this.#inPlace(said.seq)));
    return element("li", { "data-seq": said.seq },
      place,
      element("span", { className: `who ${colour(said.user)}`, text: said.user, dir: "auto" }), " ",
      element("span", { className: "text", dir: "auto" }, ...marked(said.text, this.#words)));
  }
}

/**
 * The text, with what was looked for marked in it: words, "phrases" and the beginnings of words (tea*), not what must not be there, nor who and when.
 * Compared as an archive does: without regard to case and accents, and without the punctuation around words.
 */
function marked(text, query) {
  const wanted = (query.match(/-?(?:from:)?["“”„][^"“”„]*["“”„]?|\S+/g) ?? [])
    .filter((w) => !/^(-|(from|since|until):)/.test(w))
    .map((w) => w.split(/\s+/).map((word) => folded(word).replace(/^\p{P}+|\p{P}+$/gu, "")).filter((word) => word.length > 0))
    .filter((words) => words.length > 0)
    .map((words) => words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[\\s\\p{P}]+"));
  if (wanted.length === 0) {
    return shown(text);
  }
  const characters = [...text];
  const from = []; // for each unit of the folded text, the character that it comes from
  let whole = "";
  for (const [i, c] of characters.entries()) {
    whole += folded(c);
    from.push(...Array(whole.length - from.length).fill(i));
  }
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of whole.matchAll(new RegExp(wanted.join("|"), "gu"))) {
    const first = Math.max(end, from[index]);
    let behind = from[index + found.length - 1] + 1;
    while (behind < characters.length && folded(characters[behind]) === "") {
      behind++; // accents
    }
    if (first < behind) {
      parts.push(...shown(characters.slice(end, first).join("")), element("mark", {}, ...shown(characters.slice(first, behind).join(""))));
      end = behind;
    }
  }
  return [...parts, ...shown(characters.slice(end).join(""))];
}

const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/ß/g, "ss").replace(/ς/g, "σ");
