import { posix } from "node:path";
import { checkWords } from "../config/schema-checks.ts";
import type { Part } from "./part.ts";
import { plainName } from "./repository.ts";

/** Longest name that the configuration takes, in characters. */
const longest = 40;

/** Two words as one name that the configuration takes: the first gives way to the second. */
export const joined = (first: string, second: string): string =>
  `${first.slice(0, longest - 1 - second.length).replace(/-+$/, "")}-${second}`;

/** The first wanted name that nobody has, or the last one with a number; somebody has it from now on. */
export function claim(taken: Set<string>, ...wanted: string[]): string {
  const last = wanted.at(-1) ?? "app";
  const free = wanted.find((name) => !taken.has(name));
  let name = free ?? last;
  for (let number = 2; taken.has(name); number++) name = joined(last, String(number));
  taken.add(name);
  return name;
}

/**
 * A name for each project that no other one has: its directory's, where another has the same one the whole path's,
 * and where two languages share a directory, or it is called as a key of a check is, with the language. The root's is its toolchain's.
 */
export function partNames(parts: Part[], toolchains: Map<Part, string>): Map<Part, string> {
  const ways = [
    (part: Part) =>
      part.directory === "."
        ? (toolchains.get(part) ?? part.language)
        : plainName(posix.basename(part.directory)),
    (part: Part) => plainName(part.directory),
    (part: Part) => joined(plainName(part.directory), part.language),
  ];
  const taken = new Set<string>();
  return new Map(
    parts.map((part) => {
      const own = ways.find(
        (way) =>
          !checkWords.includes(way(part)) &&
          parts.every((other) => other === part || way(other) !== way(part)),
      );
      return [part, claim(taken, (own ?? ways[2] ?? (() => part.language))(part))];
    }),
  );
}
