// Puts the page together: link, outbox, conversation, people, inside view.

import { Link, request } from "./link.js";
import { Entry } from "./entry.js";
import { Outbox } from "./outbox.js";
import { Transcript } from "./transcript.js";
import { Complete } from "./complete.js";
import { Commands } from "./commands.js";
import { Notify } from "./notify.js";
import { Search } from "./search.js";
import { Devices } from "./devices.js";
import { Inside } from "./inside.js";
import { Menu } from "./menu.js";
import { isAmendment, userOf } from "./conversation.js";
import { colour, deed, element, epoch, find, initials, letters, plain, put, recall, remember, set, shorten, shortNode, shown } from "./words.js";

const MAX_BYTES = 16 * 1024;
const DRAFT = "norris-draft";
const READ = "norris-read"; // the room, and the last number in it that this browser has shown

const link = new Link();
const outbox = new Outbox(link);
const transcript = new Transcript((first, last) => link.between(first, last));
const entry = new Entry(link, (text) => transcript.add({ event: "notice", text }));
const inside = new Inside();
const search = new Search((seq) => transcript.open(seq));
const devices = new Devices(tell);
const notify = new Notify();
new Complete(() => (link.room?.users ?? []).filter((user) => !user.me).map((user) => user.name));
const text = find("text");
let node = "rejoining"; // how the node stands to the room
let wasConnected = false;
let isHere = false; // it is known what the user has seen before

// ---- what comes ----

link.addEventListener("event", ({ detail: event }) => {
  // First it is shown. What goes wrong in one place is nothing to the others, least of all to that.
  for (const take of [(e) => transcript.add(e), (e) => inside.happened(e), (e) => devices.happened(e), happened]) {
    try {
      take(event);
    } catch (error) {
      console.error(error);
    }
  }
});

function happened(event) {
  switch (event.event) {
    case "said":
      if (!outbox.seen(event) && !isAmendment(event) && document.hidden && wasConnected) {
        notify.said(event, transcript.me);
      }
      break;
    case "welcome":
      transcript.isMe(event.name);
      if (!isHere) {
        isHere = true;
        const [room, seen] = recall(READ).split(" ");
        transcript.isBack(room === event.room ? Number(seen) : event.readTo ?? 0, link.room.seq);
      }
      link.askSoon();
      break;
    case "connection":
      node = event.state;
      showState();
      break;
    case "refused":
      if (link.room && !link.room.name) {
        entry.ask(event.why);
      } else {
        find("refusal").textContent = `${plain(shorten(event.text))}: ${event.why}`;
      }
      break;
    case "joined": case "left": case "node": case "host": case "recording": case "renamed": case "setting":
      link.askSoon(100 + 200 * Math.random()); // many pages need not ask at once
      break;
  }
  if (event.seq !== undefined) {
    outbox.hasShown(event.seq);
  }
}

link.addEventListener("state", () => {
  inside.live = false;
  if (!link.open) {
    outbox.isNobody();
  }
  showState();
});

link.addEventListener("room", ({ detail: room }) => {
  node = room.connection;
  showState();
  showRoom(room);
  const me = room.users.find((u) => u.me);
  const isCaughtUp = link.open && (link.last ?? 0) >= room.seq;
  outbox.isUser(me && { id: me.id, name: me.name, own: room.own }, isCaughtUp);
  if (me) {
    outbox.isHeard(me.id, room.heard, Math.max(room.highest, room.seq));
    outbox.hasShown(link.last ?? 0);
  }
  inside.live ||= isCaughtUp;
  transcript.live ||= isCaughtUp;
  if (isCaughtUp) {
    transcript.readMissed();
  }
  inside.show(room, outbox.items);
});

outbox.addEventListener("change", () => transcript.pending(outbox.items, act));

function act(what, item) {
  if (what === "again") {
    outbox.again(item.key);
    return;
  }
  if (what === "edit" && item.relation?.kind === "edit") {
    editAs(item.relation.id, item.text);
  } else if (what === "edit") {
    resume();
    text.value = text.value.trim() === "" ? item.text : `${item.text}\n${text.value}`; // what is being written stays
    compose(item.relation?.kind === "reply" ? item.relation : null);
    remember(DRAFT, text.value, sessionStorage);
    text.focus();
  }
  outbox.discard(item.key);
}

// ---- how things stand ----

function showState() {
  const state = link.open ? node : link.room?.entered === false ? "stranger" : "lost";
  const waiting = "What you write is kept and goes out as soon as it can.";
  const [pill, banner] = {
    connected: ["connected", ""],
    "host-silent": ["host silent", `The host is silent. The others are asked whether they hear it; if they do not, they choose a new one. ${waiting}`],
    "cut-off": ["cut off", `Cut off: this node cannot reach the majority of the room, so nothing arrives and nothing is delivered. ${waiting}`],
    rejoining: ["rejoining", `This node is on its way back into the room. ${waiting}`],
    stranger: ["not in the room", ""],
    lost: wasConnected ? ["reconnecting", `Reconnecting: this page has lost its node. ${waiting}`] : ["connecting", ""],
  }[state];
  wasConnected ||= state === "connected";
  set(document.body, "data-link", state);
  put(find("pill"), pill);
  put(find("banner-text"), banner);
  find("banner").hidden = !banner;
  find("reform").hidden = !link.room?.own || !["cut-off", "rejoining"].includes(state);
}

