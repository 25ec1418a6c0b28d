// How a tab hears what comes: over the one stream that all tabs of a browser share; where the browser has no shared workers, over one of its own, which
// it gives up while it is out of sight.

import { Stream } from "./stream.js";

const LOOK_EVERY = 2000; // milliseconds
const SILENT = 10000; // the worker gives a sign every two seconds; a busy machine is slow
const TRIES = 2; // as many workers in turn that say nothing

const script = globalThis.trustedTypes?.createPolicy("norris", { createScriptURL: () => "shared.js" }).createScriptURL("") ?? "shared.js";

export class Channel {
  #hear;
  #worker = null;
  #own = null;
  #listens = false;
  #heard = 0; // when the worker gave its last sign
  #silences = 0;

  constructor(hear) {
    this.#hear = hear;
    this.#begin();
    addEventListener("pagehide", () => this.done());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        this.#own?.drop();
      } else {
        this.#look();
      }
    });
    setInterval(() => this.#look(), LOOK_EVERY);
  }

  /** Hears of what comes from now on, as soon as it can; asking again does no harm. */
  listen(who) {
    if (this.#worker) {
      if (!this.#listens) {
        this.#listens = true;
        this.#heard = performance.now();
      }
      this.#worker.port.postMessage({ listen: who });
    } else if (!document.hidden) {
      this.#own.open(who);
    }
  }

  /** Something should have come over the stream and has not: it is opened anew, for all tabs that share it. */
  drop() {
    this.#worker?.port.postMessage({ drop: true });
    this.#own?.drop();
  }

  done() {
    this.#listens = false;
    this.#worker?.port.postMessage({});
    this.#own?.close();
  }

  #begin() {
    try {
      this.#worker = this.#silences < TRIES ? this.#share() : null;
    } catch {
      // This browser has none.
    }
    if (!this.#worker) {
      this.#own = new Stream(this.#hear);
    }
  }

  #share() {
    const worker = new SharedWorker(script, { type: "module", name: "norris" });
    worker.port.onmessage = ({ data }) => {
      this.#heard = performance.now();
      this.#silences = 0;
      if (!data.alive) {
        this.#hear(data);
      }
    };
    worker.onerror = () => {
      this.#worker = null;
      this.#own ??= new Stream(this.#hear);
      this.#hear({ broken: true });
    };
    return worker;
  }

  /** A worker dies with the tab that it began in, when that one crashes, and nobody tells the others. Where it lives after all, this is a second way to it. */
  #look() {
    if (this.#worker && this.#listens && performance.now() - this.#heard > SILENT) {
      this.done();
      this.#worker.port.close();
      this.#worker.onerror = null;
      this.#silences++;
      this.#begin();
      this.#hear({ broken: true });
    }
  }
}
