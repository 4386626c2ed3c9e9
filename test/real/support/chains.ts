import { splitChain } from "../../support/story.ts";

/** One field of a chain with its arguments; what is given as an object is a chain of its own. */
export type Field = { name: string; args: Record<string, Arg> };

export type Arg = string | number | boolean | { chain: string } | Arg[];

/** Reads a recorded chain, such as `container.from(address: "a").withFile(path: "/x",source: <file>)`. */
export const fieldsOf = (chain: string): Field[] => splitChain(chain).map(fieldOf);

function fieldOf(text: string): Field {
  const open = text.indexOf("(");
  if (open < 0) return { name: text, args: {} };
  const reader = { text: text.slice(open + 1, -1), at: 0 };
  const args: Record<string, Arg> = {};
  while (reader.at < reader.text.length) {
    const colon = reader.text.indexOf(":", reader.at);
    const name = reader.text.slice(reader.at, colon).replace(/^[,\s]+/, "");
    reader.at = colon + 1;
    args[name] = valueAt(reader);
  }
  return { name: text.slice(0, open), args };
}

type Reader = { text: string; at: number };

function valueAt(reader: Reader): Arg {
  const { text } = reader;
  while (text[reader.at] === " ") reader.at++;
  const first = text[reader.at];
  if (first === '"') return JSON.parse(taken(reader, /"(?:[^"\\]|\\.)*"/y));
  if (first === "<") return { chain: chainAt(reader) };
  if (first === "[") return listAt(reader);
  const word = taken(reader, /[^,\]]+/y).trim();
  if (word === "true" || word === "false") return word === "true";
  return /^-?\d+$/.test(word) ? Number(word) : word;
}

function listAt(reader: Reader): Arg[] {
  const items: Arg[] = [];
  reader.at++;
  while (reader.text[reader.at] !== "]") {
    if (reader.text[reader.at] === ",") reader.at++;
    else items.push(valueAt(reader));
  }
  reader.at++;
  return items;
}

/** From the bracket to the one that closes it; those in strings do not count. */
function chainAt(reader: Reader): string {
  const part = /"(?:[^"\\]|\\.)*"|[<>]/g;
  part.lastIndex = reader.at;
  const from = reader.at + 1;
  let depth = 0;
  for (let found = part.exec(reader.text); found !== null; found = part.exec(reader.text)) {
    if (found[0] === "<") depth++;
    if (found[0] === ">" && --depth === 0) {
      reader.at = part.lastIndex;
      return reader.text.slice(from, found.index);
    }
  }
  throw new Error(`a bracket is not closed in ${reader.text}`);
}

function taken(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [found = ""] = pattern.exec(reader.text) ?? [];
  reader.at += found.length;
  return found;
}
