import { z } from "zod";
import { digestOf } from "../../canonical.ts";
import { readState, writeStateTwice } from "../../io/state.ts";
import { fail, ok, type Result } from "../../result.ts";

const serverSpec = z.object({
  name: z.string(),
  kind: z.enum(["postgres", "redis"]),
  version: z.string(),
  database: z.string(),
  user: z.string(),
  init: z.array(z.string()),
  extensions: z.array(z.string()),
});

const lease = z.object({ rollout: z.string(), version: z.string(), actor: z.string(), since: z.string() });

const localState = z.object({
  format: z.literal(1),
  /** Port of the router, chosen or given; null before the first configuration. */
  port: z.number().int().nullable(),
  router: z.enum(["built-in", "haproxy"]).default("built-in"),
  accessories: z.array(serverSpec),
  layouts: z.record(z.string(), z.string()),
  /** Id of the release that completed last. */
  live: z.string().nullable(),
  /** The last fencing token given. */
  token: z.number().int(),
  /** Who holds the lease: found at a start, that engine ended with the daemon. */
  holder: lease.nullable(),
  /** A rollout whose engine ended without a word, until a lease is given back in order. */
  lost: lease.nullable(),
  /** How releases beside the live one are retired. */
  retire: z.object({ warmMs: z.number(), drainMs: z.number() }).nullable(),
  /** Until when (ms since the epoch) they stay ready. */
  warmUntil: z.number().nullable(),
  /** The live release was stopped by a person: a new daemon does not start it. */
  stopped: z.boolean(),
});

const summed = z.looseObject({ sum: z.string().optional() });

/** What an environment remembers, `state.json`. */
export type LocalState = z.infer<typeof localState>;

export const emptyState: LocalState = {
  format: 1,
  port: null,
  router: "built-in",
  accessories: [],
  layouts: {},
  live: null,
  token: 0,
  holder: null,
  lost: null,
  retire: null,
  warmUntil: null,
  stopped: false,
};

/** Reads the state, or the last valid copy of it (B7: `notes` says so); an empty one where there is none. */
export async function readLocalState(file: string): Promise<Result<{ state: LocalState; notes: string[] }>> {
  const read = await readState(file, stateCheck, {
    what: "environment state",
    remedy: `move ${file} away; the journal and the releases beside it are kept`,
  });
  if (!read.ok) return read;
  const found = read.value;
  if (found.copy === "none") return ok({ state: emptyState, notes: [] });
  if (found.copy === "current") return ok({ state: found.value, notes: [] });
  const reason = found.because.kind === "file-corrupt" ? found.because.reason : found.because.kind;
  return ok({ state: found.value, notes: [`${file}: ${reason}; the last valid copy was used`] });
}

/** One changed byte can make another release the live one: what stands there must fit its own sum. */
function stateCheck(json: unknown): Result<LocalState, string> {
  const parsed = localState.safeParse(json);
  if (!parsed.success) return fail(z.prettifyError(parsed.error).split("\n")[0] ?? "unknown form");
  // The sum is over what was written, which may say more than is read here (an accessory's image, for example).
  const { sum, ...written } = summed.parse(json);
  return sum === digestOf(written) ? ok(parsed.data) : fail("its content does not fit its sum");
}

/** The state in memory and on disk; writes happen one after the other. */
export class StateKeeper {
  readonly #file: string;
  #value: LocalState;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, value: LocalState) {
    this.#file = file;
    this.#value = value;
  }

  get value(): LocalState {
    return this.#value;
  }

  /** Takes effect at once in memory; settles when it is on disk, in both copies (B7). */
  change(part: Partial<LocalState>): Promise<void> {
    this.#value = { ...this.#value, ...part };
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  /** Settles when every change so far is on disk, or could not be written. */
  settled(): Promise<void> {
    return this.#writing.catch(() => {});
  }

  async #write(): Promise<void> {
    await writeStateTwice(this.#file, { ...this.#value, sum: digestOf(this.#value) });
  }
}
