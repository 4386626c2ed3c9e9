import { resolveSecret } from "../../config/secrets.ts";
import { loginsFrom } from "../../image/registry/login.ts";
import type { RegistryTools } from "../../image/registry/session.ts";
import { createExchanges } from "../../io/exchange.ts";
import type { Result } from "../../result.ts";
import type { ImageWork } from "./work.ts";

/** Lets the work speak with registries, and closes its connections afterwards. */
export async function withRegistry<T>(
  { config, root, desk }: ImageWork,
  work: (tools: RegistryTools) => Promise<Result<T>>,
): Promise<Result<T>> {
  const exchanges = createExchanges();
  const { variables, processes, clock, interruption } = desk;
  const sources = { environment: variables, directory: root, processes };
  try {
    return await work({
      exchanges,
      clock,
      login: loginsFrom({
        registries: config.registries,
        resolve: (reference, registry) => resolveSecret(`registries.${registry}`, reference, sources),
        processes,
        variables,
      }),
      signal: interruption.signal,
    });
  } finally {
    exchanges.close();
  }
}
