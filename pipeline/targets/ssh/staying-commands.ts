import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Question, Said } from "./said.ts";
import { StayingCommand } from "./staying.ts";
import { Turns } from "./turns.ts";

/** What is answered at once goes through one command, one after another: a second would take longer to start. */
const mostForShort = 1;
/** For what waits on the host, and for whoever the one above keeps waiting. */
const mostBeside = 5;
/** Longest wait (ms) for the first one: it hangs, or the link does. */
const patienceMs = 200;

type Start = (command: StayingCommand, words: readonly string[]) => Promise<Result<void, string>>;

/** Commands of one host that stay, for as long as the connection does. */
export class StayingCommands {
  readonly #clock: Clock;
  readonly #start: Start;
  readonly #short = new Turns(mostForShort);
  readonly #beside = new Turns(mostBeside);
  #idle: StayingCommand[] = [];

  constructor(clock: Clock, start: Start) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Asks one that is free; once the signal comes the answer is nobody's, and the command that owes it ends. */
  async ask(words: readonly string[], question: Question, over: AbortSignal): Promise<Result<Said, string>> {
    const turns = await this.#turn(question.isLong, over);
    if (turns === null) return fail("its time was over before its turn came");
    const key = JSON.stringify([turns === this.#short, words]);
    const at = this.#idle.findIndex((one) => one.key === key);
    const [free] = at < 0 ? [] : this.#idle.splice(at, 1);
    const command = free ?? new StayingCommand(key);
    const end = () => void command.end();
    over.addEventListener("abort", end);
    try {
      const started = command.isHere ? ok(undefined) : await this.#start(command, words);
      const said = started.ok ? ok(await command.ask(question)) : started;
      if (said.ok && command.isHere && !over.aborted) this.#idle.push(command);
      else end();
      return said;
    } finally {
      over.removeEventListener("abort", end);
      turns.give();
    }
  }

  async #turn(isLong: boolean, over: AbortSignal): Promise<Turns | null> {
    if (!isLong) {
      const patience = new AbortController();
      const first = this.#short.take(AbortSignal.any([patience.signal, over]));
      void this.#clock.sleep(patienceMs, patience.signal).then(() => patience.abort());
      const isFirst = await first;
      patience.abort();
      if (isFirst) return this.#short;
    }
    return (await this.#beside.take(over)) ? this.#beside : null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((one) => one.end()));
  }
}
