import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../failure.ts";
import type { Processes } from "../io/process.ts";
import { findProgram } from "../io/program.ts";
import { inTemporary } from "../io/temporary.ts";
import { fail, ok, type Result } from "../result.ts";

/** What runs ssh-keygen. */
export type KeygenTools = {
  processes: Processes;
  /** The caller's variables: PATH, HOME and where the agent listens are taken from them. */
  variables: Record<string, string | undefined>;
  signal?: AbortSignal;
};

/** How ssh-keygen ended: well, badly or by its time limit, and what it wrote. */
export type KeygenEnd = { end: "good" | "bad" | "late"; out: string[]; err: string[] };

/** Nobody waits longer for a signature (ms): a key with a button has to be found and touched. */
const limitMs = 60_000;

const missing: Failure = {
  kind: "tool-missing",
  tool: "ssh-keygen",
  range: ">=8.2",
  wantedBy: "a signed approval",
};

/**
 * Runs ssh-keygen once. It cannot ask for a passphrase: it has no terminal, no standard input but `input`, and no
 * askpass. What it cannot do without asking it does not do.
 */
export async function keygen(
  { processes, variables, signal }: KeygenTools,
  argv: string[],
  directory: string,
  input?: string,
): Promise<Result<KeygenEnd>> {
  if (findProgram("ssh-keygen", variables.PATH ?? "", directory) === null) return fail(missing);
  const out: string[] = [];
  const err: string[] = [];
  const ended = await processes.run(
    {
      argv,
      directory,
      environment: environmentOf(variables),
      output: (stream, line) => void (stream === "out" ? out : err).push(line),
      ...(input === undefined ? {} : { input }),
    },
    { timeoutMs: limitMs, graceMs: 500, ...(signal ? { signal } : {}) },
  );
  if (!ended.ok) return fail(missing);
  const { timedOut, exitCode } = ended.value;
  return ok({ end: timedOut ? "late" : exitCode === 0 ? "good" : "bad", out, err });
}

/** Gives `use` a directory of our own that is gone afterwards. */
export const withDirectory = <T>(
  { processes }: KeygenTools,
  use: (directory: string) => Promise<T>,
): Promise<T> => inTemporary(processes, "bellwether-approval-", use);

export const writeIn = async (directory: string, name: string, text: string): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
};

export const readIn = (directory: string, name: string): Promise<string | null> =>
  readFile(join(directory, name), "utf8").catch(() => null);

const handedOn = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER"];

const environmentOf = (variables: KeygenTools["variables"]): Record<string, string> => ({
  ...Object.fromEntries(
    handedOn.flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  ),
  LC_ALL: "C",
  SSH_ASKPASS_REQUIRE: "never",
});
