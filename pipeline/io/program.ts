import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import coerce from "semver/functions/coerce.js";
import parse from "semver/functions/parse.js";
import { fail, ok, type Result } from "../result.ts";
import type { Processes } from "./process.ts";

/** Absolute path of a program on a PATH, as a shell would find it from `directory`; null where there is none. */
export function findProgram(name: string, path: string, directory = "/"): string | null {
  if (name.includes("/")) {
    const file = isAbsolute(name) ? name : resolve(directory, name);
    return isExecutable(file) ? file : null;
  }
  for (const entry of path.split(delimiter)) {
    const file = join(resolve(directory, entry || "."), name);
    if (isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The first thing in a text that reads like a version, as full semver: "psql 15.18 (Debian)" → 15.18.0. */
export function versionIn(text: string): string | null {
  const found = /(?<![\d.])\d+(?:\.\d+){1,2}(?:-[0-9A-Za-z.-]+)?/.exec(text) ?? /\d+/.exec(text);
  if (!found) return null;
  return parse(found[0])?.version ?? coerce(found[0])?.version ?? null;
}

export type ProgramQuestion = {
  /** Program and arguments, e.g. ["node", "--version"]. */
  probe: string[];
  environment: Record<string, string>;
  directory: string;
  /** Time in ms for the answer, `answerLimitMs` by default. */
  limitMs?: number;
  signal?: AbortSignal;
};

/** Time in ms for a program to answer a question. */
export const answerLimitMs = 20_000;

/** How a program answered: `exitCode` is null where it was ended, `lines` are of both streams, `out` of the first. */
export type ProgramAnswer = {
  lines: string[];
  out: string[];
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
};

/** Asks a program; a failure, in one sentence, is one that could not be started. */
export async function askProgram(
  processes: Processes,
  { probe, environment, directory, limitMs = answerLimitMs, signal }: ProgramQuestion,
): Promise<Result<ProgramAnswer, string>> {
  const lines: string[] = [];
  const out: string[] = [];
  const output = (stream: "out" | "err", line: string): void => {
    lines.push(line);
    if (stream === "out") out.push(line);
  };
  const ended = await processes.run(
    { argv: probe, directory, environment, output },
    { timeoutMs: limitMs, graceMs: 500, ...(signal ? { signal } : {}) },
  );
  return ended.ok ? ok({ lines, out, ...ended.value }) : ended;
}

/** Asks a program its version. A failure is one sentence. */
export async function askVersion(
  processes: Processes,
  question: ProgramQuestion,
): Promise<Result<string, string>> {
  const answered = await askProgram(processes, question);
  if (!answered.ok) return answered;
  const { lines, out, exitCode, signal, timedOut } = answered.value;
  const asked = question.probe.join(" ");
  if (timedOut) return fail(`${asked} did not answer within ${(question.limitMs ?? answerLimitMs) / 1000} s`);
  if (exitCode !== 0) return fail(`${asked} ended with ${exitCode ?? signal}: ${lines[0] ?? ""}`);
  // What a launcher tells beside it (rustup, that it installs one) is of other versions.
  const version = versionIn(out.join("\n")) ?? versionIn(lines.join("\n"));
  return version === null ? fail(`${asked} printed no version: ${lines[0] ?? ""}`) : ok(version);
}
