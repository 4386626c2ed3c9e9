import { posix } from "node:path";
import type { Unmarked } from "../fingerprint.ts";
import { isSecretUrl, type Manner, type Spot, secretsIn } from "./rules.ts";

/** Longest piece of a text in characters that is looked at in one go; a secret at a seam stands in both pieces. */
const pieceLength = 512 * 1024;
const overlap = 4 * 1024;

const lockFiles =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|go\.sum|composer\.lock|Gemfile\.lock|flake\.lock)$/;
const generated = /\.(min\.(js|css)|map|svg|ipynb|snap|lock|sum|csv|tsv)$/i;
const settings =
  /(^|\/)\.?env(\.|$)|\.(env|ya?ml|ini|cfg|conf|properties|toml|tf|tfvars|sh|bash|zsh)$|(^|\/)Dockerfile/i;
const testing = /(^|\/)(tests?|__tests__|spec|fixtures?|testdata|examples?|docs?)\//i;

/** Marks in a line that say: this is no real secret. */
const marked =
  /bellwether:allow-secret|allowlist secret|gitleaks:allow|trufflehog:ignore|secretlint-disable-line/;

/** Whether the content is text: without a NUL in its beginning. */
export const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 8_000).includes(0);

/** Finds what a set of rules knows in a text. */
export type Finder = (path: string, text: string) => Promise<Spot[]>;

/** The secrets in one file, by the preset's rules and ours. What is said of them never holds their value. */
export async function secretsOfFile(preset: Finder, path: string, text: string): Promise<Unmarked[]> {
  const manner: Manner = {
    unquoted: settings.test(path),
    // Digests, minified code and made-up values of tests look as random as a secret does.
    guess: !lockFiles.test(path) && !generated.test(path) && !testing.test(path) && !isMinified(text),
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
  return apart(spots).flatMap((spot) => findingOf(path, text, spot) ?? []);
}

/** Each place once: the first rule that found it tells what it is. */
function apart(spots: Spot[]): Spot[] {
  const kept: Spot[] = [];
  for (const spot of spots) {
    if (!kept.some((other) => spot.start < other.end && other.start < spot.end)) kept.push(spot);
  }
  return kept.sort((a, b) => a.start - b.start);
}

function findingOf(path: string, text: string, { rule, kind, start, end }: Spot): Unmarked | null {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start);
  if (marked.test(text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd))) return null;
  return {
    tool: "bellwether",
    rule,
    level: "error",
    severity: "high",
    message: `${posix.basename(path)} holds ${kind}`,
    path,
    line: lineNumber(text, start),
    column: start - lineStart + 1,
    help: null,
    excerpt: mask(text.slice(start, end), !/assigned|credential|password/.test(rule)),
    dependency: null,
  };
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

const isMinified = (text: string): boolean => {
  const lines = text.split("\n", 50);
  return text.length > 20_000 && lines.join("").length / lines.length > 1_000;
};
