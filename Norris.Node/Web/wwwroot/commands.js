// What is typed with a slash in front. The node reads it, so that a command means the same as on every other screen; the page does it.

import { request } from "./link.js";

export class Commands {
  #does;

  /** What the page does, by the command's kind: each gets the words behind it, and gives why nothing came of it, if so. */
  constructor(does) {
    this.#does = does;
  }

  /** The message that a line is; null: it is none, but a command. */
  static message(line) {
    return !line.startsWith("/") ? line : line.startsWith("//") ? line.slice(1) : null;
  }

  /** Does what a line asks for. Gives why not, or an empty text. */
  async run(line) {
    const answer = await request("/api/line", { method: "POST", body: { line } });
    if (!answer.ok) {
      return answer.body?.detail ?? "The node does not answer, so it is not known what this asks for; try again.";
    }
    const { does, text } = answer.body;
    if (does === "refuse") {
      return `${text[0].toUpperCase()}${text.slice(1)} (A second slash in front says it as it is.)`;
    }
    const act = this.#does[does];
    return act ? (await act(text)) ?? "" : "This page cannot do that.";
  }

  /** All there are, a line each. */
  static async list() {
    const answer = await request("/api/commands");
    return answer.ok ? answer.body.map((c) => `${c.form}: ${c.does}`).join("\n") : "The node does not answer; try again.";
  }
}
