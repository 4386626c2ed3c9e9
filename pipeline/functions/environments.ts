import type { File } from "@dagger.io/dagger";
import { statementOf, statementText } from "../approvals/statement.ts";
import { expectedDigests } from "../context/digests.ts";
import { bareVersion } from "../context/version.ts";
import { breakGlassReason, saidReason } from "../deploy/break-glass.ts";
import { checkContext, type Wanted } from "../executors/dagger/context.ts";
import { type Access, ask, type EffectSession, unreachable } from "../executors/dagger/effects.ts";
import { tailOf } from "../executors/dagger/exec.ts";
import { systemClock } from "../io/clock.ts";
import { makePlan, rollbackPlan } from "../plan/plan-for.ts";
import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import { contextOf, type Door, type Opened, open, orThrow } from "./door.ts";
import { plainly, ship } from "./images.ts";
import { type Performed, wordsOf } from "./perform.ts";

/** One rollout to an environment, with all that it needs before: checks, images, the environments it goes through. */
export async function deploy(door: Door, wanted: Wanted, name: string, given: Given): Promise<string> {
  const opened = await open(door);
  orThrow(reachable(opened, name));
  const context = await contextOf(opened, wanted, true);
  const { access, approval = null, fix = false, supersede = false, breakGlass } = given;
  const digests = orThrow(expectedDigests(given.digests ?? []));
  const manner = {
    ...plainly.manner,
    breakGlass: orThrow(breakGlassReason(breakGlass)),
    fix,
    supersede,
    digests,
  };
  const plan = orThrow(makePlan(opened.config, context, [name], given.passed));
  const shipped = await ship(opened, plan, { ...plainly, access, approval, manner });
  return wordsOf({ ...shipped, text: [shipped.text, ...waitingWords(opened, shipped)].join("") });
}

/** How somebody on another machine approves what waits: nothing of it is left here. */
function waitingWords({ config }: Opened, { report }: Performed): string[] {
  return report.failures.flatMap(({ detail }) => {
    if (detail.kind !== "approval-missing" || detail.reviewers !== undefined) return [];
    const { environment, version, digests } = detail;
    const expiresMs = config.environments[environment]?.approval?.expiresMs ?? 0;
    const asked = { app: config.app, environment, version, digests };
    const statement = statementText(statementOf(asked, systemClock.now() + expiresMs));
    return [
      "\nTo approve it, save this line as statement.json:\n",
      statement,
      `then \`bellwether approve ${environment} ${version} --statement statement.json\`, and call again with the record that it writes: --approval=FILE\n`,
    ];
  });
}

/** What a call that deploys is given beside its context. */
export type Given = {
  access: Access;
  approval?: File | null | undefined;
  fix?: boolean;
  supersede?: boolean;
  breakGlass?: string | undefined;
  /** Stages that passed already. */
  passed?: string[] | undefined;
  /** What images must be, REPOSITORY@sha256:… */
  digests?: string[] | undefined;
};

/** Back to the release that completed before the live one, or to a named one. */
export async function rollback(
  door: Door,
  wanted: Wanted,
  { environment, to, reason }: { environment: string; to?: string | undefined; reason?: string | undefined },
  access: Access,
): Promise<string> {
  const opened = await open(door);
  orThrow(reachable(opened, environment));
  const context = await contextOf(opened, wanted, false);
  const plan = orThrow(rollbackPlan(opened.config, context, environment, to ? bareVersion(to) : null));
  const manner = { ...plainly.manner, why: saidReason(reason) };
  return wordsOf(await ship(opened, plan, { ...plainly, access, manner }));
}

/** What is live, in one environment or in all that a container reaches. */
export async function status(door: Door, environment: string | undefined, access: Access): Promise<string> {
  const opened = await open(door);
  const names =
    environment === undefined ? orThrow(allReachable(opened)) : [orThrow(reachable(opened, environment))];
  const told = await Promise.all(names.map((name) => asked(opened, access, ["status", name])));
  return told.join("\n");
}

/** All that an environment's journal knows of its rollouts, as JSON. */
export async function rolloutReport(door: Door, environment: string, access: Access): Promise<File> {
  const opened = await open(door);
  orThrow(reachable(opened, environment));
  const text = await asked(opened, access, ["history", environment, "--full"]);
  return door.client.directory().withNewFile("rollouts.json", text).file("rollouts.json");
}

/** What a command of this program says in a container that reaches the environments; never from the cache. */
async function asked(opened: Opened, access: Access, words: string[]): Promise<string> {
  const { config, pins } = opened;
  const session: EffectSession = {
    ...opened.session,
    ...{ ...plainly, access, config, pins, context: checkContext("local", systemClock.now()) },
    outputs: () => null,
    fresh: () => crypto.randomUUID(),
  };
  const { end, text } = await ask(session, words);
  if (end.exitCode !== 0) throw new Error(tailOf(end).join("\n"));
  return text;
}

/** The environment, where it is one that a container can reach. */
function reachable({ config }: Opened, name: string): Result<string> {
  const known = Object.keys(config.environments);
  if (!known.includes(name)) return fail(unknownName("environment", name, known));
  const failure = unreachable(config, name);
  return failure === null ? ok(name) : fail(failure);
}

function allReachable({ config }: Opened): Result<string[]> {
  const names = Object.keys(config.environments);
  const there = names.filter((name) => unreachable(config, name) === null);
  if (there.length > 0) return ok(there);
  const [first] = names;
  const failure = first === undefined ? null : unreachable(config, first);
  return fail(
    failure ?? {
      kind: "usage",
      got: "no environments",
      expected: `an environment in ${config.file}`,
      remedy: `Add environments to ${config.file}.`,
    },
  );
}
