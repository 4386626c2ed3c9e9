import { posix } from "node:path";
import { shellWord } from "../../shell-word.ts";
import type { ComponentDraft, Part } from "../part.ts";
import { at, filesBelow, plainName, type Table, tableAt, textOf, textsOf, tomlAt } from "../repository.ts";
import { listed } from "../sayings.ts";
import { type Crates, cratesOf } from "./rust-crates.ts";
import { migratesItself, sqlxOf } from "./rust-sqlx.ts";
import { type Cargo, rustTests } from "./rust-tests.ts";
import { rustVersion } from "./rust-version.ts";
import { healthOf, portOf, type Surroundings } from "./surroundings.ts";

/** A crate or a workspace of crates. */
export function lookAtRust(around: Surroundings): Part {
  const { repository, directory } = around;
  const root = tomlAt(repository, at(directory, "Cargo.toml")) ?? {};
  const files = filesBelow(repository, directory);
  const workspace = "workspace" in root;
  around.say({
    kind: "found",
    what: workspace ? "Rust (a workspace)" : "Rust (a crate)",
    where: at(directory, "Cargo.toml"),
  });
  const crates = cratesOf(repository, directory, root);
  if (crates.apart.length > 0)
    around.say({
      kind: "unknown",
      what: `how ${crates.apart.map((each) => at(directory, `${each}/Cargo.toml`)).join(", ")} is checked: cargo does not count it to ${directory === "." ? "the root" : directory}`,
      remedy: "add a toolchain and checks with its `directory`, if it is yours to check",
    });
  const locked = files.includes("Cargo.lock") ? " --locked" : "";
  if (locked === "") {
    around.say({
      kind: "unknown",
      what: "which versions the crates have: there is no Cargo.lock",
      remedy: "commit Cargo.lock; a step without it can get other crates each time",
    });
  }
  around.say({
    kind: "guessed",
    what: "rustfmt and clippy as linters",
    because: "they come with Rust; `rustup component add rustfmt clippy` where they do not",
  });
  const sqlx = sqlxOf(around);
  return {
    language: "rust",
    directory,
    toolchain: { version: rustVersion(root, around) },
    lint: {
      rustfmt: { run: `cargo fmt${workspace ? " --all" : ""} --check` },
      clippy: {
        run: `${sqlx}cargo clippy${locked}${workspace ? " --workspace" : ""} --all-targets -- -D warnings`,
      },
    },
    ...rustTests(
      files,
      crates,
      { cargo: `${sqlx}cargo`, options: `${locked}${workspace ? " --workspace" : ""}` },
      around,
    ),
    components: binaries(crates, files, around, { cargo: `${sqlx}cargo`, options: locked }),
  };
}

/** Directories, and crates, whose programs people run at their desks. */
const tooling = /(^|\/)(tools?|scripts?|xtask|dev|devtools|benches|bench|fuzz)(\/|$)/;

function sayTools(names: string[], { say }: Surroundings): void {
  if (names.length === 0) return;
  say({
    kind: "unknown",
    what: `whether ${listed(names)} ${names.length === 1 ? "runs" : "run"} in production: by the directory it is a tool of development`,
    remedy: "add it under components, with build, artifact and command, if it is shipped",
  });
}

/** Every binary that the crates make is a component; which of them listens, only manifests could tell. */
function binaries(
  { members, manifestOf }: Crates,
  files: string[],
  around: Surroundings,
  { cargo, options }: Cargo,
): ComponentDraft[] {
  const { directory } = around;
  const programsOf = (crates: string[]) =>
    crates.flatMap((crate) => binariesOf(manifestOf(crate), crate, files));
  const isTool = (crate: string): boolean => tooling.test(at(directory, crate));
  sayTools(programsOf(members.filter(isTool)), around);
  const made = programsOf(members.filter((crate) => !isTool(crate)));
  const names = [...new Set(made)];
  const migrated = files.includes("migrations") || files.some((path) => /^migrations\/.*\.sql$/.test(path));
  const own = migratesItself(around);
  if (migrated && names.length > 0 && own !== null)
    around.say({
      kind: "guessed",
      what: `the program applies ${at(directory, "migrations")} itself`,
      because: `${at(directory, own)} embeds them`,
    });
  else if (migrated && names.length > 0)
    around.say({
      kind: "unknown",
      what: `who applies ${at(directory, "migrations")}: the program itself (sqlx::migrate!) or \`sqlx migrate run\``,
      remedy: "add migrate to the environments if the program does not do it",
    });
  return names.map((name) => {
    const port = names.length === 1 ? portOf(around) : null;
    return {
      name: plainName(name),
      build: [
        `${directory === "." ? "" : `cd ${shellWord(directory)} && `}${cargo} build${options} --release --bin ${name}`,
      ],
      artifact: at(directory, `target/release/${name}`),
      command: `./${name}`,
      port,
      env: port === null ? {} : { PORT: "${port}" },
      health: port === null ? {} : healthOf(around),
      migrate: null,
      served: false,
      because: "it is a binary of the crate",
    };
  });
}

function binariesOf(manifest: Table, directory: string, files: string[]): string[] {
  const crate = textOf(tableAt(manifest, "package").name);
  if (crate === null) return [];
  const has = (path: string) => files.includes(posix.join(directory, path));
  const written = Array.isArray(manifest.bin) ? manifest.bin.map((each) => textOf(tableAt(each).name)) : [];
  const named = textsOf(written);
  const inBin = files.flatMap((path) => {
    const relative = posix.relative(directory, path);
    const found = /^src\/bin\/([^/]+?)(?:\.rs|\/main\.rs)$/.exec(relative)?.[1];
    return found === undefined ? [] : [found];
  });
  const main = has("src/main.rs") && named.length === 0 ? [crate] : [];
  return [...named, ...main, ...inBin.filter((each) => !named.includes(each))];
}
