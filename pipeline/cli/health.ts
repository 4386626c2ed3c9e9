import { type Health, health } from "../deploy/health.ts";
import type { EnvironmentStatus } from "../deploy/inspect.ts";
import { inheritedVariables } from "../deploy/variables.ts";
import type { CommandPlace } from "../targets/health/command.ts";
import { measureHealth } from "../targets/health/measure.ts";
import { localMeasurements } from "../targets/local/health.ts";
import type { ReachPlace } from "./reach/way.ts";
import { valuesOf } from "./values.ts";

/** What a check or a gate is told of why it runs, beside PATH, HOME, TMPDIR, the locale and the time zone. */
export const commandPlace = (
  { config, environment, root, desk }: ReachPlace,
  facts: Record<string, string> = {},
): CommandPlace => ({
  processes: desk.processes,
  directory: root,
  environment: {
    ...inheritedVariables(desk.variables),
    BELLWETHER_APP: config.app,
    BELLWETHER_ENVIRONMENT: environment.name,
    ...facts,
  },
});

/**
 * `whole`: with what needs no check to be judged, such as the live release's processes. `broken`: it is known that
 * what is live is broken, so that it is not asked.
 */
export type Regard = { whole: boolean; broken: boolean };

/**
 * An environment's health now, all of it measured at the same time; `notAsked` are checks of what is not there
 * yet. `status` null: nothing of it runs.
 */
export async function environmentHealth(
  work: ReachPlace,
  status: EnvironmentStatus | null,
  { whole, broken }: Regard = { whole: true, broken: false },
): Promise<Health & { notAsked: string[] }> {
  const { config, environment, root, state, desk } = work;
  const { clock, http, processes, variables } = desk;
  const values = valuesOf({ config, environment, version: null, root, variables, processes });
  const serves = !broken && status !== null && Object.keys(status.observation.weights).length > 0;
  const { measurements, notAsked } = await measureHealth(
    environment.health,
    {
      url: serves ? status.observation.url : null,
      accessories: Object.fromEntries(
        (status?.accessories ?? []).map(({ name, answerMs }) => [name, answerMs]),
      ),
      ...(environment.target.kind === "local" ? {} : { loads: status?.loads ?? [] }),
    },
    { ...commandPlace(work), http, clock, disk: state, fill: values.fill, redact: values.redact },
  );
  const own = whole && status !== null ? localMeasurements(status, environment.health) : [];
  return { ...health([...own, ...measurements]), notAsked };
}
