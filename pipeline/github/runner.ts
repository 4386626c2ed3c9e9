import { readFile } from "node:fs/promises";
import type { Variables } from "../context/git-process.ts";
import { fail, ok, type Result } from "../result.ts";
import type { GithubPlace } from "./api.ts";
import { type Delivered, type Trigger, triggerOf } from "./trigger.ts";

/** A run of a workflow, as its runner's variables tell it (GitHub's "default environment variables"). */
export type WorkflowRun = {
  id: number;
  /** Address of the run for people. */
  url: string;
  place: GithubPlace;
};

/** The run that this process is part of; null where it is none, or has no token. */
export function runOf(variables: Variables): WorkflowRun | null {
  const { GITHUB_RUN_ID, GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL, GITHUB_SERVER_URL } = variables;
  const [owner, repo] = (GITHUB_REPOSITORY ?? "").split("/");
  const id = Number(GITHUB_RUN_ID);
  if (!Number.isSafeInteger(id) || id <= 0 || !owner || !repo || !GITHUB_TOKEN) return null;
  const server = GITHUB_SERVER_URL ?? "https://github.com";
  return {
    id,
    url: `${server}/${owner}/${repo}/actions/runs/${id}`,
    place: { apiUrl: GITHUB_API_URL ?? "https://api.github.com", owner, repo, token: GITHUB_TOKEN },
  };
}

/** The context of the event that started this run. */
export async function readTrigger(variables: Variables): Promise<Result<Trigger>> {
  const event = await delivered(variables);
  return event.ok ? triggerOf(event.value) : event;
}

/** The event that started this run, with its payload. */
async function delivered(variables: Variables): Promise<Result<Delivered>> {
  const { GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_REF, GITHUB_SHA, GITHUB_ACTOR } = variables;
  const name = GITHUB_EVENT_NAME ?? "";
  if (name === "" || GITHUB_EVENT_PATH === undefined)
    return fail({
      kind: "event-invalid",
      event: name || "(none)",
      got: "no payload",
      expected: "to run in a workflow: GITHUB_EVENT_NAME and GITHUB_EVENT_PATH",
    });
  try {
    const payload: unknown = JSON.parse(await readFile(GITHUB_EVENT_PATH, "utf8"));
    return ok({
      name,
      payload,
      ref: GITHUB_REF ?? "",
      sha: GITHUB_SHA ?? "",
      actor: GITHUB_ACTOR ?? "",
    });
  } catch {
    const got = "a payload that cannot be read";
    return fail({ kind: "event-invalid", event: name, got, expected: "JSON in the file of the event" });
  }
}
