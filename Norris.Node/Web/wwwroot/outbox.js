// What the user has said and has not seen in the order yet. Kept over a reload; sent one by one, so that the order stays.
//
// queued    not sent yet, or sent with no answer: sending it again under the same key says it once
// taken     the node has it and goes on by itself
// unknown   the node that had it is gone: it may or may not have been said, and only the user can decide
// refused   it will not be said as it is
//
// A browser may become another user meanwhile: what was written as one is never sent as the other.

import { userOf } from "./conversation.js";

const STORE = "norris-outbox";

export class Outbox extends EventTarget {
  items = [];
  #link;
  #busy = false;
  #user = "";
  #me = null; // the user that this page was when it last knew: id, name, whether the node's own
  #early = new Set();
  #heard = null;

  constructor(link) {
    super();
    this.#link = link;
    try {
      this.items = JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
    } catch {
      this.items = [];
    }
  }

  say(text, relation) {
    this.items.push({ key: crypto.randomUUID?.() ?? randomKey(), text, relation, state: "queued", at: Date.now(), tried: "", by: this.#me });
    this.#changed();
    this.pump();
  }

  discard(key) {
    this.items = this.items.filter((i) => i.key !== key);
    this.#changed();
  }

  again(key) {
    const item = this.items.find((i) => i.key === key);
    if (item) {
      Object.assign(item, { key: crypto.randomUUID?.() ?? randomKey(), state: "queued", tried: "", id: undefined, why: undefined, by: this.#me });
      this.#changed();
      this.pump();
    }
  }

  /** A message came in the order; gives whether it is this user's. */
  seen(event) {
    const user = userOf(event.id);
    let at = this.items.findIndex((i) => i.id === event.id);
    if (at < 0) {
      // The order was quicker than the answer that says which id it got.
      at = this.items.findIndex((i) => i.state === "queued" && i.tried === user && i.text === event.text && i.relation?.id === event.relation?.id && i.relation?.kind === event.relation?.kind);
      if (at >= 0) {
        this.#early.add(event.id);
      }
    }
    if (at >= 0) {
      this.items.splice(at, 1);
      this.#changed();
    }
    return user === this.#user;
  }

  /**
   * The node says up to which counter a user's messages are in the order, as of a number of it. That settles also what this page never sees go by: it
   * was discarded, or fell behind, while it went.
   */
  isHeard(user, counter, asOf) {
    this.#heard = { user, counter, asOf };
  }

  /** The page has shown the order up to here. */
  hasShown(last) {
    if (!this.#heard || last < this.#heard.asOf) {
      return; // what is heard may still come, and be shown
    }
    const { user, counter } = this.#heard;
    const waiting = this.items.filter((i) => !i.id || !i.id.startsWith(`${user}-`) || Number(i.id.slice(user.length + 1)) > counter);
    this.#heard = null;
    if (waiting.length < this.items.length) {
      this.items = waiting;
      this.#changed();
    }
  }

  /** The link is gone. Until it is known again who the node's user is, nothing goes out: it would be somebody else's. */
  isNobody() {
    this.#user = "";
  }

  /** Which user this page is. Another id means that the node was restarted, and its outbox is gone with it, or that somebody else is here now. */
  isUser(me, caughtUp) {
    const orphans = this.items.filter((i) => i.tried && i.tried !== me?.id && (i.state === "taken" || i.state === "queued"));
    if (!me || (orphans.length > 0 && !caughtUp)) {
      return; // they may still come in what the stream has to catch up with
    }
    this.#user = me.id;
    this.#me = me;
    orphans.forEach((i) => Object.assign(i, { state: "unknown", why: "The node stopped before this was seen in the order." }));
    const others = this.items.filter((i) => (i.state === "queued" || orphans.includes(i)) && i.by && !isSame(i.by, me));
    others.forEach((i) => Object.assign(i, { state: i.tried ? "unknown" : "refused", why: `You wrote this as ${i.by.name}; this browser now speaks as ${me.name}.` }));
    this.items.filter((i) => i.state === "queued").forEach((i) => { i.by = me; });
    if (orphans.length + others.length > 0) {
      this.#changed();
    }
    this.pump();
  }

  async pump() {
    if (this.#busy || !this.#link.open || !this.#user) {
      return;
    }
    this.#busy = true;
    try {
      let item;
      while (this.#link.open && this.#user && (item = this.items.find((i) => i.state === "queued"))) {
        const before = item.tried;
        item.tried = this.#user;
        const { ok, status, body, retryAfter } = await this.#link.say(item.text, item.key, this.#user, item.relation);
        if (ok) {
          if (this.#early.delete(body.id)) {
            this.items = this.items.filter((i) => i !== item);
          } else {
            Object.assign(item, { state: "taken", id: body.id, tried: userOf(body.id) });
          }
        } else if (status === 409) {
          item.tried = before;
          this.#link.askSoon(); // who this browser is now; it was not said
          break;
        } else if (status === 429 || status === 503) {
          await new Promise((done) => setTimeout(done, 1000 * Math.max(1, retryAfter)));
        } else if (status === 0 || status === 401 || status >= 500) {
          break; // goes out when the link is back
        } else {
          Object.assign(item, { state: "refused", why: body?.detail ?? `refused (${status})` });
        }
        this.#changed();
      }
    } finally {
      this.#busy = false;
    }
  }

  #changed() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(this.items));
    } catch {
      // No storage: a reload forgets what waits.
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** The node's own user stays the same over its restarts; a guest does so under the same name. */
const isSame = (one, other) => one.id === other.id || (one.own === other.own && (one.own || one.name === other.name));

/** crypto.randomUUID is only there for pages from this machine or over TLS. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
