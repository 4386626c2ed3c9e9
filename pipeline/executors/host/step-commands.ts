import { argvOf } from "../../config/command.ts";
import type { Command } from "../../config/config.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { Processes } from "../../io/process.ts";
import { type HermeticStep, ownName } from "../../plan/plan.ts";
import type { Redactor } from "../../redact.ts";
import type { StepOptions } from "../../run/executor.ts";
import { createRedactedLines } from "./redacted-lines.ts";
import { createTail } from "./services/tail.ts";

/** Lines of output that a failure shows. */
const tailLines = 40;

/** Time in ms between SIGTERM and SIGKILL of a step that has to end. */
const graceMs = 2000;

/** Runs the step's commands one after the other; null when all of them ended with 0. */
export async function runCommands(
  step: HermeticStep,
  given: {
    processes: Processes;
    clock: Clock;
    /** How this very program is started. */
    program: string[];
    directory: string;
    environment: Record<string, string>;
    redactor: Redactor;
    signal: AbortSignal;
    output: StepOptions["output"];
    /** When the step's time limit began, by the clock's monotonic time in ms. */
    since: number;
  },
): Promise<Failure | null> {
  const tail = createTail(tailLines);
  for (const command of step.commands) {
    const lines = (stream: "out" | "err") =>
      createRedactedLines(given.redactor, (line) => {
        tail.add(line);
        given.output(stream, line);
      });
    const streams = { out: lines("out"), err: lines("err") };
    const timeoutMs = Math.max(1, step.timeoutMs - (given.clock.monotonic() - given.since));
    const ended = await given.processes.run(
      {
        argv: stepArgv(command, given.program),
        directory: given.directory,
        environment: given.environment,
        foreign: true,
        output: (stream, line) => streams[stream].line(line),
      },
      { timeoutMs, graceMs, signal: given.signal },
    );
    streams.out.end();
    streams.err.end();
    const told = { step: step.id, tail: tail.lines() };
    if (!ended.ok) {
      // As a shell tells it: 127 for what cannot be started.
      const tail = [...told.tail, given.redactor.line(ended.failure)];
      return { kind: "step-failed", step: step.id, end: { exitCode: 127, signal: null }, tail };
    }
    if (ended.value.timedOut) return { kind: "step-timeout", limitMs: step.timeoutMs, ...told };
    if (given.signal.aborted) return { kind: "interrupted", by: interrupter(given.signal) };
    const { exitCode, signal, reason } = ended.value;
    const end = { exitCode, signal, ...(reason === undefined ? {} : { reason }) };
    if (exitCode !== 0 || reason !== undefined) return { kind: "step-failed", end, ...told };
  }
  return null;
}

/** A text runs by a shell, a list as it is; one that begins with `bellwether` runs this very program. */
function stepArgv(command: Command, program: string[]): string[] {
  const own = typeof command !== "string" && command[0] === ownName;
  return own ? [...program, ...command.slice(1)] : argvOf(command);
}

/** The signal that the abort names as its reason; SIGINT where it names none. */
export function interrupter(signal: AbortSignal): "SIGINT" | "SIGTERM" | "SIGHUP" {
  const reason: unknown = signal.reason;
  return reason === "SIGTERM" || reason === "SIGHUP" ? reason : "SIGINT";
}
