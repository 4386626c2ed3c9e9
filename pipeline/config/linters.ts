import type { Command } from "./config.ts";

/** Linters and formatters whose findings can be read; `sarif` reads what any tool writes in that form. */
export const readers = [
  "flake8",
  "ruff",
  "black",
  "pylint",
  "mypy",
  "eslint",
  "biome",
  "prettier",
  "svelte-check",
  "clippy",
  "rustfmt",
  "shellcheck",
  "hadolint",
  "sarif",
] as const;

/** Words in front of a program's name that only say where it is found. */
const launchers = new Set([
  ...["npx", "bunx", "pnpx", "npm", "pnpm", "yarn", "uv", "uvx", "poetry", "pdm", "hatch", "pipx", "python"],
  ...[
    "python3",
    "exec",
    "run",
    "dlx",
    "env",
    "tool",
    "time",
    "-m",
    "-s",
    "--silent",
    "--no-install",
    "--yes",
    "-y",
  ],
]);

const cargo: Record<string, string> = { clippy: "clippy", fmt: "rustfmt" };

/** The linter that a command runs, by the name of its reader; null where none is known. Scripts are not looked into. */
export function linterOf(command: Command): string | null {
  const commands = typeof command === "string" ? command.split(/&&|\|\||[;|\n]/) : [command.join(" ")];
  for (const each of commands) {
    const found = ofWords(each.trim().split(/\s+/));
    if (found !== null) return found;
  }
  return null;
}

function ofWords(words: string[]): string | null {
  const at = words.findIndex((word) => !launchers.has(word) && !/^\w+=/.test(word));
  const program = (words[at] ?? "").replace(/^.*\//, "").replace(/@[\d.]+$/, "");
  if (program === "cargo")
    return cargo[words.slice(at + 1).find((word) => !word.startsWith("+")) ?? ""] ?? null;
  if (program === "cargo-clippy") return "clippy";
  return readerOf(program);
}

/** The reader of a written name: the tool's, or TOOL-json and TOOL-text, which the same one reads; null: unknown. */
export function readerOf(name: string): string | null {
  const tool = name.replace(/-(json|text|sarif)$/, "");
  return readers.find((reader) => reader === tool) ?? null;
}
