import type { Plan } from "../plan/plan.ts";
import { type Console, createConsole } from "../report/console/console.ts";
import { columnsOf, hasColour } from "./terminal.ts";

/** The console of a run: a live tree where a person looks at a terminal, plain lines elsewhere. */
export function openConsole(json: boolean, plan: Plan): Console {
  const stream = json ? process.stderr : process.stdout;
  const interactive = stream.isTTY === true && process.env.CI === undefined && process.env.TERM !== "dumb";
  const { write, flush } = interactive
    ? { write: (text: string) => void stream.write(text), flush: () => undefined }
    : gathered((text) => void stream.write(text));
  const console = createConsole({
    interactive,
    colour: hasColour(stream),
    columns: () => columnsOf(stream),
    rows: () => stream.rows ?? 40,
    write,
    now: () => Date.now(),
    tick: (draw) => {
      const timer = setInterval(draw, 120);
      timer.unref();
      return () => clearInterval(timer);
    },
    stages: plan.stages.map(({ id, title }) => ({ id, title })),
  });
  const close = (): void => {
    console.close();
    flush();
  };
  return { ...console, close };
}

/** Gathers what is written in one turn: a hundred cached steps end in one, and each write is a call of the system. */
function gathered(put: (text: string) => void): { write(text: string): void; flush(): void } {
  let held = "";
  const flush = (): void => {
    if (held !== "") put(held);
    held = "";
  };
  const write = (text: string): void => {
    if (held === "") setImmediate(flush);
    held += text;
  };
  return { write, flush };
}
