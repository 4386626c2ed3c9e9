import type { RunOptions } from "../ssh/said.ts";

/** Longest input (bytes) of a question to the host's part that stays; more is a call of its own. */
const mostBytes = 64 * 1_024;

/**
 * A command and its input as the host's part takes them where it stays (host/90-main.sh): how many words and how many
 * bytes, each word in a line, the bytes. Null: what is more than a question, or is listened to line by line.
 */
export function requestOf(
  words: readonly string[],
  { input = "", file, line }: Pick<RunOptions, "input" | "file" | "line">,
): string | null {
  const bytes = Buffer.byteLength(input);
  const isPlain = words.every((word) => word !== "" && !/[\n\0]/.test(word)) && !input.includes("\0");
  if (!isPlain || file !== undefined || line !== undefined || bytes > mostBytes) return null;
  return `${words.length} ${bytes}\n${words.map((word) => `${word}\n`).join("")}${input}`;
}

/** The line behind an answer, with the exit code of what gave it. */
export const isEnd = (line: string): boolean => /^\.end \d+$/.test(line);

const short = new Set(
  "hello acquire follow renew words ask promote journal append observe releases shift statistics drift".split(
    " ",
  ),
);

/** Whether a command waits for something on the host: a service, the network, a time. */
export const isLong = ([command]: readonly (string | number)[]): boolean => !short.has(String(command));