find("reform").addEventListener("click", () => find("reform-ask").showModal());
find("reform-ask").addEventListener("close", async (e) => {
  if (e.target.returnValue === "reform") {
    e.target.returnValue = "";
    const answer = await link.reform();
    transcript.add({ event: "notice", text: answer.body?.outcome ?? answer.body?.detail ?? "The node does not answer; try again." });
    link.askSoon();
  }
});

let shownUsers = "";
let toldLast = false;

function showRoom(room) {
  find("status").replaceChildren(
    "host ", element("b", { text: shortNode(room.host) || "none" }), " · epoch ", element("b", { text: epoch(room.epoch) }), " · #", element("b", { text: room.seq }),
    ` · ${room.hash.slice(0, 8)} · ${room.delivery}${room.archives.length ? ` · archived by ${room.archives.map(shortNode).join(", ")}` : ""}`);
  find("status").title = `room ${room.room}, this node ${room.node}, transcript hash ${room.hash}`;
  put(find("here"), `${room.users.length} ${room.users.length === 1 ? "person" : "people"} here`);
  find("title").hidden = !room.roomName && !room.topic;
  find("title").title = [room.roomName, room.topic].filter(Boolean).map(plain).join(": ");
  find("room-name").replaceChildren(...shown(room.roomName));
  find("topic").replaceChildren(...shown(room.topic));
  find("leave").hidden = room.own || !room.entered;
  transcript.archives(room.archives.length > 0 || room.last > 0);
  if (room.entered && room.last > 0 && !toldLast) {
    toldLast = true;
    transcript.add({ event: "answer", text: `what is said here is shown to who comes in later: the last ${room.last} messages` });
  }
  search.archives(room.archives.length > 0);
  devices.room(room);
  if (room.name) {
    transcript.isMe(room.name, myId());
  }
  const users = JSON.stringify(room.users);
  if (users !== shownUsers) {
    shownUsers = users;
    put(find("people-count"), String(room.users.length));
    find("users").replaceChildren(...room.users.map(person));
  }
}

function person(user) {
  return element("li", { title: place(user) },
    element("span", { className: `initials ${colour(user.name)}`, text: initials(user.name), "aria-hidden": "true" }),
    element("span", { className: `who ${colour(user.name)}`, text: user.name, dir: "auto" }),
    ...(user.me ? [element("span", { className: "tag", text: "you" })] : []));
}

/** A node hosts, not a person: many may be on it. */
function place(user) {
  return `${shortNode(user.node)}${user.host ? " (the host)" : ""}`;
}

// ---- writing ----

let about = null; // the relation of what is being written
let aside = null; // what was being written, while a message is edited: its text and relation

const myId = () => link.room?.users.find((u) => u.me)?.id ?? "";

/** What is written next is about another message; null: it is about none. */
function compose(relation) {
  about = relation;
  const now = relation && transcript.conversation.find(relation.id);
  find("about").hidden = !relation;
  put(find("about-text"), !relation ? "" : relation.kind === "edit" ? "Editing your message" : `Replying to ${now?.said.user ?? "a message"}: ${plain(shorten(now?.text ?? ""))}`);
}

function edit(id) {
  const said = transcript.conversation.find(id)?.text ?? "";
  editAs(id, said.startsWith("/") && deed(said) === null ? `/${said}` : said); // words, though they read like a command
}

function editAs(id, words) {
  aside ??= { text: text.value, about };
  text.value = words;
  compose({ kind: "edit", id });
  text.focus();
}

/** An edit is over: what was being written before is again. */
function resume() {
  if (aside) {
    text.value = aside.text;
    compose(aside.about);
    aside = null;
  }
}

function stopAbout() {
  if (aside) {
    resume();
  } else {
    compose(null);
  }
  text.focus();
}

new Menu({
  isOwn: (id) => userOf(id) === myId() && !transcript.conversation.find(id)?.deleted,
  reply: (id) => {
    resume();
    compose({ kind: "reply", id });
    text.focus();
  },
  edit,
  remove: (id) => send("", { kind: "deletion", id }),
  react: (id, character) => {
    if ([...letters.segment(character)].length !== 1) {
      return "A reaction is one character, as in 👍.";
    }
    outbox.say(character, { kind: "reaction", id });
  },
  show: (id) => transcript.show(id) || tell("That message is not on this page: show earlier messages to see it."),
});

find("about-cancel").addEventListener("click", stopAbout);

/** Says something about the last message that fits. */
function relate(kind, typed) {
  const { relation, text: words, whyNot } = transcript.conversation.wish(kind, typed, myId());
  return whyNot ?? send(words, relation);
}

find("composer").addEventListener("submit", (e) => {
  e.preventDefault();
  say(text.value);
});

