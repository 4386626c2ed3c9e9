import type { Failure } from "../../failure.ts";
import type { Listener, RolloutFact, RunEvent } from "../../run/event.ts";
import { addEvent, emptyReport } from "../fold.ts";
import { inOrder } from "../in-order.ts";
import { eventLines, factLines, finishedLines } from "./event-lines.ts";
import { flowing, type Line, painted } from "./line.ts";
import { liveLines } from "./live-lines.ts";
import { addLive, type LiveState } from "./live-state.ts";
import { Screen, type ScreenOptions } from "./screen.ts";
import { summaryLines } from "./summary.ts";

export type ConsoleOptions = ScreenOptions & {
  /** A terminal that a person looks at: the tree is redrawn. Otherwise plain lines. */
  interactive: boolean;
  /** ms since the epoch. */
  now(): number;
  /** Calls `draw` several times a second until the function that it gives is called. */
  tick(draw: () => void): () => void;
  /** Stages of the plan in order, so that those to come are in the tree too. */
  stages: { id: string; title: string }[];
};

/** Shows a run as it goes. */
export type Console = {
  listener: Listener;
  /** Keeps off the terminal while somebody is asked something there, and then tells what has happened meanwhile. */
  aside<T>(ask: () => Promise<T>): Promise<T>;
  /** Restores the terminal; may be called at any time, also twice. */
  close(): void;
};

export function createConsole(options: ConsoleOptions): Console {
  const report = emptyReport();
  const shown = new Set<Failure>();
  const show = options.interactive ? interactive(options) : plain(options);
  const listener: Listener = (event) => {
    addEvent(report, event);
    show.event(event);
    if (event.kind === "step-finished" && event.result.outcome === "failed") shown.add(event.result.failure);
    if (event.kind !== "run-finished") return;
    show.close();
    write(
      options,
      summaryLines(
        { ...report, stages: inOrder(report.stages, options.stages) },
        (failure) => shown.has(failure),
        options.columns(),
      ),
    );
  };
  return { listener, aside: show.aside, close: show.close };
}

type Show = Pick<Console, "aside" | "close"> & { event: Listener };

/** In plain lines a measurement without a verdict is told this often (ms), not at every reading. */
const measuredEvery = (holdMs: number): number => Math.min(60_000, Math.max(2_000, holdMs / 30));

function plain(options: ConsoleOptions): Show {
  const told = new Map<string, number>();
  const isRepetition = (event: RunEvent): boolean => {
    if (event.kind !== "rollout" || event.fact.kind !== "measured") return false;
    if (event.fact.verdict !== "waiting") return false;
    const { holdMs } = event.fact;
    if (event.at - (told.get(event.step) ?? 0) < measuredEvery(holdMs)) return true;
    told.set(event.step, event.at);
    return false;
  };
  return {
    event: (event) => {
      if (!isRepetition(event)) write(options, eventLines(event, options.columns()));
    },
    aside: (ask) => ask(),
    close: () => undefined,
  };
}

function interactive(options: ConsoleOptions): Show {
  const state: LiveState = {
    stages: options.stages.map((stage) => ({ ...stage, state: "waiting", startedAt: 0, ms: 0, reason: "" })),
    running: [],
  };
  const screen = new Screen(options);
  const held: Line[] = [];
  let asking = 0;
  const draw = (lines: Line[] = []): void => {
    held.push(...lines);
    if (asking === 0) screen.update(held.splice(0), liveLines(state, options.now(), options.rows() - 1));
  };
  let stop: (() => void) | null = null;
  return {
    event: (event) => {
      addLive(state, event);
      if (event.kind === "run-started") stop = options.tick(() => draw());
      // Output may come by thousands of lines a second: the next tick shows the last one.
      if (event.kind !== "step-output" && event.kind !== "run-finished")
        draw(lastingLines(event, options.columns() - 1));
    },
    aside: async (ask) => {
      asking += 1;
      screen.close();
      try {
        return await ask();
      } finally {
        asking -= 1;
        if (stop) draw();
      }
    },
    close: () => {
      stop?.();
      stop = null;
      screen.close();
      write(options, held.splice(0));
    },
  };
}

/** What stays on the screen above the tree. */
function lastingLines(event: RunEvent, columns: number): Line[] {
  switch (event.kind) {
    case "run-started":
    case "note":
      return eventLines(event);
    case "rollout":
      return isLasting(event.fact) ? factLines(event.step, event.fact, columns) : [];
    case "step-finished": {
      const lines = finishedLines(event.step, event.result, event.ms);
      return event.result.outcome === "passed" ? lines.slice(1) : lines;
    }
    default:
      return [];
  }
}

/** What somebody may have to act upon, or will look for afterwards. */
const lasting: RolloutFact["kind"][] = [
  "recovered",
  "gates",
  "break-glass",
  "drift",
  "rotated",
  "unchanged",
  "began",
  "shifted",
  "continued",
  "committed",
  "returning",
  "returned",
];

const isLasting = (fact: RolloutFact): boolean =>
  lasting.includes(fact.kind) || (fact.kind === "drained" && fact.leftOpen > 0);

const write = ({ write: put, colour, columns }: ConsoleOptions, lines: Line[]): void => {
  const shown = lines.flatMap((each) => flowing(each, columns()));
  if (shown.length > 0) put(shown.map((each) => `${painted(each, colour)}\n`).join(""));
};
