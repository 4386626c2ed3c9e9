import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../io/clock.ts";
import type { Processes } from "../../io/process.ts";
import { fail, ok, type Result } from "../../result.ts";
import { endLeftover, type RunningHaproxy, startHaproxy } from "./child.ts";
import { closeFrontend, look } from "./commands.ts";
import { type ConfiguredSlot, haproxyConfiguration } from "./config.ts";
import { LogDoor } from "./log-door.ts";
import { Reader, type SlotReading } from "./reader.ts";
import { ask, complaintOf } from "./runtime.ts";
import { readStatistics, type ServerFigures } from "./statistics.ts";

export type HaproxyOptions = {
  processes: Processes;
  clock: Clock;
  /** Path of the program; see `findHaproxy`. */
  program: string;
  /** For the configuration; it is there. */
  directory: string;
  /** Paths of sockets by name, short enough for every system. */
  socket(name: string): string;
  /** Takes what a person should know. */
  note(text: string): void;
};

/** One HAProxy, and what reads its figures. */
export type Serving = RunningHaproxy & { reader: Reader };

const away = "HAProxy does not run";

/** Waits (ms) between two looks at what is still open: short at first, since most requests are. */
const shortestLookMs = 2;
const longestLookMs = 50;

/** The process that serves, and how it is spoken to; where it is replaced, the one before it ends in its own time. */
export class HaproxyProcesses {
  readonly #options: HaproxyOptions;
  readonly #door: LogDoor;
  #serving: Serving | null = null;
  #generation = 0;

  constructor(options: HaproxyOptions) {
    this.#options = options;
    this.#door = new LogDoor(options.socket("log"), (line) => this.#serving?.reader.take(line));
  }

  get serving(): Serving | null {
    return this.#serving;
  }

  /** Starts one more on a port, with these slots; a failure is a system's code, or why it did not start. */
  async start(port: number, slots: readonly ConfiguredSlot[]): Promise<Result<Serving, string>> {
    const { clock, directory, note, processes, program, socket } = this.#options;
    if (this.#generation === 0) {
      await mkdir(dirname(socket("log")), { recursive: true, mode: 0o700 });
      for (const name of ["even", "odd"]) await endLeftover(socket(name), clock);
      await this.#door.open();
    }
    const generation = ++this.#generation;
    // Two sockets in turn: an HAProxy that ends must not take the socket of the next one with it.
    const runtime = socket(generation % 2 === 0 ? "even" : "odd");
    const configuration = haproxyConfiguration({ port, runtime, log: socket("log"), generation, slots });
    const started = await startHaproxy({ processes, clock, program, directory, configuration, runtime });
    if (!started.ok) return started;
    return ok({ ...started.value, reader: new Reader({ generation, runtime, clock, note }) });
  }

  /** From here on this one is spoken to; null: none is. */
  use(serving: Serving | null): void {
    this.#serving = serving;
  }

  /** Sends commands; the first that HAProxy does not take is a failure. */
  async say(commands: string): Promise<Result<void, string>> {
    if (commands === "") return ok(undefined);
    if (this.#serving === null) return fail(away);
    const said = await ask(this.#serving.runtime, commands);
    if (!said.ok) return said;
    const complaint = complaintOf(said.value);
    return complaint === null ? ok(undefined) : fail(`HAProxy: ${complaint}`);
  }

  /** The servers as they are now, by slot. */
  async figures(): Promise<Result<Record<string, ServerFigures>, string>> {
    if (this.#serving === null) return fail(away);
    const said = await ask(this.#serving.runtime, look);
    return said.ok ? readStatistics(said.value) : said;
  }

  /** The counters of every slot, up to now. */
  async read(): Promise<Result<Record<string, SlotReading>, string>> {
    return this.#serving === null ? fail(away) : await this.#serving.reader.read();
  }

  /** Lets one end: nothing new, what is open for `graceMs`, then nothing. */
  async retire({ child, runtime }: Serving, graceMs: number): Promise<void> {
    await ask(runtime, closeFrontend);
    await this.untilEmpty(graceMs, async () => {
      const said = await ask(runtime, look);
      const figures = said.ok ? readStatistics(said.value) : said;
      return figures.ok ? openIn(Object.values(figures.value)) : 0;
    });
    await child.stop(1_000);
  }

  /** Looks until nothing is open, at most `limitMs`; gives what still is. */
  async untilEmpty(limitMs: number, open: () => Promise<number>): Promise<number> {
    const { clock } = this.#options;
    const deadline = clock.now() + limitMs;
    for (let wait = shortestLookMs; ; wait = Math.min(wait * 2, longestLookMs)) {
      const found = await open();
      const left = deadline - clock.now();
      if (found === 0 || left <= 0) return found;
      await clock.sleep(Math.min(wait, left));
    }
  }

  close(): Promise<void> {
    return this.#door.close();
  }
}

/** What is open or waits at these servers. */
export const openIn = (figures: readonly (ServerFigures | undefined)[]): number =>
  figures.reduce((sum, one) => sum + (one ? one.open + one.queued : 0), 0);
