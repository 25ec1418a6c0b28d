// A change of host in its phases, and each step of it in one sentence. Pure: steps in, sentences out. Times are those that the nodes themselves tell.

import { isWell } from "./timeline.js";
import { epoch, seconds } from "./words.js";

export const PHASES = [
  { id: "gone", title: "[[silence|Silence]] or [[proof]] of death", steps: ["killed", "silent", "dead", "taken-out", "ended"] },
  { id: "promises", title: "[[promise|Promises]]", steps: ["asks", "promises"] },
  { id: "log", title: "[[best log|Best log]]", steps: ["chooses"] },
  { id: "reign", title: "[[new epoch|New epoch]]", steps: ["reigns", "follows"] },
  { id: "again", title: "[[resubmit|Resubmits]]", steps: ["resubmits"] },
  { id: "over", title: "The room goes on", steps: ["over"] },
];

/** So long after the last step, what shows that a host may be gone is about another one. */
const APART = 10000;

/** The changes of host that the steps tell of, the oldest first: { began, founding, over, idle (nothing came of it), epoch, phases: [{ id, title, told: [{ at, after, text }] }] }. */
export function recoveries(world) {
  const all = [];
  // A host that recovers does not hear itself.
  for (const step of world.steps.filter((s) => s.step !== "silent" || s.node !== world.lanes[s.lane].address).sort((a, b) => a.at - b.at)) {
    if (!belongs(step, all.at(-1))) {
      if (!opens(step)) {
        continue;
      }
      all.push({ began: step.at, steps: [], epoch: 0, founding: false, over: false });
    }
    const one = all.at(-1);
    one.steps.push(step);
    one.epoch = step.step === "reigns" ? step.epoch : one.epoch;
    one.founding ||= step.step === "reigns" && step.why === "a new room";
    one.over ||= step.step === "over";
  }
  return all.map((one, i) => told(one, world, i === all.length - 1));
}

/** Whether a step is one of the last change's. */
function belongs(step, last) {
  if (!last) {
    return false;
  }
  switch (step.step) {
    case "over": case "follows": case "resubmits":
      return true;
    case "dead": case "taken-out":
      return last.steps.some((s) => s.node === step.node && s.step !== "promises") || isOpen(last, step);
    case "killed": case "silent": case "ended":
      return isOpen(last, step);
    default:
      return last.epoch === 0 || step.epoch <= last.epoch;
  }
}

const isOpen = (last, step) => last.epoch === 0 && step.at - last.steps.at(-1).at < APART;

/** What shows that the host may be gone, or that somebody wants to be it. Of others that die the order tells. */
const opens = (step) => (["killed", "dead"].includes(step.step) ? step.wasHost : ["silent", "ended", "asks"].includes(step.step));

function told(one, world, isLast) {
  const phases = PHASES.map((phase) => ({
    ...phase,
    told: one.steps.filter((s) => phase.steps.includes(s.step)).map((s) => ({
      at: s.at, after: s.at - one.began, text: sentence(s, world, one.steps.some((other) => other.step === s.step && other.lane === s.lane && other.at < s.at)),
    })),
  }));
  if (one.over && phases.find((p) => p.id === "again").told.length === 0) {
    const at = one.steps.find((s) => s.step === "over").at;
    phases.find((p) => p.id === "again").told.push({ at, after: at - one.began, text: "No message was on its way to the old host, so no [[outbox]] had to hand one over again." });
  }
  const isOver = one.over || one.founding;
  const isWanted = one.steps.some((s) => s.step === "asks" || (s.wasHost && s.step !== "silent"));
  const idle = !isOver && one.epoch === 0 && (!isLast || (isWanted ? world.lanes.every((lane) => !lane || lane.state === "dead" || isWell(lane)) : isWell(world.host)));
  return { began: one.began, founding: one.founding, over: isOver, idle, epoch: one.epoch, phases };
}

/** @param isAgain whether its node took such a step before, in this change */
export function sentence(step, world, isAgain = false) {
  const who = world.lanes[step.lane]?.name ?? "a node";
  const whom = world.nameOf(step.node);
  const self = whom === who;
  switch (step.step) {
    case "killed": return `${who} was killed${step.wasHost ? ", the [[host]]" : ""}: it said no goodbye to anybody.`;
    case "silent": return `${who} has not heard ${whom} for too long: that is [[silence]], no [[proof]], so the others are asked whether they hear it.`;
    case "dead": return `${who} has [[proof]] that ${whom} is dead: the process that it knew there is gone.`;
    case "taken-out": return `${who} takes ${whom} out: ${step.why}.`;
    case "ended": return `${who} stops numbering: ${step.why}.`;
    case "asks": return isAgain ? `${who} asks again, for a higher [[epoch]]: ${epoch(step.epoch)}.` : `${who} is a [[candidate]] now: it asks everybody for a [[promise]] for [[epoch]] ${epoch(step.epoch)}.`;
    case "promises": return `${who} [[promise|promises]] ${self ? "itself" : whom} to follow no [[epoch]] below ${epoch(step.epoch)}, and says that it has everything up to ${step.received}`
      + `${step.lastEpoch > 0 ? `, last of epoch ${epoch(step.lastEpoch)}` : ""}.`;
    case "chooses": return `${who} has the promises of a [[quorum]], and goes on with the [[best log]]: ${self ? "its own" : `that of ${whom}`}.`;
    case "reigns": return step.why === "a new room"
      ? `${who} hosts: the room begins with [[epoch]] ${epoch(step.epoch)}.`
      : `${who} hosts: [[new epoch|epoch ${epoch(step.epoch)}]] begins, and ${step.why.replace("goes on after ", "the numbers go on after ")}.`;
    case "follows": return `${who} follows ${self ? "itself" : whom} in [[epoch]] ${epoch(step.epoch)}.`;
    case "resubmits": return `The [[outbox]] of ${who} hands over ${step.count === 1 ? "a message" : `${step.count} messages`} again that ${step.count === 1 ? "has" : "have"} no place yet.`;
    case "over": return `At ${who}, nothing was [[delivered]] for ${seconds(step.seconds)}; now it goes on.`;
    default: return "";
  }
}
