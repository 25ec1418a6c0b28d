// The event stream of a browser: one, for however many tabs listen, since a browser opens six connections to a node and no more.

export class Stream {
  isOpen = false;
  #tell;
  #source = null;
  #who = "";

  /** Tells { open }, { broken } and { event }. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** Opens it where it is not yet, or is somebody else's. It brings what comes from now on; each tab reads by itself what was before. */
  open(who) {
    if (who !== this.#who) {
      this.close();
      this.#who = who;
    }
    if (this.#source) {
      return;
    }
    const source = new EventSource("/api/events?recent=0");
    this.#source = source;
    source.onopen = () => {
      this.isOpen = true;
      this.#tell({ open: true });
    };
    source.onmessage = (message) => this.#tell({ event: message.data });
    source.onerror = () => {
      // A broken stream the browser resumes by itself; a refused one not.
      if (source.readyState === EventSource.CLOSED) {
        this.#source = null;
      }
      this.isOpen = false;
      this.#tell({ broken: true });
    };
  }

  /** Closes it and says so: who still listens opens it again. */
  drop() {
    this.close();
    this.#tell({ broken: true });
  }

  close() {
    this.#source?.close();
    this.#source = null;
    this.isOpen = false;
  }
}
