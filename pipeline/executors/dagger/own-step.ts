import { type HermeticStep, ownName } from "../../plan/plan.ts";
import { type Binary, scannerBinaries, scannerFiles } from "./images.ts";

/** A step that this program does itself: one command, a list that begins with its name. */
export function ownArguments({ commands }: HermeticStep): string[] | null {
  const [command, ...more] = commands;
  if (command === undefined || typeof command === "string" || more.length > 0) return null;
  const [first, ...rest] = command;
  return first === ownName ? rest : null;
}

/** What git would say of a checkout, for a container that has none of it. */
export type Change = {
  /** The commit where a change left its base branch: 40 hex digits. */
  base: string;
};

/** The arguments as a container needs them: its files are a copy, and the change's base is known. */
export function containerArguments(args: string[], change: Change | null): string[] {
  const based = args.map((word, at) =>
    args[at - 1] === "--base" && word === "auto" ? (change?.base ?? word) : word,
  );
  return [...based, "--all-files"];
}

/** Scanners that a scan of ours would use, as files of other images. */
export function binariesOf(args: string[]): Binary[] {
  const kind = args[1];
  const named = args.flatMap((word, at) => (args[at - 1] === "--scanner" ? [word] : []));
  const usual = kind === "vulnerabilities" ? "trivy" : "trufflehog";
  const wanted = named.length === 0 || named.includes("auto") ? [usual] : named;
  return wanted.flatMap(scannerFiles);
}

/** Scanners that a scan names and no container has. */
export const strangeScanners = (args: string[]): string[] =>
  args
    .filter((_word, at) => args[at - 1] === "--scanner")
    .filter((name) => !known.includes(name) && scannerBinaries[name] === undefined);

/** Ours, and what the image of Node brings along. */
const known = ["auto", "built-in", "npm-audit"];
