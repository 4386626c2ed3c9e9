import { canonicalJson } from "../../canonical.ts";
import type { AccessoryStatus } from "../../deploy/inspect.ts";
import type { Clock } from "../../io/clock.ts";
import type { RunningServer, ServerFacts, ServerSpec, Servers } from "../../io/server.ts";
import { fail, ok, type Result } from "../../result.ts";
import { backoffMs } from "./component.ts";

/** How an accessory is: `restarts` counts the times it died and was started again. */
export type LocalAccessory = AccessoryStatus & {
  kind: ServerSpec["kind"];
  restarts: number;
  /** Last log lines before it died; empty where it never did. */
  log: string[];
};

export type AccessoryParts = {
  servers: Servers;
  clock: Clock;
  directory(name: string): string;
  /** Called with each set of facts, before anything can print them. */
  learned(facts: ServerFacts): void;
  /** An accessory came back at another address: who uses it must be started again. */
  moved(name: string): void;
};

type Accessory = {
  spec: ServerSpec;
  server: RunningServer | null;
  starting: Promise<Result<RunningServer>> | null;
  restarts: number;
  log: string[];
};

/** The persistent servers beside the releases: started before the first one that needs them, kept running. */
export class Accessories {
  readonly #parts: AccessoryParts;
  readonly #all = new Map<string, Accessory>();
  readonly #ending = new AbortController();

  constructor(parts: AccessoryParts) {
    this.#parts = parts;
  }

  /** Makes these run, all at the same time; one whose specification changed is started anew. */
  async ensure(specs: ServerSpec[]): Promise<Result<Record<string, ServerFacts>>> {
    const started = await Promise.all(specs.map((spec) => this.#one(spec)));
    for (const each of started) if (!each.ok) return each;
    return ok(this.facts());
  }

  /** Facts of those that run. */
  facts(): Record<string, ServerFacts> {
    const running = [...this.#all].flatMap(([name, { server }]) =>
      server ? [[name, server.facts] as const] : [],
    );
    return Object.fromEntries(running);
  }

  /** Each of them as it is now; those that run are asked something. */
  async status(): Promise<LocalAccessory[]> {
    const { clock } = this.#parts;
    return Promise.all(
      [...this.#all].map(async ([name, one]): Promise<LocalAccessory> => {
        const asked = clock.now();
        const answered = await one.server?.ask();
        return {
          name,
          kind: one.spec.kind,
          state: one.server ? "running" : one.starting ? "starting" : "stopped",
          restarts: one.restarts,
          answerMs: answered ? clock.now() - asked : null,
          log: one.log,
        };
      }),
    );
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(
      [...this.#all.values()].map(async (one) => {
        await one.starting;
        await one.server?.stop();
        one.server = null;
      }),
    );
  }

  async #one(spec: ServerSpec): Promise<Result<RunningServer>> {
    if (this.#ending.signal.aborted) {
      return fail({ kind: "target-failed", action: `start ${spec.name}`, reason: "the daemon is ending" });
    }
    const known = this.#all.get(spec.name);
    const same = known !== undefined && canonicalJson(known.spec) === canonicalJson(spec);
    if (same && known.server) return ok(known.server);
    if (same && known.starting) return known.starting;
    if (known && !same) {
      await known.starting;
      const old = known.server;
      known.server = null;
      await old?.stop();
    }
    const one: Accessory = same
      ? known
      : { spec, server: null, starting: null, restarts: known?.restarts ?? 0, log: [] };
    this.#all.set(spec.name, one);
    one.starting = this.#start(one).finally(() => {
      one.starting = null;
    });
    return one.starting;
  }

  async #start(one: Accessory): Promise<Result<RunningServer>> {
    const { name } = one.spec;
    const started = await this.#parts.servers.start(one.spec, {
      directory: this.#parts.directory(name),
      persistent: true,
    });
    if (!started.ok) return started;
    const server = started.value;
    this.#parts.learned(server.facts);
    one.server = server;
    void server.died.then((log) => this.#died(one, server, log));
    return started;
  }

  async #died(one: Accessory, server: RunningServer, log: string[]): Promise<void> {
    if (one.server !== server || this.#ending.signal.aborted) return;
    one.server = null;
    one.log = log;
    for (let attempt = 0; ; attempt++) {
      await this.#parts.clock.sleep(backoffMs(attempt), this.#ending.signal);
      if (this.#ending.signal.aborted || this.#all.get(one.spec.name) !== one) return;
      const again = await this.#one(one.spec);
      if (!again.ok) continue;
      one.restarts++;
      if (again.value.facts.url !== server.facts.url) this.#parts.moved(one.spec.name);
      return;
    }
  }
}
