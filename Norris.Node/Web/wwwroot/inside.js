// The cluster as it is, for people who want to see how it works: nodes round a circle, the host that orders, and what each message goes
// through. What takes milliseconds is shown slower than it happens; the numbers are the true ones.

import { isAmendment } from "./conversation.js";
import { amends } from "./rows.js";
import { colour, element, epoch, find, letters, plain, seconds, shortNode, shown } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = { x: 400, y: 310 };
const RADIUS = { x: 285, y: 215 };
const DEAD_FOR = 15000; // how long a dead node is still drawn
const STEP = 650; // milliseconds for one leg of a message's way, in a quiet room
const RATE_OVER = 5000; // milliseconds
const AT_ONCE = 3; // messages under way in the picture; more are only counted
const WAYS = 8;
const ACROSS = 76; // of a node's disc, where the name of who is there stands

export class Inside {
  visible = false;
  live = false; // what comes has just been ordered; before, the stream catches up with the past
  #map = find("map");
  #links = shape("g");
  #nodesLayer = shape("g");
  #tokens = shape("g");
  #nodes = new Map();
  #room = null;
  #ways = [];
  #running = 0;
  #number = null; // of what the host ordered last, beside it
  #times = []; // when the last ones were ordered
  #newest = 0; // of those
  #ahead = 0; // how far that was from this machine's clock when it came
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor() {
    this.#map.append(this.#links, this.#tokens, this.#nodesLayer, key()); // what a node has written on it stays readable
  }

  happened(event) {
    if (event.event === "new-room") {
      this.#ways = []; // its numbers begin anew
    } else if (event.event === "retracted") {
      this.#ways = this.#ways.filter((way) => way.seq < event.first);
    } else if (event.event === "said") {
      const now = Date.now();
      this.#count(now, Date.parse(event.orderedAt));
      this.#ways.push({ ...event, took: this.live ? Math.max(0, now - Date.parse(event.orderedAt)) : null });
      this.#ways = this.#ways.slice(-WAYS);
      if (this.visible && this.live && !document.hidden) {
        this.#travel(event);
      }
    } else if (event.event === "node" && event.change === "left" && this.#nodes.has(event.node)) {
      this.#nodes.get(event.node).died = event.reason === "left" ? 0 : Date.now();
      this.#nodes.get(event.node).gone = true;
    } else if (event.event === "node" && event.change === "joined" && this.#nodes.get(event.node)?.gone) {
      this.#remove(event.node);
    }
  }

  show(room, outbox) {
    this.#room = room;
    if (!this.visible) {
      return;
    }
    this.#place(room);
    this.#caption(room);
    this.#showWays(room, outbox);
    this.#showNodes(room);
    this.#showFailovers(room);
  }

  // ---- the picture ----

