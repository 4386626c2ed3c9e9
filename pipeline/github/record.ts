import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as core from "@actions/core";
import { systemClock } from "../io/clock.ts";
import { explainLines } from "../report/failure.ts";
import { readRollouts } from "../report/report-file.ts";
import { ok } from "../result.ts";
import { githubApi } from "./api.ts";
import { refused } from "./begin.ts";
import { record } from "./deployments.ts";
import { runOf } from "./runner.ts";

/**
 * After the jobs that deploy: makes the environment's page on GitHub true, from what its journal said. A page that
 * could not be written is told as a warning: the deploy is done, and the next run mends it.
 */
export async function recordRollouts(
  variables: Record<string, string | undefined>,
  environment: string,
  directory: string,
): Promise<number> {
  const file = join(directory, environment, "rollouts.json");
  const text = await readFile(file, "utf8").catch(() => null);
  const read = text === null ? ok(null) : readRollouts(file, text);
  if (!read.ok) return refused(read.failure);
  if (text === null) core.notice(`there is no ${file}: nothing was deployed to ${environment}`);
  const run = runOf(variables);
  if (run === null) {
    core.warning("GITHUB_TOKEN is not set: the environment's page was not told");
    return 0;
  }
  const api = githubApi(run.place, systemClock);
  const ended = { run: run.id, link: run.url, well: variables.RESULT === "success" };
  const written = await record(api, environment, read.value, ended);
  if (written.ok) core.info(`${written.value} statuses written for ${environment}`);
  else core.warning(`${explainLines(written.failure).join("\n")}\nThe next run mends the page.`);
  return 0;
}
