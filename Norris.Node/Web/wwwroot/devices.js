// Who belongs to a private room, on which device, and the invite that was just made. For the node's own user.

import { request } from "./link.js";
import { colour, dated, element, find, put, words } from "./words.js";

const PATIENCE = 8000; // the node waits 5 s for the room
const CHANGES = ["circle", "joined", "left", "node", "renamed"];
const SVG = "http://www.w3.org/2000/svg";

export class Devices {
  #dialog = find("devices");
  #list = find("device-list");
  #ask = find("put-out");
  #tell;
  #shown = "";
  #asked = 0; // an answer to an earlier question comes too late
  #invite = null; // the one that is shown
  #leaving = null; // the device that is asked about

  constructor(tell) {
    this.#tell = tell;
    find("show-devices").addEventListener("click", async () => put(find("refusal"), await this.show()));
    find("devices-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#forget());
    find("invite-form").addEventListener("submit", async (e) => {
      e.preventDefault();
      put(find("devices-why"), await this.#make(find("invite-name").value.trim(), e.submitter?.value === "guest"));
    });
    find("invite-copy").addEventListener("click", () => this.#copy());
    find("invite-undo").addEventListener("click", async () => put(find("devices-why"), await this.takeBack(this.#invite.id)));
    this.#ask.addEventListener("close", async () => {
      if (this.#ask.returnValue === "out") {
        this.#ask.returnValue = "";
        put(find("devices-why"), await this.putOut(this.#leaving));
        this.#read();
      }
    });
  }

  /** The room, as the node sees it. */
  room({ own, private: has }) {
    find("show-devices").hidden = !own || !has;
  }

  happened(event) {
    if (event.event === "circle" && this.#invite && !this.#invite.isForGuest && (event.change === "put-out" || (event.change !== "invited" && event.invite === this.#invite.id))) {
      this.#forget();
      put(find("devices-news"), words(event).text);
    }
    if (this.#dialog.open && CHANGES.includes(event.event)) {
      this.#read();
    }
  }

  // ---- what is typed as a command, and done by buttons: each gives why not, or an empty text ----

  async show() {
    const whyNot = await this.#read();
    if (!whyNot) {
      this.#open();
    }
    return whyNot;
  }

  async invite(name, isForGuest = false) {
    const whyNot = await this.#make(name, isForGuest);
    if (!whyNot) {
      this.#open();
      find("invite-copy").focus();
      await this.#read();
    }
    return whyNot;
  }

  async takeBack(code) {
    const whyNot = await this.#end(`/api/invites?code=${encodeURIComponent(code)}`);
    if (!whyNot && this.#invite?.isForGuest && code.includes(this.#invite.id)) {
      this.#forget(); // of an invite the room tells
    }
    return whyNot;
  }

  putOut(who) {
    return this.#end(`/api/devices?who=${encodeURIComponent(who)}`);
  }

  async #end(path) {
    const { body, whyNot } = await ask(path, "DELETE");
    if (!whyNot) {
      this.#tell(body.outcome);
      put(find("devices-news"), body.outcome);
    }
    return whyNot;
  }

  #open() {
    if (!this.#dialog.open) {
      put(find("devices-why"), "");
      put(find("devices-news"), "");
      this.#dialog.showModal();
    }
  }

  // ---- devices ----

  async #read() {
    const asked = ++this.#asked;
    const { body, whyNot } = await ask("/api/devices");
    const now = JSON.stringify(body);
    if (!whyNot && asked === this.#asked && now !== this.#shown) {
      this.#shown = now;
      const focused = this.#list.contains(document.activeElement) && document.activeElement.closest("li").dataset.device;
      this.#list.replaceChildren(...body.map((device) => this.#item(device)));
      if (focused) {
        (this.#list.querySelector(`[data-device="${focused}"] button`) ?? find("devices-title")).focus(); // what goes takes the focus with it
      }
    }
    return whyNot;
  }

  #item(device) {
    const who = device.users.length > 0 ? device.users.join(", ") : device.name || "nobody";
    const how = device.by ? `let in by ${device.by}, ${dated(device.at)}${device.invite ? `, invite ${device.invite}` : ""}` : `founded ${dated(device.at)}`;
    const out = element("button", { type: "button", className: "danger" }, "Put out", element("span", { className: "hidden", text: ` ${who}'s device ${device.id}` }), " …");
    out.addEventListener("click", () => {
      this.#leaving = device.id;
      put(find("put-out-title"), `Put ${who}'s device ${device.id} out?`);
      this.#ask.showModal();
    });
    return element("li", { "data-device": device.id },
      element("span", { className: `who ${colour(who)}`, text: who, dir: "auto" }),
      element("span", { className: "tag", text: { own: "this device", here: "here", away: "away" }[device.place] }),
      element("p", { className: "how", text: `${device.id} · ${how}` }),
      ...(device.place === "own" ? [] : [out]));
  }

  // ---- the invite ----

  async #make(name, isForGuest) {
    const { body, whyNot } = await ask(isForGuest ? "/api/guests" : "/api/invites", "POST", { name });
    if (!whyNot) {
      this.#invite = { ...body, isForGuest };
      put(find("devices-news"), "");
      put(find("invite-line"), body.line);
      put(find("invite-hint"), `For one ${isForGuest ? "browser, whose user is a guest of this node" : "device"}, until ${dated(body.until)}. Whoever has this line can come in: send it where only ${body.name || "the one it is for"} reads.`);
      find("invite-qr").setAttribute("viewBox", `0 0 ${body.qr[0].length} ${body.qr.length}`);
      const dark = document.createElementNS(SVG, "path");
      dark.setAttribute("d", body.qr.flatMap((row, y) => [...row.matchAll(/1+/g)].map(({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)).join(""));
      find("invite-qr").replaceChildren(dark);
      find("invite-name").value = "";
      find("invite").hidden = false;
    }
    return whyNot;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#invite.line);
      put(find("devices-news"), "The line is copied.");
    } catch {
      getSelection().selectAllChildren(find("invite-line"));
      put(find("devices-news"), "This browser lets no page copy from here: the line is selected, copy it with Ctrl+C.");
    }
  }

  /** A secret stays no longer than it is needed. */
  #forget() {
    if (find("invite").contains(document.activeElement)) {
      find("invite-name").focus();
    }
    this.#invite = null;
    find("invite").hidden = true;
    put(find("invite-line"), "");
    find("invite-qr").replaceChildren();
  }
}

async function ask(path, method, body) {
  const answer = await request(path, { method, body, patience: PATIENCE });
  return { body: answer.body, whyNot: answer.ok ? "" : answer.body?.detail ?? "The node does not answer; try again." };
}
