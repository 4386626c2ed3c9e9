import type { Commit } from "./ref.ts";

/** What `git status --porcelain=v2 --branch -z` tells. */
export type Status = {
  /** Commit of HEAD, or null before the first one. */
  head: string | null;
  /** Null on a detached head. */
  branch: string | null;
  dirty: boolean;
};

/** Format of `git for-each-ref`: name, object, time; and of what an annotated tag points at. */
export const refFormat = [
  "%(refname)",
  "%(objectname)",
  "%(committerdate:unix)",
  "%(*objectname)",
  "%(*committerdate:unix)",
].join("%00");

export function parseStatus(output: string): Status {
  const status: Status = { head: null, branch: null, dirty: false };
  for (const entry of output.split("\0")) {
    if (entry.startsWith("# branch.oid ")) {
      const oid = entry.slice("# branch.oid ".length);
      status.head = oid === "(initial)" ? null : oid;
    } else if (entry.startsWith("# branch.head ")) {
      const name = entry.slice("# branch.head ".length);
      status.branch = name === "(detached)" ? null : name;
    } else if (entry !== "" && !entry.startsWith("# ")) status.dirty = true;
  }
  return status;
}

/** The commits behind refs, by full name; a ref of anything but a commit is left out. */
export function parseRefs(output: string): Map<string, Commit> {
  const commits = new Map<string, Commit>();
  for (const line of output.split("\n")) {
    const [name = "", sha = "", at = "", taggedSha = "", taggedAt = ""] = line.split("\0");
    if (at !== "") commits.set(name, { sha, at: Number(at) * 1000 });
    else if (taggedAt !== "") commits.set(name, { sha: taggedSha, at: Number(taggedAt) * 1000 });
  }
  return commits;
}

/** The first line of `git rev-list --timestamp`: the commit and its time. */
export function parseTimestamped(line: string): Commit | null {
  const found = /^(\d+) ([0-9a-f]{40,64})$/.exec(line.trim());
  return found?.[1] && found[2] ? { sha: found[2], at: Number(found[1]) * 1000 } : null;
}

/** A remote's address without user and password. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}
