// The page for a class: asks what the nodes have told, draws it as of the moment that the page's own clock shows, and does what the buttons say.

import { element, epoch, find, put, set } from "./words.js";
import { explain, explained, GLOSSARY } from "./glossary.js";
import { Lanes } from "./lanes.js";
import { Lesson, LESSONS } from "./lessons.js";
import { recoveries } from "./narrate.js";
import { Clock, Timeline, World } from "./timeline.js";

const DRAW_EVERY = 50;
const LESSON = "norris-lesson";
const RETRY = 1000;
const PATIENCE = 15000;
const SLOW = 1 / 10;
const VERY_SLOW = 1 / 50;
const BEFORE = 300; // milliseconds that are shown before a change of host

const timeline = new Timeline();
const clock = new Clock();
const now = new World(); // the nodes as they are, whatever the page draws
const lanes = new Lanes(find("lanes"), (what, lane) => act({ do: what, lane }));
let whyNoCables = "";
let current = 0;
let last = 0;
let drawn = "";
let shownAgain = null; // the change of host that the button is for
const finished = new Set();

async function listen() {
  for (;;) {
    try {
      const response = await fetch(`/api/class?after=${last}`, { signal: AbortSignal.timeout(PATIENCE) });
      if (response.ok) {
        const { moments, whyNoCables: why } = await response.json();
        whyNoCables = why;
        timeline.add(moments);
        moments.forEach((one) => now.apply(one));
        last = moments.at(-1)?.number ?? last;
        tell("");
        continue;
      }
      tell((await response.json()).detail ?? "The class does not answer.");
    } catch {
      tell("The class does not answer: is 'norris demo --web' still there?");
    }
    await new Promise((done) => setTimeout(done, RETRY));
  }
}

async function act(wish) {
  try {
    const response = await fetch("/api/class", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish), signal: AbortSignal.timeout(PATIENCE) });
    put(find("refusal"), response.ok ? "" : (await response.json()).detail ?? "That did not work.");
    return response.ok;
  } catch {
    put(find("refusal"), "The class does not answer.");
    return false;
  }
}

function tell(trouble) {
  find("banner").hidden = trouble === "";
  put(find("banner"), trouble);
}

// ---- the clock ----

function draw() {
  const world = timeline.at(clock.tick(Date.now()));
  const key = `${timeline.drawn} ${last} ${whyNoCables} ${current} ${finished.size}`;
  showClock();
  if (key === drawn) {
    return;
  }
  drawn = key;
  lanes.draw(world, now, whyNoCables);
  showSpeakers();
  showLesson(world.lesson);
  showRecovery(world);
}

function showClock() {
  const { paused, speed, isLive } = clock;
  set(find("pause"), "aria-pressed", `${paused}`);
  set(find("slow"), "aria-pressed", `${!paused && speed === SLOW}`);
  set(find("slower"), "aria-pressed", `${!paused && speed === VERY_SLOW}`);
  set(find("live"), "aria-pressed", `${isLive && !paused}`);
  const behind = Math.round((Date.now() - clock.lag - clock.position) / 1000);
  put(find("status"), paused ? `The page stands still, ${behind} s behind the nodes` : isLive ? "The page draws what happens now" : `The page is ${behind} s behind the nodes${speed < 1 ? `, ${1 / speed} times slower` : ""}`);
}

find("pause").addEventListener("click", () => clock.pause(!clock.paused));
find("step").addEventListener("click", () => clock.step(timeline));
find("slow").addEventListener("click", () => clock.slow(SLOW));
find("slower").addEventListener("click", () => clock.slow(VERY_SLOW));
find("live").addEventListener("click", () => clock.live());
find("again").addEventListener("click", () => {
  if (shownAgain) {
    clock.back(shownAgain.began - BEFORE);
    clock.slow(SLOW);
  }
});

// ---- what is said and done ----

function showSpeakers() {
  const speaker = find("speaker");
  const living = now.lanes.filter((lane) => lane && lane.state !== "dead" && lane.state !== "starting");
  const names = living.map((lane) => lane.name).join();
  if (speaker.dataset.names !== names) {
    speaker.dataset.names = names;
    const chosen = speaker.value;
    speaker.replaceChildren(...living.map((lane) => element("option", { value: lane.number, text: lane.name })));
    speaker.value = living.some((lane) => `${lane.number}` === chosen) ? chosen : `${living[0]?.number ?? ""}`;
  }
}

find("composer").addEventListener("submit", async (e) => {
  e.preventDefault();
  const text = find("text").value;
  find("text").value = "";
  if (!(await act({ do: "say", lane: Number(find("speaker").value), text })) && find("text").value === "") {
    find("text").value = text; // nothing typed is lost
  }
});
find("add").addEventListener("click", () => act({ do: "add" }));

