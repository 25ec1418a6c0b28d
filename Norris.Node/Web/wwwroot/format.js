// What a message looks like: its links, and a little Markdown. For the eye only: the text stays as it was said. However a text is made, this takes a
// time that grows with its length and no faster: nothing is read again that led to nothing, and nothing is nested but **, * and links.

import { element, hasActing, shown } from "./words.js";

const WORD = /(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{N}]/u; // of a script with spaces between words
const SPACE = /\s/;
const ADDRESS = /(?:https?:\/\/|mailto:)[^\s<>"`]+/giy;
const AFTER = new Set(".,;:!?'*~…’”»([{。，、！？（）「」『』【】"); // an address does not end in these
const OPENED = { ")": "(", "]": "[", "}": "{" }; // nor in these, without those in it
const EMPHASIS = ["", "em", "strong"];
const ITEM = /^[-*] (?=\S)/;
const NUMBERED = /^(\d{1,9})\. (?=\S)/;

const isFence = (line) => line.startsWith("```") && !line.includes("`", 3);
const isFenceEnd = (line) => line.trimEnd() === "```";
const isQuote = (line) => line === ">" || line.startsWith("> ");

/** The nodes that show a text, and whether something in it looks otherwise than it was written. */
export function formatted(text) {
  const found = { marks: false, links: false };
  const lines = text.split(/\r\n|[\r\n]/);
  const lastFence = lines.findLastIndex(isFenceEnd);
  const nodes = [];
  let plain = [];
  let at = 0;
  const take = (fits) => {
    const from = at;
    while (at < lines.length && fits(lines[at])) {
      at++;
    }
    return lines.slice(from, at);
  };
  const block = (tag, ...children) => {
    // A list's items have their own: it has none to look for, and would look through all of them at each.
    nodes.push(...inline(plain, found), element(tag, tag === "ul" || tag === "ol" ? {} : { dir: "auto" }, ...children));
    plain = [];
    found.marks = true;
  };
  while (at < lines.length) {
    const line = lines[at];
    if (at < lastFence && isFence(line)) {
      at++;
      const code = take((l) => !isFenceEnd(l));
      at++;
      block("pre", element("code", {}, ...shown(code.join("\n"))));
    } else if (isQuote(line)) {
      block("blockquote", ...inline(take(isQuote).map((l) => l.slice(2)), found));
    } else if (ITEM.test(line)) {
      block("ul", ...take((l) => ITEM.test(l)).map((l) => element("li", { dir: "auto" }, ...inline([l.slice(2)], found))));
    } else if (NUMBERED.test(line)) {
      block("ol", ...take((l) => NUMBERED.test(l)).map((l) => {
        const [mark, number] = NUMBERED.exec(l);
        return element("li", { dir: "auto", value: number }, ...inline([l.slice(mark.length)], found));
      }));
    } else {
      plain.push(line);
      at++;
    }
  }
  nodes.push(...inline(plain, found));
  return { nodes: found.marks || found.links ? nodes : shown(text), isMarked: found.marks };
}

function inline(lines, found) {
  return lines.flatMap((line, i) => [...(i > 0 ? ["\n"] : []), ...nodesOf(paired(tokens(line, found)), found)]);
}

/** A line in pieces: text, nodes (code and links), and runs of one or two stars. */
function tokens(line, found) {
  const pieces = [];
  const codes = codeEnds(line);
  let from = 0; // the text that is in no piece yet
  let at = 0;
  const piece = (next, made) => {
    pieces.push({ text: line.slice(from, at) }, made);
    from = at = next;
  };
  while (at < line.length) {
    const char = line[at];
    if (char === "`") {
      const length = runOf(line, at);
      const end = codes.get(at);
      if (end === undefined) {
        at += length;
      } else {
        found.marks = true;
        piece(end + length, { node: element("code", {}, ...shown(unpadded(line.slice(at + length, end)))) });
      }
    } else if (char === "*") {
      const length = runOf(line, at);
      const [before, after] = [line[at - 1] ?? " ", line[at + length] ?? " "];
      if (length > 2) {
        at += length;
      } else {
        piece(at + length, {
          text: "*".repeat(length), stars: length,
          canOpen: !SPACE.test(after) && !WORD.test(before), canClose: !SPACE.test(before) && !WORD.test(after),
        });
      }
    } else if ("hHmM".includes(char) && !WORD.test(line[at - 1] ?? " ")) {
      ADDRESS.lastIndex = at;
      const address = ADDRESS.exec(line)?.[0] ?? "";
      const written = trimmed(address);
      const node = written && link(written, found);
      if (node) {
        piece(at + written.length, { node });
      } else {
        at += address.length || 1;
      }
    } else {
      at++;
    }
  }
  pieces.push({ text: line.slice(from) });
  return pieces;
}

/** Tells of stars which begin and which end something. Of those that could begin the same, the nearest does; so never more than two are open. */
function paired(pieces) {
  let open = [];
  for (const piece of pieces) {
    if (!piece.stars) {
      continue;
    }
    const begun = open.find((p) => p.stars === piece.stars);
    if (begun && piece.canClose) {
      begun.opens = piece.closes = true;
      open = open.slice(0, open.indexOf(begun));
    } else if (piece.canOpen) {
      open = [...open.filter((p) => p !== begun), piece];
    }
  }
  return pieces;
}

function nodesOf(pieces, found) {
  const around = [];
  let [nodes, text] = [[], ""];
  const end = () => {
    nodes.push(...(text ? shown(text) : []));
    text = "";
  };
  for (const piece of pieces) {
    if (piece.opens) {
      end();
      around.push(nodes);
      nodes = [];
      found.marks = true;
    } else if (piece.closes) {
      end();
      const made = element(EMPHASIS[piece.stars], {}, ...nodes);
      nodes = around.pop();
      nodes.push(made);
    } else if (piece.node) {
      end();
      nodes.push(piece.node);
    } else {
      text += piece.text;
    }
  }
  end();
  return nodes;
}

/** A link to the address; null: it is none that is safe to open. It says where it goes, and nothing else. */
function link(written, found) {
  let url;
  try {
    url = new URL(written);
  } catch {
    return null;
  }
  const isMail = url.protocol === "mailto:";
  if (hasActing(written) || (isMail ? !/^[!-~]+@[!-~]+$/.test(written) : url.username || url.password)) {
    return null;
  }
  // Letters of other scripts look like those of a host that everybody knows: such a host is shown as what it is.
  const isPlain = isMail || written.toLowerCase().startsWith(`${url.protocol}//${url.hostname}`);
  found.links = true;
  found.marks ||= !isPlain;
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", dir: "ltr" }, ...shown(isPlain ? written : url.href));
}

/** An address without what ends the sentence, or the bracket, around it. */
function trimmed(address) {
  const count = {};
  for (const char of address) {
    count[char] = (count[char] ?? 0) + 1;
  }
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    if (!AFTER.has(last) && !(OPENED[last] && count[last] > (count[OPENED[last]] ?? 0))) {
      break;
    }
    count[last]--;
  }
  return address.slice(0, end);
}

/** By where a run of backticks begins: where the next one of the same length does. */
function codeEnds(line) {
  const [ends, next] = [new Map(), new Map()];
  for (const { index, 0: run } of [...line.matchAll(/`+/g)].reverse()) {
    ends.set(index, next.get(run.length));
    next.set(run.length, index);
  }
  return ends;
}

function runOf(line, from) {
  let to = from + 1;
  while (line[to] === line[from]) {
    to++;
  }
  return to - from;
}

/** What is in a code span that begins or ends with a backtick is written with a space around it. */
const unpadded = (code) => (code.length > 2 && code.startsWith(" ") && code.endsWith(" ") && code.trim() ? code.slice(1, -1) : code);
