import parse from "semver/functions/parse.js";
import { sha256 } from "../canonical.ts";

/** What a version is made of. */
export type VersionFacts = {
  tag: string | null;
  /** Branch, or null on a detached head. */
  branch: string | null;
  /** Commits up to here. */
  count: number;
  sha: string | null;
};

/** Longest form of a branch in a version. */
const longestBranch = 60;

/** Longest tag of an image (OCI distribution specification). */
const longestTag = 128;

/** The version that a tag names (v1.2.3 or 1.2.3, with prerelease and build), or null where it is not semver. */
export function tagVersion(tag: string): string | null {
  const parsed = parse(tag);
  if (parsed === null) return null;
  return parsed.build.length === 0 ? parsed.version : `${parsed.version}+${parsed.build.join(".")}`;
}

/** The tag's version, else 0.0.0-BRANCH.COUNT+SHA with 7 digits of the commit: valid semver whatever the branch. */
export function versionOf({ tag, branch, count, sha }: VersionFacts): string {
  const named = tag === null ? null : tagVersion(tag);
  if (named !== null) return named;
  const build = sha === null ? "" : `+${sha.slice(0, 7)}`;
  return `0.0.0-${branchIdentifier(tag ?? branch ?? "detached")}.${count}${build}`;
}

/** A branch reduced to one identifier of a prerelease: [0-9A-Za-z-], at most 60 characters, never only digits. */
export function branchIdentifier(branch: string): string {
  const reduced = trimmed(branch.replace(/[^0-9A-Za-z-]+/g, "-"), longestBranch);
  if (reduced === "") return "branch";
  // Digits alone would be a number: 007 is not valid there, and 10 would sort after 9.
  return /^\d+$/.test(reduced) ? trimmed(`b-${reduced}`, longestBranch) : reduced;
}

const trimmed = (text: string, length: number): string =>
  text.replace(/^-+/, "").slice(0, length).replace(/-+$/, "");

/** A version as the tag of an image: `-` for `+`; one that is too long keeps its beginning and a digest of it all. */
export function imageTag(version: string): string {
  const tag = version.replaceAll("+", "-");
  return tag.length <= longestTag ? tag : `${tag.slice(0, longestTag - 17)}-${sha256(version).slice(0, 16)}`;
}

/** People write v1.2.3 and 1.2.3 for the same version. */
export const bareVersion = (version: string): string =>
  parse(version) === null ? version : version.replace(/^v/, "");
