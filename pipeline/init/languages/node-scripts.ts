import picomatch from "picomatch";
import { linterOf } from "../../config/linters.ts";

type Scripts = Record<string, string>;

/** The commands that a script runs one after another. */
export const piecesOf = (script: string): string[] =>
  script
    .split("&&")
    .map((each) => each.trim())
    .filter((each) => each !== "");

/** A program of the dependencies, as one command of a script calls it. */
export type Program = {
  /** Variables in front of it, with the space behind them, or nothing. */
  env: string;
  /** Its name and arguments, without what only says where it is found. */
  words: string;
};

const variables =
  /^(?:(?:(?:npx|pnpm exec|pnpm|yarn)\s+)?cross-env\s+|env\s+(?=\w+=))?((?:\w+=(?:"[^"]*"|'[^']*'|[^\s"'])*\s+)*)/;

const launcher =
  /^(?:npx|npm exec|pnpm(?: exec)?|yarn(?: run| exec)?|bunx|bun x)(?:\s+(?:--no-install|--yes|-y|-s|--silent|--))*\s+/;

/** What a shell does more than calling one program. */
const shell = /[;|`<>]|\$\(|(^|\s)&(\s|$)/;

/** Null where the command is no plain call of a program: a script's name, a manager's own word, a shell's line. */
export function programOf(piece: string, scripts: Scripts): Program | null {
  if (shell.test(piece) || referenceOf(piece, scripts) !== null) return null;
  const [front = "", env = ""] = variables.exec(piece) ?? [];
  const words = piece.slice(front.length).replace(launcher, "");
  const plain = /^[@\w.]/.test(words) && !/^(npm|pnpm|yarn|bun(?! test)|npx|cd|corepack)\b/.test(words);
  return plain ? { env, words } : null;
}

/** The name of a program without its place. */
export const nameOf = ({ words }: Program): string => (words.split(/\s+/)[0] ?? "").replace(/^.*\//, "");

/** The linter of a command whose findings are read. */
export const readOf = (program: Program | null): string | null =>
  program === null ? null : linterOf(program.words);

/** A script that a command runs in the same package, with what is handed to it; null where it does something else. */
export function referenceOf(piece: string, scripts: Scripts): { name: string; more: string } | null {
  const [, called, name = "", rest = ""] =
    /^(npm(?: run| run-script)|npm(?= t(?:est)?\b)|pnpm(?: run)?|yarn(?: run)?|bun run)(?: -s| --silent)* ([\w:./-]+)\s*(.*)$/.exec(
      piece,
    ) ?? [];
  const known = name === "t" ? "test" : name;
  if (called === undefined || scripts[known] === undefined) return null;
  // What stands before -- is npm's own: --workspaces, --prefix.
  if (called.startsWith("npm") && rest !== "" && !rest.startsWith("--")) return null;
  if (called.startsWith("npm") && /^--\w/.test(rest)) return null;
  return { name: known, more: rest.replace(/^--(\s+|$)/, "") };
}

/** Names that `run-s a b:*` and its like stand for. */
function severalOf(piece: string, scripts: Scripts): string[] | null {
  const words = piece.split(/\s+/);
  if (!/^(run-s|run-p|npm-run-all2?)$/.test(words[0] ?? "")) return null;
  const patterns = words.slice(1).filter((word) => !word.startsWith("-"));
  // Its * ends at the next colon, as a path's does at the next slash.
  const path = (name: string) => name.replaceAll(":", "/");
  return patterns.flatMap((each) => {
    const matches = picomatch(path(each));
    return Object.keys(scripts).filter((name) => matches(path(name)));
  });
}

/** How often a script is followed into another one: nobody nests them deeper, and a circle ends. */
const deepest = 3;

/** The commands of a script, with those of the scripts that it runs in their places. */
export function expanded(pieces: string[], scripts: Scripts, depth = deepest): string[] {
  if (depth === 0) return pieces;
  return pieces.flatMap((piece) => {
    const several = severalOf(piece, scripts);
    if (several !== null && several.length > 0)
      return several.flatMap((name) => expanded(piecesOf(scripts[name] ?? ""), scripts, depth - 1));
    const reference = referenceOf(piece, scripts);
    if (reference === null) return [piece];
    const own = piecesOf(scripts[reference.name] ?? "");
    const last = own.at(-1);
    const handed =
      last === undefined || reference.more === "" ? own : [...own.slice(0, -1), `${last} ${reference.more}`];
    return expanded(handed, scripts, depth - 1);
  });
}
