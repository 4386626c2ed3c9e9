import type { Environment } from "../config/config.ts";
import { reconcile } from "../deploy/engine.ts";
import { toBePutRight } from "../deploy/history.ts";
import { ok } from "../result.ts";
import { type Desk, openDesk } from "./desk.ts";
import { quietRequest } from "./engine-request.ts";
import { reach } from "./reach/reach.ts";
import type { Reach } from "./reach/way.ts";
import type { Settings } from "./settings.ts";
import { readEnvironment, type Subject } from "./subject.ts";
import { say, tellFailure } from "./terminal.ts";

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
  const desk = openDesk();
  const { root, state } = settings;
  try {
    return await act(
      await reach({ ...subject.value, root, state, desk }),
      subject.value,
      settings,
      action,
      component,
    );
  } finally {
    await desk.close();
  }
}

async function act(
  way: Reach,
  { environment: { name }, context }: Subject & { environment: Environment },
  { json }: Settings,
  action: Action,
  component: string | null,
): Promise<number> {
  const whole = component === null;
  // What is not running need not be started to be stopped.
  const opened = action === "stop" && whole ? await way.running() : await way.existing();
  if (!opened.ok) return tellFailure(opened.failure);
  if (opened.value === null) {
    say(json, [`${name} is not running`]);
    return 0;
  }
  const { inspect, shutdown } = opened.value;
  const done = await inspect[action](component, context.actor);
  // Stopping an environment in which nothing is live still ends its daemon.
  const failed = !done.ok && !(whole && action === "stop" && done.failure.kind === "nothing-live");
  const ended = whole && action === "stop" && !failed && shutdown ? await shutdown() : ok(undefined);
  await opened.value.close();
  if (failed && !done.ok) return tellFailure(done.failure);
  if (!ended.ok) return tellFailure(ended.failure);
  say(json, [`${name}${whole ? "" : ` ${component}`}: ${pastOf[action]}`]);
  return 0;
}

const pastOf = { start: "started", stop: "stopped", restart: "restarted" } as const;

/** Ends the rollout under way: its engine gives way, traffic goes to stable. Nothing under way is no error (B31). */
export async function abort(settings: Settings, name: string): Promise<number> {
  const subject = await readEnvironment(settings, name);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  const { root, state } = settings;
  try {
    const way = await reach({ ...subject.value, root, state, desk });
    const record = await way.record();
    if (!record.ok) return tellFailure(record.failure);
    if (toBePutRight(record.value?.journal ?? []) === null) {
      say(settings.json, [`nothing is under way on ${name}; stable is untouched`]);
      return 0;
    }
    return await endRollout(settings, subject.value, way, desk);
  } finally {
    await desk.close();
  }
}

async function endRollout(
  { json }: Settings,
  { context, environment }: Subject & { environment: Environment },
  way: Reach,
  desk: Desk,
): Promise<number> {
  const { name } = environment;
  const opened = await way.any();
  if (!opened.ok) return tellFailure(opened.failure);
  const done = await reconcile(quietRequest(opened.value, environment, { context, desk }));
  await opened.value.close();
  if (!done.ok) return tellFailure(done.failure);
  say(json, [`the rollout on ${name} has ended; stable serves`, ...done.value.notes]);
  return 0;
}
