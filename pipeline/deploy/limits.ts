import type { Environment } from "../config/config.ts";

/** What a rollout is judged by, as the configuration has it: kept in the journal, and compared by `diff`. */
export const limitsOf = ({
  analysis,
  health,
  watchMs,
}: Pick<Environment, "analysis" | "health" | "watchMs">): Record<string, unknown> => ({
  analysis,
  health,
  watchMs,
});
