import { ApprovalRecords } from "../../approvals/records.ts";
import type { Environment } from "../../config/config.ts";
import { type Deployed, deploy, type EngineRequest, rollback } from "../../deploy/engine.ts";
import type { AskGates } from "../../deploy/engine-gates.ts";
import type { Approvable } from "../../deploy/gates.ts";
import { triggersOn } from "../../plan/triggers.ts";
import { ok, type Result } from "../../result.ts";
import type { EffectDone, EffectOptions, RunFacts } from "../../run/executor.ts";
import { reach } from "../reach/reach.ts";
import type { Reached } from "../reach/way.ts";
import { environmentOf } from "../subject.ts";
import { toolVersion } from "../tool-version.ts";
import { releaseApprovals } from "./approval.ts";
import { digestsFor } from "./digests.ts";
import { askGates } from "./gates.ts";
import { metricsOf } from "./metrics.ts";
import { prepare, secretsNamed } from "./prepare.ts";
import { hasSeen, promotion } from "./promotion.ts";
import { servicesAreReached } from "./services.ts";
import type { Work } from "./work.ts";

/** One rollout of this run's digests, or a reason why the environment has them already. */
export async function rollOut(
  work: Work,
  name: string,
  facts: RunFacts,
  options: EffectOptions,
): Promise<Result<EffectDone>> {
  const environment = environmentOf(work.config, name);
  if (!environment.ok) return environment;
  const images = await digestsFor(work, facts);
  if (!images.ok) return images;
  const digests = Object.values(images.value);
  // An environment that is due only because the next one promotes from it has nothing to do twice.
  if (work.context.event === "release" && !triggersOn(environment.value.on, work.context)) {
    const seen = await hasSeen(work, name, digests);
    if (!seen.ok) return seen;
    if (seen.value) return ok({ skipped: `${name} has completed these digests already`, notes: [] });
  }
  const promoted = await promotion(work, environment.value, images.value);
  if (!promoted.ok) return promoted;
  const prepared = await prepare(work, environment.value, images.value);
  if (!prepared.ok) return prepared;
  const { release, secrets } = prepared.value;
  const records = new ApprovalRecords(work.state, name);
  const approved = await releaseApprovals(work, environment.value, records, release);
  if (!approved.ok) return approved;
  const { approvals, wanted } = approved.value;
  const opened = await openFor(work, environment.value);
  const done = await withEngine(work, environment.value, options, opened, (engine) =>
    deploy({
      ...engine,
      ...wantedBy(wanted),
      release,
      secrets,
      approvals,
      breakGlass: work.breakGlass,
      fix: work.fix,
      supersede: work.supersede ? "any" : "newer",
      metrics: metricsOf(work, environment.value),
    }),
  );
  if (done.ok) await records.settle(release.version);
  return done;
}

/** The environment, once everything that its releases need is reached from where they run. */
async function openFor(work: Work, environment: Environment): Promise<Result<Reached>> {
  const { config, root, desk } = work;
  const opened = await (await reach({ ...work, environment })).open();
  if (!opened.ok || environment.reach.length === 0) return opened;
  const { variables, processes } = desk;
  const reached = await servicesAreReached({ config, root, variables, processes, environment }, opened.value);
  if (reached.ok) return opened;
  await opened.value.close();
  return reached;
}

/** Who asked for the release, where that matters. */
const wantedBy = ({ requesters }: Approvable) => (requesters === undefined ? {} : { requesters });

/** Back to an older release of the environment. */
export async function rollBack(
  work: Work,
  name: string,
  to: string | null,
  options: EffectOptions,
): Promise<Result<EffectDone>> {
  const environment = environmentOf(work.config, name);
  if (!environment.ok) return environment;
  // Nothing is configured: that is refused while a deploy goes on, and this one makes it give way (B5).
  const opened = await (await reach({ ...work, environment: environment.value })).existing();
  return withEngine(work, environment.value, options, opened, (engine) =>
    rollback({
      ...engine,
      to,
      ...(work.why === null ? {} : { why: work.why }),
      secrets: {},
      approvals: [],
      resolve: (names) => secretsNamed(work, environment.value, names),
    }),
  );
}

type Engine = Omit<EngineRequest, "secrets" | "approvals"> & { gates: AskGates };

/** Lets the engine work on the environment, and closes the connection whatever happened. */
async function withEngine(
  work: Work,
  environment: Environment,
  { signal, fact }: EffectOptions,
  opened: Result<Reached>,
  use: (engine: Engine) => Promise<Result<Deployed>>,
): Promise<Result<EffectDone>> {
  if (!opened.ok) return opened;
  const { context, desk } = work;
  try {
    const engine = { deployment: opened.value, environment, actor: context.actor, tool: toolVersion };
    const { inspect } = opened.value;
    const gates: AskGates = (release) => askGates(work, environment, release, inspect.status);
    const done = await use({ ...engine, clock: desk.clock, signal, fact, gates });
    return done.ok ? ok({ skipped: null, notes: done.value.notes, url: done.value.url }) : done;
  } finally {
    await opened.value.close();
  }
}
