import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ContextOptions } from "../../pipeline/context/git.ts";
import { readContext, readRepository, tracked } from "../../pipeline/context/git.ts";
import { requireRunnable } from "../../pipeline/context/runnable.ts";
import type { Clock } from "../../pipeline/io/clock.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

let root = "";
let repository = "";

const clock: Clock = { now: () => 42, monotonic: () => 42, sleep: async () => {} };

/** No settings of the machine or of whoever runs the tests. */
const environment: Record<string, string> = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

const commitTime = 1_700_000_000;

function git(directory: string, ...args: string[]): string {
  const date = `${commitTime} +0000`;
  const identity = [
    "-c",
    "user.name=Ada",
    "-c",
    "user.email=ada@example.org",
    "-c",
    "protocol.file.allow=always",
  ];
  return execFileSync("git", ["-C", directory, ...identity, ...args], {
    env: { ...environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function commit(directory: string, file: string): string {
  writeFileSync(join(directory, file), file);
  git(directory, "add", ".");
  git(directory, "commit", "-q", "-m", file);
  return git(directory, "rev-parse", "HEAD");
}

const read = (more: Partial<ContextOptions> = {}) =>
  readContext({ directory: repository, clock, environment, actor: "ada", ...more });

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "bellwether-git-")));
  repository = join(root, "repository");
  mkdirSync(repository);
  git(repository, "init", "-q", "-b", "develop");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

test("without a word it is what is checked out, locally", async () => {
  commit(repository, "one");
  const sha = commit(repository, "two");
  expect(unwrap(await read())).toEqual({
    event: "local",
    ref: "refs/heads/develop",
    branch: "develop",
    tag: null,
    sha,
    committedAt: commitTime * 1000,
    dirty: false,
    actor: "ada",
    time: 42,
    version: `0.0.0-develop.2+${sha.slice(0, 7)}`,
  });
});

test("a changed, a staged and a new file make it dirty, an ignored one does not", async () => {
  commit(repository, "one");
  writeFileSync(join(repository, ".git", "info", "exclude"), "ignored\n");
  writeFileSync(join(repository, "ignored"), "x");
  expect(unwrap(await read()).dirty).toBe(false);
  writeFileSync(join(repository, "new"), "x");
  expect(unwrap(await read()).dirty).toBe(true);
  git(repository, "add", "new");
  expect(unwrap(await read()).dirty).toBe(true);
  git(repository, "commit", "-q", "-m", "new");
  expect(unwrap(await read()).dirty).toBe(false);
  writeFileSync(join(repository, "one"), "changed");
  expect(unwrap(await read()).dirty).toBe(true);
});

test("a directory inside the checkout reads the same", async () => {
  const sha = commit(repository, "one");
  mkdirSync(join(repository, "deep", "er"), { recursive: true });
  expect(unwrap(await read({ directory: join(repository, "deep", "er") })).sha).toBe(sha);
});

test("before the first commit there is a plan, with no commit and a count of 0, but no run", async () => {
  const context = unwrap(await read());
  expect(context).toMatchObject({
    ref: "refs/heads/develop",
    sha: null,
    committedAt: 0,
    version: "0.0.0-develop.0",
  });
  const { head } = unwrap(await readRepository(repository, environment));
  const failure = unwrapFailure(requireRunnable(context, { directory: repository, head }));
  expect(failure).toEqual({ kind: "no-commits", directory: repository });
});

test("a repository that has lost its newest commit says so: it is none without commits", async () => {
  const sha = commit(repository, "one");
  rmSync(join(repository, ".git", "objects", sha.slice(0, 2), sha.slice(2)));
  const failure = unwrapFailure(await read());
  expect(failure).toMatchObject({ kind: "git-failed", reason: expect.stringContaining("HEAD") });
});

test("a detached head has neither branch nor tag, and works", async () => {
  const sha = commit(repository, "one");
  git(repository, "checkout", "-q", "--detach");
  expect(unwrap(await read())).toMatchObject({
    ref: "HEAD",
    branch: null,
    tag: null,
    sha,
    version: `0.0.0-detached.1+${sha.slice(0, 7)}`,
  });
});

test("a tag, lightweight or annotated, is found by its short name and gives its version", async () => {
  const sha = commit(repository, "one");
  git(repository, "tag", "v1.2.3");
  git(repository, "tag", "-a", "-m", "two", "v2.0.0-rc.1");
  commit(repository, "two");
  const light = { ref: "refs/tags/v1.2.3", branch: null, tag: "v1.2.3", sha, version: "1.2.3" };
  expect(unwrap(await read({ ref: "v1.2.3" }))).toMatchObject({
    ...light,
    event: "local",
    committedAt: commitTime * 1000,
  });
  expect(unwrap(await read({ ref: "v1.2.3", event: "release" }))).toMatchObject({
    ...light,
    event: "release",
  });
  expect(unwrap(await read({ ref: "refs/tags/v2.0.0-rc.1", event: "release" }))).toMatchObject({
    sha,
    version: "2.0.0-rc.1",
  });
});

test("a plan may be for a ref that does not exist; a run may not", async () => {
  const head = commit(repository, "one");
  const release = unwrap(await read({ event: "release", ref: "v9.9.9" }));
  expect(release).toMatchObject({ ref: "refs/tags/v9.9.9", sha: null, committedAt: 0, version: "9.9.9" });
  const branch = unwrap(await read({ event: "push", ref: "feature/new" }));
  expect(branch).toMatchObject({ ref: "refs/heads/feature/new", sha: null, version: "0.0.0-feature-new.0" });
  const failure = unwrapFailure(requireRunnable(branch, { directory: repository, head }));
  expect(failure).toEqual({ kind: "ref-unknown", ref: "refs/heads/feature/new" });
});

test("a run may only be for what is checked out", async () => {
  const sha = commit(repository, "one");
  git(repository, "branch", "other");
  const head = commit(repository, "two");
  const other = unwrap(await read({ ref: "other" }));
  expect(other).toMatchObject({ sha, version: `0.0.0-other.1+${sha.slice(0, 7)}` });
  expect(unwrapFailure(requireRunnable(other, { directory: repository, head }))).toEqual({
    kind: "ref-not-head",
    ref: "refs/heads/other",
    sha,
    head,
  });
  const here = unwrap(await read({ ref: "develop" }));
  expect(here.version).toBe(`0.0.0-develop.2+${head.slice(0, 7)}`);
  expect(unwrap(requireRunnable(here, { directory: repository, head }))).toBe(here);
  expect(
    unwrap(requireRunnable(unwrap(await read({ ref: "HEAD" })), { directory: repository, head })).sha,
  ).toBe(head);
});

test("a release needs a tag that is a version", async () => {
  commit(repository, "one");
  git(repository, "tag", "nightly");
  expect(unwrapFailure(await read({ event: "release", ref: "nightly" }))).toEqual({
    kind: "release-tag-needed",
    got: "refs/tags/nightly",
  });
  expect(unwrapFailure(await read({ event: "release" }))).toEqual({
    kind: "release-tag-needed",
    got: "refs/heads/develop",
  });
  expect(unwrap(await read({ event: "push", ref: "nightly" })).version).toMatch(/^0\.0\.0-nightly\.1\+/);
});

test("text that git takes for an expression is not a ref", async () => {
  commit(repository, "one");
  commit(repository, "two");
  for (const ref of ["develop~1", "develop^", "HEAD@{1}", "a\nb", "--all"]) {
    expect(unwrapFailure(await read({ ref }))).toEqual({ kind: "ref-unknown", ref });
  }
});

test("a pull request's ref is found where a checkout keeps it, and names the version", async () => {
  const sha = commit(repository, "one");
  git(repository, "update-ref", "refs/remotes/pull/7/merge", sha);
  expect(unwrap(await read({ event: "pull_request", ref: "refs/pull/7/merge" }))).toMatchObject({
    ref: "refs/pull/7/merge",
    branch: null,
    sha,
    version: `0.0.0-pull-7-merge.1+${sha.slice(0, 7)}`,
  });
});

test("a shallow clone says what is missing where the count is needed, and only there", async () => {
  commit(repository, "one");
  commit(repository, "two");
  git(repository, "tag", "v1.0.0");
  git(root, "clone", "-q", "--depth", "1", `file://${repository}`, "shallow");
  const directory = join(root, "shallow");
  const missing = { kind: "shallow-clone", needed: "the number of commits in the version" };
  expect(unwrapFailure(await read({ directory }))).toEqual(missing);
  mkdirSync(join(directory, "deep"));
  expect(unwrapFailure(await read({ directory: join(directory, "deep") }))).toEqual(missing);
  expect(unwrap(await read({ directory, event: "release", ref: "v1.0.0" })).version).toBe("1.0.0");
  expect(unwrap(await read({ directory, ref: "not-there" })).version).toBe("0.0.0-not-there.0");
  git(directory, "fetch", "-q", "--unshallow");
  expect(unwrap(await read({ directory })).version).toMatch(/^0\.0\.0-develop\.2\+/);
});

test("a worktree of a shallow clone knows that it is shallow", async () => {
  commit(repository, "one");
  commit(repository, "two");
  git(root, "clone", "-q", "--depth", "1", `file://${repository}`, "shallow");
  git(join(root, "shallow"), "worktree", "add", "-q", "-b", "side", join(root, "side"));
  expect(unwrapFailure(await read({ directory: join(root, "side") })).kind).toBe("shallow-clone");
});

test("a directory outside of every repository, and one that is not there, are said", async () => {
  const outside = join(root, "outside");
  mkdirSync(outside);
  expect(unwrapFailure(await read({ directory: outside }))).toEqual({
    kind: "not-a-repository",
    directory: outside,
  });
  const gone = join(root, "gone");
  expect(unwrapFailure(await read({ directory: gone }))).toMatchObject({
    kind: "git-failed",
    directory: gone,
    reason: expect.stringMatching(/cannot change to .*gone/),
  });
});

test("without git on the PATH it says so", async () => {
  const nowhere = { ...environment, PATH: join(root, "empty") };
  expect(unwrapFailure(await read({ environment: nowhere }))).toEqual({ kind: "git-missing" });
  expect(unwrapFailure(await readRepository(repository, nowhere))).toEqual({ kind: "git-missing" });
});

test("where no file can be made for git's answers, they come another way", async () => {
  commit(repository, "one");
  const usual = unwrap(await read());
  vi.stubEnv("TMPDIR", join(root, "nowhere"));
  expect(unwrap(await read())).toEqual(usual);
  expect(usual.version).toMatch(/^0\.0\.0-develop\.1\+[0-9a-f]{7}$/);
});

test("a history that no pipe would hold is counted to its end, and its newest commit is the one", async () => {
  const commits = Array.from({ length: 5000 }, (_, index) =>
    [
      "commit refs/heads/develop",
      `committer Ada <a@example.org> ${commitTime + index} +0000`,
      "data 0",
      "",
    ].join("\n"),
  );
  execFileSync("git", ["-C", repository, "fast-import", "--quiet"], {
    env: environment,
    input: `${commits.join("\n")}\n`,
  });
  expect(unwrap(await read())).toMatchObject({
    sha: git(repository, "rev-parse", "HEAD"),
    committedAt: (commitTime + 4999) * 1000,
    version: expect.stringContaining("develop.5000+"),
  });
});

test("a hook's variables do not lead to another repository", async () => {
  const sha = commit(repository, "one");
  const other = join(root, "other");
  mkdirSync(other);
  git(other, "init", "-q", "-b", "wrong");
  const hook = {
    GIT_DIR: join(other, ".git"),
    GIT_WORK_TREE: other,
    GIT_INDEX_FILE: join(other, ".git", "index"),
    GIT_PREFIX: "x/",
  };
  expect(unwrap(await read({ environment: { ...environment, ...hook } }))).toMatchObject({
    branch: "develop",
    sha,
    dirty: false,
  });
});

test("the actor is who is given, else GitHub's, else git's user, else the system's", async () => {
  commit(repository, "one");
  const actor = async (more: Partial<ContextOptions>) =>
    unwrap(await readContext({ directory: repository, clock, environment, ...more })).actor;
  const github = { ...environment, GITHUB_ACTOR: "grace" };
  expect(await actor({ actor: "ada", environment: github })).toBe("ada");
  expect(await actor({ environment: github })).toBe("grace");
  expect(await actor({})).not.toBe("");
  git(repository, "config", "user.name", "Edsger");
  expect(await actor({})).toBe("Edsger");
});

test("the checkout tells its origin without credentials", async () => {
  const head = commit(repository, "one");
  expect(unwrap(await readRepository(repository, environment))).toEqual({
    directory: repository,
    head,
    branch: "develop",
    dirty: false,
    origin: null,
  });
  git(repository, "remote", "add", "origin", "https://ada:hunter2@git.example/quotes.git");
  writeFileSync(join(repository, "new"), "x");
  expect(unwrap(await readRepository(repository, environment))).toMatchObject({
    origin: "https://git.example/quotes.git",
    dirty: true,
  });
});

test("it knows which files git tracks", async () => {
  commit(repository, ".env.staging");
  writeFileSync(join(repository, ".env.production"), "x");
  const files = [".env.staging", "./.env.staging", ".env.production", "../.env", "/etc/passwd", "*"];
  expect([...(await tracked(repository, files, environment))]).toEqual([".env.staging", "./.env.staging"]);
  expect((await tracked(root, [".env"], environment)).size).toBe(0);
});
