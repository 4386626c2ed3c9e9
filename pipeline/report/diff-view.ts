import type { NameChanges, PathChange, ReleaseDiff } from "../deploy/diff.ts";
import { table } from "./table.ts";
import { count, listed, shortDigest } from "./units.ts";

/** The commits between what is live and what would be; null: they are not in this clone. */
export type DiffCommits = { count: number; newest: { commit: string; subject: string }[] } | null;

/** A diff as lines; one that changes nothing says so. */
export function diffView(diff: ReleaseDiff, commits: DiffCommits): string[] {
  const { environment, from, to } = diff;
  if (from !== null && diff.same) {
    const other = from.version === to.version ? "" : `, only its name: ${from.version} is live`;
    return [`${environment}: nothing would change with ${to.version}${other}`];
  }
  const head =
    from === null
      ? `${environment}: ${to.version} would be the first release`
      : `${environment}: ${from.version} is live, ${to.version} would be`;
  return [
    head,
    ...section("code", [...codeLines(diff), ...commitLines(diff, commits)]),
    ...section("configuration", pathLines(diff.configuration)),
    ...section("environment", nameLines(diff.environmentNames)),
    ...section("secrets", nameLines({ ...diff.secrets, changed: [] })),
    ...section("limits", pathLines(diff.limits)),
    ...section("resource limits", pathLines(diff.resources)),
    ...section("schema", migrationLines(diff)),
  ];
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];

const codeLines = ({ code }: ReleaseDiff): string[] =>
  table(
    code.map(({ component, from, to }) => [
      component,
      from === null ? "new" : shortDigest(from),
      "→",
      to === null ? "gone" : shortDigest(to),
    ]),
  );

function commitLines({ from, to }: ReleaseDiff, commits: DiffCommits): string[] {
  if (from === null) return to.revision === null ? [] : [`commit ${to.revision.slice(0, 12)}`];
  if (commits === null) {
    const [old, now] = [from.revision, to.revision].map((revision) => revision?.slice(0, 12) ?? "unknown");
    return old === now ? [] : [`commit ${old} → ${now}, not both in this clone`];
  }
  const more = commits.count - commits.newest.length;
  return [
    ...(commits.count === 0 ? [] : [count(commits.count, "commit")]),
    ...commits.newest.map(({ commit, subject }) => `  ${commit} ${subject}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

const pathLines = (changes: PathChange[]): string[] =>
  changes.map(({ path, from, to }) => `${path}: ${from ?? "none"} → ${to ?? "none"}`);

/** Names alone: a value may be nobody's business. */
const nameLines = ({ added, removed, changed }: NameChanges): string[] => [
  ...(added.length === 0 ? [] : [`added: ${listed(added)}`]),
  ...(removed.length === 0 ? [] : [`removed: ${listed(removed)}`]),
  ...(changed.length === 0 ? [] : [`changed: ${listed(changed)}`]),
];

const migrationLines = ({ migration }: ReleaseDiff): string[] => [
  ...(migration.runs ? ["the migration would run"] : []),
  ...pathLines(migration.changes),
];
