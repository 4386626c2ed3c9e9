import { requirementFiles } from "../../config/toolchain-python.ts";
import { forWork, readManifest } from "../../config/toolchain-python-manifest.ts";
import { type Table, tableAt, textOf } from "../repository.ts";
import { type Bundle, chosenOf, groupsOf, lackingIn, toxOf } from "./python-bundles.ts";
import { nameOf, requirementsIn, settingsIn } from "./python-files.ts";
import {
  nothing,
  ownExtras,
  pipfileOf,
  runningOf,
  type SetUp,
  type Sources,
  textIn,
} from "./python-setup.ts";

/** Without a lock pip installs files of requirements, the project with its extras, and groups a package at a time. */
export function byPip(sources: Sources): SetUp {
  const { files, manifest } = sources;
  const text = textIn(sources);
  const has = (name: string) => files.includes(name);
  const read = readManifest(text, has);
  const bundles = sources.requirementFiles.map(
    (name): Bundle => ({ kind: "file", name, requirements: requirementsIn(name, text), optional: false }),
  );
  const running = bundles.filter(({ name }) => isRunning(name));
  const built = read.installable && buildable(manifest);
  const extras = built ? ownExtras(sources) : [];
  const others = [
    ...bundles.filter((each) => !running.includes(each)),
    ...extras,
    ...groupsOf(manifest, null),
    ...toxOf(settingsIn(text("tox.ini") ?? "")),
  ];
  const own = runningOf(sources);
  const asked = chosenOf(
    others,
    [...running.flatMap(({ requirements }) => requirements), ...own].map(nameOf),
  );
  const some = [...running, ...asked.filter(({ kind }) => kind === "file")];
  // A file by a name that says nothing is better than none.
  const chosen = some.length > 0 ? some : bundles;
  const listed = chosen.flatMap(({ requirements }) => requirements);
  const names = asked.filter(({ kind }) => kind === "extra").map(({ name }) => name);
  const apart = asked.filter(({ kind }) => kind === "group").flatMap(({ requirements }) => requirements);
  const lines = chosen.flatMap(({ name }) => (text(name) ?? "").split(/\r?\n/));
  const itself = lines.some((line) => /^\s*(-e\s+|--editable[\s=]+)?\.(\/?\s*$|\[)/.test(line));
  const missing = own.some((each) => !listed.map(nameOf).includes(nameOf(each)));
  const inside = files.some((path) => /^src\/.+\.py$/.test(path));
  const project = built && (names.length > 0 || (!itself && (chosen.length === 0 || missing || inside)));
  const install = [
    ...chosen.map(({ name }) => name),
    ...(project ? [names.length === 0 ? "." : `.[${names.join(",")}]`] : []),
    ...(built ? [] : missing ? own : []),
    ...apart,
    ...(has("Pipfile") && chosen.length === 0 ? pipfileOf(sources) : []),
  ];
  const found = requirementFiles.filter(has);
  const work = read.extras.filter(forWork);
  const usual =
    found.length > 0 ? found : read.installable ? [work.length === 0 ? "." : `.[${work.join(",")}]`] : [];
  const pipfile = has("Pipfile") && chosen.length === 0 ? pipfileOf(sources) : [];
  const requirements = [
    ...listed,
    ...(project || !built || itself ? own : []),
    ...asked.filter(({ kind }) => kind !== "file").flatMap((each) => each.requirements),
    ...pipfile,
  ];
  return {
    ...nothing,
    requirements,
    install: same(install, usual) ? null : [...new Set(install)],
    asked: asked.filter(({ kind, name }) => kind !== "file" && !(kind === "extra" && work.includes(name))),
    left: lackingIn(others, requirements.map(nameOf)),
  };
}

const isRunning = (file: string): boolean =>
  /^(requirements\.txt|requirements\/(base|common|main|app|core|requirements)\.txt)$/.test(file);

/** Poetry's own tables are read by its own backend alone, and a project may say that it is no package. */
function buildable(manifest: Table): boolean {
  const poetry = tableAt(manifest, "tool", "poetry");
  if (Object.keys(poetry).length === 0 || "project" in manifest) return poetry["package-mode"] !== false;
  return (
    poetry["package-mode"] !== false &&
    textOf(tableAt(manifest, "build-system")["build-backend"])?.startsWith("poetry") === true
  );
}

const same = (some: string[], others: string[]): boolean =>
  [...some].sort().join("\n") === [...others].sort().join("\n");
