import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as core from "@actions/core";
import type { Variables } from "../context/git-process.ts";
import { systemClock } from "../io/clock.ts";
import { explainLines } from "../report/failure.ts";
import { readRollouts } from "../report/report-file.ts";
import { ok, type Result } from "../result.ts";
import { type GithubApi, githubApi } from "./api.ts";
import { type Announced, announce, record } from "./deployments.ts";
import { refused } from "./feedback.ts";
import { runOf, type WorkflowRun } from "./runner.ts";

/** Says on an environment's page that it is waited for, or worked on. What cannot be written is mended afterwards. */
export const tellPage = (
  variables: Variables,
  announced: Pick<Announced, "environment" | "state" | "version" | "sha">,
): Promise<void> =>
  onPage(variables, announced.environment, (api, run) =>
    announce(api, { ...announced, run: run.id, link: run.url }),
  );

/**
 * After the jobs that deploy: makes the environment's page on GitHub true, from what its journal said. A page that
 * could not be written is told as a warning: the deploy is done, and the next run mends it.
 */
export async function recordRollouts(
  variables: Variables,
  environment: string,
  directory: string,
): Promise<number> {
  const file = join(directory, environment, "rollouts.json");
  const text = await readFile(file, "utf8").catch(() => null);
  const read = text === null ? ok(null) : readRollouts(file, text);
  if (!read.ok) return refused(read.failure);
  if (text === null) core.notice(`there is no ${file}: nothing was deployed to ${environment}`);
  await onPage(variables, environment, (api, run) => {
    const ended = { run: run.id, link: run.url, well: variables.RESULT === "success" };
    return record(api, environment, read.value, ended);
  });
  return 0;
}

/** A page is not a verdict: where it cannot be written, that is a warning. */
async function onPage(
  variables: Variables,
  environment: string,
  write: (api: GithubApi, run: WorkflowRun) => Promise<Result<unknown>>,
): Promise<void> {
  const run = runOf(variables);
  if (run === null) return core.warning(`GITHUB_TOKEN is not set: the page of ${environment} was not told`);
  const written = await write(githubApi(run.place, systemClock), run);
  if (!written.ok) core.warning(`${explainLines(written.failure).join("\n")}\nThe next run mends the page.`);
}
