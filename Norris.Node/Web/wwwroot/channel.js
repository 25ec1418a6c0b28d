// How a tab hears what comes: over the one stream that all tabs of a browser share; where the browser has no shared workers, over one of its own, which
// it gives up while it is out of sight.

import { Stream } from "./stream.js";

export class Channel {
  #worker = null;
  #own = null;

  constructor(hear) {
    try {
      const trusted = globalThis.trustedTypes?.createPolicy("norris", { createScriptURL: () => "shared.js" });
      const worker = new SharedWorker(trusted?.createScriptURL("") ?? "shared.js", { type: "module", name: "norris" });
      worker.port.onmessage = ({ data }) => hear(data);
      worker.onerror = () => {
        this.#worker = null;
        this.#own ??= new Stream(hear);
        hear({ broken: true });
      };
      this.#worker = worker;
    } catch {
      this.#own = new Stream(hear);
    }
    addEventListener("pagehide", () => this.done());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.#own) {
        this.#own.close();
        hear({ broken: true });
      }
    });
  }

  /** Hears of what comes from now on, as soon as it can; asking again does no harm. */
  listen(who) {
    if (this.#worker) {
      this.#worker.port.postMessage({ listen: who });
    } else if (!document.hidden) {
      this.#own.open(who);
    }
  }

  done() {
    this.#worker?.port.postMessage({});
    this.#own?.close();
  }
}
