import picomatch from "picomatch";
import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import type { TagRule, TagRules } from "../config/config.ts";
import type { Context } from "./context.ts";
import { imageTag, tagVersion } from "./version.ts";

/** Longest tag (distribution-spec, tags). */
const longestTag = 128;

/** What is known when tags are made: why we run, and the tags that the repository has already. */
export type TagFacts = {
  context: Pick<Context, "event" | "ref" | "branch" | "tag" | "sha" | "time" | "version">;
  /** Tags of the image in its repository. */
  existing: string[];
};

/**
 * `fixed` tags name one digest for ever: versions, commits, git tags. `moving` ones follow: branches, pull requests,
 * 1.2, 1, latest and texts of one's own.
 */
export type Tags = { fixed: string[]; moving: string[] };

/** The tags of an image, by the rules; equal tags once, `moving` without what is fixed already. */
export function tagsOf({ rules, latest }: TagRules, facts: TagFacts): Tags {
  const fixed = new Set<string>();
  const moving = new Set<string>();
  for (const rule of rules) {
    const made = madeBy(rule, facts);
    if (made === null) continue;
    const tag = tagText(`${rule.prefix}${made.text}${rule.suffix}`);
    if (tag !== "") (made.moves ? moving : fixed).add(tag);
  }
  const release = releaseOf(facts);
  const newest = release !== null && isHighest(release, facts.existing, () => true);
  if (latest === "always" || (latest === "auto" && newest)) moving.add("latest");
  return { fixed: [...fixed], moving: [...moving].filter((tag) => !fixed.has(tag)) };
}

type Made = { text: string; moves: boolean };

function madeBy(rule: TagRule, facts: TagFacts): Made | null {
  const { context } = facts;
  switch (rule.kind) {
    case "version":
      return versionTag(rule.pattern, facts);
    case "branch": {
      if (context.branch === null || context.event === "pull_request" || context.event === "schedule")
        return null;
      return { text: rule.renamed[context.branch] ?? context.branch, moves: true };
    }
    case "tag":
      return context.tag === null ? null : { text: context.tag, moves: false };
    case "pull-request": {
      const number = /^refs\/pull\/(\d+)\//.exec(context.ref)?.[1];
      return number === undefined ? null : { text: `pr-${number}`, moves: true };
    }
    case "commit":
      return context.sha === null ? null : { text: `sha-${context.sha.slice(0, rule.digits)}`, moves: false };
    case "schedule": {
      if (context.event !== "schedule") return null;
      const day = new Date(context.time).toISOString().slice(0, 10).replaceAll("-", "");
      return { text: rule.text.replaceAll("{date}", day), moves: true };
    }
    case "text": {
      const { branches } = rule;
      const fits =
        branches.length === 0 || (context.branch !== null && picomatch.isMatch(context.branch, branches));
      return fits ? { text: rule.text, moves: true } : null;
    }
  }
}

/**
 * A whole version is fixed. A shorter one moves, so it is given to the highest release only that it fits; a
 * prerelease has none, and 0 says nothing about 0.x.
 */
function versionTag(pattern: string, facts: TagFacts): Made | null {
  const version = facts.context.tag === null ? null : tagVersion(facts.context.tag);
  const parsed = version === null ? null : parse(version);
  if (version === null || parsed === null) return null;
  const fill = (one: { version: string; major: number; minor: number; patch: number }): string =>
    pattern
      .replaceAll("{version}", one.version)
      .replaceAll("{major}", String(one.major))
      .replaceAll("{minor}", String(one.minor))
      .replaceAll("{patch}", String(one.patch));
  const text = fill(parsed);
  if (pattern.includes("{version}") || pattern.includes("{patch}")) {
    if (parsed.prerelease.length > 0 && !pattern.includes("{version}")) return null;
    return { text: imageTag(text), moves: false };
  }
  if (parsed.prerelease.length > 0) return null;
  if (parsed.major === 0 && !pattern.includes("{minor}")) return null;
  const release = parsed.version;
  const alike = (other: string): boolean => {
    const read = parse(other);
    return read !== null && fill(read) === text;
  };
  return isHighest(release, facts.existing, alike) ? { text, moves: true } : null;
}

/** The release that the context is, without prereleases; null where it is none. */
function releaseOf({ context: { tag } }: TagFacts): string | null {
  const version = tag === null ? null : tagVersion(tag);
  const parsed = version === null ? null : parse(version);
  return parsed === null || parsed.prerelease.length > 0 ? null : parsed.version;
}

/** Whether no release among the tags that are `alike` is higher. */
const isHighest = (version: string, existing: string[], alike: (version: string) => boolean): boolean =>
  existing.every((tag) => {
    const other = parse(tag);
    if (other === null || other.prerelease.length > 0 || !alike(other.version)) return true;
    return compare(other, version) <= 0;
  });

/** Any text as a tag: other characters become one -, it begins with a letter, digit or _, and is not too long. */
export const tagText = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, longestTag);
