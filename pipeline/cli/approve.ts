import { resolve } from "node:path";
import { namespace } from "../approvals/commands.ts";
import { ApprovalRecords, readRecords, type Stored, type Waiting } from "../approvals/records.ts";
import { statementOf, statementText } from "../approvals/statement.ts";
import type { ApprovalRule, Environment } from "../config/config.ts";
import { bareVersion } from "../context/version.ts";
import { approvalGate } from "../deploy/gates.ts";
import type { Failure } from "../failure.ts";
import { explain } from "../report/failure.ts";
import { moment } from "../report/units.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Chosen, choose, chooseStatement } from "./approve/choose.ts";
import { askedIn, make, type Taken, take } from "./approve/give.ts";
import { type ApproveOptions, optionsRefusal } from "./approve/options.ts";
import { atDesk } from "./at-desk.ts";
import {
  type ApprovalWork,
  type Asked,
  approvalFacts,
  expiredFailure,
  knownRequesters,
} from "./effects/approval.ts";
import type { Settings } from "./settings.ts";
import { environmentOf } from "./subject.ts";
import { answer, say } from "./terminal.ts";

export type { ApproveOptions } from "./approve/options.ts";

/** Everything that approving works on. */
type Approving = ApprovalWork & {
  environment: Environment;
  rule: ApprovalRule;
  records: ApprovalRecords;
  waiting: Waiting[];
  app: string;
  version: string | null;
};

/**
 * Approves what waits (the version that is named, or the only one): signs it, takes a signature or records from
 * elsewhere, or prints what is to be signed.
 */
export const approve = (
  settings: Settings,
  name: string,
  version: string | null,
  options: ApproveOptions,
): Promise<number> =>
  atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const environment = environmentOf(config, name);
    if (!environment.ok) return environment;
    const rule = environment.value.approval;
    const senseless = optionsRefusal(options, rule, name);
    if (senseless) return fail(senseless);
    const records = new ApprovalRecords(settings.state, name);
    const waiting = await records.waiting();
    if (!waiting.ok) return waiting;
    if (rule === null) return fail(notAsked(name));
    const work: Approving = {
      ...{ root: settings.root, context, desk, records, rule, version },
      environment: environment.value,
      waiting: waiting.value,
      app: config.app,
    };
    return carryOut(work, settings.json, options);
  });

async function carryOut(work: Approving, json: boolean, options: ApproveOptions): Promise<Result<number>> {
  if (options.from !== undefined) return tell(work, json, await takeOver(work, json, options.from));
  const { app, environment, version, waiting } = work;
  const place = { app, environment: environment.name, version };
  const chosen =
    options.statement === undefined
      ? choose(waiting, environment.name, version)
      : await chooseStatement(options.statement, waiting, place);
  if (!chosen.ok) return chosen;
  const { request, expiresAt, asked } = chosen.value;
  if (request !== null && request.expiresAt <= work.desk.clock.now())
    return fail(expiredFailure(request, "it is withdrawn by the next run"));
  say(json || options.print === true, waitingLines(chosen.value));
  if (options.print) {
    process.stdout.write(statementText(statementOf(asked, expiresAt)));
    say(true, [
      `next: \`ssh-keygen -Y sign -n ${namespace} -f KEY FILE\`, then \`bellwether approve ${environment.name} --signature FILE.sig\``,
    ]);
    return ok(0);
  }
  const record = await make(work, work.rule, chosen.value, options);
  if (!record.ok) return record;
  const taken = await takeOne(work, { record: record.value, file: "it" }, asked);
  return tell(work, json, taken.ok ? ok([taken.value]) : taken);
}

/** One record, held against the request that waits here, or against its own words where none does. */
async function takeOne(work: Approving, stored: Stored, asked: Asked): Promise<Result<Taken>> {
  const { environment, records, rule } = work;
  const request = requestFor(work, asked.version);
  const requesters = await knownRequesters(work, asked.version, request);
  const digests = request?.digests ?? asked.digests;
  return take(work, environment, rule, records, stored, { ...asked, digests, requesters });
}

const requestFor = ({ waiting }: Approving, version: string): Waiting | null =>
  waiting.find((one) => one.version === version) ?? null;

/**
 * Records from another machine: those of this environment, and of the version where one is named. What does not
 * count is left out and told; where nothing counts, that is the failure.
 */
async function takeOver(work: Approving, json: boolean, from: string): Promise<Result<Taken[]>> {
  const { app, environment, version } = work;
  const found = await readRecords(resolve(from));
  if (!found.ok) return found;
  const fitting = found.value.filter((stored) => {
    const asked = askedIn(stored);
    const isOurs = asked.app === app && asked.environment === environment.name;
    return isOurs && (version === null || asked.version === bareVersion(version));
  });
  if (fitting.length === 0) return fail(nothingIn(from, environment.name));
  const taken: Taken[] = [];
  const refused: Failure[] = [];
  for (const stored of fitting) {
    const one = await takeOne(work, stored, askedIn(stored));
    if (one.ok) taken.push(one.value);
    else refused.push(one.failure);
  }
  const [first] = refused;
  if (taken.length === 0 && first) return fail(first);
  say(
    json,
    refused.map((failure) => explain(failure).what),
  );
  return ok(taken);
}

/** What was taken, and how the gate stands now where the release waits here. */
async function tell(work: Approving, json: boolean, taken: Result<Taken[]>): Promise<Result<number>> {
  if (!taken.ok) return taken;
  const last = taken.value.at(-1);
  if (!last) return ok(0);
  const standing = await standingOf(work, last.approval);
  if (!standing.ok) return standing;
  if (json) answer({ ...last.approval, file: last.file });
  say(json, [
    ...taken.value.map(({ approval }) => approvedLine(approval.by, approval.expiresAt)),
    `record: ${last.file}`,
    ...standing.value,
  ]);
  return ok(0);
}

async function standingOf(work: Approving, asked: Asked): Promise<Result<string[]>> {
  const { environment, records, rule } = work;
  const { version } = asked;
  if (requestFor(work, version) === null)
    return ok([
      `next: hand the record over to where ${version} waits: \`approve ${environment.name} --from FILE\``,
    ]);
  const facts = await approvalFacts(work, environment, records, asked);
  if (!facts.ok) return facts;
  const { wanted, approvals } = facts.value;
  const gate = approvalGate(rule, wanted, approvals, work.desk.clock.now());
  if (!gate.pass) return ok([`${version} still waits for ${environment.name}: ${gate.reason}`]);
  return ok([
    `${version} may go to ${environment.name}: ${gate.reason}`,
    "next: repeat the run that waited; it goes on from here",
  ]);
}

const approvedLine = (by: string, expiresAt: number): string =>
  `approved by ${by} until ${moment(expiresAt)}`;

/** What an approver should read before anything else. */
const waitingLines = ({ asked, expiresAt, request }: Chosen): string[] => [
  `${asked.version} waits for ${asked.environment}${request === null ? "" : `: asked for by ${request.requestedBy}, since ${moment(request.at)}`}`,
  ...asked.digests.map((digest) => `  ${digest}`),
  `  until ${moment(expiresAt)}`,
];

const notAsked = (environment: string): Failure => ({
  kind: "usage",
  got: `an approval of ${environment}, which asks for none`,
  expected: "an environment with `approval` in the config",
  remedy: "Run the release: nobody has to approve it.",
});

const nothingIn = (from: string, environment: string): Failure => ({
  kind: "usage",
  got: `${from}, which holds no approval for ${environment}`,
  expected: "a record, or a directory of records, that another machine wrote",
  remedy: "Name a file approval-….json, or the directory it is in.",
});
