import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystem, type System, smallConfig } from "../support/system.ts";
import { installed } from "./support/packages.ts";

const execute = promisify(execFile);
const rule = "{ required: 2, four-eyes: true, expires: 4h, signers: .bellwether-signers }";
const release = ["run", "--event", "release", "--ref", "v1.0.0"];
const people = ["ada", "bob", "cy", "dee", "eve"] as const;

let system: System;
let keys = "";
const key = (name: (typeof people)[number] | "locked") => join(keys, name);
const keygen = (...args: string[]) => execute("ssh-keygen", args, { timeout: 30_000 });
const publicKey = async (name: (typeof people)[number]) =>
  (await readFile(`${key(name)}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");

/** The list of signers of a system: Ada under the address of her commits, Eve for another purpose, Dee not at all. */
async function signers(...names: (typeof people)[number][]): Promise<string> {
  const lines = names.map(async (name) => {
    const purpose = name === "eve" ? ' namespaces="git"' : "";
    return `${name}@example.invalid,${name}-gh${purpose} ${await publicKey(name)}\n`;
  });
  return (await Promise.all(lines)).join("");
}

beforeAll(async () => {
  await installed("openssh-client", ["/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen"]);
  keys = await mkdtemp(join(tmpdir(), "bellwether-keys-"));
  for (const name of people) await keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key(name));
  await keygen("-q", "-t", "ed25519", "-N", "a long passphrase", "-C", "locked", "-f", key("locked"));
  system = await makeSystem({
    files: {
      "bellwether.yaml": smallConfig.replace("approval: { required: 1 }", `approval: ${rule}`),
      ".bellwether-signers": await signers("ada", "bob", "cy", "eve"),
    },
    variables: { HOME: keys },
  });
  await system.git("config", "user.email", "ada@example.invalid");
  await system.release("v1.0.0");
});
afterAll(async () => {
  expect(await system.close()).toEqual([]);
  await rm(keys, { recursive: true, force: true });
});

const approve = (...args: string[]) => system.run("approve", "production", ...args);
const directory = () => join(system.state, "approvals", "production");
const recordFiles = async () =>
  (await readdir(directory()))
    .filter((name) => name.startsWith("approval-"))
    .map((name) => join(directory(), name));

describe.sequential("a release is approved by signatures with SSH keys", () => {
  test("it waits, and an approver sees what, by whom and since when before it is signed", async () => {
    expect((await system.run(...release)).code).toBe(3);
    const printed = await approve("--print");
    expect(printed.code).toBe(0);
    expect(printed.stderr).toMatch(
      /^1\.0\.0 waits for production: asked for by Ada, since \S+ \S+ UTC\n {2}sha256:/,
    );
    expect(JSON.parse(printed.stdout)).toMatchObject({
      statement: "bellwether-approval",
      app: "small",
      environment: "production",
      version: "1.0.0",
    });
  });

  test("B45: the requester's own signature is refused with the reason, and nothing is recorded", async () => {
    const done = await approve("--key", key("ada"));
    expect(done.code).toBe(3);
    expect(done.stderr).toBe(
      [
        "The approval of 1.0.0 for production by ada@example.invalid was refused: four eyes are asked for, and whoever asks for a release does not approve it.",
        "  expected: an approval that counts",
        "  next: Have somebody approve it whose word counts: `bellwether approve production 1.0.0`.",
        "",
      ].join("\n"),
    );
    expect(await recordFiles()).toEqual([]);
  });

  test.each<["dee" | "eve", string, string]>([
    ["dee", "somebody", "the key that signed it is not among the signers in .bellwether-signers"],
    ["eve", "eve@example.invalid", ".bellwether-signers does not let that key sign approvals now"],
  ])("a key of %s, who is no signer of approvals, is refused", async (name, by, reason) => {
    const done = await approve("--key", key(name));
    expect(done.code).toBe(3);
    expect(done.stderr).toContain(`The approval of 1.0.0 for production by ${by} was refused: ${reason}.\n`);
    expect(await recordFiles()).toEqual([]);
  });

  test("a key with a passphrase asks nobody and does not hang: it is told how it can be used", async () => {
    const done = await approve("--key", key("locked"));
    expect(done.code).toBe(3);
    expect(done.stderr).toContain(`The approval could not be signed with ${key("locked")}: `);
    expect(done.stderr).toContain(
      `next: A key with a passphrase is used through the agent: run \`ssh-add ${key("locked")}\` first; or name another key with \`--key FILE\`.\n`,
    );
  });

  test("the first of two approvers signs with the key of git's user.signingkey", async () => {
    await system.git("config", "user.signingkey", key("bob"));
    const done = await approve();
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toMatch(/\napproved by bob@example\.invalid until \S+ \S+ UTC\nrecord: \S+\.json\n/);
    expect(done.stdout).toMatch(/\n1\.0\.0 still waits for production: 1 of 2 approvals of 1\.0\.0\n$/);
    expect((await approve()).stdout).toContain("1 of 2 approvals");
  });

  test("a signature that was made elsewhere is taken; who made it is what the list of signers says", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "bellwether-elsewhere-"));
    const file = join(elsewhere, "statement.json");
    await writeFile(file, (await approve("--print")).stdout);
    await keygen("-Y", "sign", "-f", key("cy"), "-n", "bellwether-approval", file);
    await writeFile(join(elsewhere, "other.json"), (await readFile(file, "utf8")).replace("1.0.0", "1.0.1"));
    const wrong = await approve("--statement", join(elsewhere, "other.json"), "--signature", `${file}.sig`);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain("was refused: its signature does not fit what it says.\n");
    const done = await approve("--signature", `${file}.sig`, "--json");
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      by: "cy@example.invalid",
      names: ["cy@example.invalid", "cy-gh"],
      how: "signed",
      version: "1.0.0",
    });
    expect(done.stderr).toMatch(/1\.0\.0 may go to production: 2 of 2 approvals of 1\.0\.0\n/);
    await rm(elsewhere, { recursive: true });
  });

  test("records go to another machine as files, where each signature is looked at again", async () => {
    const handed = await mkdtemp(join(tmpdir(), "bellwether-handed-"));
    await cp(directory(), handed, { recursive: true });
    await system.git("config", "--unset", "user.signingkey");
    for (const file of await recordFiles()) await rm(file);
    const [first = ""] = (await readdir(handed)).filter((name) => name.startsWith("approval-"));
    const tampered = join(handed, "tampered.json");
    const text = await readFile(join(handed, first), "utf8");
    await writeFile(tampered, text.replace(/"expires": "2/, '"expires": "3'));
    const refused = await approve("--from", tampered);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("by somebody was refused: its signature does not fit what it says.\n");
    const taken = await approve("--from", handed);
    expect(taken).toMatchObject({ code: 0, stderr: "" });
    expect(taken.stdout).toContain("1.0.0 may go to production: 2 of 2 approvals of 1.0.0\n");
    await rm(handed, { recursive: true });
  });

  test("at the gate: a removed signer's approval does not count any more, and that is told by its record", async () => {
    await system.write({ ".bellwether-signers": await signers("ada", "bob") });
    const done = await system.run("deploy", "production", "v1.0.0");
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("1.0.0 waits for approval for production.\n");
    expect(done.stdout).toMatch(
      /refused: somebody \(approval-[0-9a-f]{16}\.json\): the key that signed it is not among the signers in \.bellwether-signers\n/,
    );
    expect(done.stdout).toContain("1 of 2 approvals of 1.0.0, 1 refused\n");
  });

  test("at the gate: a record that was changed does not count", async () => {
    await system.git("checkout", "--quiet", "--", ".bellwether-signers");
    const [file = ""] = await recordFiles();
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/sha256:[0-9a-f]{4}/, "sha256:0000"));
    const done = await system.run(...release);
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("its signature does not fit what it says\n");
    await writeFile(file, text);
  });

  test("B46: with two signatures by others the release goes on, and the journal names who approved", async () => {
    const done = await system.run(...release);
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("note: approved by bob@example.invalid (signed)\n");
    const journal = await system.stored("local/production/journal.ndjson");
    const began = journal
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line).fact)
      .find((fact) => fact.kind === "rollout-began");
    expect(began.approvals.map((mark: { by: string; how: string }) => [mark.by, mark.how]).sort()).toEqual([
      ["bob@example.invalid", "signed"],
      ["cy@example.invalid", "signed"],
    ]);
  });
});

test("a key in the agent signs where only its public half is on the disk", async () => {
  const place = await mkdtemp(join(tmpdir(), "bellwether-agent-"));
  const socket = join(place, "s");
  const agent = execute("ssh-agent", ["-D", "-a", socket]);
  const ended = agent.catch(() => {});
  try {
    await new Promise((resolve) => agent.child.stdout?.once("data", resolve));
    await execute("ssh-add", ["-q", key("bob")], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await mkdir(join(place, "home"));
    await cp(`${key("bob")}.pub`, join(place, "bob.pub"));
    const other = await makeSystem({
      files: {
        "bellwether.yaml": smallConfig.replace("approval: { required: 1 }", `approval: ${rule}`),
        ".bellwether-signers": await signers("bob"),
      },
      variables: { HOME: join(place, "home"), SSH_AUTH_SOCK: socket },
    });
    try {
      await other.release("v1.0.0");
      expect((await other.run(...release)).code).toBe(3);
      const done = await other.run("approve", "production", "--key", join(place, "bob.pub"));
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toContain("approved by bob@example.invalid until ");
    } finally {
      expect(await other.close()).toEqual([]);
    }
  } finally {
    agent.child.kill();
    await ended;
    await rm(place, { recursive: true, force: true });
  }
});
