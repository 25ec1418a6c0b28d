// Events in words for people, and the small things that all views share.

const REASONS = { left: "left", crashed: "is gone: the node crashed", expelled: "fell too far behind" };

/** What a line in the conversation says of an event; null: nothing. */
export function words(event) {
  switch (event.event) {
    case "joined": return { text: `${event.user} joined` };
    case "left": return { text: `${event.user} ${REASONS[event.reason] ?? "left"}` };
    case "node": return event.change === "joined"
      ? { text: `node ${event.node} joined` }
      : { text: `node ${event.node} ${event.reason === "crashed" ? "crashed" : event.reason === "expelled" ? "was expelled" : "left"}`, loud: event.reason !== "left" };
    case "host": return { text: `${event.host} is host now, epoch ${event.epoch}${event.mayHaveLost ? ": messages may have been lost" : ""}`, loud: true };
    case "recording": return { text: `${event.node} ${event.recording ? "keeps an archive" : "no longer keeps an archive"}` };
    case "missed": return { text: `${event.count} ${event.count === 1 ? "entry" : "entries"} came while this page could not see them`, gap: true };
    case "failover": return { text: `the host changed from ${event.from} to ${event.to}: ${seconds(event.seconds)} without delivery`, loud: true };
    case "notice": return { text: event.text, loud: true };
    case "bye": return { text: `the session ended: ${event.why}`, loud: true };
    case "new-room": return { text: "a new room began", loud: true };
    default: return null;
  }
}

export function seconds(value) {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}

/** The same colour for the same name, everywhere. */
export function colour(name) {
  let hash = 7;
  for (const char of name) {
    hash = (hash * 31 + char.codePointAt(0)) >>> 0;
  }
  return `c${hash % 12}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
export const time = (iso) => clock.format(new Date(iso));

/** An element; whatever comes from others goes in as text. */
export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
    }
  }
  if (text !== undefined) {
    made.textContent = text;
  }
  made.append(...children);
  return made;
}

export const find = (id) => document.getElementById(id);
