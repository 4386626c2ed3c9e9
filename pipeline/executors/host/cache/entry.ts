import { sha256 } from "../../../canonical.ts";
import type { Content } from "./content.ts";
import type { KeyParts } from "./key.ts";

/** Lines of a step's output as they were shown, redacted. */
export type LogLine = ["out" | "err", string];

/** One successful run of a step: what it wrote and printed, and the parts of its key, which explain a miss. */
export type Entry = {
  format: 1;
  key: string;
  step: string;
  parts: KeyParts;
  outputs: Record<string, Content>;
  log: LogLine[];
};

/** An entry's file: the digest of the rest on a line of its own, so that a damaged one is known as such. */
export function packEntry(entry: Entry): string {
  const body = JSON.stringify(entry);
  return `${sha256(body)}\n${body}\n`;
}

/** Null for anything but what `packEntry` wrote for this key. */
export function unpackEntry(text: string, key: string): Entry | null {
  const end = text.indexOf("\n");
  const body = text.slice(end + 1, -1);
  if (end !== 64 || !text.endsWith("\n") || sha256(body) !== text.slice(0, end)) return null;
  const entry: Entry = JSON.parse(body);
  return entry.format === 1 && entry.key === key ? entry : null;
}
