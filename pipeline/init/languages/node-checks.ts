import type { Part } from "../part.ts";
import { linters } from "./node-linters.ts";
import { scriptOf } from "./node-project.ts";
import { isTest, unitTests } from "./node-tests.ts";
import type { Family } from "./node-workspaces.ts";

type Checks = Pick<Part, "lint" | "unit" | "integration">;

/** The checks of a package; those of workspaces run by the root's scripts, or in all of them by the manager. */
export function nodeChecks(family: Family): Checks {
  const { project, manager, around } = family;
  const { scripts } = project;
  const lint = linters(family);
  const unit = unitTests(family);
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
  const tests = project.files.filter(isTest);
  return {
    lint,
    unit: unit === null ? null : { tests, ...unit },
    integration: far === undefined ? null : { run: scriptOf(manager, far), tests },
  };
}
