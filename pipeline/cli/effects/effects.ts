import type { Effects } from "../../run/executor.ts";
import { approve } from "./approve.ts";
import { unheldLimits } from "./limits.ts";
import { rollBack, rollOut } from "./rollout.ts";
import type { Work } from "./work.ts";

/** The steps with effects on environments, put together from the engines and the drivers. */
export const createEffects = (work: Work): Omit<Effects, "image"> => ({
  supports: (environments) => unheldLimits(work, environments),
  approval: (environment, facts, options) => approve(work, environment, facts, options),
  rollout: (environment, facts, options) => rollOut(work, environment, facts, options),
  rollback: (environment, to, options) => rollBack(work, environment, to, options),
});
