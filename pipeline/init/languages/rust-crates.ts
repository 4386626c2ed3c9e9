import { posix } from "node:path";
import picomatch from "picomatch";
import {
  at,
  filesBelow,
  isTable,
  type Repository,
  type Table,
  tableAt,
  textOf,
  textsOf,
  tomlAt,
} from "../repository.ts";

/** The crates of a directory, relative to it: those that cargo counts to its manifest, and those that it does not. */
export type Crates = { members: string[]; apart: string[]; manifestOf(crate: string): Table };

/**
 * Members of a workspace are those it names and those that members reach by a path, but none that it excludes or that
 * is a workspace itself (the Cargo book, "Workspaces"). A root without a workspace stands alone.
 */
export function cratesOf(repository: Repository, directory: string, root: Table): Crates {
  const manifestOf = (crate: string): Table =>
    crate === "." ? root : (tomlAt(repository, at(directory, posix.join(crate, "Cargo.toml"))) ?? {});
  const all = filesBelow(repository, directory)
    .filter((path) => posix.basename(path) === "Cargo.toml")
    .map((path) => posix.dirname(path));
  const workspace = isTable(root.workspace) ? root.workspace : null;
  const named = textsOf(workspace?.members).map((each) =>
    picomatch(posix.normalize(each).replace(/\/$/, "")),
  );
  const excluded = textsOf(workspace?.exclude).map((each) => posix.normalize(each).replace(/\/$/, ""));
  const possible = (crate: string): boolean =>
    workspace !== null &&
    !("workspace" in manifestOf(crate)) &&
    !excluded.some((each) => crate === each || crate.startsWith(`${each}/`));
  const members = new Set(
    all.filter((crate) => crate === "." || (possible(crate) && named.some((fits) => fits(crate)))),
  );
  // A set goes on with what is added while it is walked.
  for (const crate of members)
    for (const near of nearOf(manifestOf(crate)).map((each) => posix.join(crate, each)))
      if (all.includes(near) && possible(near)) members.add(near);
  return {
    members: all.filter((crate) => members.has(crate)),
    apart: all.filter((crate) => !members.has(crate)),
    manifestOf,
  };
}

/** Crates that a manifest names by their path. */
const nearOf = (manifest: Table): string[] =>
  ["dependencies", "dev-dependencies", "build-dependencies"]
    .flatMap((kind) => [tableAt(manifest, kind), tableAt(manifest, "workspace", kind)])
    .flatMap((dependencies) => Object.values(dependencies))
    .flatMap((each) => textOf(tableAt(each).path) ?? []);
