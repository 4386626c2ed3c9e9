import type { Environment } from "../config/config.ts";
import { reconcile } from "../deploy/engine.ts";
import { toBePutRight } from "../deploy/history.ts";
import { systemClock } from "../io/clock.ts";
import { ok, type Result } from "../result.ts";
import { connectLocal, type LocalDeployment } from "../targets/local/client.ts";
import { ensureDaemon } from "../targets/local/launch.ts";
import { readLocal } from "../targets/local/read.ts";
import { openDesk } from "./desk.ts";
import { daemonLaunch, reachLocal } from "./local.ts";
import type { Settings } from "./settings.ts";
import { readEnvironment, type Subject } from "./subject.ts";
import { say, tellFailure } from "./terminal.ts";
import { toolVersion } from "./tool-version.ts";

type Action = "start" | "stop" | "restart";

/** Starts, stops or restarts an environment, its daemon and accessories included, or one component of it. */
export async function operate(
  settings: Settings,
  action: Action,
  name: string,
  component: string | null,
): Promise<number> {
  const subject = await readEnvironment(settings, name);
  if (!subject.ok) return tellFailure(subject.failure);
  const opened = await reach(settings, action, name, component);
  if (!opened.ok) return tellFailure(opened.failure);
  if (opened.value === null) {
    say(settings.json, [`${name} is not running`]);
    return 0;
  }
  const whole = component === null;
  const { inspect } = opened.value;
  const done = await inspect[action](component, subject.value.context.actor);
  // Stopping an environment in which nothing is live still ends its daemon.
  const failed = !done.ok && !(whole && action === "stop" && done.failure.kind === "nothing-live");
  const ended = whole && action === "stop" && !failed ? await inspect.shutdown() : ok(undefined);
  await opened.value.close();
  if (failed && !done.ok) return tellFailure(done.failure);
  if (!ended.ok) return tellFailure(ended.failure);
  say(settings.json, [`${name}${whole ? "" : ` ${component}`}: ${pastOf[action]}`]);
  return 0;
}

const pastOf = { start: "started", stop: "stopped", restart: "restarted" } as const;

/** The environment's daemon: started for `start` and `restart`; null where there is none to stop. */
async function reach(
  { root, state }: Settings,
  action: Action,
  environment: string,
  component: string | null,
): Promise<Result<LocalDeployment | null>> {
  if (action !== "stop" || component !== null)
    return reachLocal({ root, state, clock: systemClock, variables: process.env }, environment);
  const running = await connectLocal({ state, environment, tool: toolVersion });
  return !running.ok && running.failure.kind === "target-unreachable" ? ok(null) : running;
}

/** Ends the rollout under way: its engine gives way, traffic goes to stable. Nothing under way is no error (B31). */
export async function abort(settings: Settings, name: string): Promise<number> {
  const subject = await readEnvironment(settings, name);
  if (!subject.ok) return tellFailure(subject.failure);
  const record = await readLocal(settings.state, name);
  if (!record.ok) return tellFailure(record.failure);
  if (toBePutRight(record.value?.journal ?? []) === null) {
    say(settings.json, [`nothing is under way on ${name}; stable is untouched`]);
    return 0;
  }
  return endRollout(settings, subject.value);
}

async function endRollout(
  settings: Settings,
  { context, environment }: Subject & { environment: Environment },
): Promise<number> {
  const desk = openDesk();
  const { root, state } = settings;
  const { name } = environment;
  try {
    const opened = await ensureDaemon(daemonLaunch({ root, state, ...desk }, name, false));
    if (!opened.ok) return tellFailure(opened.failure);
    const done = await reconcile({
      deployment: opened.value,
      environment,
      secrets: {},
      approvals: [],
      actor: context.actor,
      tool: toolVersion,
      clock: desk.clock,
      signal: desk.interruption.signal,
      fact: () => {},
    });
    await opened.value.close();
    if (!done.ok) return tellFailure(done.failure);
    say(settings.json, [`the rollout on ${name} has ended; stable serves`, ...done.value.notes]);
    return 0;
  } finally {
    await desk.close();
  }
}
