import type { Command } from "../../config/config.ts";

/** What a step that ran out of time ends with, as `timeout` does. */
export const timedOut = 124;

/**
 * Dagger has no time limit, so the exec carries its own: SIGTERM at the limit, SIGKILL ten seconds later. Both end
 * with 124; a killed command alone would be 137, which cannot be told from one that ran out of memory.
 */
const limited = [
  "limit=$1; shift; began=$(date +%s)",
  'timeout -k 10 "$limit" "$@"; code=$?',
  `if [ "$code" -eq 137 ] && [ $(($(date +%s) - began)) -ge "$limit" ]; then code=${timedOut}; fi`,
  'exit "$code"',
].join("\n");

/** One exec for a step's commands, one after the other until the first failure, all under one time limit. */
export function stepArgs(commands: Command[], timeoutMs: number): string[] {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  return ["sh", "-c", limited, "step", String(seconds), ...sequence(commands)];
}

/** Asks a program for its version; a missing program is exit code 127 instead of an exec that cannot start. */
export const probeArgs = (probe: string[]): string[] => ["sh", "-c", 'exec "$@" 2>&1', "probe", ...probe];

function sequence(commands: Command[]): string[] {
  const [first, ...more] = commands.map(argv);
  if (first === undefined) return ["true"];
  if (more.length === 0) return first;
  return ["sh", "-c", [first, ...more].map((each) => each.map(quoted).join(" ")).join(" && ")];
}

const argv = (command: Command): string[] => (typeof command === "string" ? ["sh", "-c", command] : command);

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
