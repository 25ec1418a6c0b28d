// The words of the protocol, once, in the sense of docs/protocol.md; and how a text shows them: [[word]] or [[word|as it stands in the sentence]].

import { element } from "./words.js";

export const GLOSSARY = {
  node: "One process, from its start to its end. Started again, it is another node, even with the same name.",
  host: "The node on which the sequencer runs now: the oldest of those that are left. Any node can be it; it is a role, not a machine.",
  sequencer: "The part of the host that gives every message its number.",
  entry: "One thing that all have to agree on, in its place: a message, who came, who left, who hosts.",
  number: "A place in the order: 1, 2, 3 and so on. Numbers go on when the host changes.",
  epoch: "The number of one reign: the time in which one host numbers. A higher epoch fences off every lower one. Raft calls it a term.",
  received: "Up to here the node has everything.",
  stable: "Up to here a quorum has everything. Raft calls it committed.",
  delivered: "Up to here the node has shown everything to its users.",
  quorum: "Those who are enough to decide: a majority of the members; or all who are left, where the rest is proven dead; or, after a time, the half with the lowest node in it.",
  majority: "More than half of the members.",
  member: "A node that counts. Members come and go by entries of the order, one at a time.",
  promise: "A node promises a candidate to follow no lower epoch from now on, and says what it has. It is a vote in Raft.",
  candidate: "A node that wants to host, asks for promises, and does not number yet.",
  "best log": "The log whose last entry has the highest epoch, and, of several such, the longest. The new host goes on with it, so nothing that was stable is lost.",
  "new epoch": "The new host says what its log is. The others drop what differs, which nobody has seen, fetch what they lack, and follow.",
  outbox: "Where a node keeps what its user says until it has its place in the order.",
  resubmit: "After a change of host the outbox hands over again what has no place yet. What has one already gets no second one: every message is there once.",
  uniform: "A room where a message is shown only once it is stable: nobody sees what the others could end up without.",
  agreed: "A room where a message is shown on receipt: sooner, but what only the dead or the cut-off had can be taken back.",
  silence: "The host was not heard for so long that something is done about it. Alive or not, nobody can tell: so the others are asked, and only a quorum decides.",
  proof: "A connection was closed, and then its port refuses a new one, or another process answers there: the one before is gone.",
  partition: "The network is cut: both sides live, and cannot hear each other.",
  minority: "Too few to decide. It delivers nothing new; what is said there waits in the outbox.",
  recovery: "How a new host finds out where the order stands: it asks for promises, takes the best log, and begins a new epoch.",
};

/** A text as nodes, with its words of the protocol as buttons that explain themselves. */
export function explained(text) {
  return text.split(/\[\[(.+?)\]\]/).map((part, i) => {
    if (i % 2 === 0) {
      return part;
    }
    const [word, as] = part.split("|");
    return element("button", { type: "button", className: "term", "data-word": word, text: as ?? word });
  });
}

/** A text without its marks. */
export const bare = (text) => text.replace(/\[\[(?:[^|\]]*\|)?(.+?)\]\]/g, "$1");

/** Explains the word that is pointed at, or that has the focus. */
export function explain(tip) {
  let shownBy = null;
  const show = (term) => {
    hide();
    shownBy = term;
    tip.replaceChildren(element("b", { text: term.dataset.word }), ` ${GLOSSARY[term.dataset.word]}`);
    tip.hidden = false;
    term.setAttribute("aria-describedby", tip.id);
    place();
  };
  const place = () => {
    if (!shownBy?.isConnected) {
      hide();
      return;
    }
    const at = shownBy.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    tip.style.left = `${Math.max(8, Math.min(at.left, room - tip.offsetWidth - 8))}px`;
    const below = at.bottom + 6;
    tip.style.top = `${below + tip.offsetHeight > innerHeight ? Math.max(8, at.top - tip.offsetHeight - 6) : below}px`;
  };
  const hide = () => {
    shownBy?.removeAttribute("aria-describedby");
    shownBy = null;
    tip.hidden = true;
  };
  const term = (e) => e.target.closest?.(".term");
  addEventListener("pointerover", (e) => (term(e) ? show(term(e)) : hide()));
  addEventListener("focusin", (e) => (term(e) ? show(term(e)) : hide()));
  addEventListener("click", (e) => term(e) && show(term(e)));
  addEventListener("keydown", (e) => e.key === "Escape" && hide());
  addEventListener("scroll", place, true);
}
