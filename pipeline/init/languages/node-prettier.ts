import { nameOf, type Program } from "./node-scripts.ts";
import type { Surroundings } from "./surroundings.ts";

/** What Bellwether puts at the root, in a form that is not Prettier's. */
const ours = ["bellwether.yaml", ".bellwether"];

/** Whether Prettier looks at our files: it is asked for the whole root, or for every YAML of it. */
function looksAtOurs(words: string, { repository, directory }: Surroundings): boolean {
  if (directory !== "." || !/^(\S*\/)?prettier\s/.test(words)) return false;
  const ignored = (repository.text(".prettierignore") ?? "")
    .split("\n")
    .map((line) => line.trim().replace(/^\//, ""));
  if (ours.every((path) => ignored.some((line) => line === path || line === `${path}/`))) return false;
  const patterns = words.split(/\s+/).map((word) => word.replaceAll(/^["']|["']$/g, ""));
  return patterns.some((each) => {
    if (/^(\.|\.\/)$/.test(each)) return true;
    const ends = /\.(\w+|\{[^}]*\})$/.exec(each)?.[1];
    return /^(\.\/)?\*/.test(each) && (ends === undefined || /\bya?ml\b/.test(ends));
  });
}

/** Prettier's command without our files, which it would complain of. */
export const besideOurs = (words: string, around: Surroundings): string =>
  looksAtOurs(words, around) ? `${words} ${ours.map((path) => `'!${path}'`).join(" ")}` : words;

/** A script cannot be told to leave them alone: its people are. */
export function sayOurs(programs: Program[], script: string, around: Surroundings): void {
  if (!programs.some((each) => nameOf(each) === "prettier" && looksAtOurs(each.words, around))) return;
  around.say({
    kind: "unknown",
    what: `whether Prettier likes bellwether.yaml, which the script ${script} shows it`,
    remedy: "add bellwether.yaml and .bellwether/ to .prettierignore",
  });
}
