import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Trigger, triggerOf } from "../../pipeline/github/trigger.ts";
import { explainLines } from "../../pipeline/report/failure.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const payload = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

const of = (event: string, file: string, { ref = "refs/heads/main", actor = "ada", change = {} } = {}) =>
  triggerOf({ name: event, ref, sha, actor, payload: { ...payload(file), ...change } });

const told: [what: string, event: string, file: string, expected: Partial<Trigger>][] = [
  [
    "a push to a branch",
    "push",
    "push",
    { event: "push", ref: "refs/heads/develop", tag: null, head: sha, trusted: true, nothing: null },
  ],
  ["a push of a tag", "push", "push-tag", { event: "push", ref: null, tag: "v1.2.3" }],
  ["a deleted branch", "push", "push-deleted", { nothing: "refs/heads/develop was deleted" }],
  [
    "a push without a head commit",
    "push",
    "push-without-head-commit",
    { nothing: "refs/heads/develop has no commit of its own" },
  ],
  [
    "a pull request: its results belong to its head, its base is what it goes to",
    "pull_request",
    "pull-request",
    {
      ...{ event: "pull_request", ref: "refs/pull/7/merge", base: "develop", pullRequest: 7, trusted: true },
      head: "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    },
  ],
  [
    "a pull request of a fork",
    "pull_request",
    "pull-request-fork",
    { event: "pull_request", trusted: false },
  ],
  ["a fork that is gone", "pull_request", "pull-request-gone-fork", { trusted: false }],
  [
    "a closed pull request",
    "pull_request",
    "pull-request-closed",
    { nothing: "the pull request was closed" },
  ],
  [
    "a merge queue: only checked, against what it goes to",
    "merge_group",
    "merge-group",
    { event: "pull_request", base: "main", head: "ec26c3e57ca3a959ca5aad62de7213c562f8c821" },
  ],
  ["a published release", "release", "release", { event: "release", tag: "v1.2.3", ref: null }],
  [
    "a prerelease: its images are published, and no environment waits for it",
    "release",
    "release-prerelease",
    { event: "push", tag: "v1.3.0-rc.1" },
  ],
  ["an edited release", "release", "release-edited", { nothing: "a release that is edited ships nothing" }],
  [
    "a rollback by hand",
    "workflow_dispatch",
    "dispatch-rollback",
    { event: "dispatch", rollback: { environment: "production", to: null, reason: "prices stand still" } },
  ],
  ["a run by hand", "workflow_dispatch", "dispatch", { event: "dispatch", rollback: null }],
  ["a schedule", "schedule", "schedule", { event: "schedule", ref: "refs/heads/main" }],
];

test.each(told)("%s", (_what, event, file, expected) => {
  expect(unwrap(of(event, file))).toMatchObject(expected);
});

test("what a bot for dependencies starts is not trusted: its token only reads", () => {
  expect(unwrap(of("pull_request", "pull-request", { actor: "dependabot[bot]" })).trusted).toBe(false);
});

test("a tag that is a prerelease by its version is one, whatever the form says", () => {
  const release = { tag_name: "v2.0.0-beta.1", prerelease: false, draft: false };
  expect(unwrap(of("release", "release", { change: { release } })).event).toBe("push");
  const build = { ...release, tag_name: "v2.0.0+build-7" };
  expect(unwrap(of("release", "release", { change: { release: build } })).event).toBe("release");
});

describe("what somebody typed", () => {
  const rollback = (inputs: Record<string, unknown>) =>
    of("workflow_dispatch", "dispatch-rollback", {
      change: { inputs: { ...(payload("dispatch-rollback").inputs as object), ...inputs } },
    });

  test.each(["", "v1.2.3", "1.2.3", "the last completed"])(
    "the version %j can be gone back to",
    (version) => {
      const wish = unwrap(rollback({ version })).rollback;
      expect(wish?.to).toBe(version === "" || version === "the last completed" ? null : version);
    },
  );

  test.each<[string, Record<string, unknown>, string]>([
    [
      "an environment with a line break",
      { environment: "production\n::set-output name=x::y" },
      "the environment",
    ],
    ["an environment that is a path", { environment: "../production" }, "the environment"],
    ["a version with a line break", { version: "1.2.3\n--to=0.0.1" }, "the version"],
    ["a version that is a command", { version: "$(touch x)" }, "the version"],
    ["a version that is none", { version: 1.2 }, "the version"],
    ["no reason", { reason: "  \n " }, "no reason"],
  ])("%s is refused", (_what, inputs, got) => {
    const failure = unwrapFailure(rollback(inputs));
    expect(failure).toMatchObject({ kind: "event-invalid", event: "workflow_dispatch" });
    expect(explainLines(failure).join("\n")).toContain(got);
  });

  test("a reason is one line without commands, whatever was typed", () => {
    const reason = "prices stand still\n::set-output name=to::0.0.1\u001b[2J";
    expect(unwrap(rollback({ reason })).rollback?.reason).toBe(
      "prices stand still ::set-output name=to::0.0.1 [2J",
    );
  });
});

test.each([
  ["release", "release-no-version", 'the tag "summer-edition"', "a semantic version such as v1.2.3"],
  ["push", "push-strange-branch", 'the ref "refs/heads/$(touch${IFS}x)"', null],
  ["pull_request", "push", "action", "the payload of pull_request"],
  ["issue_comment", "push", "an event that nothing is done for", "push, pull_request"],
  ["pull_request_target", "pull-request", "a stranger's code", "pull_request"],
])("%s of %s", (event, file, got, expected) => {
  const made = of(event, file);
  // A name that looks like a command is a name: it is never part of a shell's line.
  if (expected === null) return void expect(unwrap(made).ref).toBe("refs/heads/$(touch${IFS}x)");
  const failure = unwrapFailure(made);
  expect(explainLines(failure).join("\n")).toContain(got);
  expect(explainLines(failure).join("\n")).toContain(expected);
});

test("a payload may be anything, and is never a crash", () => {
  for (const value of [null, undefined, 7, "text", [], { release: null }])
    expect(triggerOf({ name: "release", ref: "", sha: "", actor: "", payload: value }).ok).toBe(false);
});
