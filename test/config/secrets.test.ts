import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SecretReference } from "../../pipeline/config/config.ts";
import {
  resolveSecret,
  resolveSecrets,
  type SecretSources,
  sourceOf,
} from "../../pipeline/config/secrets.ts";
import type { ChildSpec, Processes } from "../../pipeline/io/process.ts";
import { fail, ok } from "../../pipeline/result.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bellwether-secret-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

type Ending = {
  lines?: string[];
  errors?: string[];
  exitCode?: number;
  timedOut?: boolean;
  notStarted?: string;
};

/** Processes that end as told, and remember what was started. */
function processes(ending: Ending, started: { spec: ChildSpec; timeoutMs: number }[] = []): Processes {
  return {
    start: async () => fail("not used"),
    run: async (spec, { timeoutMs }) => {
      started.push({ spec, timeoutMs });
      if (ending.notStarted !== undefined) return fail(ending.notStarted);
      for (const line of ending.lines ?? []) spec.output("out", line);
      for (const line of ending.errors ?? []) spec.output("err", line);
      return ok({ exitCode: ending.exitCode ?? 0, signal: null, timedOut: ending.timedOut ?? false, ms: 1 });
    },
    discard: () => {},
    close: async () => {},
  };
}

const sources = (more: Partial<SecretSources> = {}): SecretSources => ({
  environment: { PATH: "/bin", HERE: "from-env", NOTHING: "" },
  directory,
  processes: processes({}),
  ...more,
});

const env = (name: string, minLength = 1): SecretReference => ({ from: "env", name, minLength });
const command: SecretReference = { from: "command", run: "vault read x", timeoutMs: 3_000, minLength: 1 };

test("a secret comes from a variable, a file or a command, without the line end", async () => {
  writeFileSync(join(directory, "jwt"), "from-file\r\n");
  const value = async (reference: SecretReference, more: Partial<SecretSources> = {}) =>
    unwrap(await resolveSecret("TOKEN", reference, sources(more))).reveal();
  expect(await value(env("HERE"))).toBe("from-env");
  expect(await value({ from: "file", path: "jwt", minLength: 1 })).toBe("from-file");
  expect(await value({ from: "file", path: join(directory, "jwt"), minLength: 1 })).toBe("from-file");
  expect(await value(command, { processes: processes({ lines: ["two", "lines", ""] }) })).toBe("two\nlines");
});

test("a command that is text runs by sh -c, a list as it is, with the caller's variables and its time limit", async () => {
  const started: { spec: ChildSpec; timeoutMs: number }[] = [];
  const more = { processes: processes({ lines: ["x"] }, started) };
  await resolveSecret("TOKEN", command, sources(more));
  await resolveSecret("TOKEN", { ...command, run: ["vault", "read"] }, sources(more));
  expect(
    started.map(({ spec, timeoutMs }) => ({ argv: spec.argv, directory: spec.directory, timeoutMs })),
  ).toEqual([
    { argv: ["sh", "-c", "vault read x"], directory, timeoutMs: 3_000 },
    { argv: ["vault", "read"], directory, timeoutMs: 3_000 },
  ]);
  expect(started[0]?.spec.environment).toEqual({ PATH: "/bin", HERE: "from-env", NOTHING: "" });
});

test.each<[name: string, reference: SecretReference, ending: Ending, source: string, reason: string]>([
  ["a variable that is not set", env("GONE"), {}, "env GONE", "the variable is not set"],
  ["an empty variable", env("NOTHING"), {}, "env NOTHING", "it is empty"],
  ["a short value", env("HERE", 32), {}, "env HERE", "it has 8 characters, and at least 32 are asked for"],
  [
    "a file that is not there",
    { from: "file", path: "gone", minLength: 1 },
    {},
    "file gone",
    "there is no such file",
  ],
  [
    "a directory",
    { from: "file", path: ".", minLength: 1 },
    {},
    "file .",
    "the file cannot be read (EISDIR)",
  ],
  [
    "a command that fails",
    command,
    { exitCode: 2, lines: ["hunter2"], errors: ["hunter2"] },
    "command vault",
    "the command ended with exit code 2",
  ],
  [
    "a command that hangs",
    command,
    { timedOut: true, lines: ["hunter2"] },
    "command vault",
    "the command took longer than 3000 ms",
  ],
  [
    "a command that is not there",
    command,
    { notStarted: "vault: not found" },
    "command vault",
    "the command did not start: vault: not found",
  ],
  ["a command that prints nothing", command, { errors: ["hunter2"] }, "command vault", "it is empty"],
])("%s is unresolved, and says why", async (_name, reference, ending, source, reason) => {
  const failure = unwrapFailure(
    await resolveSecret("TOKEN", reference, sources({ processes: processes(ending) })),
  );
  expect(failure).toEqual({ kind: "secret-unresolved", name: "TOKEN", source, reason });
});

test("several are resolved by name; the first without a value is the failure", async () => {
  const references = { A: env("HERE"), B: env("GONE"), C: env("HERE") };
  const found = unwrap(await resolveSecrets(references, ["A", "C"], sources()));
  expect(Object.keys(found)).toEqual(["A", "C"]);
  expect(found.A?.reveal()).toBe("from-env");
  expect(unwrapFailure(await resolveSecrets(references, ["C", "B"], sources()))).toMatchObject({ name: "B" });
  expect(unwrapFailure(await resolveSecrets(references, ["D"], sources()))).toMatchObject({
    kind: "unknown-name",
    name: "D",
  });
});

test("B50: a resolved secret prints as stars", async () => {
  const secret = unwrap(await resolveSecret("TOKEN", env("HERE"), sources()));
  expect(`${secret} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain("from-env");
});

test("the source of a command is its program only, because its arguments may tell more", () => {
  expect(sourceOf({ ...command, run: ["curl", "-H", "Authorization: hunter2"] })).toBe("command curl");
});