async function say(typed) {
  if (typed.trim() === "") {
    return;
  }
  const value = Commands.message(typed);
  if (value === null) {
    if (text.readOnly) {
      return; // the node is being asked what this means: a second Enter is no second command
    }
    text.readOnly = true;
    const whyNot = await commands.run(typed);
    text.readOnly = false;
    put(find("refusal"), whyNot);
    if (!whyNot) {
      taken();
    }
    return;
  }
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > MAX_BYTES) {
    put(find("refusal"), `A message has at most ${MAX_BYTES} bytes; this one has ${bytes}.`);
    return;
  }
  put(find("refusal"), "");
  const relation = about ?? undefined;
  taken();
  send(value, relation);
}

function send(value, relation) {
  transcript.toEnd();
  outbox.say(value, relation);
}

function taken() {
  compose(null);
  text.value = "";
  resume();
  remember(DRAFT, text.value, sessionStorage);
}

const commands = new Commands({
  say: (words) => send(words, about ?? undefined),
  reply: (words) => relate("reply", words),
  edit: (words) => relate("edit", words),
  deletion: () => relate("deletion", ""),
  reaction: (words) => relate("reaction", words),
  help: async () => tell(await Commands.list()),
  who: () => tell(`${link.room.users.length} here: ${link.room.users.map((u) => `${u.name} on ${place(u)}`).join(", ")}`),
  inside: () => view("inside"),
  history: (count) => transcript.readBack(Number(count || 50)),
  search: (words) => (link.room.archives.length > 0 ? search.lookFor(words) : "Nobody in this room keeps an archive."),
  askforname: async (name) => {
    const answer = await link.enter(name);
    return answer.ok ? "" : answer.body?.detail ?? "The node does not answer; try again.";
  },
  roomname: (name) => change("name", name),
  topic: (topic) => change("topic", topic),
  notices: (wanted) => tell(transcript.tells(wanted)),
  last: (count) => change("last", count),
  bell: () => (notify.possible ? notify.toggle() : "This browser shows no notifications for this page."),
  reform: () => (find("banner").hidden || find("reform").hidden ? "There is nothing to re-form: that is for the node's own user, when cut off." : find("reform").click()),
  devices: () => devices.show(),
  invite: (name) => devices.invite(name),
  guest: (name) => devices.invite(name, true),
  takeback: (code) => devices.takeBack(code),
  kick: (who) => devices.putOut(who),
  leave: () => (link.room.own ? "This page is the node's own user: close the page, or stop the node." : entry.leave()),
});

/** Changes a setting of the room for everybody. Gives why not, if so. */
async function change(setting, value) {
  const answer = await request("/api/settings", { method: "POST", body: { setting, text: value } });
  return answer.ok ? "" : answer.body?.detail ?? "The node does not answer, so it is not known whether the room has it; look, and try again.";
}

/** Says something to this user alone. */
function tell(answer) {
  transcript.add({ event: "answer", text: answer });
  transcript.toEnd();
}

text.addEventListener("keydown", (e) => {
  if (e.isComposing || e.keyCode === 229) {
    return; // it is the input method's: Safari says that a composition has ended before it tells the key that ended it, as 229
  }
  if (e.key === "Enter" && !e.shiftKey) {
    e.preventDefault();
    find("composer").requestSubmit();
  } else if (e.key === "ArrowUp" && text.value === "") {
    const own = transcript.conversation.last((said) => userOf(said.id) === myId());
    if (own) {
      e.preventDefault();
      edit(own.said.id);
    }
  } else if (e.key === "Escape" && about) {
    stopAbout();
  }
});
text.addEventListener("input", () => aside || remember(DRAFT, text.value, sessionStorage)); // an edit is no draft
text.value = recall(DRAFT, sessionStorage);

// ---- views ----

function view(name) {
  set(document.body, "data-view", name);
  for (const each of ["chat", "inside"]) {
    find(each).hidden = each !== name;
    set(find(`show-${each}`), "aria-pressed", String(each === name));
  }
  link.often = inside.visible = name === "inside";
  link.askSoon();
  if (name === "chat") {
    transcript.isBack(transcript.seen, link.last ?? 0);
    transcript.toEnd();
  }
  window.history.replaceState(null, "", name === "inside" ? "#inside" : "/");
}
find("show-chat").addEventListener("click", () => view("chat"));
find("show-inside").addEventListener("click", () => view("inside"));
find("show-people").addEventListener("click", () => {
  const open = find("people").classList.toggle("open");
  set(find("show-people"), "aria-expanded", String(open));
});

// ---- coming and going ----

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    rememberSeen();
  } else {
    notify.seen();
    transcript.isBack(transcript.seen, link.last ?? 0);
  }
});
addEventListener("pagehide", rememberSeen);

function rememberSeen() {
  if (transcript.seen > 0) {
    remember(READ, `${link.room.room} ${transcript.seen}`);
  }
}

view(location.hash === "#inside" ? "inside" : "chat");
transcript.pending(outbox.items, act);
showState();
link.start();
text.focus();
