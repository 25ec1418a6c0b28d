// Messages as they stand: edits, deletions and reactions are messages of the order, and this is what becomes of those that they are about. The same fold as in
// the node's Conversation, so all screens show the same. Events may come in any order: pages of an archive come before what is there.

const REACTIONS = 32; // a message shows so many different ones

/** Whether a message changes another one, rather than being one to read. */
export const isAmendment = (event) => event.relation !== undefined && event.relation.kind !== "reply";

export const userOf = (id) => id.slice(0, id.lastIndexOf("-"));

export class Conversation {
  #messages = new Map();
  #amendments = new Map(); // by the id of what they are about, in their order
  #gaps = []; // numbers of which nothing is known here, the first ones first
  #before; // in another room

  constructor(before) {
    this.#before = before;
  }

  /** Nothing is known of these numbers: what was said before them may have been changed there. */
  misses(gaps) {
    this.#gaps = gaps;
  }

  /** Takes a message of the order, once. Gives the message that looks otherwise now; undefined: none. */
  take(event) {
    if (!isAmendment(event)) {
      this.#messages.set(event.id, event);
      return undefined;
    }
    const others = this.#amendments.get(event.relation.id) ?? [];
    const at = others.findLastIndex((o) => o.seq <= event.seq);
    if (others[at]?.seq !== event.seq) {
      this.#amendments.set(event.relation.id, others.toSpliced(at + 1, 0, event));
    }
    return this.about(event)?.said;
  }

  forget(event) {
    this.#before?.forget(event);
    if (this.#messages.get(event.id) === event) {
      this.#messages.delete(event.id); // what later ones say of it stays: it may be read again from the archive
    } else if (isAmendment(event)) {
      this.#keep(event.relation.id, (o) => o !== event);
    }
  }

  /** From this number on the order has something else. */
  retract(first) {
    const stays = (event) => event.seq < first;
    for (const id of [...this.#amendments.keys()]) {
      this.#keep(id, stays);
    }
    for (const [id, said] of this.#messages) {
      if (!stays(said)) {
        this.#messages.delete(id);
      }
    }
  }

  #keep(id, stays) {
    const others = (this.#amendments.get(id) ?? []).filter(stays);
    if (others.length > 0) {
      this.#amendments.set(id, others);
    } else {
      this.#amendments.delete(id);
    }
  }

  /** A message as it stands; undefined: it is not known here, or nothing can be about it. */
  find(id) {
    const said = this.#messages.get(id);
    return said ? this.#stand(said) : this.#before?.find(id);
  }

  /** The message that another one is about, as it stands; undefined: it is not known here, or not what became of it before that. (Deleted it is whatever became of it.) */
  about({ seq, relation }) {
    const said = this.#messages.get(relation?.id);
    if (!said) {
      return this.#before?.about({ seq, relation }); // in the room before
    }
    return seq < this.#unknownFrom(said) || relation.kind === "deletion" ? this.#stand(said) : undefined;
  }

  /** The first number behind a message of which nothing is known. */
  #unknownFrom(said) {
    return this.#gaps.find((gap) => gap.first > said.seq)?.first ?? Infinity;
  }

  /** The newest message that fits. Before what is not known there is none: it would not be the newest. */
  last(fits) {
    return [...this.#messages.values()].filter((said) => this.#unknownFrom(said) === Infinity).sort((a, b) => b.seq - a.seq).map((said) => this.#stand(said)).find((now) => !now.deleted && fits(now.said));
  }

  /** What somebody means who types and names no id: the same as the node says it. Gives the relation and the text; or why there is none. */
  wish(kind, typed, me) {
    let text = typed;
    let about;
    if (kind === "edit" || kind === "deletion") {
      about = this.last((said) => userOf(said.id) === me);
    } else if (typed.startsWith("@")) {
      const names = (said) => typed.slice(1).toLowerCase().startsWith(`${said.user.toLowerCase()} `);
      const longest = Math.max(0, ...[...this.#messages.values()].filter(names).map((said) => said.user.length));
      about = this.last((said) => names(said) && said.user.length === longest);
      text = about ? typed.slice(1 + longest).trim() : typed;
    } else {
      about = this.last((said) => userOf(said.id) !== me);
    }
    return about ? { relation: { kind, id: about.said.id }, text } : { whyNot: "There is no such message on this page." };
  }

  #stand(said) {
    const now = { said, text: said.text, edited: null, deleted: false, reactions: [] };
    const until = this.#unknownFrom(said);
    for (const later of this.#amendments.get(said.id) ?? []) {
      if (later.seq < said.seq || (later.seq > until && later.relation.kind !== "deletion")) {
        continue; // it guessed the id of what was still to come; or what came before it is not known, and may count
      }
      const user = userOf(later.id);
      if (later.relation.kind === "reaction") {
        react(now.reactions, later.text, { id: user, name: later.user });
      } else if (user !== userOf(said.id)) {
        continue; // the order has none
      } else if (later.relation.kind === "deletion") {
        return { ...now, text: "", deleted: true, reactions: [] }; // whatever comes after it
      } else {
        [now.text, now.edited] = [later.text, later.orderedAt];
      }
    }
    return now;
  }
}

function react(reactions, text, by) {
  const at = reactions.findIndex((r) => r.text === text);
  if (at < 0) {
    if (reactions.length < REACTIONS) {
      reactions.push({ text, by: [by] });
    }
    return;
  }
  const rest = reactions[at].by.filter((one) => one.id !== by.id);
  reactions[at].by = rest.length < reactions[at].by.length ? rest : [...rest, by]; // the same once more takes it back
  if (reactions[at].by.length === 0) {
    reactions.splice(at, 1);
  }
}
