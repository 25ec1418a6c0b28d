// The text of a message in the conversation, and its time.

import { formatted } from "./format.js";
import { colour, deed, element, epoch, shown, time } from "./words.js";

/** Where it looks otherwise than it was written, there is a button that shows that; the event keeps which one the user wants to see. */
export function said(event) {
  const does = deed(event.text);
  const { nodes, isMarked } = formatted(does ?? event.text);
  const who = does === null ? [] : ["* ", element("span", { className: `who ${colour(event.user)}`, text: event.user, dir: "auto" }), " "];
  const text = element("div", { className: "text", dir: "auto" }, ...who, ...nodes);
  const at = element("time", { datetime: event.orderedAt, title: `#${event.seq}, epoch ${epoch(event.epoch)}, hash ${event.hash}`, text: time(event.orderedAt) });
  if (!isMarked) {
    return [text, at];
  }
  const button = element("button", { type: "button", className: "as-written", title: "Show as written", "aria-label": "Show as written", text: "¶" });
  const show = () => {
    button.setAttribute("aria-pressed", String(event.asWritten === true));
    text.replaceChildren(...(event.asWritten ? shown(event.text) : [...who, ...nodes]));
  };
  button.addEventListener("click", () => {
    event.asWritten = !event.asWritten;
    show();
  });
  show();
  return [text, element("span", { className: "side" }, button, at)];
}
