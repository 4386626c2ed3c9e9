import type { ProcessEnd } from "../failure.ts";

/** A span of time for people: "850 ms", "12.3 s", "3 min 5 s", "2 h 5 min". */
export function duration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", seconds % 60, "s");
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

const joined = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** "1 step", "2 steps"; a word that does not just take an s is given with its plural. */
export const count = (number: number, word: string, plural = `${word}s`): string =>
  `${number} ${number === 1 ? word : plural}`;

/** Bytes as "512 B", "1.5 KiB", "120 MiB". */
export function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = size;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${units[unit]}`;
}

/** A point in time (ms since the epoch), UTC to the second: "2026-03-01 09:15:00 UTC". */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A digest short enough to read aloud: algorithm and 12 hex digits. */
export const shortDigest = (digest: string): string =>
  digest.replace(/^((?:sha256:)?[0-9a-f]{12})[0-9a-f]+$/, "$1");

/** How a process ended: "exit code 1", "killed by SIGKILL", "it held 130Mi of memory, 128Mi are allowed". */
export function endWords({ exitCode, signal, reason }: ProcessEnd): string {
  if (reason !== undefined) return reason;
  if (signal !== null) return `killed by ${signal}`;
  return exitCode === null ? "ended without an exit code" : `exit code ${exitCode}`;
}

/** "a, b and c", or `none` where there is nothing. */
export function listed(words: string[], none = "none"): string {
  if (words.length === 0) return none;
  return words.length === 1 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Weights as "1.1.0 10 %, 1.0.0 90 %". */
export const weightWords = (weights: Record<string, number>): string =>
  Object.entries(weights)
    .map(([version, weight]) => `${version} ${weight} %`)
    .join(", ") || "nothing is served";
