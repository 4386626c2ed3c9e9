import { lastCompleted } from "../../deploy/rollback.ts";
import { actionFile } from "./action.ts";
import { care } from "./care.ts";
import type { Facts } from "./facts.ts";
import { checksJob, deployJob, imageJob, recordJob, rolloutsCall } from "./jobs.ts";
import {
  ask,
  call,
  checkout,
  dagger,
  edge,
  expression,
  handedOn,
  hostAccess,
  type Job,
  reads,
  secretLines,
  workflow,
} from "./parts.ts";

/** The workflows of a repository by their paths, with what they have in common and what keeps their actions new. */
export const workflowFiles = (facts: Facts): Record<string, string> => ({
  ".github/workflows/ci.yml": ci(facts),
  ".github/workflows/release.yml": release(facts),
  ".github/workflows/rollback.yml": rollback(facts),
  ".github/workflows/nightly.yml": nightly(facts),
  ".github/actions/bellwether/action.yml": actionFile(facts),
  ...Object.fromEntries(Object.entries(care).map(([path, { text }]) => [path, text])),
});

/** A change is checked; a push to a branch that ships makes images, and goes where the branch goes. */
function ci(facts: Facts): string {
  const { staging, branches } = facts;
  return workflow(
    "CI",
    [
      "on:",
      "  pull_request:",
      "  merge_group:",
      `  push: { branches: [${branches.map((name) => JSON.stringify(name)).join(", ")}] }`,
      "concurrency: # a newer push to a pull request ends the older run; nothing else is ever cancelled",
      `  group: ci-${expression("github.event.pull_request.number || github.sha")}`,
      `  cancel-in-progress: ${expression("github.event_name == 'pull_request'")}`,
    ],
    [
      checksJob(facts, true),
      imageJob(facts, null),
      deployJob(facts, staging, { needs: ["image"], passed: [...facts.checks, "image"] }),
      recordJob({ [staging.name]: staging.name }),
    ],
  );
}

/** A published release: the images of its commit, staging where it has not seen them, production when it is approved. */
function release(facts: Facts): string {
  const { staging, production } = facts;
  const passed = [...facts.checks, "image"];
  return workflow(
    "Release",
    [
      "on: { release: { types: [published] } }",
      `concurrency: { group: "release-${expression("github.ref")}", cancel-in-progress: false }`,
    ],
    [
      checksJob(facts, false),
      imageJob(facts, production),
      deployJob(facts, staging, { needs: ["image"], passed }),
      deployJob(facts, production, {
        needs: ["image", staging.name],
        passed: [...passed, staging.name],
      }),
      recordJob({ [staging.name]: staging.name, [production.name]: production.name }),
    ],
  );
}

/** Back to an older release, by hand. It waits for nobody: its environment has the secrets, and no reviewers. */
function rollback(facts: Facts): string {
  const names = facts.environments.map(({ name }) => name);
  const first = names.includes("production") ? ["production"] : [];
  const options = [...new Set([...first, ...names])];
  const secrets = [...new Set(facts.environments.flatMap((one) => one.secrets))];
  const access = hostAccess(facts.environments);
  const job: Job = {
    ...{ id: "rollback", title: "Rollback", covers: ["rollback"], minutes: 60 },
    environment: `{ name: "${expression("inputs.environment")}-rollback", url: "${expression("steps.told.outputs.url")}" }`,
    permissions: reads,
    steps: [
      checkout,
      edge("begin"),
      call(
        [
          `${dagger(facts)} ${handedOn(secrets)} rollback --environment="$BELLWETHER_ENVIRONMENT"`,
          `--to="$BELLWETHER_TO" --reason="$BELLWETHER_REASON" --actor="$BELLWETHER_ACTOR"${access.argument}`,
        ],
        secretLines([...secrets, ...access.secrets]),
      ),
      rolloutsCall(facts, '--environment="$BELLWETHER_ENVIRONMENT"', secrets, access),
      edge("tell-environment", { id: "told", if: "always()", environment: expression("inputs.environment") }),
    ],
  };
  return workflow(
    "Rollback",
    [
      "on:",
      "  workflow_dispatch:",
      "    inputs:",
      `      environment: { description: Where, type: choice, required: true, options: [${options.join(", ")}] }`,
      `      version: { description: Back to which version, type: string, default: ${lastCompleted} }`,
      "      reason: { description: What it is for, type: string, required: true }",
      `concurrency: { group: "rollback-${expression("inputs.environment")}", cancel-in-progress: false } # never behind a deploy`,
    ],
    [job, recordJob({ rollback: expression("inputs.environment") })],
  );
}

/** What is known to be vulnerable is more every day. */
function nightly(facts: Facts): string {
  const command = (words: string): string => `${dagger(facts)} ${words}`;
  const job: Job = {
    ...{ id: "scan", title: "Scan", covers: ["security-scan"], minutes: 30 },
    permissions: [...reads, ["security-events", "write", "findings to code scanning"]],
    steps: [
      checkout,
      edge("begin"),
      call([command("security-scan")]),
      ask(command('report --stages=security-scan export --path="$BELLWETHER_TOLD"'), "!cancelled()"),
      edge("tell-checks", { if: expression("!cancelled()") }),
    ],
  };
  return workflow(
    "Nightly",
    [
      "on:",
      '  schedule: [{ cron: "17 2 * * *" }]',
      "  workflow_dispatch:",
      "concurrency: { group: nightly, cancel-in-progress: false }",
    ],
    [job],
  );
}
