// The page's link to its node: the order, without a gap, from the stream that all tabs share and from what the node still holds; and the state of the room,
// asked for now and then.

import { Channel } from "./channel.js";

const RECENT = 2000; // how much of the past a fresh page begins with
const ASK_EVERY = 2000;
const ASK_OFTEN = 300; // while the inside view is looked at
const PATIENCE = 4000;
const DEAF = 5000; // the stream is no slower than this behind what the node says of the room
const READ_PATIENCE = 30000; // megabytes, perhaps over a slow line
const REFORM_PATIENCE = 30000; // a new node starts for it
const RETRY = [500, 1000, 2000, 3000];

export class Link extends EventTarget {
  /** The last entry that came; what is read next is behind it. */
  last = null;
  room = null;
  open = false;
  often = false;
  #channel = new Channel((news) => this.#hear(news));
  #reading = null; // what came while the page reads up to where the stream is
  #behind = null; // the last entry that came, and since when the node is known to be further on
  #failures = 0;
  #asking = 0;
  #roomId = "";

  start() {
    this.#ask();
    document.addEventListener("visibilitychange", () => document.hidden || this.askSoon());
    addEventListener("pageshow", (e) => {
      if (e.persisted) {
        this.#lost();
        this.askSoon();
      }
    });
  }

  askSoon(after = 0) {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), after);
  }

  /** guest: what the guest link ends with that this page was opened by, if so. */
  async enter(name, guest) {
    const answer = await request("/api/user", { method: "POST", body: { name, guest } });
    if (answer.ok) {
      this.askSoon();
    }
    return answer;
  }

  say(text, key, as, relation) {
    return request("/api/messages", { method: "POST", body: { text, key, as, relation } });
  }

  reform() {
    return request("/api/reform", { method: "POST", patience: REFORM_PATIENCE });
  }

  async leave() {
    await request("/api/user", { method: "DELETE" });
    this.#close();
    this.askSoon();
  }

  async #ask() {
    clearTimeout(this.#asking);
    const answer = await request("/api/room");
    if (answer.ok) {
      const wasOwn = this.room?.own;
      this.room = answer.body;
      this.#tell("room", this.room);
      if (!this.room.entered) {
        this.#close();
        this.#tell("stranger");
      } else if (!this.open || this.room.own !== wasOwn) {
        this.#channel.listen(this.room.own ? "own" : "guest");
      } else if (this.#isDeaf()) {
        this.#channel.drop();
      }
    } else {
      this.#lost();
    }
    const pause = document.hidden ? 5 * ASK_EVERY : this.often ? ASK_OFTEN : ASK_EVERY;
    this.askSoon(answer.ok ? pause : RETRY[Math.min(this.#failures++, RETRY.length - 1)]);
  }

  /** The room goes on and nothing comes: whoever holds the stream, it is dead. Said once for an entry: perhaps the node has no more to give. */
  #isDeaf() {
    if (this.last === null || this.room.seq <= this.last) {
      this.#behind = null;
    } else if (this.#behind?.last !== this.last) {
      this.#behind = { last: this.last, since: performance.now() };
    } else if (performance.now() - this.#behind.since > DEAF) {
      this.#behind.since = Infinity;
      return true;
    }
    return false;
  }

  #hear(news) {
    if (news.open) {
      this.#catchUp();
    } else if (news.broken) {
      this.#lost();
      this.askSoon(RETRY[0]);
    } else {
      const event = JSON.parse(news.event);
      if (event.event === "missed") {
        return; // of the stream's place, not of this page's
      }
      if (this.#reading) {
        this.#reading.push(event);
      } else if (event.event === "retracted") {
        this.#take(event); // also while the link is lost: what is read then begins there
      } else if (this.open) {
        this.#next(event);
      }
    }
  }

  /** What comes in its turn is taken; where something lies between, that is read first. */
  #next(event) {
    if (event.seq !== undefined && this.last !== null && event.seq > this.last + 1) {
      this.#catchUp([event]);
      return;
    }
    this.#take(event);
    if (event.event === "welcome" && this.last === null) {
      this.#catchUp();
    }
  }

  /** Reads what the node has behind the last entry that came, and then what the stream has brought meanwhile. */
  async #catchUp(came = []) {
    if (this.#reading) {
      return;
    }
    const reading = came;
    this.#reading = reading;
    const from = this.last === null ? `archive=no&recent=${RECENT}` : `after=${this.last}&room=${encodeURIComponent(this.#roomId)}`;
    const events = await readEvents(`/api/events?follow=no&${from}`);
    if (this.#reading !== reading) {
      return; // lost meanwhile
    }
    this.#reading = null;
    if (!events) {
      this.#lost();
      this.askSoon(RETRY[Math.min(this.#failures++, RETRY.length - 1)]);
      return;
    }
    this.#failures = 0;
    if (!this.open) {
      this.open = true;
      this.#tell("state");
    }
    events.forEach((event) => this.#take(event));
    for (const event of reading) {
      if (event.seq > this.last + 1 && this.last !== null) {
        this.#take({ event: "missed", count: event.seq - this.last - 1 });
      }
      this.#take(event);
    }
  }

  /**
   * What there is from one number to another, in order, or the first part of it. What nobody has is an event `missed`, with its numbers and why. Null: the node
   * does not answer, or is in another room.
   */
  async between(first, last) {
    const events = await readEvents(`/api/events?follow=no&after=${first - 1}&before=${last + 1}`);
    if (events?.find((event) => event.event === "welcome")?.room !== this.#roomId) {
      return null;
    }
    let next = first;
    return events.filter((event) => event.seq >= first || event.event === "missed").map((event) => {
      const placed = event.event === "missed" ? placedMissed(event, next) : event;
      next = (placed.last ?? placed.seq) + 1;
      return placed;
    });
  }

  #take(event) {
    if (event.event === "welcome") {
      if (this.#roomId && this.#roomId !== event.room) {
        this.last = null;
        this.#tell("event", { event: "new-room" });
      }
      this.#roomId = event.room;
    }
    if (event.seq !== undefined) {
      if (this.last !== null && event.seq <= this.last) {
        return;
      }
      this.last = event.seq;
    } else if (event.event === "missed" && this.last !== null) {
      event = placedMissed({ event: event.event, count: event.count }, this.last + 1); // why may be over when somebody asks for them
      this.last = event.last;
    } else if (event.event === "retracted") {
      // Others come with these numbers, and with those behind that came already.
      this.last = this.last === null ? null : Math.min(this.last, event.first - 1);
    }
    this.#tell("event", event);
  }

  #lost() {
    this.#reading = null;
    if (this.open) {
      this.open = false;
      this.#tell("state");
    }
  }

  #close() {
    this.#channel.done();
    this.#lost();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const placedMissed = (event, first) => ({ ...event, first, last: first + event.count - 1 });

/** The events that the node has at the moment; null: it does not answer. */
async function readEvents(path) {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(READ_PATIENCE) });
    return response.ok ? [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json)) : null;
  } catch {
    return null;
  }
}

/** Never throws: status 0 is 'no answer'. */
export async function request(path, { method = "GET", body, patience = PATIENCE } = {}) {
  try {
    const response = await fetch(path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      signal: AbortSignal.timeout(patience),
    });
    const text = await response.text();
    const retryAfter = Number(response.headers.get("Retry-After") ?? 0);
    return { ok: response.ok, status: response.status, body: text ? JSON.parse(text) : null, retryAfter };
  } catch {
    return { ok: false, status: 0, body: null, retryAfter: 0 };
  }
}
