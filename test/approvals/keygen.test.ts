import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Stored } from "../../pipeline/approvals/records.ts";
import { sign } from "../../pipeline/approvals/sign.ts";
import { statementOf, statementText } from "../../pipeline/approvals/statement.ts";
import { approvalOf, approvalsIn } from "../../pipeline/approvals/verify.ts";
import { unwrap } from "../support/unwrap.ts";
import { type Answer, fakeKeygen, type Keygen, rule } from "./support.ts";

const open: Keygen[] = [];
afterEach(async () => {
  for (const keygen of open.splice(0)) await keygen.close();
});

async function given(answers: Record<string, Answer> = {}): Promise<Keygen> {
  const keygen = await fakeKeygen(answers);
  await writeFile(join(keygen.directory, "signers"), "bob@example.com ssh-ed25519 AAAA\n");
  open.push(keygen);
  return keygen;
}

const asked = { app: "quotes", environment: "production", version: "1.0.0", digests: ["sha256:a"] };
const statement = statementOf(asked, Date.parse("2026-03-02T13:00:00Z"));
const stored: Stored = {
  file: "approval-1.json",
  record: { format: 1, how: "signed", statement, signature: "-----BEGIN SSH SIGNATURE-----", at: 5 },
};
const key = { kind: "file", path: "/keys/bob" } as const;

test("a signature is made by ssh-keygen without a terminal, an askpass or an open input", async () => {
  const { tools, calls } = await given();
  expect(unwrap(await sign(tools, key, "the statement"))).toBe("signed the statement");
  expect(calls).toMatchObject([
    {
      argv: ["ssh-keygen", "-Y", "sign", "-f", "/keys/bob", "-n", "bellwether-approval", "statement"],
      input: undefined,
      environment: {
        PATH: tools.variables.PATH,
        HOME: tools.variables.HOME,
        SSH_AUTH_SOCK: "/agent",
        LC_ALL: "C",
        SSH_ASKPASS_REQUIRE: "never",
      },
    },
  ]);
  expect(Object.keys(calls[0]?.environment ?? {})).not.toContain("DISPLAY");
});

test("a public key that git knows as text is handed over in a file", async () => {
  const { tools, calls } = await given();
  unwrap(await sign(tools, { kind: "text", publicKey: "ssh-ed25519 AAAA" }, "the statement"));
  expect(calls[0]?.argv.slice(3, 5)).toEqual(["-f", "key.pub"]);
});

test("a key that cannot be used is told with ssh-keygen's last word and what helps", async () => {
  const err = ["Enter passphrase for /keys/bob: Load key: incorrect passphrase", ""];
  const { tools } = await given({ sign: { code: 255, err } });
  expect(await sign(tools, key, "x")).toEqual({
    ok: false,
    failure: {
      kind: "signing-failed",
      key: "/keys/bob",
      reason: "Load key: incorrect passphrase",
      remedy:
        "A key with a passphrase is used through the agent: run `ssh-add /keys/bob` first; or name another key with `--key FILE`.",
    },
  });
});

test("B48: a key that waits for its button has a time limit", async () => {
  const { tools } = await given({ sign: { late: true } });
  expect(await sign(tools, key, "x")).toMatchObject({
    failure: { kind: "signing-failed", reason: "nobody confirmed it in time" },
  });
});

test("where there is no ssh-keygen, that is what is told", async () => {
  const { tools } = await given();
  const without = { ...tools, variables: { ...tools.variables, PATH: "/nowhere" } };
  const missing = { kind: "tool-missing", tool: "ssh-keygen", range: ">=8.2", wantedBy: "a signed approval" };
  expect(await sign(without, key, "x")).toEqual({ ok: false, failure: missing });
  expect(await approvalOf(stored, { ...without, root: tools.variables.HOME ?? "", rule: rule() })).toEqual({
    ok: false,
    failure: missing,
  });
});

test("who approved is what the signers' file has for the key, all of its names", async () => {
  const { tools, calls, directory } = await given({
    "find-principals": { out: ["bob@example.com", "Bob"] },
  });
  expect(unwrap(await approvalOf(stored, { ...tools, root: directory, rule: rule() }))).toEqual({
    format: 1,
    ...asked,
    by: "bob@example.com",
    names: ["bob@example.com", "Bob"],
    at: 5,
    expiresAt: Date.parse("2026-03-02T13:00:00Z"),
    how: "signed",
    file: "approval-1.json",
  });
  expect(calls.map(({ argv, input }) => [argv[2], input])).toEqual([
    ["check-novalidate", statementText(statement)],
    ["find-principals", undefined],
    ["verify", statementText(statement)],
  ]);
  expect(calls[2]?.argv.slice(3)).toEqual([
    "-f",
    "signers",
    "-I",
    "bob@example.com",
    "-n",
    "bellwether-approval",
    "-s",
    "signature",
  ]);
});

test.each<[string, Record<string, Answer>, string]>([
  ["a tampered record", { "check-novalidate": { code: 255 } }, "its signature does not fit what it says"],
  [
    "a removed key",
    { "find-principals": { code: 255 } },
    "the key that signed it is not among the signers in signers",
  ],
  [
    "a pattern for a name",
    { "find-principals": { out: ["*@example.com"] } },
    "signers has a pattern for the key that signed it, and no person's name",
  ],
  [
    "a key for other purposes",
    { "find-principals": { out: ["bob@example.com"] }, verify: { code: 255 } },
    "signers does not let that key sign approvals now",
  ],
  ["an ssh-keygen that hangs", { "check-novalidate": { late: true } }, "ssh-keygen did not answer in time"],
])("%s is a refusal of its own", async (_what, answers, problem) => {
  const { tools, directory } = await given(answers);
  const found = unwrap(await approvalOf(stored, { ...tools, root: directory, rule: rule() }));
  expect(found.problem).toBe(problem);
});

test("a signed record counts for nothing where there are no signers", async () => {
  const { tools, directory, calls } = await given();
  const found = unwrap(
    await approvalOf(stored, { ...tools, root: directory, rule: rule({ signers: null }) }),
  );
  expect(found.problem).toBe("there is no list of signers to hold it against");
  expect(calls).toEqual([]);
});

test("a list of signers that is not there is told by its name", async () => {
  const { tools, directory } = await given();
  const without = { ...tools, root: directory, rule: rule({ signers: "absent" }) };
  expect(await approvalOf(stored, without)).toMatchObject({
    failure: {
      kind: "file-corrupt",
      file: "absent",
      what: "list of signers",
      reason: "there is no such file",
    },
  });
});

test("only the records of the version that is asked about are looked at", async () => {
  const { tools, directory, calls } = await given({ "find-principals": { out: ["bob@example.com"] } });
  const verifier = { ...tools, root: directory, rule: rule() };
  expect(unwrap(await approvalsIn([stored], { ...asked, version: "2.0.0" }, verifier))).toEqual([]);
  expect(calls).toEqual([]);
  expect(unwrap(await approvalsIn([stored], asked, verifier))).toMatchObject([{ by: "bob@example.com" }]);
});

test("no statement or signature is left behind", async () => {
  const { tools, directory, calls } = await given({ sign: { code: 255 } });
  await sign(tools, key, "x");
  await approvalOf(stored, { ...tools, root: directory, rule: rule() });
  const used = new Set(calls.map((call) => call.directory));
  expect(used.size).toBe(2);
  for (const one of used) await expect(access(one)).rejects.toThrow();
});
