import { ApprovalRecords, type Waiting } from "../approvals/records.ts";
import { systemClock } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";
import { bare } from "./deploy.ts";
import { approvalOf } from "./effects/approval.ts";
import type { Settings } from "./settings.ts";
import { environmentOf, readSubject } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** Records the caller's approval of what waits: the version that is named, or the only one. */
export async function approve(settings: Settings, name: string, version: string | null): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const environment = environmentOf(subject.value.config, name);
  if (!environment.ok) return tellFailure(environment.failure);
  const records = new ApprovalRecords(settings.state, name);
  const waiting = await records.waiting();
  const chosen = waiting.ok ? choose(waiting.value, name, version) : waiting;
  if (!chosen.ok) return tellFailure(chosen.failure);
  const { actor } = subject.value.context;
  const approval = approvalOf(environment.value, chosen.value, actor, systemClock.now(), "recorded");
  await records.add(approval);
  if (settings.json) answer(approval);
  say(settings.json, [
    `${approval.version} may go to ${name}: approved by ${approval.by} until ${new Date(approval.expiresAt).toISOString()}`,
    ...approval.digests.map((digest) => `  ${digest}`),
    "next: repeat the run that waited; it goes on from here",
  ]);
  return 0;
}

function choose(waiting: Waiting[], environment: string, version: string | null): Result<Waiting> {
  const versions = waiting.map((one) => one.version);
  const found =
    version === null && waiting.length === 1
      ? waiting[0]
      : waiting.findLast((one) => version !== null && one.version === bare(version));
  if (found) return ok(found);
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
