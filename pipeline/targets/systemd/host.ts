import { fail, ok, type Result } from "../../result.ts";
import type { Remote } from "../ssh/connection.ts";
import type { RunOptions } from "../ssh/said.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { isEnd, isLong, requestOf } from "./request.ts";

/** Where the host's part of an application is installed; it takes commands as its arguments. */
export const partOf = (app: string): string => `/usr/local/lib/bellwether/${app}`;

/** One host of an environment, as the configuration has it. */
export type HostSpec = {
  /** As it is shown. */
  name: string;
  /** Components that run there. */
  components: string[];
};

/** Why a host could not do what was asked. */
export type HostFailure =
  | { kind: "refused"; what: string; words: string; lines: string[] }
  | { kind: "unknown"; reason: string };

/** A host and the commands of its part. Every command names itself and is done at most once at a time. */
export class Host {
  readonly spec: HostSpec;
  readonly remote: Remote;
  readonly #prefix: string[];
  /** Takes what persons said to the rollout, from any answer. */
  heard: (lines: string[]) => void = () => {};

  constructor(spec: HostSpec, remote: Remote, app: string, sudo: boolean) {
    this.spec = spec;
    this.remote = remote;
    this.#prefix = [...(sudo ? ["sudo", "-n"] : []), partOf(app)];
  }

  get name(): string {
    return this.spec.name;
  }

  /** Runs a command of the host's part; the value is the lines of its answer. */
  async ask(
    words: readonly (string | number)[],
    options: RunOptions,
  ): Promise<Result<string[], HostFailure>> {
    const text = requestOf(words.map(String), options);
    const said = await (text === null
      ? this.remote.run([...this.#prefix, ...words.map(String)], options)
      : this.remote.ask([...this.#prefix, "serve"], {
          text,
          isEnd,
          isLong: isLong(words),
          timeoutMs: options.timeoutMs,
        }));
    const answer: Answer = said.ok ? readAnswer(said.value) : { kind: "unknown", reason: said.failure };
    if (answer.kind === "unknown") return fail(answer);
    this.heard(answer.lines);
    return answer.kind === "ok"
      ? ok(answer.lines)
      : fail({ kind: "refused", what: answer.what, words: answer.words, lines: answer.lines });
  }
}
