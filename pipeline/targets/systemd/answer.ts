import type { Said } from "../ssh/said.ts";

/** What the host's part answered: `no` is a refusal, told in words of its own (see host/10-core.sh). */
export type Answer =
  | { kind: "ok"; lines: string[] }
  | { kind: "no"; what: string; words: string; lines: string[] }
  /** It was cut off, or was no answer: what was asked may have been done or not. */
  | { kind: "unknown"; reason: string };

/** Reads what a command of the host's part said. */
export function readAnswer({ out, err, exitCode }: Said): Answer {
  const last = out.at(-1) ?? "";
  const lines = out.slice(0, -1);
  if (last === ".ok") return { kind: "ok", lines };
  const refused = /^\.no ([a-z-]+) ?(.*)$/.exec(last);
  if (refused) return { kind: "no", what: refused[1] ?? "", words: refused[2] ?? "", lines };
  const told = err.map((line) => line.trim()).filter((line) => line !== "");
  const word = told.at(-1) ?? `it ended with ${exitCode ?? "a signal"}`;
  return { kind: "unknown", reason: exitCode === 255 ? `the connection was cut: ${word}` : word };
}

/** The rest of each line that begins with this word. */
export const about = (lines: readonly string[], word: string): string[] =>
  lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

export const first = (lines: readonly string[], word: string): string | null => about(lines, word)[0] ?? null;

/** Files in an answer: their names and bytes, in order. */
export function filesIn(lines: readonly string[]): { name: string; bytes: Buffer }[] {
  const files: { name: string; text: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("file ")) files.push({ name: line.slice(5), text: [] });
    else if (line.startsWith(":")) files.at(-1)?.text.push(line.slice(1));
  }
  return files.map(({ name, text }) => ({ name, bytes: Buffer.from(text.join(""), "base64") }));
}

/** Bytes as text for standard input, in lines: what carries them takes only text. */
export const asText = (bytes: Uint8Array | string): string =>
  Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,8000}/g, "$&\n");
