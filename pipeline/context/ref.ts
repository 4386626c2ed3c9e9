import { tagVersion } from "./version.ts";

/** A commit that a ref names. `at` is the commit time in ms since the epoch. */
export type Commit = { sha: string; at: number };

/** `full` is the name for people; `stored` is where the repository keeps it (a fetched branch: under a remote). */
export type Candidate = { full: string; stored: string[] };

const heads = "refs/heads/";
const tags = "refs/tags/";

/** Whether git takes the text as the name of a ref (git-check-ref-format): anything else cannot exist. */
export function isRefName(ref: string): boolean {
  if ([...ref].some((letter) => letter <= " " || letter === "\u007f")) return false;
  if (ref === "" || ref === "@" || /[~^:?*[\\]|\.\.|@\{|\/\/|\.$|^\/|\/$/.test(ref)) return false;
  return ref
    .split("/")
    .every((part) => !part.startsWith(".") && !part.startsWith("-") && !part.endsWith(".lock"));
}

/** The full names that a ref may stand for. A short one is a tag of a release, else whichever exists. */
export function candidatesOf(ref: string, event: string): Candidate[] {
  if (ref.startsWith("refs/")) return [candidate(ref)];
  const branch = candidate(`${heads}${ref}`);
  const tag = candidate(`${tags}${ref}`);
  return event === "release" ? [tag] : [tag, branch];
}

function candidate(full: string): Candidate {
  if (full.startsWith(heads))
    return { full, stored: [full, `refs/remotes/origin/${full.slice(heads.length)}`] };
  // A checkout of a pull request keeps refs/pull/1/merge under refs/remotes.
  if (!full.startsWith(tags)) return { full, stored: [full, `refs/remotes/${full.slice("refs/".length)}`] };
  return { full, stored: [full] };
}

/** The candidate that exists, with its commit; else the one that its name speaks for, without one. */
export function chosen(
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Commit>,
): { full: string; commit: Commit | null } {
  for (const { full, stored } of candidates) {
    const found = stored.find((name) => known.has(name));
    if (found !== undefined) return { full, commit: known.get(found) ?? null };
  }
  const tag = candidates.find(({ full }) => full.startsWith(tags));
  const version =
    tag &&
    (candidates.length === 1 || /^refs\/tags\/v/.test(tag.full)) &&
    tagVersion(tag.full.slice(tags.length));
  const best = version ? tag : (candidates.find(({ full }) => !full.startsWith(tags)) ?? tag);
  return { full: best?.full ?? "", commit: null };
}

/** The branch and the tag that a full ref names; both null for a detached head or a pull request. */
export function namesOf(full: string): { branch: string | null; tag: string | null } {
  return {
    branch: full.startsWith(heads) ? full.slice(heads.length) : null,
    tag: full.startsWith(tags) ? full.slice(tags.length) : null,
  };
}
