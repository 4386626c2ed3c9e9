import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseKey } from "../../pipeline/approvals/key.ts";
import { actorNames, authorNames } from "../../pipeline/approvals/requesters.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { shell } from "../support/bin.ts";
import { unwrap } from "../support/unwrap.ts";

const execute = promisify(execFile);
let directory = "";
let variables: Record<string, string> = {};
const git = async (...args: string[]) =>
  (await execute("git", ["-C", directory, ...args], { env: variables })).stdout.trim();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-persons-"));
  variables = { ...shell(), HOME: directory };
  await git("init", "--quiet", "--initial-branch", "main");
  await git("config", "user.name", "Ada");
  await git("config", "user.email", "ada@example.com");
});
afterEach(() => removeTree(directory));

const commit = (author: string) =>
  git("commit", "--quiet", "--allow-empty", "--message", "x", "--author", author);
const question = (changes: { sha?: string | null; version?: string; actor?: string } = {}) => ({
  directory,
  variables,
  actor: "Ada",
  sha: null,
  version: "1.0.0",
  ...changes,
});

test("whoever runs it on a machine has git's name and address; in CI, the login", async () => {
  expect(await actorNames(question())).toEqual(["Ada", "ada@example.com"]);
  const inCi = { ...question({ actor: "ada-gh" }), variables: { ...variables, GITHUB_ACTOR: "ada-gh" } };
  expect(await actorNames(inCi)).toEqual(["ada-gh"]);
});

test("the author of a release is found by its commit, by its tag, and by the commit in a branch's version", async () => {
  await commit("Bob <bob@example.com>");
  const sha = await git("rev-parse", "HEAD");
  await git("tag", "--annotate", "--message", "one", "v1.0.0");
  await commit("Cy <cy@example.com>");
  const bob = ["Bob", "bob@example.com"];
  expect(unwrap(await authorNames(question({ sha })))).toEqual(bob);
  expect(unwrap(await authorNames(question()))).toEqual(bob);
  const version = `0.0.0-main.1+${sha.slice(0, 7)}`;
  expect(unwrap(await authorNames(question({ version })))).toEqual(bob);
});

test("the names that a .mailmap gives to an author count, too", async () => {
  await writeFile(join(directory, ".mailmap"), "Robert <robert@example.com> <bob@example.com>\n");
  await commit("Bob <bob@example.com>");
  const sha = await git("rev-parse", "HEAD");
  expect(unwrap(await authorNames(question({ sha })))).toEqual([
    "Bob",
    "bob@example.com",
    "Robert",
    "robert@example.com",
  ]);
});

test("B45: a release whose commit is not in this clone has no known author, and that is no pass", async () => {
  await commit("Bob <bob@example.com>");
  expect(await authorNames(question())).toEqual({
    ok: false,
    failure: { kind: "ref-unknown", ref: "refs/tags/v1.0.0" },
  });
});

test("the key is the one that is named, else git's where it is an SSH key, else the usual one", async () => {
  const chosen = (named: string | null = null) => chooseKey({ named, root: directory, variables });
  const usual = join(directory, ".ssh", "id_ed25519");
  expect(await chosen()).toMatchObject({
    failure: {
      kind: "signing-failed",
      key: usual,
      reason: "it is not there, and git's user.signingkey names no SSH key",
    },
  });
  await mkdir(join(directory, ".ssh"));
  await writeFile(`${usual}.pub`, "ssh-ed25519 AAAA ada\n");
  expect(unwrap(await chosen())).toEqual({ kind: "file", path: `${usual}.pub` });
  await writeFile(usual, "private");
  expect(unwrap(await chosen())).toEqual({ kind: "file", path: usual });
  await git("config", "user.signingkey", "3AA5C34371567BD2");
  expect(unwrap(await chosen())).toEqual({ kind: "file", path: usual });
  await git("config", "user.signingkey", "key::ssh-ed25519 AAAA ada");
  expect(unwrap(await chosen())).toEqual({ kind: "text", publicKey: "ssh-ed25519 AAAA ada" });
  const other = join(directory, "other");
  await writeFile(other, "private");
  await git("config", "user.signingkey", "~/other");
  expect(unwrap(await chosen())).toEqual({ kind: "file", path: other });
  expect(unwrap(await chosen(usual))).toEqual({ kind: "file", path: usual });
  expect(await chosen(join(directory, "absent"))).toMatchObject({
    failure: { kind: "signing-failed", key: join(directory, "absent"), reason: "there is no such file" },
  });
});
