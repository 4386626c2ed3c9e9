import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as core from "@actions/core";
import type { Variables } from "../context/git-process.ts";
import { dueFor } from "./due.ts";
import { mask, refused } from "./feedback.ts";
import { tellPage } from "./page.ts";
import { readTrigger } from "./runner.ts";

/** What provenance and the reviewers' approvals need to know of a run, wherever the program runs for it. */
const handedOn = [
  ...["GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ATTEMPT"],
  ...["GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_WORKFLOW_REF"],
];

/**
 * Before a call of the pipeline: reads the event, and gives the calls what they are told of it, as variables of the
 * job (BELLWETHER_…) and as outputs of the step. With an environment, its page on GitHub says that it is worked on.
 * Gives the exit code.
 */
export async function begin(variables: Variables, environment: string | null, told: string): Promise<number> {
  mask([variables.GITHUB_TOKEN]);
  const trigger = await readTrigger(variables);
  if (!trigger.ok) return refused(trigger.failure);
  const { rollback, nothing, ...caught } = trigger.value;
  if (nothing !== null) core.notice(`nothing to do: ${nothing}`);
  const due = await dueFor(variables, trigger.value);
  if (!due.ok) return refused(due.failure);
  const { version, stages } = due.value;
  const given = {
    event: caught.event,
    ref: caught.ref ?? "",
    tag: caught.tag ?? "",
    actor: caught.actor,
    base: caught.base ?? "",
    head: caught.head,
    pull_request: String(caught.pullRequest ?? ""),
    trusted: String(caught.trusted),
    stages: JSON.stringify(stages),
    version,
    environment: rollback?.environment ?? "",
    to: rollback?.to ?? "",
    reason: rollback?.reason ?? "",
    variables: handedOn.flatMap((name) => csv(name, variables[name])).join(","),
  };
  for (const [name, value] of Object.entries(given)) {
    core.setOutput(name.replaceAll("_", "-"), value);
    core.exportVariable(`BELLWETHER_${name.toUpperCase()}`, value);
  }
  // Where the calls put what the edges after them read.
  await mkdir(told, { recursive: true });
  await joinApprovals(told);
  core.exportVariable("BELLWETHER_TOLD", told);
  if (core.isDebug()) core.debug(JSON.stringify(given));
  if (environment !== null && nothing === null)
    await tellPage(variables, { environment, state: "in_progress", version, sha: caught.head });
  return 0;
}

/** Records of approvals that came one by one, as the one file that a call takes; none is an empty list. */
async function joinApprovals(told: string): Promise<void> {
  const directory = join(told, "approvals");
  const names = (await readdir(directory).catch((): string[] => [])).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(names.sort().map((name) => readFile(join(directory, name), "utf8")));
  await writeFile(join(told, "approvals.json"), `[${texts.join(",\n")}]\n`);
}

/** One value of a list that stands in one argument, as CSV (RFC 4180). */
function csv(name: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  const pair = `${name}=${value}`;
  return [/[",\r\n]/.test(pair) ? `"${pair.replaceAll('"', '""')}"` : pair];
}
