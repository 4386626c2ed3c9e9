import { expect, test } from "vitest";
import type { TagRules } from "../../pipeline/config/config.ts";
import { normaliseImage } from "../../pipeline/config/normalise-images.ts";
import type { WrittenImage } from "../../pipeline/config/schema-images.ts";
import { type TagFacts, tagsOf, tagText } from "../../pipeline/context/tags.ts";

const rules = (written?: WrittenImage["tags"]): TagRules =>
  normaliseImage("api", { repository: "registry.example/api", ...(written ? { tags: written } : {}) }).tags;

const sha = "0123456789abcdef0123456789abcdef01234567";

const at = (context: Partial<TagFacts["context"]>, existing: string[] = []): TagFacts => ({
  context: {
    event: "push",
    ref: "refs/heads/main",
    branch: null,
    tag: null,
    sha,
    time: Date.UTC(2026, 10, 21),
    version: "0.0.0",
    ...context,
  },
  existing,
});

const release = (tag: string, existing: string[] = []) =>
  at({ event: "release", ref: `refs/tags/${tag}`, tag }, existing);
const all = (written: WrittenImage["tags"], facts: TagFacts): string[] => {
  const { fixed, moving } = tagsOf(rules(written), facts);
  return [...fixed, ...moving];
};

test.each([
  ["a release", release("v1.2.3"), ["1.2.3", "sha-0123456", "1.2", "1", "latest"]],
  ["a release of 0.x, without the bare 0", release("v0.4.1"), ["0.4.1", "sha-0123456", "0.4", "latest"]],
  ["a prerelease, only itself", release("v1.3.0-rc.1"), ["1.3.0-rc.1", "sha-0123456"]],
  ["main", at({ branch: "main" }), ["sha-0123456", "edge"]],
  ["develop", at({ branch: "develop" }), ["sha-0123456", "develop"]],
  ["a pull request", at({ event: "pull_request", ref: "refs/pull/17/merge" }), ["sha-0123456", "pr-17"]],
  ["a run by schedule", at({ event: "schedule", branch: "main" }), ["sha-0123456"]],
])("without rules of one's own, %s gets the usual tags", (_name, facts, expected) => {
  expect(all(undefined, facts)).toEqual(expected);
});

test("a release that is not the highest takes neither latest nor what a higher one of its line has", () => {
  const existing = ["1.3.0", "1.2.9", "2.0.0", "latest", "edge", "in-abc"];
  expect(all(undefined, release("v1.2.3", existing))).toEqual(["1.2.3", "sha-0123456"]);
  expect(all(undefined, release("v1.4.0", existing))).toEqual(["1.4.0", "sha-0123456", "1.4", "1"]);
  expect(all(undefined, release("v2.0.1", existing))).toEqual(["2.0.1", "sha-0123456", "2.0", "2", "latest"]);
});

test("versions, commits and git tags are fixed; everything else moves", () => {
  const written: WrittenImage["tags"] = {
    rules: [
      { version: "full" },
      { version: "{major}.{minor}.{patch}" },
      { tag: true },
      { commit: "full" },
      { version: "minor" },
    ],
  };
  expect(tagsOf(rules(written), release("v1.2.3"))).toEqual({
    fixed: ["1.2.3", "v1.2.3", `sha-${sha}`],
    moving: ["1.2", "latest"],
  });
});

test("prefix and suffix stand around every tag but latest, those of a rule inside of the image's", () => {
  const written: WrittenImage["tags"] = {
    prefix: "api-",
    suffix: "-slim",
    rules: [{ version: "full" }, { branch: true, prefix: "b-" }, { text: "nightly", on: ["main"] }],
  };
  expect(all(written, release("v1.2.3"))).toEqual(["api-1.2.3-slim", "latest"]);
  expect(all(written, at({ branch: "main" }))).toEqual(["api-b-main-slim", "api-nightly-slim"]);
  expect(all(written, at({ branch: "develop" }))).toEqual(["api-b-develop-slim"]);
});

test("a schedule's tag may hold the day, and latest may be always or never", () => {
  const nightly: WrittenImage["tags"] = { rules: [{ schedule: "nightly-{date}" }], latest: "always" };
  expect(all(nightly, at({ event: "schedule", branch: "main" }))).toEqual(["nightly-20261121", "latest"]);
  expect(all({ latest: "never" }, release("v1.2.3"))).not.toContain("latest");
});

test.each([
  ["feature/größe", "feature-gr-e"],
  ["-.hidden", "hidden"],
  ["dependabot/npm_and_yarn/@scope/x-1.2", "dependabot-npm_and_yarn-scope-x-1.2"],
  ["x".repeat(300), "x".repeat(128)],
  ["日本", ""],
])("the branch %s is a valid tag or none", (branch, tag) => {
  expect(tagText(branch)).toBe(tag);
  for (const made of all({ rules: [{ branch: true }] }, at({ branch })))
    expect(made).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
});