  #place(room) {
    for (const node of room.nodes) {
      if (!this.#nodes.has(node.node)) {
        this.#add(node.node);
      }
      Object.assign(this.#nodes.get(node.node), { view: node, gone: false, died: 0 });
    }
    for (const [address, drawn] of this.#nodes) {
      const present = room.nodes.some((n) => n.node === address);
      if (!present && !drawn.gone) {
        drawn.gone = true;
        drawn.died ||= Date.now();
      }
      if (drawn.gone && Date.now() - drawn.died > DEAD_FOR) {
        this.#remove(address);
      }
    }
    const all = [...this.#nodes.keys()].sort();
    all.forEach((address, i) => {
      const angle = -Math.PI / 2 + (2 * Math.PI * i) / all.length;
      this.#draw(this.#nodes.get(address), {
        x: CENTRE.x + (all.length === 1 ? 0 : RADIUS.x * Math.cos(angle)),
        y: CENTRE.y + (all.length === 1 ? 0 : RADIUS.y * Math.sin(angle)),
      }, room, all.length);
    });
    this.#links.replaceChildren(...this.#lines(room));
  }

  #add(address) {
    const group = shape("g", { class: "node" });
    group.append(
      shape("circle", { class: "lagging", r: 56 }), shape("circle", { class: "disc", r: 46 }),
      shape("path", { class: "crown", d: "M-15 -22 l0 -15 l8 7 l7 -11 l7 11 l8 -7 l0 15 z" }),
      shape("text", { class: "title", y: 0 }), shape("text", { class: "small crowd", y: 21 }),
      shape("text", { class: "label", y: 80 }), shape("text", { class: "small state", y: 99 }),
      shape("path", { class: "cross", d: "M-26 -26 L26 26 M26 -26 L-26 26" }));
    this.#nodesLayer.append(group);
    this.#nodes.set(address, { address, group, at: CENTRE });
    if (!this.#still.matches) {
      group.animate([{ opacity: 0 }, { opacity: 1 }], 700);
    }
  }

  #remove(address) {
    this.#nodes.get(address)?.group.remove();
    this.#nodes.delete(address);
  }

  #draw(drawn, at, room, count) {
    const { group, address, gone, view } = drawn;
    drawn.at = at;
    const scale = count > 12 ? 0.55 : count > 7 ? 0.78 : 1;
    group.setAttribute("transform", `translate(${at.x} ${at.y}) scale(${scale})`);
    const away = !gone && !view.reachable;
    group.setAttribute("class", `node${gone ? " dead" : ""}${away ? " away" : ""}${view?.host && !gone ? " host" : ""}${view?.me && !gone ? " me" : ""}${view?.lag > 0 ? " late" : ""}`);
    const users = room.users.filter((u) => u.node === address);
    const part = gone || !room.highest ? 0 : Math.max(0, Math.min(1, 1 - view.lag / Math.max(20, view.lag)));
    const ring = group.querySelector(".lagging");
    ring.setAttribute("stroke-dasharray", `${part * 352} 400`);
    ring.setAttribute("transform", "rotate(-90)");
    write(group, ".title", gone ? "" : view.host ? "host" : view.me ? "here" : "node");
    fit(group, ".crowd", gone ? "" : users.length === 1 ? users[0].name : `${users.length} users`);
    write(group, ".label", shortNode(address));
    write(group, ".state", gone ? (drawn.died ? `gone for ${Math.round((Date.now() - drawn.died) / 1000)} s` : "left")
      : away ? "not reachable" : view.lag > 0 ? `${view.lag} behind` : view.received > 0 ? `has #${view.received}` : "");
  }

  #lines(room) {
    const host = this.#nodes.get(room.host);
    return host ? [...this.#nodes.values()].filter((n) => n !== host && !n.gone).map((n) => shape("line", {
      class: `link${n.view.reachable && host.view?.reachable ? "" : " broken"}`, x1: host.at.x, y1: host.at.y, x2: n.at.x, y2: n.at.y,
    })) : [];
  }

  /** Counts by when messages were ordered, by the host's clock: they come to a page in heaps, old ones too. */
  #count(now, ordered) {
    this.#newest = Math.max(this.#newest, ordered);
    this.#ahead = this.#newest - now;
    this.#times.push(ordered);
    this.#times = this.#times.filter((t) => t > this.#newest - RATE_OVER);
  }

  /** Messages a second. */
  #rate() {
    return this.#times.filter((t) => t > Date.now() + this.#ahead - RATE_OVER).length / (RATE_OVER / 1000);
  }

  #caption(room) {
    const rate = this.#rate();
    const state = { connected: "connected", "host-silent": "asking whether the others hear the host", "cut-off": "cut off from the majority", rejoining: "rejoining" }[room.connection];
    find("caption").textContent =
      `${room.nodes.length} ${room.nodes.length === 1 ? "node" : "nodes"} · ${room.users.length} users · ${rate} messages a second · ordered #${room.highest} · stable #${room.stable} · `
      + `delivered #${room.seq} · transcript ${room.hash}`;
    this.#map.setAttribute("aria-label",
      `The cluster: ${room.nodes.map((n) => `${n.node}${n.host ? ", host" : ""}${n.reachable ? "" : ", not reachable"}`).join("; ")}. Epoch ${epoch(room.epoch)}, this node ${state}.`);
  }

  async #travel(event) {
    const host = this.#nodes.get(this.#room?.host);
    const speaker = this.#room?.users.find((u) => u.name === event.user);
    const from = this.#nodes.get(speaker?.node) ?? host;
    if (!host || !from || this.#running >= AT_ONCE || this.#still.matches) {
      return;
    }
    this.#running++;
    // In a busy room they hurry, or what one sees would be long over.
    const step = Math.max(STEP / 10, STEP / Math.max(1, this.#rate()));
    try {
      // One name, or one number, at a time: several would lie on each other.
      if (this.#running === 1) {
        this.#number?.remove();
      }
      await this.#move("token", from.at, host.at, 9, this.#running === 1 ? event.user : "", step);
      const others = [...this.#nodes.values()].filter((n) => !n.gone && n !== host && n.view.reachable);
      this.#order(host, `#${event.seq}`);
      await Promise.all(others.map((n) => this.#move("ordered", host.at, n.at, 8, "", step)));
      await Promise.all(others.map((n) => this.#move("ack", n.at, host.at, 5, "", step)));
      for (const node of [...others, host]) {
        this.#flash(node.at);
      }
    } finally {
      this.#running--;
    }
  }

  async #move(kind, from, to, size, label, step) {
    const group = shape("g");
    group.append(shape("circle", { class: kind, r: size }));
    if (label) {
      const text = shape("text", { class: "small", y: -15 });
      text.textContent = short(label);
      group.append(text);
    }
    this.#tokens.append(group);
    const at = (p) => ({ transform: `translate(${p.x}px, ${p.y}px)` });
    await group.animate([at(from), at(to)], { duration: from === to ? 1 : step, easing: "ease-in-out", fill: "both" }).finished;
    group.remove();
  }

  #order(host, label) {
    this.#number?.remove();
    const text = shape("text", { class: "number", x: host.at.x, y: host.at.y - 66 });
    text.textContent = label;
    this.#tokens.append(text);
    this.#number = text;
    text.animate([{ opacity: 1 }, { opacity: 1 }, { opacity: 0 }], { duration: 1300, fill: "both" }).finished.then(() => text.remove());
  }

  #flash(at) {
    const ring = shape("circle", { class: "flash", r: 48, cx: at.x, cy: at.y });
    this.#tokens.append(ring);
    ring.animate([{ r: "46px", opacity: 1 }, { r: "74px", opacity: 0 }], { duration: 700, fill: "both" }).finished.then(() => ring.remove());
  }

  // ---- the tables ----

  #showWays(room, outbox) {
    const majority = Math.floor(room.nodes.length / 2) + 1;
    const waiting = outbox.filter((i) => i.state === "taken" || i.state === "queued").slice(-3).reverse().map((i) => element("tr", {},
      element("td", { text: "…" }), element("td", { className: "short" }, ...shown(i.text)),
      cell(i.state === "taken", i.state === "taken" ? "✓" : "not yet"), cell(false, "waits"), cell(false, ""), cell(false, ""), cell(false, "")));
    const done = this.#ways.slice().reverse().map((w) => {
      // The acks go to the host, which tells the others a few times a second. What is delivered in a uniform room is stable all the same, and stable is
      // what a majority has acked; in an agreed room that is not known before this node is told so.
      const isStable = room.delivery === "uniform" || room.stable >= w.seq;
      const isKnown = isStable || room.seq >= w.seq;
      const acked = room.nodes.filter((n) => n.received >= w.seq).length;
      const took = Math.max(0, Date.parse(w.orderedAt) - Date.parse(w.sentAt));
      return element("tr", {},
        element("td", { text: w.seq }),
        element("td", { className: `short ${colour(w.user)}`, title: plain(w.text.slice(0, 200)) }, ...(isAmendment(w) ? [amends(w)] : [`${w.user}: `, ...shown(w.text.slice(0, 200))])),
        cell(true, "✓"), cell(true, `✓ ${seconds(took / 1000)}`),
        cell(isStable || !isKnown, !isKnown ? "–" : isStable && acked < majority ? "✓" : `${acked} of ${room.nodes.length}`),
        cell(isStable || !isKnown, !isKnown ? "–" : isStable ? "✓" : "waits"),
        cell(true, w.took === null ? "✓" : `✓ ${seconds(w.took / 1000)}`));
    });
    find("ways").tBodies[0].replaceChildren(...waiting, ...done);
  }

  #showNodes(room) {
    find("nodes").tBodies[0].replaceChildren(...room.nodes.map((n) => element("tr", {},
      element("td", { text: shortNode(n.node) }),
      element("td", { text: [n.host && "host", n.me && "this one", n.archives && "archive"].filter(Boolean).join(", ") || "–" }),
      element("td", { text: room.users.filter((u) => u.node === n.node).length }),
      element("td", { text: n.received || "–" }),
      element("td", { className: n.lag > 0 || !n.reachable ? "behind" : "done", text: n.reachable ? n.lag : `${n.lag}, away` }))));
  }

  #showFailovers(room) {
    const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
    find("failovers").replaceChildren(...(room.failovers.length === 0 ? [element("li", { text: "none so far" })]
      : room.failovers.slice(-6).reverse().map((f) => element("li", {},
        element("b", { text: seconds(f.seconds) }), ` without delivery at ${clock.format(new Date(f.at))}: ${shortNode(f.from)} → ${shortNode(f.to)}, epoch ${epoch(f.epoch)}`))));
  }
}

