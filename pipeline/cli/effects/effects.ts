import { askApproval } from "../../approvals/prompt.ts";
import { ApprovalRecords } from "../../approvals/records.ts";
import { ok, type Result } from "../../result.ts";
import type { EffectDone, Effects, RunFacts, StepOptions } from "../../run/executor.ts";
import { environmentOf } from "../subject.ts";
import { passApproval } from "./approval.ts";
import { digestsFor } from "./digests.ts";
import { makeImage } from "./image.ts";
import { promotion } from "./promotion.ts";
import { rollBack, rollOut } from "./rollout.ts";
import type { Work } from "./work.ts";

/** The steps with effects, put together from the engines and the drivers. */
export const createEffects = (work: Work): Effects => ({
  image: (name, facts) => makeImage(work, name, facts),
  approval: (environment, facts, options) => approve(work, environment, facts, options),
  rollout: (environment, facts, options) => rollOut(work, environment, facts, options),
  rollback: (environment, to, options) => rollBack(work, environment, to, options),
});

async function approve(
  work: Work,
  name: string,
  facts: RunFacts,
  options: StepOptions,
): Promise<Result<EffectDone>> {
  const { config, context, state, desk } = work;
  const environment = environmentOf(config, name);
  if (!environment.ok) return environment;
  const images = await digestsFor(work, facts);
  if (!images.ok) return images;
  const digests = Object.values(images.value);
  // Nobody is asked to approve what may not go there anyway.
  const promoted = await promotion(work, environment.value, digests);
  if (!promoted.ok) return promoted;
  const question = { app: config.app, environment: name, version: context.version, digests };
  const gate = await passApproval({
    environment: environment.value,
    records: new ApprovalRecords(state, name),
    wanted: question,
    actor: context.actor,
    now: desk.clock.now(),
    ask: work.interactive ? () => askApproval(question, options.signal) : null,
  });
  if (!gate.ok) return gate;
  const by = gate.value.approvals.map((mark) => `approved by ${mark.by} (${mark.how})`);
  return ok({ skipped: null, notes: by });
}
