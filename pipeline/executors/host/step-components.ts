import { join } from "node:path";
import { argvOf } from "../../config/command.ts";
import { interpolate } from "../../config/interpolate.ts";
import { answersReady } from "../../deploy/answers-ready.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import { freePort, portIsFree } from "../../io/ports.ts";
import type { Child, Processes } from "../../io/process.ts";
import type { HermeticStep, StepComponent } from "../../plan/plan.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { StepOptions } from "../../run/executor.ts";
import { createRedactedLines } from "./redacted-lines.ts";
import { createTail } from "./services/tail.ts";

/** Where the components of a step are found, by `components.NAME.FACT`. */
export type ComponentFacts = Record<string, string>;

/** Components that run beside one step, and end with it. */
export type StepComponents = {
  facts: ComponentFacts;
  /** Settles when one of them ends by itself. */
  died: Promise<Failure>;
  stop(): Promise<void>;
};

export type ComponentParts = {
  processes: Processes;
  clock: Clock;
  http: Http;
  redactor: Redactor;
  root: string;
  /** e.g. linux-amd64: what `${platform}` stands for. */
  platform: string;
  /** What every process of the step sees; the component's own variables win. */
  environment: Record<string, string>;
  /** Values that its variables may name: version, `services.NAME.FACT`. */
  values: Record<string, string>;
  secrets: Record<string, string>;
  signal: AbortSignal;
  output: StepOptions["output"];
};

type Up = {
  component: StepComponent;
  child: Child;
  tail: ReturnType<typeof createTail>;
  port: number | null;
};

/** Time in ms between SIGTERM and SIGKILL. */
const graceMs = 2000;

/** How often another port is chosen where somebody else was quicker to take one. */
const mostPorts = 3;

/** Starts a step's components one after the other, each once the one before is ready. */
export async function startComponents(
  step: HermeticStep,
  parts: ComponentParts,
): Promise<Result<StepComponents>> {
  const up: Up[] = [];
  const facts: ComponentFacts = {};
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await Promise.all(up.splice(0).map(({ child }) => child.stop(graceMs)));
  };
  for (const component of step.components) {
    const started = await startOne(step.id, component, { ...parts, values: { ...parts.values, ...facts } });
    if (!started.ok) {
      await stop();
      return started;
    }
    up.push(started.value);
    Object.assign(facts, factsOf(started.value));
  }
  const deaths = up.map(async ({ component, child, tail }) => {
    await child.ended;
    if (stopping) return new Promise<Failure>(() => {});
    return failed(step.id, component, `it ended while ${step.id} ran`, tail.lines());
  });
  return ok({ facts, died: deaths.length > 0 ? Promise.race(deaths) : new Promise(() => {}), stop });
}

function factsOf({ component: { name }, port }: Up): ComponentFacts {
  if (port === null) return {};
  const room = `components.${name}`;
  return {
    [`${room}.url`]: `http://127.0.0.1:${port}`,
    [`${room}.host`]: "127.0.0.1",
    [`${room}.port`]: String(port),
  };
}

async function startOne(step: string, component: StepComponent, parts: ComponentParts): Promise<Result<Up>> {
  for (let tried = 1; ; tried++) {
    const port = component.listens ? await freePort() : null;
    const started = await launch(step, component, port, parts);
    if (!started.ok) return started;
    const { child, tail } = started.value;
    const ending = new AbortController();
    void child.ended.then(() => ending.abort());
    const waiting = AbortSignal.any([ending.signal, parts.signal]);
    if (port === null || (await answersReady(parts, component.health, port, waiting))) {
      if (!ending.signal.aborted) return started;
    }
    if (ending.signal.aborted) {
      // Between the choice of a port and its use somebody else may take it: that is nobody's mistake.
      if (port !== null && tried < mostPorts && !(await portIsFree(port))) continue;
      return fail(failed(step, component, "it ended before it was ready", tail.lines()));
    }
    await child.stop(graceMs);
    if (parts.signal.aborted) return fail(failed(step, component, "the step was interrupted", tail.lines()));
    return fail(
      failed(step, component, `it was not ready within ${component.health.withinMs / 1000} s`, tail.lines()),
    );
  }
}

async function launch(
  step: string,
  component: StepComponent,
  port: number | null,
  parts: ComponentParts,
): Promise<Result<Up>> {
  const { redactor, root, platform } = parts;
  const tail = createTail(40);
  const values = { ...parts.values, ...(port === null ? {} : { port: String(port) }) };
  const own = Object.fromEntries(
    Object.entries(component.environment).map(([name, text]) => [name, interpolate(text, values)]),
  );
  const lines = (stream: "out" | "err") =>
    createRedactedLines(redactor, (line) => {
      tail.add(line);
      parts.output(stream, `${component.name} | ${line}`);
    });
  const streams = { out: lines("out"), err: lines("err") };
  const secrets = Object.fromEntries(component.secrets.map((name) => [name, parts.secrets[name] ?? ""]));
  const { command } = component;
  const child = await parts.processes.start({
    argv: argvOf(command),
    directory: join(root, component.directory.replaceAll("${platform}", platform)),
    environment: { ...parts.environment, ...own, ...secrets },
    foreign: true,
    output: (stream, line) => streams[stream].line(line),
  });
  return child.ok
    ? ok({ component, child: child.value, tail, port })
    : fail(failed(step, component, redactor.line(child.failure), []));
}

const failed = (step: string, { name }: StepComponent, reason: string, log: string[]): Failure => ({
  kind: "component-failed",
  step,
  component: name,
  reason,
  log,
});
