// The nodes, one beside the other, each with its log: a row is a number, and the same row on every node.

import { element, epoch, plain, put, set, shown, words } from "./words.js";
import { stateOf } from "./timeline.js";

const ROWS = 60;
const STATES = { delivered: ["✓", "delivered"], stable: ["◐", "stable, not delivered"], received: ["○", "received, not stable"], missing: ["", "not here"], missed: ["", "came while this node was away"], before: ["", "before this node came"] };
const CONNECTIONS = { "host-silent": "hears no host", "cut-off": "cut off", rejoining: "coming back" };
const IS = { starting: "starting", stopped: "stopped", cut: "cable cut", "stopped and cut": "stopped, cable cut", dead: "dead" };

/** Of an epoch: neighbours differ well. */
const COLOURS = [9, 6, 1, 3, 8, 4, 0, 7, 2, 5];
export const colourOf = (number) => `c${COLOURS[(number % 1e6) % COLOURS.length]}`;

export class Lanes {
  #lanes = [];

  /**
   * @param where the element that they go into
   * @param act what a button does: what, lane
   */
  constructor(where, act) {
    this.where = where;
    this.act = act;
  }

  /**
   * @param world what is drawn, which may be the past
   * @param now the nodes as they are: what the buttons are for
   */
  draw(world, now, whyNoCables) {
    const highest = world.highest;
    const first = Math.max(1, highest - ROWS + 1);
    const atEnd = this.where.scrollHeight - this.where.scrollTop - this.where.clientHeight < 40;
    now.lanes.forEach((lane, i) => {
      this.#lanes[i] ??= this.#add(lane);
      this.#buttons(this.#lanes[i], lane, whyNoCables);
    });
    this.#lanes.forEach((drawn, i) => {
      const lane = world.lanes[i];
      drawn.section.hidden = !lane;
      if (lane) {
        this.#head(drawn, lane, world);
        this.#log(drawn, lane, world, first, highest);
      }
    });
    if (atEnd) {
      this.where.scrollTop = this.where.scrollHeight;
    }
  }

  #add(lane) {
    const id = `lane-${lane.number}`;
    const drawn = {
      name: element("h3", { id }), why: element("p", { className: "why" }), tags: element("p", { className: "tags" }), place: element("p", { className: "place" }), log: element("ol", { className: "entries", "aria-labelledby": id }), rows: new Map(), buttons: {},
    };
    for (const [name, ...does] of [["life", "kill", "start"], ["pause", "stop", "continue"], ["cable", "cut", "heal"]]) {
      const button = element("button", { type: "button" });
      button.addEventListener("click", () => this.act(button.dataset.does, lane.number));
      drawn.buttons[name] = { button, does };
    }
    drawn.section = element("section", { className: "lane", "aria-labelledby": id },
      element("header", {}, drawn.name, drawn.tags, drawn.why, drawn.place, element("p", { className: "acts-on" }, ...Object.values(drawn.buttons).map((b) => b.button))), drawn.log);
    this.where.append(drawn.section);
    return drawn;
  }

  #buttons({ buttons, name }, lane, whyNoCables) {
    const isDead = lane.state === "dead";
    const write = ({ button, does }, second, labels, why = "") => {
      const text = labels[second ? 1 : 0];
      button.dataset.does = does[second ? 1 : 0];
      put(button, text);
      set(button, "aria-label", `${text} ${lane.name}${why ? `: ${why}` : ""}`);
      button.title = why;
      button.disabled = why !== "" || ((isDead || lane.state === "starting") && button !== buttons.life.button);
    };
    write(buttons.life, isDead, ["Kill", "Restart"]);
    write(buttons.pause, lane.state.includes("stopped"), ["Stop", "Go on"]);
    write(buttons.cable, lane.state.includes("cut"), ["Cut", "Heal"], whyNoCables);
    put(name, lane.name);
  }

  #head({ section, tags, why, place }, lane, world) {
    put(why, lane.why);
    const isHost = world.host === lane;
    set(section, "class", `lane${isHost ? " host" : ""}${lane.state === "here" ? "" : ` ${lane.state}`}${CONNECTIONS[lane.connection] && lane.state !== "dead" ? " away" : ""}`);
    const said = [
      isHost && ["is-host", "host"],
      lane.epoch > 0 && [`epoch ${colourOf(lane.epoch)}`, `epoch ${epoch(lane.epoch)}`],
      IS[lane.state] && ["bad", IS[lane.state]],
      lane.state !== "dead" && lane.state !== "starting" && CONNECTIONS[lane.connection] && ["bad", CONNECTIONS[lane.connection]],
      lane.pending > 0 && ["waits", `${lane.pending} in the outbox`],
    ].filter(Boolean);
    const drawn = said.map(([, text]) => text).join("|");
    if (tags.dataset.said !== drawn) {
      tags.dataset.said = drawn;
      tags.replaceChildren(...said.map(([kind, text]) => element("span", { className: `tag ${kind}`, text })));
    }
    const at = `${lane.received} ${lane.stable} ${lane.delivered}`;
    if (place.dataset.at !== at) {
      place.dataset.at = at;
      place.replaceChildren(...[["received", "○", lane.received], ["stable", "◐", lane.stable], ["delivered", "✓", lane.delivered]]
        .map(([what, mark, number]) => element("span", { title: `${what} up to ${number}` }, element("span", { "aria-hidden": "true", text: `${mark} ` }), element("span", { className: "hidden", text: `${what} ` }), `${number}`)));
    }
  }

  #log({ log, rows }, lane, world, first, last) {
    for (const [seq, row] of rows) {
      if (seq < first || seq > last) {
        row.remove();
        rows.delete(seq);
      }
    }
    for (let seq = first; seq <= last; seq++) {
      const state = stateOf(lane, seq);
      const entry = lane.entries.get(seq);
      const key = `${state} ${entry ? text(entry, world) : ""}`;
      let row = rows.get(seq);
      if (row?.dataset.key === key) {
        continue;
      }
      const fresh = draw(seq, state, entry, world);
      fresh.dataset.key = key;
      if (row) {
        row.replaceWith(fresh);
      } else {
        const after = [...rows.keys()].filter((n) => n < seq).reduce((a, b) => Math.max(a, b), 0);
        rows.get(after) ? rows.get(after).after(fresh) : log.prepend(fresh);
      }
      rows.set(seq, fresh);
    }
  }
}

