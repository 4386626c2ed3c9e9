import type { Service } from "@dagger.io/dagger";
import type { Command, Config, Environment, ServiceSpec } from "../config/config.ts";
import { shellText } from "../executors/dagger/commands.ts";
import { componentService, filesOf } from "../executors/dagger/container.ts";
import { checkContext } from "../executors/dagger/context.ts";
import { beyond } from "../executors/dagger/limits.ts";
import { containerPlan, root } from "../executors/dagger/mapping.ts";
import { systemClock } from "../io/clock.ts";
import type { HermeticStep, StepComponent } from "../plan/plan.ts";
import { componentPlan } from "../plan/plan-for.ts";
import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import { besideCheck } from "../stages/check-step.ts";
import { nothingToJudge, plainParts } from "../stages/toolchains.ts";
import { type Door, type Opened, open, orThrow } from "./door.ts";
import { perform, wordsOf } from "./perform.ts";

/**
 * A component with the accessories of an environment, to try by hand: built from the source, migrated, started in its
 * toolchain's image. Its data are gone when it stops.
 */
export async function serve(door: Door, component?: string, environment?: string): Promise<Service> {
  const opened = await open(door);
  const name = orThrow(componentNamed(opened.config, component));
  const place = orThrow(environmentNamed(opened.config, environment));
  const context = checkContext("local", systemClock.now());
  const before = orThrow(componentPlan(opened.config, context, name));
  const built = await perform(before, opened);
  wordsOf(built);
  const step = served(opened.config, name, place);
  refuse(step, opened);
  const { session, config } = opened;
  const platform = (await door.client.defaultPlatform()).replaceAll("/", "-");
  const plan = containerPlan(step, {
    ...{ app: config.app, version: context.version, fresh: "", platform, change: null, history: false },
    variables: session.variables,
    entry: session.program.entry,
  });
  const steps = before.stages.flatMap((stage) => stage.steps.map(({ id }) => id));
  const files = filesOf(
    session,
    plan,
    steps.flatMap((id) => built.executor.outputs(id) ?? []),
  );
  return componentService(session, plan, plan.components.length - 1, files);
}

/** The component, and those that must be ready before it, beside a step that nobody runs. */
function served(config: Config, name: string, environment: Environment | null): HermeticStep {
  const names = [...new Set([...startedBefore(config, name), name])];
  return {
    kind: "hermetic",
    id: `service:${name}`,
    title: name,
    ...plainParts,
    commands: [],
    directory: ".",
    inputs: [],
    outputs: [],
    environment: {},
    secrets: [],
    services: accessoriesOf(environment),
    timeoutMs: 0,
    cache: true,
    reports: { junit: null, coverage: null },
    ...nothingToJudge,
    components: names.map((each) => placed(config, each, environment, each === name)),
  };
}

const accessoriesOf = (environment: Environment | null): ServiceSpec[] =>
  Object.values(environment?.accessories ?? {});

/** What must be ready before a component, the first one first. */
const startedBefore = (config: Config, name: string): string[] =>
  (config.components[name]?.after ?? []).flatMap((each) => [...startedBefore(config, each), each]);

/** A component with the environment's values; the last one prepares the database first. */
function placed(config: Config, name: string, environment: Environment | null, last: boolean): StepComponent {
  const component = config.components[name];
  if (component === undefined) throw new Error(`component ${name} is not in the config`);
  const values = { ...component.environment, ...environment?.environment };
  const beside = besideCheck(config, { ...component, environment: values });
  const migrate = last ? (environment?.migrate ?? null) : null;
  if (migrate === null) return beside;
  const where = config.components[migrate.in]?.artifact ?? ".";
  return { ...beside, command: after(migrate.run, `${root}/${where}`, beside.command) };
}

/** Runs a command in its directory, and where it went well, the other one instead of the shell. */
const after = (first: Command, directory: string, then: Command): Command => [
  "sh",
  "-c",
  `(cd ${shellText([directory])} && ${shellText(first)}) && exec ${shellText(then)}`,
];

function refuse(step: HermeticStep, { session }: Opened): void {
  const [failure] = beyond(step, Object.keys(session.secrets));
  if (failure !== undefined) orThrow(fail(failure));
}

function componentNamed({ components, file }: Config, name: string | undefined): Result<string> {
  const known = Object.keys(components);
  if (name !== undefined)
    return known.includes(name) ? ok(name) : fail(unknownName("component", name, known));
  const listening = known.filter((each) => components[each]?.port !== null);
  const [only, ...more] = listening;
  if (only !== undefined && more.length === 0) return ok(only);
  return fail({
    kind: "usage",
    got:
      only === undefined ? "no component that listens" : `the components ${listening.join(", ")} and no name`,
    expected: "the name of one of them",
    remedy:
      only === undefined ? `Give a component of ${file} a port.` : `Write for example --component=${only}.`,
  });
}

/** The named environment; else staging, or the first one, or none where there is none. */
function environmentNamed({ environments }: Config, name: string | undefined): Result<Environment | null> {
  const known = Object.keys(environments);
  if (name === undefined) return ok(environments.staging ?? environments[known[0] ?? ""] ?? null);
  const found = environments[name];
  return found === undefined ? fail(unknownName("environment", name, known)) : ok(found);
}
