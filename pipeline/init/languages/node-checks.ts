import { linterOf } from "../../config/linters.ts";
import type { CheckDraft, Part } from "../part.ts";
import { launcherOf, type Manager, type NodeProject, scriptOf } from "./node-project.ts";
import type { Surroundings } from "./surroundings.ts";

type Checks = Pick<Part, "lint" | "unit" | "integration">;

/** The checks of a package; those of workspaces run by the root's scripts, or in all of them by the manager. */
export function nodeChecks(
  project: NodeProject,
  manager: Manager,
  workspaces: NodeProject[],
  around: Surroundings,
): Checks {
  const { scripts } = project;
  const someHave = (script: string) => workspaces.some((each) => each.scripts[script] !== undefined);
  const lint = linters(project, manager);
  if (scripts.lint === undefined && someHave("lint")) lint.lint = { run: inAll(manager, "lint") };
  const unit = unitTests(project, manager) ?? (someHave("test") ? { run: inAll(manager, "test") } : null);
  const far = ["test:integration", "integration", "test:int"].find((name) => scripts[name] !== undefined);
  if (unit === null && far === undefined) {
    around.say({
      kind: "unknown",
      what: `no tests were found in ${project.directory === "." ? "the Node project" : project.directory}`,
      remedy: "name the command that runs them under checks.unit",
    });
  }
  const browser = ["test:e2e", "e2e", "playwright"].find((name) => scripts[name] !== undefined);
  if (browser !== undefined) {
    around.say({
      kind: "unknown",
      what: `what the script ${browser} needs (a browser, a running system)`,
      remedy: `add \`${scriptOf(manager, browser)}\` to checks.integration if it runs by itself`,
    });
  }
  const tests = project.files.filter((path) => /(^|\/)(tests?|__tests__)\/|\.(test|spec)\.\w+$/.test(path));
  return {
    lint,
    unit: unit === null ? null : { tests, ...unit },
    integration: far === undefined ? null : { run: scriptOf(manager, far), tests },
  };
}

/** Scripts that lint, format or check types, under the names that people give them. */
const lintScripts = /^(lint|format[:-]check|fmt[:-]check|check|type-?check|types|check[:-]types)$/;

function linters(project: NodeProject, manager: Manager): Record<string, CheckDraft> {
  const { scripts, packages, files } = project;
  const found: Record<string, CheckDraft> = {};
  for (const [name, script] of Object.entries(scripts).filter(([name]) => lintScripts.test(name)))
    Object.assign(found, ofScript(name, script, manager));
  const has = (...names: RegExp[]) => files.some((path) => names.some((each) => each.test(path)));
  const launch = (command: string) => ({ run: `${launcherOf(manager)} ${command}` });
  const seen = (linter: string) =>
    Object.entries(found).some(([name, { run }]) => name === linter || linterOf(run) === linter);
  if (!seen("eslint") && packages.has("eslint") && has(/^(eslint\.config\.\w+|\.eslintrc(\.\w+)?)$/))
    found.eslint = launch("eslint .");
  if (!seen("biome") && packages.has("@biomejs/biome")) found.biome = launch("biome ci .");
  if (!seen("prettier") && packages.has("prettier") && has(/^(\.prettierrc(\.\w+)?|prettier\.config\.\w+)$/))
    found.prettier = launch("prettier --check .");
  const typed = Object.entries(found).some(
    ([name, { run }]) => /types?|typecheck/.test(name) || /\btsc\b|svelte-check/.test(run),
  );
  if (!typed && packages.has("typescript") && files.includes("tsconfig.json") && !packages.has("svelte"))
    found.types = launch("tsc --noEmit");
  return found;
}

/** A script of known linters is written as those, one check each: then all of them run, and each is read. */
function ofScript(name: string, script: string, manager: Manager): Record<string, CheckDraft> {
  const pieces = script.split("&&").map((each) => each.trim());
  const linters = pieces.map(linterOf);
  if (linters.every((each) => each !== null) && new Set(linters).size === linters.length)
    return Object.fromEntries(
      pieces.map((piece, index) => [
        linters[index] ?? name,
        { run: `${launcherOf(manager)} ${piece.replace(/^npx /, "")}` },
      ]),
    );
  const known = pieces.map(linterOf).filter((each) => each !== null);
  const plain =
    /\btsc\b/.test(script) && known.length === 0 ? "types" : (known[0] ?? name.replaceAll(":", "-"));
  return {
    [plain]: { run: scriptOf(manager, name), ...(known[0] === undefined ? {} : { findings: known[0] }) },
  };
}

/** What npm init writes where there are no tests. */
const noTests = /no test specified/;

function unitTests({ scripts, packages }: NodeProject, manager: Manager): CheckDraft | null {
  const name = ["test:unit", "unit", "test"].find(
    (each) => scripts[each] !== undefined && !noTests.test(scripts[each]),
  );
  if (name === undefined) return null;
  const script = (scripts[name] ?? "").trim();
  const junit = "reports/unit.xml";
  if (/^vitest( run| --run)?$/.test(script) && packages.has("vitest")) {
    const run = `${launcherOf(manager)} vitest run --reporter=default --reporter=junit --outputFile.junit=${junit}`;
    return { run, reports: { junit } };
  }
  // A watcher would wait for a change that never comes.
  const once =
    /\bvitest\b/.test(script) && !/\brun\b/.test(script) ? (manager === "npm" ? " -- --run" : " --run") : "";
  return { run: `${scriptOf(manager, name)}${once}` };
}

function inAll(manager: Manager, script: string): string {
  switch (manager) {
    case "pnpm":
      return `pnpm --recursive --if-present run ${script}`;
    case "yarn":
      return `yarn workspaces run ${script}`;
    default:
      return `npm run ${script} --workspaces --if-present`;
  }
}
