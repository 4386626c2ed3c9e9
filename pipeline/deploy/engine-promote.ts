import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { unfinished } from "./history.ts";
import type { Promotion, Store } from "./target.ts";

/** What persons have said to a rollout under way; it belongs to one engine. */
export class Promotions {
  #next: string | null = null;
  #full: string | null = null;
  #told = false;

  receive({ by, full }: Promotion): void {
    if (full) this.#full ??= by;
    else this.#next = by;
  }

  /** Who wants it to go on without further holds and pauses, or null. */
  get full(): string | null {
    return this.#full;
  }

  /** Whether nobody has told of the wish above yet; from now on somebody has. */
  tellOnce(): boolean {
    const first = !this.#told;
    this.#told = true;
    return first;
  }

  /** Who answers the pause under way, or null; an answer is good once. */
  take(): string | null {
    const by = this.#next;
    this.#next = null;
    return by;
  }
}

export type PromoteRequest = { store: Store; environment: string; by: string; full: boolean };

/**
 * Tells the engine at work to go on: to the next step out of a pause, or with `full` to the switch without further
 * holds and pauses. Refused where nothing waits for it. The value is the version that goes on.
 */
export async function promote(request: PromoteRequest): Promise<Result<{ version: string }>> {
  const { store, environment, by, full } = request;
  const journal = await store.journal();
  if (!journal.ok) return journal;
  const refused = (reason: string): Result<never> =>
    fail<Failure>({ kind: "nothing-to-promote", environment, reason });
  const last = unfinished(journal.value);
  if (last === null) return refused("no rollout is under way");
  const { version, openStep, failed } = last;
  if (failed) return refused(`${version} is on its way back`);
  if (!full && !openStep?.startsWith("pause"))
    return refused(`${version} is at ${openStep ?? "its beginning"}; only a pause waits for a person`);
  const heard = await store.promote({ by, full });
  if (!heard.ok) return heard;
  return heard.value ? ok({ version }) : refused(`the engine that ships ${version} is gone`);
}
