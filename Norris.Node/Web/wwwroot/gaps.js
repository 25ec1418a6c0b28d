// Numbers of the order that this page does not have: a row in their place says how many, and has a button that fills it.

import { element } from "./words.js";

export const isGap = (event) => event.event === "missed" && event.first !== undefined;

const count = (n) => `${n.toLocaleString("en")} ${n === 1 ? "entry" : "entries"} came while away`;
const OLD = "What stands above is shown as it was before them: what became of it meanwhile (edits, deletions, reactions) is not known.";

/** hasOlder: messages stand above it. isBusy: it is being filled. */
export function gapRow(gap, { hasOlder, isBusy, fill }) {
  const old = hasOlder ? [element("span", { className: "old", text: ` ${OLD}` })] : [];
  if (gap.why) {
    return element("li", { className: "news gap", tabindex: "-1", text: `${count(gap.count)}, and cannot be shown: ${gap.why}.` }, ...old);
  }
  const button = element("button", { type: "button", "data-act": "fill", "aria-disabled": String(isBusy), text: isBusy ? `${count(gap.count)}: reading …` : `${count(gap.count)}: show them` });
  button.addEventListener("click", fill);
  const trouble = gap.trouble ? [element("span", { text: ` ${gap.trouble}` })] : [];
  return element("li", { className: "news gap", tabindex: "-1" }, button, ...trouble, ...old);
}

export const gapOf = (first, last) => ({ event: "missed", first, last, count: last - first + 1 });

/** What comes into the place of a gap: what was had, and the rest of it. */
export function filled(gap, came) {
  const within = came.filter((event) => (event.last ?? event.seq) <= gap.last);
  const next = (within.at(-1)?.last ?? within.at(-1)?.seq ?? gap.first - 1) + 1;
  return next > gap.last ? within : [...within, gapOf(next, gap.last)];
}
