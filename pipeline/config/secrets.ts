import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Processes } from "../io/process.ts";
import { definedOnly } from "../io/variables.ts";
import { fail, ok, type Result } from "../result.ts";
import { Secret } from "../secret.ts";
import type { SecretReference } from "./config.ts";

export type SecretSources = {
  /** The caller's variables; a secret's command sees all of them, because a vault's login is among them. */
  environment: Record<string, string | undefined>;
  /** Where relative paths begin and commands run. */
  directory: string;
  processes: Processes;
  signal?: AbortSignal;
};

/** The value of one secret, at the last moment. A failure never holds any of its value or of a command's output. */
export async function resolveSecret(
  name: string,
  reference: SecretReference,
  sources: SecretSources,
): Promise<Result<Secret>> {
  const source = sourceOf(reference);
  const unresolved = (reason: string) => fail({ kind: "secret-unresolved" as const, name, source, reason });
  const read = await readValue(reference, sources);
  if (!read.ok) return unresolved(read.failure);
  const value = read.value.replace(/\r?\n$/, "");
  if (value === "") return unresolved("it is empty");
  if (value.length < reference.minLength) {
    return unresolved(`it has ${value.length} characters, and at least ${reference.minLength} are asked for`);
  }
  return ok(new Secret(name, value));
}

/** Several secrets at the same time; the first one in the list that has no value is the failure. */
export async function resolveSecrets(
  references: Record<string, SecretReference>,
  names: readonly string[],
  sources: SecretSources,
): Promise<Result<Record<string, Secret>>> {
  const resolved: Record<string, Secret> = {};
  const results = await Promise.all(
    names.map(async (name): Promise<Result<Secret>> => {
      const reference = Object.hasOwn(references, name) ? references[name] : undefined;
      if (reference !== undefined) return resolveSecret(name, reference, sources);
      return fail({
        kind: "unknown-name",
        what: "secret",
        name,
        known: Object.keys(references),
        nearest: null,
      });
    }),
  );
  for (const result of results) {
    if (!result.ok) return result;
    resolved[result.value.name] = result.value;
  }
  return ok(resolved);
}

/** Where a secret comes from, for people: "env NAME", "file PATH", or "command PROGRAM" without its arguments. */
export function sourceOf(reference: SecretReference): string {
  if (reference.from === "env") return `env ${reference.name}`;
  if (reference.from === "file") return `file ${reference.path}`;
  const program =
    typeof reference.run === "string" ? reference.run.trim().split(/\s/, 1)[0] : reference.run[0];
  return `command ${program ?? ""}`;
}

async function readValue(
  reference: SecretReference,
  sources: SecretSources,
): Promise<Result<string, string>> {
  if (reference.from === "env") {
    const value = sources.environment[reference.name];
    return value === undefined ? fail("the variable is not set") : ok(value);
  }
  if (reference.from === "command") return printed(reference, sources);
  const path = isAbsolute(reference.path) ? reference.path : join(sources.directory, reference.path);
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return fail(code === "ENOENT" ? "there is no such file" : `the file cannot be read (${code})`);
  }
}

async function printed(
  reference: Extract<SecretReference, { from: "command" }>,
  sources: SecretSources,
): Promise<Result<string, string>> {
  const lines: string[] = [];
  const result = await sources.processes.run(
    {
      argv: typeof reference.run === "string" ? ["sh", "-c", reference.run] : reference.run,
      directory: sources.directory,
      environment: definedOnly(sources.environment),
      output(stream, line) {
        if (stream === "out") lines.push(line);
      },
    },
    { timeoutMs: reference.timeoutMs, graceMs: 1_000, ...(sources.signal ? { signal: sources.signal } : {}) },
  );
  if (!result.ok) return fail(`the command did not start: ${result.failure}`);
  if (result.value.timedOut) return fail(`the command took longer than ${reference.timeoutMs} ms`);
  if (result.value.exitCode !== 0) {
    const end = result.value.signal ?? `exit code ${result.value.exitCode}`;
    // What it printed may hold the secret, so only how it ended is told.
    return fail(`the command ended with ${end}`);
  }
  return ok(lines.join("\n"));
}
