import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Waiting } from "../../approvals/records.ts";
import { readStatement } from "../../approvals/statement.ts";
import { bareVersion } from "../../context/version.ts";
import { isMissing } from "../../io/files.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Asked } from "../effects/approval.ts";

/** What is to be approved, until when, and the request it comes from, where one waits here. */
export type Chosen = { asked: Asked; expiresAt: number; request: Waiting | null };

/** What waits for the environment: the version that is named, or the only one. */
export function choose(waiting: Waiting[], environment: string, version: string | null): Result<Chosen> {
  const versions = waiting.map((one) => one.version);
  const found =
    version === null && waiting.length === 1
      ? waiting[0]
      : waiting.findLast((one) => version !== null && one.version === bareVersion(version));
  if (found) return ok({ asked: found, expiresAt: found.expiresAt, request: found });
  return fail({
    kind: "usage",
    got: version ?? "no version",
    expected:
      versions.length === 0
        ? `a version that a run has brought to the gate of ${environment}; none waits now`
        : `one that waits for ${environment}: ${versions.join(", ")}`,
    remedy: `Run the release first; it ends with exit code 3 and names the version to approve.`,
  });
}

export type Place = { app: string; environment: string; version: string | null };

/** What a printed statement asks for; it must be about this app and environment, and the version where one is named. */
export async function chooseStatement(
  file: string,
  waiting: Waiting[],
  place: Place,
): Promise<Result<Chosen>> {
  const text = await readGiven(file, "statement");
  if (!text.ok) return text;
  const read = readStatement(text.value);
  if (!read.ok) return notThat(file, "statement", read.failure);
  const { app, environment, version, digests, expires } = read.value;
  const wanted = place.version === null ? version : bareVersion(place.version);
  if (app !== place.app || environment !== place.environment || version !== wanted)
    return fail({
      kind: "usage",
      got: `a statement about ${app} ${version} on ${environment}`,
      expected: `one about ${place.app} ${place.version === null ? "" : `${wanted} `}on ${place.environment}`,
      remedy: "Name the environment and the version that the statement is about, or another statement.",
    });
  const asked: Asked = { app, environment, version, digests };
  const request = waiting.find((one) => one.version === version) ?? null;
  return ok({ asked, expiresAt: Date.parse(expires), request });
}

/** A file that was named, as text. */
export async function readGiven(file: string, what: string): Promise<Result<string>> {
  try {
    return ok(await readFile(resolve(file), "utf8"));
  } catch (error) {
    return notThat(file, what, isMissing(error) ? "there is no such file" : "it cannot be read");
  }
}

const notThat = (file: string, what: string, reason: string) =>
  fail({
    kind: "file-corrupt" as const,
    file,
    what,
    reason,
    remedy: "Make it with `bellwether approve ENV --print` and `ssh-keygen -Y sign`.",
  });
