import { tableAt, textOf } from "../repository.ts";
import type { NodeProject } from "./node-project.ts";
import type { Family } from "./node-workspaces.ts";

const kinds = ["dependencies", "devDependencies", "optionalDependencies"] as const;

const namesIn = ({ manifest }: NodeProject, ...which: string[]): Set<string> =>
  new Set(which.flatMap((kind) => Object.keys(tableAt(manifest, kind))));

/** The workspaces that a package needs for its work, each behind those that it needs itself. */
export function siblingsOf(project: NodeProject, { members }: Family): NodeProject[] {
  const found = new Set<NodeProject>();
  const under = new Set<NodeProject>([project]);
  const visit = (each: NodeProject): void => {
    const names = namesIn(each, ...kinds);
    for (const other of members) {
      if (!names.has(other.name) || found.has(other) || under.has(other)) continue;
      under.add(other);
      visit(other);
      found.add(other);
    }
  };
  visit(project);
  return [...found];
}

/** Whether other packages of the repository are made with this one. */
export const isNeeded = (project: NodeProject, { project: root, members }: Family): boolean =>
  [root, ...members].some((each) => each !== project && namesIn(each, ...kinds).has(project.name));

/** Where no registry has what a package needs for running: another workspace, or a place that npm cannot read. */
export function unpackable(project: NodeProject, { members }: Family): string[] {
  const own = new Set(members.map(({ name }) => name));
  return ["dependencies", "optionalDependencies"]
    .flatMap((kind) => Object.entries(tableAt(project.manifest, kind)))
    .flatMap(([name, written]) => (own.has(name) || foreign.test(textOf(written) ?? "") ? [name] : []));
}

const foreign = /^(workspace|catalog|portal|patch|link|file):/;

/** Whether npm would stumble over what only development needs. */
export const hasForeignTools = ({ manifest }: NodeProject, { members }: Family): boolean =>
  Object.entries(tableAt(manifest, "devDependencies")).some(
    ([name, written]) => members.some((each) => each.name === name) || foreign.test(textOf(written) ?? ""),
  );
