// The conversation. All that came is kept as data, up to a bound; only a window of it is in the page, so that it stays quick.

import { said } from "./said.js";
import { colour, dayOf, deed, element, find, mentions, words } from "./words.js";
import { amends, pendingRow } from "./rows.js";
import { request } from "./link.js";
import { Announcer, spoken } from "./announce.js";
import { Comings } from "./comings.js";
import { Conversation, isAmendment } from "./conversation.js";
import { filled, gapOf, gapRow, isGap } from "./gaps.js";

const KEPT = 20000;
const WINDOW = 300; // rows in the page while one reads at the end
const MOST = 1200; // rows in the page at all
const STEP = 200;
const READ_OUT = 8; // new entries at once; more are only counted
const DRAW_EVERY = 50; // milliseconds: while messages pour in, most frames are left to the keys
const HIDDEN_EVERY = 500; // no frame comes then
const NEW_SINCE = "new since you were here"; // as the other screens say it
const TOGETHER = 5 * 60 * 1000; // one name above what was said within this time

export class Transcript {
  entries = [];
  conversation = new Conversation();
  me = "";
  live = false; // what comes has just been ordered; before, the page catches up with the past
  #id = ""; // of the user
  #from = 0; // the window: entries[from … to)
  #to = 0;
  #scroller = find("scroller");
  #log = find("log");
  #newer = find("newer");
  #earlier = find("earlier");
  #drawing = 0;
  #drawn = 0;
  #top = 0;
  #height = 0;
  #atEnd = true;
  #added = 0; // ever
  #read = 0; // of those, when one left the end
  #archived = false; // somebody in the room keeps an archive
  #exhausted = false; // and this page has all of it
  #fetching = null; // the archive's next page, while it is on its way
  #seen = 0; // the last number that was drawn in sight of the user
  #away = { after: 0, to: 0 }; // what was ordered while the user was not here
  #mark = null; // the first message of those
  #missedRead = false;
  #between;
  #filling = null; // the gap that is being filled
  #comings = new Comings();
  #announcer = new Announcer();
  #fresh = []; // to be read out

  /** What gives the entries from one number to another, as far as somebody has them. */
  constructor(between) {
    this.#between = between;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#newer.addEventListener("click", () => this.toEnd());
    this.#earlier.addEventListener("click", () => this.#showEarlier());
    // Whatever changes size, who is at the end stays there.
    const sizes = new ResizeObserver(() => this.#atEnd && this.#stick());
    [this.#scroller, this.#log, find("pending")].forEach((e) => sizes.observe(e));
  }

  /** Takes an event; what it looks like is drawn with the next frame, many at once. */
  add(event) {
    if (event.event === "retracted") {
      this.#takeBack(event.first);
    }
    if (event.event === "said") {
      this.#changed(this.conversation.take(event), event);
    } else if (!words(event)) {
      return;
    }
    if (event.event === "new-room") {
      this.conversation = new Conversation(this.conversation);
      this.entries.filter(isGap).forEach((gap) => (gap.why ||= "that was in another room"));
      this.#redraw();
      this.#seen = 0; // its numbers begin anew
      this.#away = { after: 0, to: 0 };
      this.#mark = null;
    } else if (this.#mark === null && this.#isNew(event)) {
      this.#mark = event.seq;
    }
    this.entries.push(event);
    if (isGap(event)) {
      this.#findGaps();
    }
    const before = this.entries.length - 2;
    if (before >= this.#from && before < this.#to && this.#comings.isQuiet(this.entries, before) && this.#comings.isQuiet(this.entries, before + 1)) {
      this.#drawAgain(before); // they are told together
    }
    if (this.live) {
      this.#fresh.push(event);
    }
    this.#added += isAmendment(event) ? 0 : 1;
    if (this.entries.length > KEPT + 1000) {
      this.#forget(this.entries.length - KEPT);
    }
    this.#soon();
  }

  /** What was shown from a number on is not in the order. Its texts stay, as what they are; what has these numbers comes anew. */
  #takeBack(first) {
    const room = this.#roomBegins();
    this.entries = this.entries.flatMap((event, i) => {
      if (i < room || !((isGap(event) ? event.last : event.seq) >= first)) {
        return [event];
      }
      return isGap(event) && event.first < first ? [gapOf(event.first, first - 1)]
        : event.event === "said" && !isAmendment(event) ? [{ event: "withdrawn", user: event.user, text: event.text }] : [];
    });
    this.conversation.retract(first);
    this.#findGaps();
    this.#seen = Math.min(this.#seen, first - 1);
    this.#mark = this.#mark >= first ? null : this.#mark;
    this.#fresh = this.#fresh.filter((event) => this.entries.includes(event));
    this.#to = this.#atEnd ? this.entries.length : Math.min(this.#to, this.entries.length);
    this.#from = this.#atEnd ? Math.max(0, this.#to - WINDOW) : Math.min(this.#from, this.#to);
    this.#redraw();
  }

  /** What came before is of another room, with numbers of its own. */
  #roomBegins() {
    return this.entries.findLastIndex((event) => event.event === "new-room") + 1;
  }

