import type { Environment } from "../../config/config.ts";
import { resolveSecret } from "../../config/secrets.ts";
import type { Metrics } from "../../deploy/metrics.ts";
import { createMetrics } from "../../routers/metrics/metrics.ts";
import { commandPlace } from "../health.ts";
import type { Work } from "./work.ts";

/** What an environment's checks read, in the checkout and with the caller's means. */
export function metricsOf(work: Work, environment: Environment): Metrics {
  const { root, desk } = work;
  const { http, processes, clock, variables } = desk;
  const { directory, environment: seen } = commandPlace({ ...work, environment });
  const sources = { environment: variables, directory: root, processes };
  return createMetrics({
    http,
    processes,
    clock,
    place: { directory, environment: seen },
    resolve: (reference) => resolveSecret("analysis token", reference, sources),
  });
}
