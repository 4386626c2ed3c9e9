import { type Container, ExecError } from "@dagger.io/dagger";
import type { Failure } from "../../failure.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { notReady, timedOut } from "./commands.ts";

/** How an exec ended. The streams are read only where somebody will look at them: after a failure. */
export type Ended = { exitCode: number; out: string[]; err: string[] };

/** Runs the container's last exec, which must expect any exit code, and reads its output where it failed. */
export async function ended(container: Container): Promise<Ended> {
  try {
    const exitCode = await container.exitCode();
    if (exitCode === 0) return { exitCode, out: [], err: [] };
    const [out, err] = await Promise.all([container.stdout(), container.stderr()]);
    return { exitCode, out: lines(out), err: lines(err) };
  } catch (error) {
    // Exit codes 128 to 191 (a signal) are errors whatever is expected.
    if (error instanceof ExecError)
      return { exitCode: error.exitCode, out: lines(error.stdout), err: lines(error.stderr) };
    throw error;
  }
}

const tailLines = 30;

/** Last lines of both streams. */
export const tailOf = ({ out, err }: Ended): string[] => [...out.slice(-tailLines), ...err.slice(-tailLines)];

/** What became of a step whose exec did not end with 0. */
export function failureOf(step: HermeticStep, end: Ended): Failure {
  const tail = tailOf(end);
  const { exitCode } = end;
  if (exitCode === timedOut) return { kind: "step-timeout", step: step.id, limitMs: step.timeoutMs, tail };
  const last = end.err.at(-1) ?? "";
  const late = step.components.find(({ name }) => last === `${notReady.line}${name}`);
  if (exitCode === notReady.exitCode && late !== undefined)
    return {
      kind: "component-failed",
      step: step.id,
      component: late.name,
      reason: `it was not ready within ${late.health.withinMs / 1000} s`,
      log: end.err.slice(0, -1),
    };
  return { kind: "step-failed", step: step.id, end: { exitCode, signal: null }, tail };
}

/** Lines without their ends; none for an empty text. */
const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/));