  #findGaps() {
    this.conversation.misses(this.entries.slice(this.#roomBegins()).filter(isGap));
  }

  /** Whom the user wants to be told of who comes and goes. Gives in words what it means. */
  tells(wanted) {
    const means = this.#comings.change(wanted);
    this.#redraw();
    return means;
  }

  /** The user's own name is known now, or another one. */
  isMe(name, id = this.#id) {
    if (name !== this.me || id !== this.#id) {
      [this.me, this.#id] = [name, id];
      this.#redraw();
    }
  }

  /** Goes to a message; false: it is not on this page. */
  show(id) {
    const at = this.entries.indexOf(this.conversation.find(id)?.said);
    if (at < 0) {
      return false;
    }
    if (at < this.#from || at >= this.#to) {
      this.#from = Math.max(0, at - WINDOW / 2);
      this.#to = Math.min(this.entries.length, this.#from + WINDOW);
      this.#atEnd = false;
      this.#redraw();
    }
    const row = this.#log.children[at - this.#from];
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    this.#showButtons();
    return true;
  }

  /** What is in the page of a message is drawn anew after another one changed it; where its text did, the replies that quote it, too. */
  #changed(said, by) {
    for (let i = this.#from; said && i < this.#to; i++) {
      if (this.entries[i] === said || (by.relation.kind !== "reaction" && this.entries[i].relation?.id === said.id)) {
        this.#drawAgain(i);
      }
    }
  }

  #drawAgain(i) {
    const [before, now] = [this.#log.children[i - this.#from], this.#row(i)];
    const act = before.contains(document.activeElement) && (document.activeElement.dataset.act ?? "row");
    before.replaceWith(now);
    act && (now.querySelector(`[data-act="${CSS.escape(act)}"]`) ?? now).focus();
  }

  archives(some) {
    this.#exhausted &&= some; // whoever keeps one next may have more
    if (some && !this.#archived) {
      this.entries.slice(this.#roomBegins()).filter(isGap).forEach((gap) => (gap.why = ""));
      this.#redraw();
    }
    this.#archived = some;
    this.#showButtons();
  }

  toEnd() {
    this.#atEnd = true;
    if (this.#to < this.entries.length) {
      this.#to = this.entries.length;
      this.#from = Math.max(0, this.#to - WINDOW);
      this.#redraw();
    }
    this.#stick();
    this.#see();
    this.#showButtons();
  }

  /** The last number that the user has been shown. */
  get seen() {
    return this.#seen;
  }

  /** The user is here again, and was shown nothing behind one number: what came since, up to another, begins with a mark. */
  isBack(after, to) {
    this.#seen = after;
    if (after > 0 && after < to) {
      this.#away = { after, to };
      this.#placeMark();
    }
    this.#see();
  }

  /** A page that was closed begins with what its node holds; what came before, and the user has not seen, is missing: a little of it is shown at once. */
  async readMissed() {
    const first = this.entries.find((e) => e.seq !== undefined)?.seq;
    if (this.#missedRead || this.#away.after === 0 || first === undefined) {
      return;
    }
    this.#missedRead = true;
    if (first > this.#away.after + 1) {
      const gap = gapOf(this.#away.after + 1, first - 1);
      this.#replace(0, 0, [gap]);
      if (this.#archived && gap.count <= STEP) {
        await this.#fill(gap);
      }
    }
  }

  /** Puts something else in the place of entries. */
  #replace(at, count, entries) {
    this.entries.splice(at, count, ...entries);
    const more = entries.length - count;
    if (at < this.#from) {
      this.#from += more;
      this.#to += more;
    } else if (at <= this.#to) {
      this.#to += more;
      if (this.#to - this.#from > MOST) {
        this.#from = this.#atEnd ? this.#to - MOST : Math.max(this.#from, at - 1);
        this.#to = Math.min(this.#to, this.#from + MOST);
      }
    }
    this.#findGaps();
    this.#redraw();
    this.#placeMark();
    this.#showButtons();
  }

  /** Fills a gap, or its first part, in its place. Gives why not, if so. */
  async #fill(gap) {
    if (this.#filling || gap.why) {
      return gap.why || "The page is reading already; try again in a moment.";
    }
    const spare = KEPT - this.entries.length;
    if (spare < MOST) {
      gap.why = `this page keeps ${KEPT.toLocaleString("en")} entries, and has them: search for words of that time`;
    } else {
      [this.#filling, gap.trouble] = [gap, ""];
      this.#gapChanged(gap);
      const came = await this.#between(gap.first, gap.last);
      this.#filling = null;
      const within = came ? filled(gap, came) : [];
      if (within.length > 1 || within[0]?.seq !== undefined || within[0]?.why) {
        const at = this.entries.indexOf(gap);
        if (at >= 0) {
          within.filter((event) => event.event === "said").forEach((event) => this.conversation.take(event));
          this.#replace(at, 1, within.filter((event) => event.event === "said" || words(event)));
        }
        return "";
      }
      gap.trouble = came ? "The node has nothing of it now; try again." : "The node does not answer; try again.";
    }
    this.#gapChanged(gap);
    return gap.why ?? gap.trouble;
  }

  #gapChanged(gap) {
    const i = this.entries.indexOf(gap);
    if (i >= this.#from && i < this.#to) {
      this.#drawAgain(i);
    }
  }

  /** Somebody asks for what is missing. The focus goes to the first of what came, and how much that is is read out. */
  async #show(gap) {
    const above = this.entries[this.entries.indexOf(gap) - 1];
    const next = this.entries[this.entries.indexOf(gap) + 1];
    const whyNot = await this.#fill(gap);
    if (this.entries.includes(gap)) {
      whyNot && this.#announcer.say([whyNot]);
      return;
    }
    this.#atEnd = false;
    const at = this.entries.indexOf(above) + 1; // what is above may have grown meanwhile
    const end = next ? this.entries.indexOf(next) : this.entries.length;
    const rows = [...this.#log.children].slice(Math.max(0, at - this.#from), Math.max(0, end - this.#from));
    const first = rows.find((row) => row.hasAttribute("tabindex") && !row.hidden) ?? this.#scroller;
    first.scrollIntoView({ block: "nearest" });
    first.focus({ preventScroll: true });
    const missing = this.entries.slice(at, end).filter(isGap).reduce((sum, rest) => sum + rest.count, 0);
    this.#announcer.say([`${gap.count - missing} shown${missing > 0 ? `; ${missing} are still missing` : ""}`]);
    this.#showButtons();
  }

  pending(items, act) {
    find("pending").replaceChildren(...items.map((item) => pendingRow(item, this.me, act)));
    this.#showButtons();
    if (this.#atEnd) {
      this.#stick();
    }
  }

  #soon() {
    this.#drawing ||= document.hidden
      ? setTimeout(() => this.#draw(), HIDDEN_EVERY)
      : setTimeout(() => (document.hidden ? this.#draw() : requestAnimationFrame(() => this.#draw())), Math.max(0, this.#drawn + DRAW_EVERY - performance.now()));
  }

  #draw() {
    this.#drawing = 0;
    this.#drawn = performance.now();
    this.#readOut();
    const fresh = this.entries.length - this.#to;
    if (fresh > 0 && (this.#atEnd || this.#to - this.#from + fresh <= MOST)) {
      if (this.#atEnd && fresh >= WINDOW) {
        this.#to = this.entries.length;
        this.#from = this.#to - WINDOW;
        this.#redraw();
      } else {
        this.#log.append(...this.#rows(this.#to, this.entries.length));
        this.#to = this.entries.length;
      }
    }
    if (this.#atEnd) {
      // Many at once, and seldom: whatever goes above moves all the rest, which is then painted anew.
      if (this.#to - this.#from > WINDOW + STEP) {
        while (this.#to - this.#from > WINDOW) {
          this.#log.firstElementChild.remove();
          this.#from++;
        }
      }
      this.#stick();
      this.#see();
    }
    this.#showButtons();
  }

  #readOut() {
    const fresh = this.#fresh.splice(0);
    const line = (event) => {
      const at = this.entries.lastIndexOf(event);
      return at < 0 || this.#comings.isQuiet(this.entries, at) ? "" : spoken(event, this.conversation.about(event));
    };
    this.#announcer.say(fresh.length > READ_OUT ? [`${fresh.length} new entries. ${line(fresh.at(-1))}`] : fresh.map(line).filter(Boolean));
  }

  #redraw() {
    this.#log.replaceChildren(...this.#rows(this.#from, this.#to));
    if (this.#atEnd) {
      this.#stick();
    }
  }

  /** Draws the first message in the page anew: who and what day came before it is known now, or another one. */
  #redrawFirst() {
    const first = this.entries.findIndex((e, i) => i >= this.#from && isToRead(e));
    if (first >= 0 && first < this.#to) {
      this.#log.children[first - this.#from].replaceWith(this.#row(first));
    }
  }

  #forget(count) {
    this.entries.splice(0, count).forEach((event) => this.conversation.forget(event));
    const rows = Math.max(0, Math.min(this.#log.children.length, count - this.#from));
    for (let i = 0; i < rows; i++) {
      this.#log.firstElementChild.remove();
    }
    this.#from = Math.max(0, this.#from - count);
    this.#to = Math.max(this.#from, this.#to - count);
  }

  /** Shows so many messages of the archive. Gives why not, if so. */
  async readBack(count) {
    if (!this.#archived) {
      return "Nobody in this room keeps an archive, and it shows nobody what was said before they came.";
    }
    const before = this.entries.length;
    let whyNot = "";
    do {
      whyNot = await this.#showEarlier();
    } while (!whyNot && !this.#exhausted && this.entries.length - before < count && this.entries.length < KEPT);
    this.#scroller.scrollTop = 0;
    return whyNot;
  }

  /** Shows a message where it was said, with what stands round it. Gives why not, if so. */
  async open(seq) {
    let whyNot = "";
    let gap;
    while (!whyNot && (gap = this.entries.findLast((e) => isGap(e) && e.first <= seq && e.last >= seq))) {
      whyNot = await this.#fill(gap);
    }
    while (!whyNot && !this.#exhausted && this.entries.length < KEPT && !(this.entries.find((e) => e.seq !== undefined)?.seq <= seq)) {
      whyNot = await this.#showEarlier();
    }
    const found = this.entries.find((e) => e.seq === seq);
    if (found && isAmendment(found) && this.show(found.relation.id)) {
      return "";
    }
    const i = this.entries.indexOf(found);
    if (i < 0) {
      return whyNot || "It lies further back than this page keeps: search for words of that time to read on there.";
    }
    this.#atEnd = false;
    this.#read = this.#added;
    [this.#from, this.#to] = [Math.max(0, i - WINDOW / 2), Math.min(this.entries.length, i + WINDOW / 2)];
    this.#redraw();
    this.#log.querySelector(".found-here")?.classList.remove("found-here");
    const row = this.#log.children[i - this.#from];
    row.classList.add("found-here");
    row.scrollIntoView({ block: "center" });
    this.#showButtons();
    return "";
  }

  /** Shows some more of what was before. Gives why there is no more, if so. */
  async #showEarlier() {
    while (this.#fetching) {
      await this.#fetching; // one after the other
    }
    if (this.#from === 0) {
      this.#fetching = this.#readArchive();
      const whyNot = await this.#fetching;
      this.#fetching = null;
      if (whyNot) {
        return whyNot;
      }
    }
    const from = Math.max(0, this.#from - STEP);
    if (from === this.#from) {
      return "";
    }
    const height = this.#scroller.scrollHeight;
    this.#atEnd = false;
    this.#redrawFirst(); // it has somebody before it now
    this.#log.prepend(...this.#rows(from, this.#from));
    this.#from = from;
    while (this.#to - this.#from > MOST) {
      this.#log.lastElementChild.remove();
      this.#to--;
    }
    this.#showButtons(); // one that goes takes its height with it
    this.#scroller.scrollTop += this.#scroller.scrollHeight - height;
    this.#atEnd = this.#scroller.scrollHeight <= this.#scroller.clientHeight; // all of it is in sight
    this.#read = this.#added;
    this.#showButtons();
    return "";
  }

  /** Reads a page of the archive. Gives why not, if so. */
  async #readArchive() {
    const first = this.entries.find((e) => e.seq !== undefined || isGap(e));
    const before = first?.first ?? first?.seq;
    const answer = await request(`/api/history?limit=${STEP}${before ? `&before=${before}` : ""}`);
    this.#earlier.textContent = answer.ok ? "Show earlier messages" : `${answer.body?.detail ?? "the node does not answer"}: try again`;
    if (answer.ok) {
      const messages = answer.body.messages.slice(Math.max(0, answer.body.messages.length - Math.max(0, KEPT - this.entries.length))); // the page is bounded at this end, too
      [...messages, ...answer.body.later].forEach((event) => this.conversation.take(event));
      this.entries.unshift(...messages);
      this.#from += messages.length;
      this.#to += messages.length;
      this.#exhausted = answer.body.before === null || messages.length === 0;
      this.#placeMark();
    }
    this.#showButtons();
    return answer.ok ? "" : answer.body?.detail ?? "The node does not answer; try again.";
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    // Where rows go or shrink, the browser moves up too, but nobody has left the end by that.
    const up = scrollTop < this.#top - 2 && scrollHeight >= this.#height;
    [this.#top, this.#height] = [scrollTop, scrollHeight];
    const near = scrollHeight - scrollTop - clientHeight < 40;
    const atEnd = this.#atEnd ? near || !up : near && this.#to === this.entries.length;
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.#read = this.#added;
      this.#see();
      this.#showButtons();
    }
    if (scrollTop < 150 && !this.#fetching && (this.#from > 0 || (up && this.#archived && !this.#exhausted))) {
      this.#showEarlier();
    } else if (!atEnd && this.#to < this.entries.length && scrollHeight - scrollTop - clientHeight < 150) {
      const to = Math.min(this.entries.length, this.#to + STEP);
      this.#log.append(...this.#rows(this.#to, to));
      this.#to = to;
    }
  }

  #stick() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    [this.#top, this.#height] = [this.#scroller.scrollTop, this.#scroller.scrollHeight];
  }

  #see() {
    if (this.#atEnd && !document.hidden && this.#height > 0) {
      this.#seen = this.entries.findLast((e) => e.seq !== undefined)?.seq ?? this.#seen;
    }
  }

  /** One's own are not news, from wherever one has said them. */
  #isNew(event) {
    return isToRead(event) && event.seq > this.#away.after && event.seq <= this.#away.to && event.user !== this.me;
  }

  #placeMark() {
    const mark = this.entries.find((e) => this.#isNew(e))?.seq ?? null;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#redraw();
    }
  }

