import type { Effects } from "../../run/executor.ts";
import { areLimited } from "./limited.ts";
import type { Work } from "./work.ts";

/**
 * The steps with effects, loaded with the first one that is due: a run of checks alone pays for none of it, one of
 * images not for what environments need.
 */
export function lazyEffects(work: Work): Effects {
  const load = async () => (await import("./effects.ts")).createEffects(work);
  return {
    supports: async (environments) =>
      areLimited(work.config.components) ? ((await (await load()).supports?.(environments)) ?? []) : [],
    image: async (...asked) => (await import("../images/make.ts")).makeImage(work, ...asked),
    approval: async (...asked) => (await load()).approval(...asked),
    rollout: async (...asked) => (await load()).rollout(...asked),
    rollback: async (...asked) => (await load()).rollback(...asked),
  };
}
