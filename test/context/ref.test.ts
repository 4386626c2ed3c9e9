import { expect, test } from "vitest";
import { candidatesOf, chosen, isRefName, namesOf } from "../../pipeline/context/ref.ts";

test.each(["main", "feature/x", "v1.2.3", "refs/heads/a", "a.b", "ünicode", "a-b", "refs/pull/1/merge"])(
  "%j may be a ref",
  (ref) => {
    expect(isRefName(ref)).toBe(true);
  },
);

test.each([
  "",
  "@",
  "a b",
  "a\nb",
  "a~1",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[b",
  "a\\b",
  "a..b",
  "a@{1}",
  "/a",
  "a/",
  "a//b",
  ".a",
  "a/.b",
  "a.lock",
  "a.",
  "-a",
  "a\u007f",
])("%j cannot be a ref", (ref) => {
  expect(isRefName(ref)).toBe(false);
});

const commit = { sha: "a".repeat(40), at: 1 };

test.each<[ref: string, event: string, exists: string[], full: string, found: boolean]>([
  ["develop", "local", ["refs/heads/develop"], "refs/heads/develop", true],
  ["develop", "local", ["refs/remotes/origin/develop"], "refs/heads/develop", true],
  ["develop", "local", [], "refs/heads/develop", false],
  ["v1.2.3", "local", ["refs/tags/v1.2.3"], "refs/tags/v1.2.3", true],
  ["v1.2.3", "local", [], "refs/tags/v1.2.3", false],
  ["v1.2.3", "local", ["refs/heads/v1.2.3"], "refs/heads/v1.2.3", true],
  ["1.2.3", "local", [], "refs/heads/1.2.3", false],
  ["1.2.3", "release", [], "refs/tags/1.2.3", false],
  ["nightly", "local", ["refs/tags/nightly", "refs/heads/nightly"], "refs/tags/nightly", true],
  ["nightly", "release", ["refs/heads/nightly"], "refs/tags/nightly", false],
  ["refs/heads/v1.2.3", "local", [], "refs/heads/v1.2.3", false],
  ["refs/pull/1/merge", "pull_request", ["refs/remotes/pull/1/merge"], "refs/pull/1/merge", true],
])("%s on %s with %j is %s", (ref, event, exists, full, found) => {
  const known = new Map(exists.map((name) => [name, commit]));
  expect(chosen(candidatesOf(ref, event), known)).toEqual({ full, commit: found ? commit : null });
});

test("a full ref names a branch, a tag or neither", () => {
  expect(namesOf("refs/heads/a/b")).toEqual({ branch: "a/b", tag: null });
  expect(namesOf("refs/tags/v1")).toEqual({ branch: null, tag: "v1" });
  expect(namesOf("refs/pull/1/merge")).toEqual({ branch: null, tag: null });
});
