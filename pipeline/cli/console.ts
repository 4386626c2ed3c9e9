import type { Plan } from "../plan/plan.ts";
import { type Console, createConsole } from "../report/console/console.ts";

/** The console of a run: a live tree where a person looks at a terminal, plain lines elsewhere. */
export function openConsole(json: boolean, plan: Plan): Console {
  const stream = json ? process.stderr : process.stdout;
  const interactive = stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== "dumb";
  return createConsole({
    interactive,
    colour: stream.isTTY === true && !process.env.NO_COLOR,
    columns: () => stream.columns ?? 120,
    rows: () => stream.rows ?? 40,
    write: (text) => stream.write(text),
    now: () => Date.now(),
    tick: (draw) => {
      const timer = setInterval(draw, 120);
      timer.unref();
      return () => clearInterval(timer);
    },
    stages: plan.stages.map(({ id, title }) => ({ id, title })),
  });
}