  #showButtons() {
    this.#newer.hidden = this.#atEnd;
    const fresh = this.#added - this.#read;
    this.#newer.textContent = fresh ? `${fresh} new below` : "To the end";
    this.#earlier.hidden = this.#from === 0 && (!this.#archived || this.#exhausted);
    find("empty").hidden = this.entries.length > 0 || find("pending").children.length > 0;
    this.#log.dataset.count = this.entries.length;
  }

  #rows(from, to) {
    const rows = [];
    for (let i = from; i < to; i++) {
      rows.push(this.#row(i));
    }
    return rows;
  }

  #row(i) {
    const [event, before] = [this.entries[i], this.entries[i - 1]];
    if (isAmendment(event)) {
      // It shows at what it is about, where that is known.
      return element("li", { className: "news", hidden: this.conversation.about(event) !== undefined, text: amends(event) });
    }
    if (isGap(event)) {
      return gapRow(event, { hasOlder: this.entries.findIndex((e) => e === event || isToRead(e)) < i, isBusy: event === this.#filling, fill: () => this.#show(event) });
    }
    if (this.#comings.isQuiet(this.entries, i)) {
      const told = this.#comings.told(this.entries, i);
      return element("li", { className: "news", hidden: !told, text: told });
    }
    if (event.event !== "said") {
      const news = words(event);
      return element("li", { className: `news${news.loud ? " loud" : ""}${news.gap ? " gap" : ""}`, text: news.text });
    }
    const [day, isMark] = [this.#newDay(i), event.seq === this.#mark];
    const now = this.conversation.find(event.id) ?? { said: event, text: event.text, reactions: [] };
    const does = deed(now.text) !== null;
    const together = before && isToRead(before) && deed(before.text) === null && before.user === event.user && !day && !isMark && new Date(event.orderedAt) - new Date(before.orderedAt) < TOGETHER;
    const own = event.user === this.me;
    const kind = `said${does ? " deed" : together ? "" : " first"}${own ? " own" : ""}${!own && mentions(now.text, this.me) ? " mention" : ""}${isMark ? " since-here" : ""}`;
    return element("li", { className: kind, "data-seq": event.seq, "data-id": event.id, "data-day": day, tabindex: "-1" },
      ...(isMark ? [element("span", { className: "since", text: NEW_SINCE })] : []),
      ...(does ? [] : [element("span", { className: `name ${colour(event.user)}`, text: event.user, dir: "auto" })]),
      ...said(now, this.conversation.about(event), this.#id));
  }

  /** The day of a message, where the one before it was said on another. */
  #newDay(i) {
    const today = dayOf(this.entries[i].orderedAt);
    let before = i - 1;
    while (before >= 0 && !isToRead(this.entries[before])) {
      before--;
    }
    return today === (before < 0 ? dayOf(Date.now()) : dayOf(this.entries[before].orderedAt)) ? undefined : today;
  }
}

const isToRead = (event) => event.event === "said" && !isAmendment(event);
