import { Document, isCollection, isMap, isScalar, type Node, type Pair, Scalar } from "yaml";
import type { Draft } from "./draft.ts";

const header = [
  " Written by `bellwether init` from what it found here: read it, and mend what it guessed.",
  " Every problem: bellwether validate. What would run: bellwether plan. Run it: bellwether run.",
].join("\n");

/** Longest map or list in characters that stands on one line. */
const oneLine = 84;

/** Longest value and note in characters that share a line. */
const longestLine = 100;

/** The configuration as YAML: small maps on one line, a blank line between sections, notes beside their keys. */
export function configText({ config, notes }: Pick<Draft, "config" | "notes">): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  document.commentBefore = header;
  if (isMap(document.contents)) {
    for (const pair of document.contents.items.slice(1)) spaced(pair);
    arrange(document.contents, "", notes);
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function spaced({ key }: Pair): void {
  if (isScalar(key)) key.spaceBefore = true;
}

function arrange(node: unknown, path: string, notes: Record<string, string>): void {
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const own = path === "" ? name : `${path}.${name}`;
    if (isCollection(value)) {
      value.flow =
        path !== "" && !hasNotes(own, notes) && JSON.stringify(value).length + name.length <= oneLine;
      if (!value.flow) arrange(value, own, notes);
      else inline(value);
    } else if (isScalar(value) && typeof value.value === "string" && value.value.includes("\n")) {
      value.type = Scalar.BLOCK_LITERAL;
    }
    const note = notes[own];
    if (note === undefined) continue;
    // Beside a short value of one line, above anything longer.
    const short = String(isScalar(value) ? value.value : "").length + note.length < longestLine;
    if (short && (isScalar(value) || (isCollection(value) && value.items.length === 0)))
      value.comment = ` ${note}`;
    else if (isScalar(key)) key.commentBefore = ` ${note}`;
  }
}

const hasNotes = (path: string, notes: Record<string, string>): boolean =>
  Object.keys(notes).some((each) => each.startsWith(`${path}.`));

/** In a list on one line a list is one too. */
function inline(node: Node): void {
  if (isCollection(node)) node.flow = true;
}
