// What a class has told so far, and the class as it was at any moment of that. Pure: it knows no page, and no clock but the one that it is asked with.

const ENTRIES = 1000; // of a lane; more are not drawn
const STEPS = 500;

/** The class at one moment: its nodes, each with its log, and the steps that they took. */
export class World {
  lanes = [];
  steps = []; // { at, lane, step, epoch, node, … }, and how long nothing was delivered
  at = 0;

  apply(moment) {
    this.at = moment.at;
    const lane = (this.lanes[moment.lane] ??= fresh(moment.lane));
    if (moment.kind === "lane") {
      if (lane.state === "dead" && moment.state !== "dead") {
        Object.assign(lane, fresh(moment.lane)); // another process
      }
      if (moment.state === "dead" && lane.state !== "dead") {
        this.steps.push({ at: moment.at, lane: moment.lane, step: "killed", node: lane.address, epoch: lane.epoch, wasHost: lane.host === lane.address && lane.address !== "" });
      }
      Object.assign(lane, { name: moment.name, state: moment.state, address: moment.address || lane.address, why: moment.why ?? "" });
    } else if (moment.kind === "step") {
      this.steps.push({ ...moment.line, at: moment.at, lane: moment.lane, wasHost: moment.line.node !== "" && moment.line.node === lane.host });
    } else {
      this.#line(lane, moment);
    }
    this.steps.splice(0, this.steps.length - STEPS);
  }

  #line(lane, { at, line }) {
    switch (line.event) {
      case "inside":
        Object.assign(lane, {
          host: line.host, epoch: Math.max(lane.epoch, line.epoch), connection: line.connection, received: line.received, stable: line.stable, delivered: line.delivered, pending: line.pending,
        });
        break;
      case "welcome":
        Object.assign(lane, { host: line.host, epoch: line.epoch, address: line.node, user: line.name });
        break;
      case "connection":
        lane.connection = line.state;
        break;
      case "failover":
        this.steps.push({ at, lane: lane.number, step: "over", node: line.to, from: line.from, seconds: line.seconds, epoch: lane.epoch });
        break;
    }
    if (line.seq !== undefined) {
      lane.entries.set(line.seq, { ...line, at });
      if (lane.entries.size > ENTRIES) {
        lane.entries.delete(lane.entries.keys().next().value);
      }
      lane.first = Math.min(lane.first, line.seq);
      lane.delivered = Math.max(lane.delivered, line.seq);
      lane.stable = Math.max(lane.stable, line.seq); // the room is uniform
      lane.received = Math.max(lane.received, line.seq);
      lane.epoch = line.epoch;
      lane.host = line.event === "host" ? line.host : lane.host;
    }
  }

  /** How a node is called that is known by its address. */
  nameOf(address) {
    return this.lanes.find((lane) => lane?.address === address)?.name ?? address;
  }

  /** The lane of the host, as most of those see it that are well; undefined: there is none. */
  get host() {
    const votes = new Map();
    for (const lane of this.lanes.filter(isWell)) {
      votes.set(lane.host, (votes.get(lane.host) ?? 0) + 1);
    }
    const [address] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? [];
    return this.lanes.find((lane) => lane?.address && lane.address === address && lane.state !== "dead");
  }

  /** The highest number that some node has. */
  get highest() {
    return Math.max(0, ...this.lanes.filter(Boolean).map((lane) => lane.received));
  }
}

export const isWell = (lane) => lane?.state === "here" && lane.connection === "connected";

/** How a number stands at a node: delivered, stable, received; before the node came, missed while it was away, or missing. */
export function stateOf(lane, seq) {
  if (lane.entries.has(seq)) {
    return "delivered";
  }
  if (seq <= lane.delivered) {
    return seq < lane.first ? "before" : "missed";
  }
  return seq > lane.received ? "missing" : seq <= lane.stable ? "stable" : "received";
}

function fresh(number) {
  return { number, name: "", user: "", address: "", state: "starting", entries: new Map(), first: Infinity, received: 0, stable: 0, delivered: 0, pending: 0, host: "", epoch: 0, connection: "", why: "" };
}

/** All moments, by when they were. Those of a node's own account come late, and are put in their places. */
export class Timeline {
  static KEPT = 20000;
  moments = [];
  #world = null;
  #folded = 0;
  #lesson = null;
  #from = 0;

  add(moments) {
    for (const moment of moments) {
      let i = this.moments.length;
      while (i > 0 && this.moments[i - 1].at > moment.at) {
        i--;
      }
      this.moments.splice(i, 0, moment);
      if (i < this.#folded) {
        this.#world = null;
      }
    }
    if (this.moments.length > Timeline.KEPT + 1000) {
      let left = 1000; // how the nodes are is kept
      this.moments = this.moments.filter((m) => m.kind === "lane" || left-- <= 0);
      this.#world = null;
    }
  }

  /** A lesson is learned from now on: what comes after a moment counts. */
  follow(lesson, from) {
    this.#lesson = lesson;
    this.#from = from;
    this.#world = null;
  }

  /** The class as it was then, and how far the lesson was. */
  at(time) {
    if (!this.#world || this.#world.at > time) {
      this.#world = new World();
      this.#world.lesson = this.#lesson?.();
      this.#folded = 0;
    }
    for (; this.#folded < this.moments.length && this.moments[this.#folded].at <= time; this.#folded++) {
      const moment = this.moments[this.#folded];
      if (moment.at > this.#from) {
        this.#world.lesson?.begin(this.#world);
      }
      this.#world.apply(moment);
      if (moment.at > this.#from) {
        this.#world.lesson?.look(this.#world);
      }
    }
    if (time > this.#from) {
      this.#world.lesson?.begin(this.#world);
    }
    return this.#world;
  }

  /** How many moments are drawn: another number, another picture. */
  get drawn() {
    return this.#folded;
  }

  /** The next moment at which something happens; undefined: none is known yet. */
  next(time) {
    return this.moments.find((m) => m.at > time)?.at;
  }
}

/** What time it is on the page: the nodes go on, the page may stand still, follow slowly, or go back. */
export class Clock {
  speed = 1;
  paused = false;
  position = null;
  #last = null;
  #behind = false;

  /** @param lag how far the page stays behind the nodes, so that what they tell of a moment has come when it is drawn */
  constructor(lag = 400) {
    this.lag = lag;
  }

  tick(now) {
    const passed = now - (this.#last ?? now);
    this.#last = now;
    if (this.position === null || (this.isLive && !this.paused)) {
      this.position = now - this.lag;
    } else if (!this.paused) {
      this.position = Math.min(now - this.lag, this.position + passed * this.speed);
    }
    return this.position;
  }

  get isLive() {
    return this.speed === 1 && !this.#behind;
  }

  pause(paused) {
    this.paused = paused;
    this.#behind ||= paused;
  }

  step(timeline) {
    this.pause(true);
    this.position = timeline.next(this.position) ?? this.position;
  }

  slow(speed) {
    this.speed = speed;
    this.#behind = true;
    this.paused = false;
  }

  live() {
    this.speed = 1;
    this.paused = this.#behind = false;
  }

  back(to) {
    this.position = Math.min(this.position, to);
    this.#behind = true;
  }
}
