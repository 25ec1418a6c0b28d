// Events in words for people, and the small things that all views share.

const REASONS = { left: "left", crashed: "is gone: the node crashed", expelled: "fell too far behind", silent: "was taken out: silent for too long", "put-out": "was put out, with the device" };

/** What a line in the conversation says of an event; null: nothing. */
export function words(event) {
  switch (event.event) {
    case "joined": return { text: `${event.user} joined, on ${shortNode(event.node)}` };
    case "left": return { text: `${event.user} ${REASONS[event.reason] ?? "left"}` };
    case "node": return null; // its user's name says more
    case "host": return { text: `${event.host} is host now, epoch ${epoch(event.epoch)}${event.mayHaveLost ? ": messages may have been lost" : ""}`, loud: event.mayHaveLost };
    case "renamed": return { text: `${event.before} is now ${event.user}` };
    case "setting": return { text: setting(event) };
    case "recording": return { text: `${event.node} ${event.recording ? "keeps an archive" : "no longer keeps an archive"}` };
    case "circle": return { text: circle(event) };
    case "retracted": return { text: `what was shown as #${event.first} to #${event.last} was taken back: it is not in the order that goes on`, loud: true };
    case "withdrawn": return { text: `taken back: ${event.user}: ${plain(shorten(event.text.replace(/\s+/g, " ")))}` };
    case "missed": return { text: `${event.count} ${event.count === 1 ? "entry" : "entries"} came while away`, gap: true };
    case "failover": return { text: `the host changed from ${event.from} to ${event.to}: ${seconds(event.seconds)} without delivery`, loud: true };
    case "answer": return { text: event.text };
    case "notice": return { text: event.text, loud: true };
    case "bye": return { text: `the session ended: ${event.why}`, loud: true };
    case "new-room": return { text: "a new room began", loud: true };
    default: return null;
  }
}

function setting({ user, setting: which, text }) {
  if (which === "last") {
    return text ? `where nobody keeps an archive, who comes in is shown the last ${text} of what is said from here on; ${user} has set it so` : `where nobody keeps an archive, who comes in is no longer shown what was said before; ${user} has set it so`;
  }
  return which === "name"
    ? text ? `${user} has named this room '${text}'` : `${user} has taken away the room's name`
    : text ? `${user} has set the topic: ${text}` : `${user} has taken away the topic`;
}

function circle({ change, device, by, name, invite }) {
  const whose = name ? `${name}'s device ${device}` : `the device ${device}`;
  switch (change) {
    case "admitted": return `${whose} is in, let in by ${by}${invite ? ` with the invite ${invite}` : ""}`;
    case "put-out": return `${whose} was put out by ${by}: it is refused from now on, and open invites are void`;
    case "invited": return `${by} has invited ${name || "somebody"}: invite ${invite}`;
    default: return `${by} has taken back the invite ${invite}`;
  }
}

/** A node's address without what is the same for all of them. */
export const shortNode = (address) => address.replace(/^akka\.tcp:\/\/[^@]*@/, "").replace(/#.*$/, "");

/** An epoch as people read it: the era, where something may have been lost, stands before the number within it. */
export const epoch = (value) => (value < 1e6 ? `${value}` : `${Math.floor(value / 1e6)}.${value % 1e6}`);

export function seconds(value) {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}

/** The same colour for the same name, everywhere. */
export function colour(name) {
  let hash = 0x811c9dc5;
  for (const char of name) {
    hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return `c${((hash ^ (hash >>> 12)) >>> 0) % 12}`;
}

/** The first letter of a name's first two words. */
export const initials = (name) => name.split(" ", 2).map((word) => [...letters.segment(word)][0].segment.toUpperCase()).join("");

export const letters = new Intl.Segmenter();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const dayOf = (iso) => day.format(new Date(iso));
export const dated = (iso) => full.format(new Date(iso));
export const time = (iso) => clock.format(new Date(iso));

/** What turns the writing direction of all that follows, or cannot be seen at all. (Marks of direction, which right-to-left texts need, turn nothing.) */
const ACTS = /(\u{1f3f4}[\u{e0061}-\u{e007a}]{5}\u{e007f})|[\u202a-\u202e\u2066-\u206f\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu; // a flag is seen
const named = (char) => `<U+${char.codePointAt(0).toString(16).toUpperCase()}>`;

/** A text of others, for an element: what acts in it is shown by its number, as in terminals, and is shut in, so that it acts on nothing. It stays in the text. */
export function shown(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(ACTS)) {
    if (!found[1]) {
      parts.push(text.slice(at, found.index), element("span", { className: "acts", "data-name": named(found[0]), text: found[0] }));
      at = found.index + found[0].length;
    }
  }
  parts.push(text.slice(at));
  return parts;
}

/** A text of others where no element can be. */
export const plain = (text) => text.replace(ACTS, (found, flag) => flag ?? named(found));

/** Whether something in a text acts. */
export const hasActing = (text) => plain(text) !== text;

/** What a text tells that its user does: of '/me waves', 'waves'. Null: it is said. The same on every screen. */
export const deed = (text) => (text.startsWith("/me ") && text.length > 4 ? text.slice(4) : null);

export function shorten(value) {
  return value.length > 120 ? `${value.slice(0, 119)}…` : value;
}

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

/** An unchanged alert must not be read out again. */
export function put(where, what) {
  if (where.textContent !== what) {
    where.textContent = what;
  }
}

export function set(where, name, value) {
  if (where.getAttribute(name) !== value) {
    where.setAttribute(name, value);
  }
}

export function remember(key, value, store = localStorage) {
  try {
    store.setItem(key, value);
  } catch {
    // A browser that stores nothing asks again.
  }
}

export function recall(key, store = localStorage) {
  try {
    return store.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Whether a text names somebody as a word. */
export function mentions(text, name) {
  if (!name) {
    return false;
  }
  const escaped = name.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(^|[^\\p{L}\\p{N}_])${escaped}($|[^\\p{L}\\p{N}_])`, "u").test(text.toLowerCase());
}
