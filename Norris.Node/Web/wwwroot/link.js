// The page's link to its node: the event stream, which resumes where it broke, and the state of the room, asked for now and then.

const RECENT = 2000; // how much of the past a fresh page begins with
const ASK_EVERY = 2000;
const ASK_OFTEN = 300; // while the inside view is looked at
const PATIENCE = 4000;
const REFORM_PATIENCE = 30000; // a new node starts for it
const RETRY = [500, 1000, 2000, 3000];

export class Link extends EventTarget {
  /** The last entry that came; the stream resumes behind it. */
  last = null;
  room = null;
  open = false;
  often = false;
  #source = null;
  #failures = 0;
  #asking = 0;
  #roomId = "";

  start() {
    this.#ask();
    document.addEventListener("visibilitychange", () => document.hidden || this.askSoon());
  }

  askSoon(after = 0) {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), after);
  }

  async enter(name) {
    const answer = await request("/api/user", { method: "POST", body: { name } });
    if (answer.ok) {
      this.askSoon();
    }
    return answer;
  }

  say(text, key) {
    return request("/api/messages", { method: "POST", body: { text, key } });
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
      this.room = answer.body;
      this.#tell("room", this.room);
      if (!this.room.entered) {
        this.#close();
        this.#tell("stranger");
      } else if (!this.#source) {
        this.#connect();
      }
    } else {
      this.#lost();
    }
    const pause = document.hidden ? 5 * ASK_EVERY : this.often ? ASK_OFTEN : ASK_EVERY;
    this.askSoon(answer.ok ? pause : RETRY[Math.min(this.#failures++, RETRY.length - 1)]);
  }

  #connect() {
    const from = this.last === null ? `recent=${RECENT}` : `after=${this.last}&room=${encodeURIComponent(this.#roomId)}`;
    const source = new EventSource(`/api/events?${from}`);
    this.#source = source;
    source.onmessage = (message) => {
      if (!this.open) {
        this.open = true;
        this.#failures = 0;
        this.#tell("state");
      }
      this.#take(JSON.parse(message.data));
    };
    source.onerror = () => {
      // A broken stream the browser resumes by itself, with Last-Event-ID; a refused one not.
      if (source.readyState === EventSource.CLOSED) {
        this.#source = null;
      }
      this.#lost();
      this.askSoon(RETRY[0]);
    };
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
    }
    this.#tell("event", event);
  }

  #lost() {
    if (this.open) {
      this.open = false;
      this.#tell("state");
    }
  }

  #close() {
    this.#source?.close();
    this.#source = null;
    this.#lost();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
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
