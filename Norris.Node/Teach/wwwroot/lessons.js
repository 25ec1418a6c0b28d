// Five lessons, each with a task, and how it is seen from what the nodes tell that the task is done. Pure; no timer ends a lesson.

import { isWell } from "./timeline.js";

const living = (world) => world.lanes.filter((lane) => lane && lane.state !== "dead");
const running = (world) => living(world).filter((lane) => lane.state === "here");
const isMinority = (world) => running(world).length * 2 <= living(world).length;
const highestSeen = (world) => Math.max(0, ...living(world).map((lane) => lane.delivered));

/** Messages that some node has delivered after a number. */
function saidSince(world, seq) {
  const said = new Map();
  for (const lane of living(world)) {
    for (const [number, entry] of lane.entries) {
      if (number > seq && entry.event === "said") {
        said.set(number, entry);
      }
    }
  }
  return said;
}

export const LESSONS = [
  {
    id: "order",
    title: "Order",
    text: "Two people speak at the same time. Who was first? Each [[node]] would say: the one that I heard first. So one node, the [[host]], gives every [[entry]] a [[number]], and all show them by number.",
    parts: [
      { text: "Say something as one node, and something as another.", done: (w, m) => new Set([...saidSince(w, m.seq).values()].map((e) => e.user)).size >= 2 },
      {
        text: "See that every node shows the same numbers, with the same texts.",
        done: (w, m) => {
          const said = saidSince(w, m.seq);
          return said.size >= 2 && running(w).length >= 2 && running(w).every((lane) => [...said].every(([seq, entry]) => lane.entries.get(seq)?.hash === entry.hash));
        },
      },
    ],
    learned: "One number, one message, on every node. The hash of all that came before is the same, too.",
  },
  {
    id: "uniform",
    title: "Uniform delivery",
    text: "This room is [[uniform]]: a message is shown only once a [[majority]] has it. A stopped node cannot say that it has it; so with too few running, nothing new is shown, not even to who said it.",
    parts: [
      { text: "Stop nodes, but not the host, until half of them or fewer run.", done: (w) => isMinority(w) && running(w).some((lane) => lane.address === lane.host) },
      {
        text: "Say something as the host: it is received there, or waits in its outbox, and nobody shows it.",
        done: (w, m) => {
          const waits = running(w).find((lane) => isMinority(w) && (lane.received > lane.delivered || lane.pending > 0));
          m.lane ??= waits?.number;
          m.seen ??= waits?.delivered;
          return waits !== undefined;
        },
      },
      {
        text: "Let the others go on: now it is shown everywhere.",
        done: (w, m) => living(w).every((lane) => isWell(lane) && lane.pending === 0 && lane.delivered === highestSeen(w)) && [...saidSince(w, m.seen).values()].some((e) => e.user === w.lanes[m.lane].user),
      },
    ],
    learned: "What anybody has seen, a majority has: so a crash cannot take it back.",
  },
  {
    id: "host",
    title: "The host dies",
    text: "The host has no heir, and leaves no file. When it dies, the oldest of the others becomes a [[candidate]], asks for [[promise|promises]], takes the [[best log]], and begins a [[new epoch]].",
    parts: [
      {
        text: "Kill the host.",
        done: (w, m) => {
          m.killed ??= w.steps.find((s) => s.step === "killed" && s.wasHost && s.at >= m.at);
          return m.killed !== undefined;
        },
      },
      { text: "Another node begins a new epoch.", done: (w, m) => w.steps.some((s) => s.step === "reigns" && s.epoch > m.killed.epoch && s.at >= m.at) },
      {
        text: "All that are left follow it, and show its first entry.",
        done: (w, m) => living(w).length >= 2 && running(w).every((lane) => isWell(lane) && [...lane.entries.values()].some((e) => e.event === "host" && e.epoch > m.killed.epoch)),
      },
    ],
    learned: "Read the phases below, or have them shown again slowly. Nothing is lost, and nothing doubled.",
  },
  {
    id: "partition",
    title: "A partition",
    needsCables: true,
    text: "A cable breaks: a [[partition]]. Both sides live, and neither can know whether the other does. If both went on, there would be two histories. So only a [[majority]] goes on; the [[minority]] waits.",
    parts: [
      {
        text: "Cut one node off. (Have three that run, at least.)",
        done: (w, m) => {
          m.lane ??= living(w).find((lane) => lane.state === "cut")?.number;
          return m.lane !== undefined && running(w).length >= 2;
        },
      },
      { text: "It hears no majority, and says that it is cut off.", done: (w, m) => w.lanes[m.lane].connection === "cut-off" },
      { text: "Say something as it: that waits in its outbox.", done: (w, m) => w.lanes[m.lane].pending > 0 },
      {
        text: "Say something as another: those who are together show it, the cut-off node does not.",
        done: (w, m) => [...saidSince(w, m.seq)].some(([seq]) => seq > w.lanes[m.lane].delivered && running(w).every((lane) => lane.entries.has(seq))),
      },
    ],
    learned: "One history, on one side. Leave the cable as it is: the next lesson goes on from here.",
  },
  {
    id: "back",
    title: "The minority comes back",
    needsCables: true,
    text: "When the cable is plugged in again, the node that was alone finds that the others have gone on without it. It starts again as a newcomer, and its [[outbox]] hands over what waited.",
    parts: [
      {
        text: "A node is cut off. (If none is, cut one.)",
        done: (w, m) => {
          m.lane ??= living(w).find((lane) => lane.state === "cut" && lane.connection === "cut-off")?.number;
          return m.lane !== undefined;
        },
      },
      { text: "Heal its cable.", done: (w, m) => w.lanes[m.lane].state === "here" },
      { text: "It is connected again, and is as far as the others.", done: (w, m) => isWell(w.lanes[m.lane]) && w.lanes[m.lane].delivered === highestSeen(w) },
      { text: "Nothing waits in its outbox any more.", done: (w, m) => w.lanes[m.lane].pending === 0 },
    ],
    learned: "What was said while it was alone has its place now, after all that the others had said: nothing lost, nothing twice.",
  },
];

/** One lesson being learned. A part that was done stays done; the next one is looked at when those before it are. */
export class Lesson {
  done = 0;
  #memo = null;

  constructor(lesson) {
    this.lesson = lesson;
  }

  get isDone() {
    return this.done === this.lesson.parts.length;
  }

  begin(world) {
    if (!this.#memo) {
      this.#memo = { at: world.at, seq: Math.max(0, ...world.lanes.filter(Boolean).map((lane) => lane.delivered)) };
      this.look(world);
    }
  }

  look(world) {
    while (this.#memo && !this.isDone && this.lesson.parts[this.done].done(world, this.#memo)) {
      this.done++;
    }
  }
}
