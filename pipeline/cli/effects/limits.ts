import type { Failure } from "../../failure.ts";
import type { Result } from "../../result.ts";
import { type Limited, supportsLimits } from "../../targets/local/resource-limits.ts";
import type { Desk } from "../desk.ts";
import type { Work } from "./work.ts";

/** Whether this machine would hold a release to its limits; tried here, as the environment's daemon would have to. */
export const holdsLimits = (
  { processes, variables }: Pick<Desk, "processes" | "variables">,
  release: Limited,
): Promise<Result<void>> => supportsLimits(release, { processes, path: variables.PATH ?? "" });

/** What the targets of these environments would not hold of the components' limits, before anything is begun. */
export async function unheldLimits(work: Work, environments: string[]): Promise<Failure[]> {
  const { version } = work.context;
  const components = Object.values(work.config.components);
  // systemd holds its units to whatever it was told; here only what runs on this machine is tried.
  const here = environments.filter((name) => work.config.environments[name]?.target.kind === "local");
  const asked = await Promise.all(
    here.map((environment) => holdsLimits(work.desk, { environment, version, components })),
  );
  return asked.flatMap((one) => (one.ok ? [] : [one.failure]));
}
