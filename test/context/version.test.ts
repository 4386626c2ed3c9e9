import fc from "fast-check";
import { prerelease, valid } from "semver";
import { expect, test } from "vitest";
import { branchIdentifier, imageTag, tagVersion, versionOf } from "../../pipeline/context/version.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";
const none = { tag: null, branch: null, count: 0, sha: null };

test.each([
  ["v1.2.3", "1.2.3"],
  ["1.2.3", "1.2.3"],
  ["v1.2.3-rc.1", "1.2.3-rc.1"],
  ["v1.2.3+build.5", "1.2.3+build.5"],
  ["v1.2.3-rc.1+001", "1.2.3-rc.1+001"],
  ["v1.2", null],
  ["v01.2.3", null],
  ["release-1.2.3", null],
  ["v1.2.3-01", null],
  ["", null],
])("the tag %j names the version %j", (tag, version) => {
  expect(tagVersion(tag)).toBe(version);
});

test.each([
  [{ branch: "develop", count: 7, sha }, "0.0.0-develop.7+0123456"],
  [{ branch: "feature/New_thing#2", count: 7, sha }, "0.0.0-feature-New-thing-2.7+0123456"],
  [{ branch: "007", count: 1, sha }, "0.0.0-b-007.1+0123456"],
  [{ branch: "развитие", count: 1, sha }, "0.0.0-branch.1+0123456"],
  [{ branch: "--x--", count: 1, sha }, "0.0.0-x.1+0123456"],
  [{ branch: null, count: 3, sha }, "0.0.0-detached.3+0123456"],
  [{ branch: "new", count: 0, sha: null }, "0.0.0-new.0"],
  [{ tag: "v1.2.3", count: 0, sha }, "1.2.3"],
  [{ tag: "nightly", count: 4, sha }, "0.0.0-nightly.4+0123456"],
])("%j has the version %s", (facts, version) => {
  expect(versionOf({ ...none, ...facts })).toBe(version);
});

test("a branch is at most 60 characters of a version", () => {
  expect(branchIdentifier("a".repeat(80))).toBe("a".repeat(60));
  expect(branchIdentifier("7".repeat(80))).toBe(`b-${"7".repeat(58)}`);
  expect(branchIdentifier(`${"a".repeat(59)}/b`)).toBe("a".repeat(59));
});

const branches = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.string({ unit: fc.constantFrom("0", "1", "-", "/", "_", "a", "é"), maxLength: 100 }),
);

test("whatever the branch, the version is valid semver and its tag is one that a registry takes", () => {
  fc.assert(
    fc.property(
      branches,
      fc.nat(),
      fc.constantFrom(sha, `${"0".repeat(7)}${sha.slice(7)}`, null),
      (branch, count, at) => {
        const version = versionOf({ ...none, branch, count, sha: at });
        expect(valid(version)).toBe(version.split("+")[0]);
        expect(prerelease(version)).toHaveLength(2);
        expect(prerelease(version)?.[1]).toBe(count);
        expect(String(prerelease(version)?.[0]).length).toBeLessThanOrEqual(60);
        expect(imageTag(version)).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
      },
    ),
    { numRuns: 500 },
  );
});

test("an image's tag writes - for +, and a long one stays unique", () => {
  expect(imageTag("1.2.3+build.5")).toBe("1.2.3-build.5");
  const long = (end: string) => imageTag(`1.2.3-${"a".repeat(150)}${end}`);
  expect(long("x")).toHaveLength(128);
  expect(long("x")).not.toBe(long("y"));
});
