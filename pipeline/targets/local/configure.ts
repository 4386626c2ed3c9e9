import { fail, ok, type Result } from "../../result.ts";
import { chooseRouter } from "./choose-router.ts";
import { type Core, urlOf } from "./core.ts";
import type { LocalConfiguration } from "./parts.ts";

/**
 * Takes an environment's configuration and keeps it. Accessories and layouts of earlier configurations stay
 * known: a release that is rolled back to may need them.
 */
export async function configure(
  core: Core,
  { port, router, accessories, layouts }: LocalConfiguration,
): Promise<Result<{ url: string; port: number }>> {
  const known = core.state.value;
  const chosen = await chooseRouter(core, router);
  if (!chosen.ok) return chosen;
  const listening = await listen(core, port ?? known.port);
  if (!listening.ok) return listening;
  const names = accessories.map((spec) => spec.name);
  await core.state.change({
    port: listening.value,
    router,
    accessories: [...known.accessories.filter((spec) => !names.includes(spec.name)), ...accessories],
    layouts: { ...known.layouts, ...layouts },
  });
  return ok({ url: urlOf(listening.value), port: listening.value });
}

/** Makes the router listen; `port-in-use` where somebody else has the port. */
export async function listen(core: Core, wanted: number | null): Promise<Result<number>> {
  const bound = await core.proxy.listen(wanted);
  if (bound.ok) {
    core.port = bound.value;
    return bound;
  }
  return bound.failure === "EADDRINUSE"
    ? fail({ kind: "port-in-use", port: wanted ?? 0, environment: core.name })
    : fail({ kind: "target-failed", action: "listen", reason: `port ${wanted ?? 0}: ${bound.failure}` });
}
