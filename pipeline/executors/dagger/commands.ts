import { argvOf } from "../../config/command.ts";
import type { Command } from "../../config/config.ts";
import { shellWord } from "../../shell-word.ts";

/** What a step that ran out of time ends with, as `timeout` does. */
export const timedOut = 124;

/** What a step ends with whose component did not get ready; its last line on stderr begins with this. */
export const notReady = { exitCode: 125, line: "bellwether: not ready in time: " };

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
  return ["sh", "-c", limited, "step", String(seconds(timeoutMs)), ...sequence(commands)];
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** Asks each address until it answers well, with the program at $1; then it is what stands behind the --. */
const waiting = [
  "box=$1; shift",
  'while [ "$1" != -- ]; do',
  "  name=$1; url=$2; until=$(($(date +%s) + $3)); shift 3",
  '  until "$box" wget -q -T 2 -O /dev/null "$url" 2>/dev/null; do',
  `    if [ "$(date +%s)" -ge "$until" ]; then echo "${notReady.line}$name" >&2; exit ${notReady.exitCode}; fi`,
  '    "$box" usleep 100000',
  "  done",
  "done",
  'shift; exec "$@"',
].join("\n");

/** Waits for components before the step's own exec; `box` is the path of a busybox. */
export function awaitingArgs(
  box: string,
  components: { name: string; url: string; withinMs: number }[],
  args: string[],
): string[] {
  const each = components.flatMap(({ name, url, withinMs }) => [name, url, String(seconds(withinMs))]);
  return each.length === 0 ? args : ["sh", "-c", waiting, "wait", box, ...each, "--", ...args];
}

/**
 * Runs the rest, and then copies what it wrote below `root` to `dest`, whatever came of it: what is written into a
 * cache volume is no part of the container afterwards. Paths that are not there are passed over.
 */
const keeping = [
  "dest=$1; root=$2; paths=$3; shift 3",
  '"$@"; code=$?',
  "printf '%s\\n' \"$paths\" | while IFS= read -r path; do",
  '  [ -e "$root/$path" ] || continue',
  '  mkdir -p "$dest/$(dirname "$path")" && cp -a "$root/$path" "$dest/$path" || exit 1',
  'done || { [ "$code" -ne 0 ] || code=1; }',
  'exit "$code"',
].join("\n");

/** Keeps paths (relative to `root`) out of cache volumes; without any the exec is as it was. */
export const keepingArgs = (
  place: { dest: string; root: string },
  paths: string[],
  args: string[],
): string[] =>
  paths.length === 0
    ? args
    : ["sh", "-c", keeping, "keep", place.dest, place.root, paths.join("\n"), ...args];

/**
 * Asks git in the directory of a checkout how many commits there are, when the last one was made (s since the epoch),
 * and how many paths below `place` differ from it, a line each. What is tracked although it is ignored, or `unseen`
 * (globs), is no part of the source that a step sees: its absence is no difference. The files may belong to another
 * user than the one in the container.
 */
export function historyArgs(place: string, unseen: string[]): string[] {
  const globs = unseen.map((glob) => `':(glob)${glob}/**'`).join(" ");
  const questions = [
    "set -e",
    'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$(pwd)"',
    "git rev-list --count HEAD",
    "git log -1 --format=%ct",
    `unseen() { git ls-files -z -ci --exclude-standard; git ls-files -z -- ${globs}; }`,
    "unseen | xargs -0 -r git update-index --skip-worktree --",
    'git status --porcelain -- "$1" | wc -l',
  ];
  return ["sh", "-c", questions.join("\n"), "history", place];
}

/** Asks a program for its version; a missing program is exit code 127 instead of an exec that cannot start. */
export const probeArgs = (probe: string[]): string[] => ["sh", "-c", 'exec "$@" 2>&1', "probe", ...probe];

function sequence(commands: Command[]): string[] {
  const [first, ...more] = commands.map(argvOf);
  if (first === undefined) return ["true"];
  if (more.length === 0) return first;
  return ["sh", "-c", commands.map(shellText).join(" && ")];
}

/** A command as a shell's text: its words, quoted. */
export const shellText = (command: Command): string => argvOf(command).map(shellWord).join(" ");
