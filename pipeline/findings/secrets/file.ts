import { posix } from "node:path";
import type { Unmarked } from "../fingerprint.ts";
import { secretsIn } from "./rules.ts";
import type { Manner, Spot } from "./spot.ts";
import { isSecretUrl } from "./urls.ts";

/** Longest piece of a text in characters that is looked at in one go; a secret at a seam stands in both pieces. */
const pieceLength = 512 * 1024;
const overlap = 4 * 1024;

const lockFiles =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|go\.sum|composer\.lock|Gemfile\.lock|flake\.lock)$/;
const generated = /\.(min\.(js|css)|map|svg|snap|lock|sum|csv|tsv)$/i;
const settings =
  /(^|\/)\.?env(rc|\.|$)|\.(env|ya?ml|ini|cfg|conf|properties|toml|tf|tfvars|sh|bash|zsh|service|envrc)$|(^|\/)Dockerfile/i;
const logins = /(^|\/)[._]netrc$/;
const testing = /(^|\/)(tests?|__tests__|spec|fixtures?|testdata)\//i;

/** The mark of a line that says: this is no real secret, for the reason that follows. */
const allowing = /bellwether:allow-secret(?<reason>[ \t:,(–—-]+\p{L}{2})?/u;

/** Finds what a set of rules knows in a text. */
export type Finder = (path: string, text: string) => Promise<Spot[]>;

/** A finding with what is never shown of it: the value, and the line on which that ends. */
export type Found = { finding: Unmarked; value: string; lastLine: number };

/** The secrets in one file, by the preset's rules and ours. What is said of them never holds their value. */
export async function secretsOfFile(preset: Finder, path: string, text: string): Promise<Found[]> {
  const manner: Manner = {
    unquoted: settings.test(path),
    login: logins.test(path),
    // Digests, minified code and made-up values of tests look as random as a secret does.
    guess: !lockFiles.test(path) && !generated.test(path) && !testing.test(path) && !isMinified(path, text),
  };
  const spots: Spot[] = [];
  for (let from = 0; from === 0 || from < text.length; from += pieceLength - overlap) {
    const piece = text.slice(from, from + pieceLength);
    const found = [
      ...(await preset(path, piece)).filter((spot) => isSecretUrl(piece.slice(spot.start, spot.end))),
      ...secretsIn(piece, manner),
    ];
    spots.push(...found.map((spot) => ({ ...spot, start: spot.start + from, end: spot.end + from })));
    if (from + pieceLength >= text.length) break;
  }
  return apart(spots).flatMap((spot) => foundAt(path, text, spot) ?? []);
}

/** Each place once: the first rule that found it tells what it is. */
function apart(spots: Spot[]): Spot[] {
  const kept: Spot[] = [];
  for (const spot of spots) {
    if (!kept.some((other) => spot.start < other.end && other.start < spot.end)) kept.push(spot);
  }
  return kept.sort((a, b) => a.start - b.start);
}

function foundAt(path: string, text: string, { rule, kind, start, end }: Spot): Found | null {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  const mark = allowing.exec(text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd));
  if (mark?.groups?.reason !== undefined) return null;
  const value = text.slice(start, end);
  const line = lineNumber(text, start);
  const finding: Unmarked = {
    tool: "bellwether",
    rule,
    level: "error",
    severity: "high",
    message: `${posix.basename(path)} holds ${kind}${mark ? " (bellwether:allow-secret says no reason)" : ""}`,
    path,
    line,
    column: start - lineStart + 1,
    help: null,
    excerpt: mask(value, !/assigned|credential|password|authorization/.test(rule)),
    dependency: null,
  };
  return { finding, value, lastLine: line + value.trimEnd().split("\n").length - 1 };
}

function lineNumber(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line += 1;
  return line;
}

/** What may be shown: how long it is and, where its first characters only tell its kind, those. */
function mask(secret: string, telling: boolean): string {
  const shown = telling && secret.length >= 20 ? secret.slice(0, 4).replace(/\s/g, " ") : "";
  return `${shown}… (${secret.length} characters)`;
}

/** Long lines; those of a notebook are its pictures. */
const isMinified = (path: string, text: string): boolean => {
  if (/\.ipynb$/i.test(path)) return false;
  const lines = text.split("\n", 50);
  return text.length > 20_000 && lines.join("").length / lines.length > 1_000;
};