function key() {
  const group = shape("g", { transform: "translate(20 24)" });
  [["token", "submitted to the host"], ["ordered", "ordered, sent to all"], ["ack", "acked; with a majority it is stable"]].forEach(([kind, what], i) => {
    const text = shape("text", { class: "key", x: 16, y: 5 + i * 22 });
    text.textContent = what;
    group.append(shape("circle", { class: kind, r: 7, cy: i * 22 }), text);
  });
  const slow = shape("text", { class: "key", x: -7, y: 71 });
  slow.textContent = "(slower than it happens)";
  group.append(slow);
  return group;
}

function shape(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  return made;
}

function write(group, selector, text) {
  const where = group.querySelector(selector);
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

const cell = (done, text) => element("td", { className: done ? "done" : "wait", text });
const short = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

/** Writes as much of a text as there is room for across a node's disc. */
function fit(group, selector, text) {
  const where = group.querySelector(selector);
  if (where.dataset.whole === text) {
    return;
  }
  write(group, selector, text);
  const parts = [...letters.segment(text)].map((part) => part.segment);
  while (parts.length > 1 && where.getComputedTextLength() > ACROSS) {
    parts.pop();
    where.textContent = `${parts.join("")}…`;
  }
  if (where.getComputedTextLength() > 0) {
    where.dataset.whole = text; // it was seen, and so could be measured
  }
}
