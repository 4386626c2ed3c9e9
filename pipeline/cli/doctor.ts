import type { Config } from "../config/config.ts";
import { doctorView, type Finding } from "../report/doctor-view.ts";
import { type Desk, openDesk } from "./desk.ts";
import { lookAtApprovals } from "./doctor/approvals.ts";
import { lookAtEnvironment, lookAtImages } from "./doctor/environment.ts";
import { lookAtState, lookAtTools } from "./doctor/machine.ts";
import { lookAtEnvironmentFiles, lookAtRepository } from "./doctor/repository.ts";
import { lookAtChannels, lookAtSecrets } from "./doctor/secrets.ts";
import type { Settings } from "./settings.ts";
import { environmentOf } from "./subject.ts";
import { answer, say, tellFailure, width } from "./terminal.ts";

/** Every precondition of a deploy, with no effect; ends with 3 where one of them would stop it. */
export async function doctor(settings: Settings, name: string | null): Promise<number> {
  // First of all: reading the configuration keeps it in the cache.
  const machine = await lookAtState(settings.state);
  const { config, subject, findings } = await lookAtRepository(settings);
  if (config !== null && name !== null) {
    const known = environmentOf(config, name);
    if (!known.ok) return tellFailure(known.failure);
  }
  const desk = openDesk();
  try {
    const rest =
      config === null
        ? []
        : await lookFurther(settings, config, desk, name, subject?.context.version ?? null);
    const all = ordered([...findings, ...machine, ...rest]);
    const sound = all.every((one) => one.state !== "problem");
    if (settings.json) answer({ format: 1, sound, findings: all });
    else say(false, doctorView(all, width(false)));
    return sound ? 0 : 3;
  } finally {
    await desk.close();
  }
}

async function lookFurther(
  settings: Settings,
  config: Config,
  desk: Desk,
  only: string | null,
  version: string | null,
): Promise<Finding[]> {
  const { root, state } = settings;
  const environments = Object.values(config.environments).filter((one) => only === null || one.name === only);
  const sources = { environment: desk.variables, directory: root, processes: desk.processes };
  const looked = await Promise.all([
    lookAtEnvironmentFiles(settings, config, only),
    version === null ? [] : lookAtImages(config, state, version),
    lookAtTools(config, environments, root, desk),
    lookAtSecrets(config, sources),
    ...environments.flatMap((environment) => [
      lookAtEnvironment({ config, environment, root, state, desk }),
      lookAtApprovals(environment, root, desk.variables.PATH ?? ""),
      lookAtChannels(environment, sources),
    ]),
  ]);
  return looked.flat();
}

/** Rooms stay together, in the order in which they first appear. */
function ordered(findings: Finding[]): Finding[] {
  const rooms = [...new Set(findings.map((one) => one.room))];
  return rooms.flatMap((room) => findings.filter((one) => one.room === room));
}
