import type { Child, Processes } from "../../io/process.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Question, Said } from "./said.ts";

/** A command of a host that stays, and answers one question after another. */
export class StayingCommand {
  /** What it is, for whoever looks for a free one. */
  readonly key: string;
  #child: Child | null = null;
  #isOver = false;
  #said: Said = { out: [], err: [], exitCode: null };
  #heard: (line: string) => void = () => {};

  constructor(key: string) {
    this.key = key;
  }

  get isHere(): boolean {
    return this.#child !== null;
  }

  async start(
    processes: Processes,
    argv: string[],
    environment: Record<string, string>,
  ): Promise<Result<void, string>> {
    const started = await processes.start({
      argv,
      directory: "/",
      environment,
      inputOpen: true,
      output: (stream, line) => {
        this.#said[stream].push(line);
        if (stream === "out") this.#heard(line);
      },
    });
    if (!started.ok) return fail(started.failure);
    const child = started.value;
    this.#child = child;
    if (this.#isOver) void child.stop(0);
    void child.ended.then(() => {
      this.#child = null;
    });
    return ok(undefined);
  }

  /** What it said up to the end of its answer, without that line, or until it was gone. */
  async ask({ text, isEnd }: Question): Promise<Said> {
    this.#said = { out: [], err: [], exitCode: null };
    const said = this.#said;
    const child = this.#child;
    if (!child) return said;
    const answered = new Promise<null>((resolve) => {
      this.#heard = (line) => {
        if (!isEnd(line)) return;
        said.out.pop();
        resolve(null);
      };
    });
    child.send(text);
    const ended = await Promise.race([answered, child.ended]);
    return ended === null ? { ...said, exitCode: 0 } : { ...said, exitCode: ended.exitCode };
  }

  /** Also where it only comes later: nobody waits for it any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#child?.stop(0);
  }
}