function draw(seq, state, entry, world) {
  const [mark, what] = STATES[state];
  return element("li", { className: `entry ${state}`, "data-seq": seq },
    element("span", { className: `number ${entry ? colourOf(entry.epoch) : ""}`, text: seq }),
    element("span", { className: "what", title: entry ? plain(text(entry, world)) : what }, ...(entry ? entry.event === "said" ? [element("b", { text: `${entry.user}: ` }), ...shown(entry.text)] : [text(entry, world)] : [])),
    element("span", { className: "mark", "aria-hidden": "true", text: mark }),
    element("span", { className: "hidden", text: `, ${what}${entry ? `, epoch ${epoch(entry.epoch)}` : ""}` }));
}

/** An entry in words; nodes go by the names of those who speak through them. */
function text(entry, world) {
  switch (entry.event) {
    case "said": return `${entry.user}: ${entry.text}`;
    case "host": return `${world.nameOf(entry.host)} hosts${entry.mayHaveLost ? "; messages may be lost" : ""}`;
    case "node": return `${world.nameOf(entry.node)}'s node is ${entry.change === "joined" ? "in" : `out (${entry.reason})`}`;
    case "joined": return `${entry.user} is in`;
    case "left": return `${entry.user} is out (${entry.reason})`;
    default: return plain(words(entry)?.text ?? entry.event);
  }
}
