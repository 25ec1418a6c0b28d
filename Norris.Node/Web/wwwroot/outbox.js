// What the user has said and has not seen in the order yet. Kept over a reload; sent one by one, so that the order stays.
//
// queued    not sent yet, or sent with no answer: sending it again under the same key says it once
// taken     the node has it and goes on by itself
// unknown   the node that had it is gone: it may or may not have been said, and only the user can decide
// refused   it will not be said as it is

const STORE = "norris-outbox";

export class Outbox extends EventTarget {
  items = [];
  #link;
  #busy = false;
  #user = "";
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

  say(text) {
    this.items.push({ key: crypto.randomUUID?.() ?? randomKey(), text, state: "queued", at: Date.now(), tried: "" });
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
      Object.assign(item, { key: crypto.randomUUID?.() ?? randomKey(), state: "queued", tried: "", id: undefined });
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
      at = this.items.findIndex((i) => i.state === "queued" && i.tried === user && i.text === event.text);
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

  /** Which user this page is; another one means that the node was restarted, and its outbox is gone with it. */
  isUser(id, caughtUp) {
    const orphans = this.items.filter((i) => i.tried && i.tried !== id && (i.state === "taken" || i.state === "queued"));
    if (!id || (orphans.length > 0 && !caughtUp)) {
      return; // they may still come in what the stream has to catch up with
    }
    this.#user = id;
    if (orphans.length > 0) {
      orphans.forEach((i) => { i.state = "unknown"; });
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
        item.tried = this.#user;
        const { ok, status, body, retryAfter } = await this.#link.say(item.text, item.key);
        if (ok) {
          if (this.#early.delete(body.id)) {
            this.items = this.items.filter((i) => i !== item);
          } else {
            Object.assign(item, { state: "taken", id: body.id, tried: userOf(body.id) });
          }
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

const userOf = (id) => id.slice(0, id.lastIndexOf("-"));

/** crypto.randomUUID is only there for pages from this machine or over TLS. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