// ---- lessons ----

function begin(number) {
  current = number;
  sessionStorage.setItem(LESSON, LESSONS[number].id); // a class that reloads the page goes on there
  const lesson = LESSONS[number];
  timeline.follow(() => new Lesson(lesson), clock.position ?? Date.now() - clock.lag);
  put(find("lesson-title"), `${number + 1}. ${lesson.title}`);
  find("lesson-text").replaceChildren(...explained(lesson.text));
  find("parts").replaceChildren(...lesson.parts.map((part) => element("li", {}, element("span", { className: "mark", "aria-hidden": "true" }), element("span", { text: part.text }), element("span", { className: "hidden" }))));
  find("learned").replaceChildren();
  find("lessons").replaceChildren(...LESSONS.map((_, i) => {
    const button = element("button", { type: "button", text: `${i + 1}`, "aria-label": nameOf(i), "aria-pressed": `${i === number}`, className: finished.has(i) ? "done" : undefined });
    button.addEventListener("click", () => begin(i));
    return button;
  }));
  find("next").hidden = true;
  drawn = "";
}

const nameOf = (i) => `Lesson ${i + 1}: ${LESSONS[i].title}${finished.has(i) ? ", done" : ""}`;

function showLesson(run) {
  if (!run) {
    return;
  }
  const { lesson, done, isDone } = run;
  [...find("parts").children].forEach((part, i) => {
    set(part, "class", i < done ? "done" : i === done ? "now" : "");
    put(part.querySelector(".mark"), i < done ? "✓" : i === done ? "▸" : "·");
    put(part.querySelector(".hidden"), i < done ? " (done)" : "");
  });
  const lacks = lesson.needsCables && whyNoCables !== "";
  find("needs").hidden = !lacks;
  put(find("needs"), lacks ? `This lesson needs cables: ${whyNoCables}.` : "");
  if (isDone && find("learned").childElementCount === 0) {
    finished.add(current);
    set(find("lessons").children[current], "class", "done");
    set(find("lessons").children[current], "aria-label", nameOf(current));
    find("learned").replaceChildren(element("p", {}, element("b", { text: "Done. " }), lesson.learned));
  }
  find("next").hidden = !(isDone || lacks) || current === LESSONS.length - 1;
}

find("next").addEventListener("click", () => {
  begin(current + 1);
  find("lesson-title").focus();
});

// ---- a change of host ----

function showRecovery(world) {
  const all = recoveries(world);
  const one = all.findLast((r) => !r.founding) ?? all.at(-1);
  shownAgain = one ?? null;
  find("again").hidden = !one || one.founding || !(one.over || one.idle);
  put(find("when"), !one ? "None so far." : `${one.founding ? "The room began" : "It began"} at ${moment.format(one.began)}${one.epoch > 0 ? `: epoch ${epoch(one.epoch)}` : one.idle ? "; no other host came of it, since most hear the one that there is" : ": no new epoch yet"}. Times are those of the nodes, from then on.`);
  const key = JSON.stringify(one ?? null);
  if (find("phases").dataset.key === key) {
    return;
  }
  find("phases").dataset.key = key;
  find("phases").replaceChildren(...(one?.phases ?? []).filter((p) => !(one.founding || one.idle) || p.told.length > 0).map((phase) => element("li", { className: phase.told.length > 0 ? "done" : "", "data-phase": phase.id },
    element("h3", {}, ...explained(phase.title)),
    element("ul", {}, ...(phase.told.length > 0 ? phase.told.map((t) => element("li", {}, element("span", { className: "after", text: after(t.after) }), element("span", {}, ...explained(t.text)))) : [element("li", { className: "hint", text: "not yet" })])))));
}

const moment = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const after = (ms) => (Math.abs(ms) < 1000 ? `${ms >= 0 ? "+" : ""}${ms} ms` : `+${(ms / 1000).toFixed(2)} s`);

// ---- the words ----

find("key").replaceChildren("✓ ", ...explained("[[delivered]]"), " · ◐ ", ...explained("[[stable]]"), " · ○ ", ...explained("[[received]]"), " · the colour of a number is its ", ...explained("[[epoch]]"));
find("glossary").append(...Object.entries(GLOSSARY).flatMap(([word, means]) => [element("dt", { text: word }), element("dd", { text: means })]));
explain(find("tip"));
begin(Math.max(0, LESSONS.findIndex((lesson) => lesson.id === sessionStorage.getItem(LESSON))));
listen();
setInterval(draw, DRAW_EVERY);
