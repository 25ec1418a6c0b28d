// Rows of the conversation that are no message in its place: one's own on their way, and what was done to a message that is not on the page.

import { element, plain, shorten, shown } from "./words.js";

export function pendingRow(item, me, act) {
  const state = { queued: "waits to be sent", taken: "on its way", unknown: "may not have been said", refused: "refused" }[item.state];
  const row = element("li", { className: "said first", "data-state": item.state },
    element("span", { className: "name", text: item.by?.name || me || "you" }),
    element("span", { className: "text", dir: "auto" }, ...shown(item.text || "deletes a message")),
    element("span", { className: "state", text: state }));
  if (item.state === "unknown" || item.state === "refused") {
    const why = element("span", { className: "why", text: item.why });
    const again = element("button", { type: "button", text: item.state === "refused" ? "Edit" : "Say it again" });
    again.addEventListener("click", () => act(item.state === "refused" ? "edit" : "again", item));
    const drop = element("button", { type: "button", text: "Discard" });
    drop.addEventListener("click", () => act("discard", item));
    why.append(again, drop);
    row.append(why);
  }
  return row;
}

export function amends({ user, text, relation: { kind } }) {
  return kind === "reaction" ? `${user} reacted ${plain(text)} to an earlier message` : kind === "deletion" ? `${user} deleted an earlier message` : `${user} edited an earlier message: ${plain(shorten(text.replace(/\s+/g, " ")))}`;
}
