import { parseDuration } from "../config/units.ts";
import { executeLive } from "../deploy/engine-execute.ts";
import { fail, ok } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { quietRequest } from "./engine-request.ts";
import { reach } from "./reach/reach.ts";
import type { Settings } from "./settings.ts";
import { environmentOf } from "./subject.ts";
import { answer, say } from "./terminal.ts";

export type ExecOptions = { timeout?: string };

/**
 * Runs a command once with the live release's code and environment, on the first host that has the component, and prints
 * the end of its output. Ends with 1 where the command did not end with 0.
 */
export const exec = (
  settings: Settings,
  name: string,
  component: string,
  command: string[],
  { timeout = "5m" }: ExecOptions,
): Promise<number> =>
  atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const environment = environmentOf(config, name);
    if (!environment.ok) return environment;
    const timeoutMs = parseDuration(timeout);
    if (timeoutMs === null || timeoutMs <= 0)
      return fail({
        kind: "usage",
        got: `--timeout ${timeout}`,
        expected: "a duration such as 30s or 5m",
        remedy: "Write for example `--timeout 10m`.",
      });
    const { root, state, json } = settings;
    const opened = await (
      await reach({ config, environment: environment.value, root, state, desk })
    ).existing();
    if (!opened.ok) return opened;
    try {
      const done = await executeLive(quietRequest(opened.value, environment.value, { context, desk }), {
        component,
        command,
        timeoutMs,
      });
      if (!done.ok) return done;
      const { end, timedOut, log } = done.value;
      if (json) answer({ environment: name, component, ...end, timedOut, log });
      else for (const line of log) process.stdout.write(`${line}\n`);
      const how = timedOut ? `did not end within ${timeout}` : `ended with ${end.exitCode ?? end.signal}`;
      if (end.exitCode !== 0 || timedOut) say(true, [`the command ${how}`]);
      return ok(end.exitCode === 0 && !timedOut ? 0 : 1);
    } finally {
      await opened.value.close();
    }
  });
