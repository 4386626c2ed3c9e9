/** Why and where we run. A value, read at the edge (`context/git.ts`), never inside. */
export type Context = {
  event: "push" | "pull_request" | "release" | "dispatch" | "schedule" | "local";
  /** Full ref, e.g. refs/heads/develop or refs/tags/v1.2.3; refs/heads/NAME too where it does not exist yet. */
  ref: string;
  /** Branch name, or null on a tag or a detached head. */
  branch: string | null;
  /** Tag name, or null. */
  tag: string | null;
  /** Commit (40 hex digits), or null where the ref does not exist or there is no commit yet. */
  sha: string | null;
  /** Commit time in ms since the epoch; 0 where there is no commit. */
  committedAt: number;
  /** The working tree differs from the commit. */
  dirty: boolean;
  actor: string;
  /** ms since the epoch. */
  time: number;
  /** Valid semver: the tag's, else 0.0.0-BRANCH.COUNT+SHA. */
  version: string;
};
