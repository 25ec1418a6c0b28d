// The text of a message in the conversation, and its time.

import { formatted } from "./format.js";
import { colour, dated, deed, element, epoch, plain, shorten, shown, time } from "./words.js";

/**
 * A message as it stands: what it answers, its text, who reacted. Where it looks otherwise than it was written, there is a button that shows that; the event keeps
 * which one the user wants to see.
 */
export function said(now, quoted, me) {
  const event = now.said;
  return [...quote(event, quoted), ...(now.deleted ? gone(event) : text(event, now)), ...reactions(now, me)];
}

/** What a message answers; a button that goes there. */
function quote({ relation }, quoted) {
  if (relation?.kind !== "reply") {
    return [];
  }
  const says = !quoted ? ["an earlier message"]
    : [element("b", { text: quoted.said.user, dir: "auto" }), ": ", ...shown(quoted.deleted ? "(deleted)" : shorten(quoted.text.replace(/\s+/g, " ")))];
  return [element("button", { type: "button", className: "quote", "data-act": "quote", "data-to": relation.id, title: "Go to the message that this one answers" }, "↳ ", ...says)];
}

function gone(event) {
  return [element("div", { className: "text deleted", text: `deleted by ${event.user}` }), stamp(event)];
}

/** A click adds one's own, or takes it back. */
function reactions({ reactions: all }, me) {
  if (all.length === 0) {
    return [];
  }
  return [element("div", { className: "reactions", role: "group", "aria-label": "Reactions" }, ...all.map(({ text: character, by }) => {
    const who = by.map((one) => one.name).join(", ");
    return element("button", {
      type: "button", className: "chip", "data-act": `react ${character}`, "aria-pressed": String(by.some((one) => one.id === me)), title: who,
      "aria-label": `${plain(character)} ${by.length}: ${who}`,
    }, ...shown(character), ` ${by.length}`);
  }))];
}

function stamp(event) {
  return element("time", { datetime: event.orderedAt, title: `#${event.seq}, epoch ${epoch(event.epoch)}, hash ${event.hash}`, text: time(event.orderedAt) });
}

function text(event, now) {
  const does = deed(now.text);
  const { nodes, isMarked } = formatted(does ?? now.text);
  const who = does === null ? [] : ["* ", element("span", { className: `who ${colour(event.user)}`, text: event.user, dir: "auto" }), " "];
  const body = element("div", { className: "text", dir: "auto" }, ...who, ...nodes);
  const edited = now.edited ? [element("time", { className: "edited", datetime: now.edited, title: `edited ${dated(now.edited)}`, text: "(edited)" })] : [];
  const at = stamp(event);
  if (!isMarked) {
    return [body, ...(edited.length > 0 ? [element("span", { className: "side" }, ...edited, at)] : [at])];
  }
  const button = element("button", { type: "button", className: "as-written", title: "Show as written", "aria-label": "Show as written", text: "¶" });
  const show = () => {
    button.setAttribute("aria-pressed", String(event.asWritten === true));
    body.replaceChildren(...(event.asWritten ? shown(now.text) : [...who, ...nodes]));
  };
  button.addEventListener("click", () => {
    event.asWritten = !event.asWritten;
    show();
  });
  show();
  return [body, element("span", { className: "side" }, button, ...edited, at)];
}
