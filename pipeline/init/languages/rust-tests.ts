import { posix } from "node:path";
import type { CheckDraft, Part } from "../part.ts";
import { at, type Repository, tableAt, textOf, textsOf } from "../repository.ts";
import type { Crates } from "./rust-crates.ts";
import type { Surroundings } from "./surroundings.ts";

/** The program with the variables in front of it, and what each of its commands is told. */
export type Cargo = { cargo: string; options: string };

type Tests = Pick<Part, "unit" | "integration">;

/** Attributes and macros that make tests of functions: test, tokio::test, rstest, test_case, proptest. */
const tests = /#\[\s*(?:\w+::)*\w*(?:test|quickcheck)\w*\b|\b(?:proptest|quickcheck)!/g;

const ignored = /#\[\s*ignore\b/g;

/** An example in a library's documentation. */
const example = /^\s*\/\/[/!].*```|#!?\[doc\s*=\s*include_str!/m;

const times = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/**
 * Tests in a crate's own directory tests/ are integration tests to cargo; a module of that name below src/ is none.
 * They are apart only where the crates have others as well. Examples in a library's documentation are unit tests.
 * cargo passes where it finds no test at all, or ignores every one: only what has tests to run becomes a check.
 */
export function rustTests(files: string[], crates: Crates, cargo: Cargo, around: Surroundings): Tests {
  const test = `${cargo.cargo} test${cargo.options}`;
  const { repository, directory } = around;
  const text = (path: string): string => repository.text(at(directory, path)) ?? "";
  const near = files.filter((path) => path.endsWith(".rs") && /(^|\/)src\//.test(path));
  const far = files.filter((path) => crates.members.some((crate) => isFar(path, crate)));
  const modules = files.filter(
    (path) => path.endsWith(".rs") && crates.members.some((crate) => isIn(path, crate)),
  );
  const runs = (paths: string[]) =>
    paths.some((path) => times(text(path), tests) > times(text(path), ignored));
  const library = crates.members.some(
    (crate) =>
      files.includes(posix.join(crate, "src/lib.rs")) ||
      textOf(tableAt(crates.manifestOf(crate), "lib").path) !== null,
  );
  const examples = library && near.some((path) => example.test(text(path)));
  const units = runs(near);
  const others = far.some((path) => hasOwnHarness(path, crates)) || (far.length > 0 && runs(modules));
  sayIgnored([...near, ...modules], text, around);
  if (!units && !others && !examples) sayNone(around);
  if (far.length === 0)
    return {
      unit: units || examples ? { run: test, tests: near } : null,
      integration: null,
    };
  const kinds = [
    ...(library ? ["--lib"] : []),
    ...(!library || near.some((path) => /(^|\/)src\/(main|bin\/.+)\.rs$/.test(path)) ? ["--bins"] : []),
  ];
  const unit = [
    ...(units ? [`${test} ${kinds.join(" ")}`] : []),
    ...(library && (units || examples) ? [`${test} --doc`] : []),
  ];
  return {
    unit: unit.length === 0 ? null : { run: unit.join(" && "), tests: near },
    integration: others ? farTests(far, crates, cargo, around) : null,
  };
}

const isIn = (path: string, crate: string): boolean => posix.relative(crate, path).startsWith("tests/");

const isFar = (path: string, crate: string): boolean =>
  /^tests\/([^/]+\.rs|[^/]+\/main\.rs)$/.test(posix.relative(crate, path));

/** cargo refuses to run a test whose features are not asked for, and leaves empty what a feature guards. */
function farTests(
  far: string[],
  crates: Crates,
  { cargo, options }: Cargo,
  around: Surroundings,
): CheckDraft | null {
  const features = crates.members.flatMap((crate) => {
    const wanted = new Set(targetsOf(crates, crate).flatMap((each) => textsOf(each["required-features"])));
    for (const path of far.filter((each) => isFar(each, crate)))
      for (const feature of guardsOf(around.repository, at(around.directory, path))) wanted.add(feature);
    const name = textOf(tableAt(crates.manifestOf(crate), "package").name);
    return [...wanted].map((feature) => (options.includes("--workspace") ? `${name}/${feature}` : feature));
  });
  const asked = features.length === 0 ? "" : ` --features ${features.join(",")}`;
  if (features.some((feature) => outside.test(feature))) {
    around.say({
      kind: "unknown",
      what: `whether the integration tests may run with ${features.join(", ")}: the names tell of something real outside`,
      remedy: `add \`${cargo} test${options}${asked} --test '*'\` to checks.integration if they may`,
    });
    return null;
  }
  if (asked !== "")
    around.say({
      kind: "guessed",
      what: `the integration tests run with ${features.join(", ")}`,
      because: "without these features cargo leaves tests out or refuses them",
    });
  return { run: `${cargo} test${options}${asked} --test '*'`, tests: far };
}

/** Features that keep tests from a broker, or from whatever else is no test's to touch. */
const outside =
  /(^|[-_/])(live|real|prod|production|mainnet|broker|exchange|online|network|external)([-_]|$)/;

/** Features without which a whole file is empty. */
const guardsOf = (repository: Repository, path: string): string[] =>
  [...(repository.text(path) ?? "").matchAll(/^#!\[cfg\(feature\s*=\s*"([\w-]+)"\)\]/gm)].map(
    ([, feature = ""]) => feature,
  );

const targetsOf = ({ manifestOf }: Crates, crate: string) => {
  const { test } = manifestOf(crate);
  return Array.isArray(test) ? test.map((each) => tableAt(each)) : [];
};

/** A test with a main of its own needs no attribute. */
const hasOwnHarness = (path: string, crates: Crates): boolean =>
  crates.members.some(
    (crate) => isFar(path, crate) && targetsOf(crates, crate).some(({ harness }) => harness === false),
  );

function sayIgnored(paths: string[], text: (path: string) => string, { directory, say }: Surroundings): void {
  const having = paths.filter((path) => times(text(path), ignored) > 0);
  const [first] = having;
  if (first === undefined) return;
  const count = having.reduce((sum, path) => sum + times(text(path), ignored), 0);
  say({
    kind: "unknown",
    what: `what ${count === 1 ? "1 test finds" : `${count} tests find`} that cargo passes over as ignored (${at(directory, first)})`,
    remedy: "add `cargo test -- --ignored` to checks.integration, with the services that they need",
  });
}

const sayNone = ({ directory, say }: Surroundings): void =>
  say({
    kind: "unknown",
    what: `no tests were found in ${directory === "." ? "the Rust project" : directory}: \`cargo test\` passes without any`,
    remedy: "write one, then add `cargo test` to checks.unit",
  });
