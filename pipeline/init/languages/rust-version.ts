import { validRange } from "semver";
import { parse } from "smol-toml";
import { at, type Repository, type Table, tableAt, textOf } from "../repository.ts";
import type { Surroundings } from "./surroundings.ts";

/** The range of versions that a project asks for; a channel that moves names none, and is told. */
export function rustVersion(root: Table, around: Surroundings): string {
  const { repository, directory } = around;
  const asked = channelOf(repository, directory);
  // A channel may end with the machine that it is for.
  const named = asked?.channel.replace(/-\w+-\w+-[\w-]+$/, "");
  if (named !== undefined && validRange(named) !== null) return named;
  const least =
    textOf(tableAt(root, "package")["rust-version"]) ??
    textOf(tableAt(root, "workspace", "package")["rust-version"]);
  if (least !== null && validRange(`>=${least}`) !== null) return `>=${least}`;
  const because =
    asked === null
      ? "nothing names a version"
      : `${asked.file} asks for ${asked.channel}, which is another version from time to time`;
  around.say({ kind: "guessed", what: `Rust ${usual}`, because });
  return usual;
}

const usual = ">=1.70";

/** What rustup reads, in its order (The rustup book, "Overrides"): the file without an end may hold a table, too. */
function channelOf(repository: Repository, directory: string): { file: string; channel: string } | null {
  for (const name of ["rust-toolchain", "rust-toolchain.toml"]) {
    const file = at(directory, name);
    const text = repository.text(file)?.trim() ?? "";
    const channel = /^[\w.-]+$/.test(text) ? text : inTable(text);
    if (channel !== null) return { file, channel };
  }
  return null;
}

function inTable(text: string): string | null {
  try {
    return textOf(tableAt(parse(text), "toolchain").channel);
  } catch {
    return null;
  }
}
