import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as core from "@actions/core";
import { expectedDigests } from "../context/digests.ts";
import type { Variables } from "../context/git-process.ts";
import { systemClock } from "../io/clock.ts";
import { explainLines } from "../report/failure.ts";
import { environmentSummary, pullRequestComment, runSummary } from "../report/markdown/summary.ts";
import { readReport, readRollouts } from "../report/report-file.ts";
import type { ReadReport } from "../report/schema.ts";
import type { Result } from "../result.ts";
import { githubApi } from "./api.ts";
import { checkRunsOf, writeCheckRuns } from "./check-runs.ts";
import { keepComment } from "./comment.ts";
import { annotate, refused, summarise, tellStages } from "./feedback.ts";
import { tellPage } from "./page.ts";
import { readTrigger, runOf } from "./runner.ts";

/**
 * After a call of the checks: what `report` gave in a directory becomes groups in the log, annotations, the job's
 * summary, results beside the commit and a comment. The verdict is the call's own; a run without a report says so.
 */
export async function tellChecks(variables: Variables, directory: string): Promise<number> {
  const file = join(directory, "report.json");
  const text = await readTold(file);
  if (text === null) return 0;
  const read = readReport(file, text);
  if (!read.ok) return refused(read.failure);
  const report = read.value;
  tellStages(report, await outputs(directory, report));
  annotate(report);
  await summarise(runSummary(report));
  core.setOutput("artifact", "report");
  core.setOutput("outcome", report.outcome);
  core.setOutput("findings", String(await hasFiles(join(directory, "sarif"))));
  core.setOutput("coverage", (await coverageFiles(directory)).join(","));
  const trigger = await readTrigger(variables);
  if (!trigger.ok) return refused(trigger.failure);
  if (trigger.value.event === "schedule") return 0;
  if (!trigger.value.trusted) {
    core.info("the code is from outside: this token only reads, so nothing is written beside the change");
    return 0;
  }
  const run = runOf(variables);
  if (run === null) return 0;
  const api = githubApi(run.place, systemClock);
  const { head, pullRequest } = trigger.value;
  unsaid(await writeCheckRuns(api, checkRunsOf(report), { head, link: run.url }));
  if (pullRequest !== null) unsaid(await keepComment(api, pullRequest, pullRequestComment(report, run.url)));
  return 0;
}

/**
 * After a call of `publish`: its addresses become outputs, and subjects of an attestation in `subjects.txt` (as
 * sha256sum writes them). An environment whose approval is next is told as waiting on its page.
 */
export async function tellImages(variables: Variables, directory: string, next: string): Promise<number> {
  const file = join(directory, "images.txt");
  const text = await readTold(file);
  if (text === null) return 0;
  const addresses = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const known = expectedDigests(addresses);
  if (!known.ok) return refused(known.failure);
  core.setOutput("artifact", "images");
  core.setOutput("images", addresses.join(","));
  core.setOutput(
    "digests",
    JSON.stringify(Object.fromEntries(Object.entries(known.value).map(([name, [digest]]) => [name, digest]))),
  );
  const subjects = Object.entries(known.value).flatMap(([name, digests]) =>
    digests.map((digest) => `${digest.replace("sha256:", "")}  ${name}`),
  );
  await writeFile(join(directory, "subjects.txt"), `${subjects.join("\n")}\n`);
  await summarise(["## Images", "", ...addresses.map((address) => `- \`${address}\``), ""].join("\n"));
  const { BELLWETHER_EVENT, BELLWETHER_VERSION: version = "", BELLWETHER_HEAD: sha = "" } = variables;
  if (next !== "" && BELLWETHER_EVENT === "release")
    await tellPage(variables, { environment: next, state: "queued", version, sha });
  return 0;
}

/** After a deploy or a rollback: what the environment's journal says becomes the summary and outputs. */
export async function tellEnvironment(directory: string): Promise<number> {
  const file = join(directory, "rollouts.json");
  const text = await readTold(file);
  if (text === null) return 0;
  const read = readRollouts(file, text);
  if (!read.ok) return refused(read.failure);
  const { live, rollouts } = read.value;
  await summarise(environmentSummary(read.value));
  const last = rollouts.at(-1);
  core.setOutput("artifact", `rollouts-${read.value.environment}`);
  core.setOutput("version", live?.version ?? "");
  core.setOutput("url", live?.url ?? "");
  core.setOutput("digests", (last?.digests ?? []).join(","));
  core.setOutput("outcome", last?.outcome ?? "");
  if (last?.outcome === "returned")
    core.error(`${last.version} went back: ${last.reason ?? "no reason is known"}`);
  return 0;
}

/** What could not be said on GitHub is told in the log: it is no verdict about the code. */
function unsaid(done: Result<void>): void {
  if (!done.ok) core.warning(explainLines(done.failure).join("\n"));
}

/** What a call left for the edge after it; null, and told, where it ended without. */
async function readTold(file: string): Promise<string | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null)
    core.error(`there is no ${file}: the call before this step ended without one; its own log says why`);
  return text;
}

/** What the failed steps printed, by step. */
async function outputs(directory: string, { stages }: ReadReport): Promise<(step: string) => string[]> {
  const failed = stages.flatMap(({ steps }) => steps.filter(({ outcome }) => outcome === "failed"));
  const found = new Map<string, string[]>();
  for (const { id } of failed) {
    const text = await readFile(join(directory, "steps", ...id.split(":"), "output.txt"), "utf8").catch(
      () => "",
    );
    found.set(id, text === "" ? [] : text.trimEnd().split("\n"));
  }
  return (step) => found.get(step) ?? [];
}

const hasFiles = async (directory: string): Promise<boolean> =>
  (await readdir(directory).catch(() => [])).length > 0;

/** Coverage files among the steps' own reports. */
async function coverageFiles(directory: string): Promise<string[]> {
  const all = await readdir(join(directory, "steps"), { recursive: true }).catch((): string[] => []);
  const named = all.filter((name) => /(?:cobertura|coverage|lcov)[^/]*\.(?:xml|json|info)$/.test(name));
  const files: string[] = [];
  for (const name of named.map((each) => join(directory, "steps", each)))
    if ((await stat(name)).isFile()) files.push(name);
  return files;
}
