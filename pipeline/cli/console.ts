import type { Plan } from "../plan/plan.ts";
import { type Console, createConsole } from "../report/console/console.ts";
import { columnsOf, hasColour } from "./terminal.ts";

/** The console of a run: a live tree where a person looks at a terminal, plain lines elsewhere. */
export function openConsole(json: boolean, plan: Plan): Console {
  const stream = json ? process.stderr : process.stdout;
  const interactive = stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== "dumb";
  return createConsole({
    interactive,
    colour: hasColour(stream),
    columns: () => columnsOf(stream),
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
