import { digestOf } from "../canonical.ts";
import { backoffMs, type Outbox, untold } from "./outbox.ts";
import type { OutboxItem } from "./outbox-item.ts";
import { type SendOptions, send } from "./send.ts";

export type DeliverOptions = SendOptions & { outbox: Outbox };

/** `send` begins and returns at once; `settle` waits for all of it, at most so long, and gives what is to be told. */
export type Delivery = { send(item: OutboxItem): void; settle(limitMs: number): Promise<string[]> };

/** Delivers what earlier runs left, then what it is given: into the outbox first, out of it once it has arrived. */
export function deliver(options: DeliverOptions): Delivery {
  const { outbox, clock } = options;
  const stop = new AbortController();
  const under = new Map<Promise<unknown>, string | null>();
  const notes: string[] = [];

  /** Nothing that goes wrong here reaches the run: it becomes a note. */
  const track = (work: Promise<string | null>, name: string | null): void => {
    const done: Promise<unknown> = work
      .catch(
        (error: unknown) => `${name ?? "outbox"}: ${error instanceof Error ? error.message : "it failed"}`,
      )
      .then((note) => {
        // What was given up at the end has its note already.
        if (under.delete(done) && note !== null) notes.push(note);
      });
    under.set(done, name);
  };

  const attempt = async (item: OutboxItem): Promise<string | null> => {
    const sent = await send(item.channel, item.message, options, stop.signal);
    if (sent.arrived) {
      await outbox.remove(item.id);
      return null;
    }
    const { why, lasting, tries } = sent;
    if (lasting) await outbox.remove(item.id);
    else {
      const attempts = item.attempts + tries;
      const nextAt = clock.now() + backoffMs(attempts);
      await outbox.put({ ...item, attempts, lastError: why, nextAt });
    }
    return `${untold(item)}: ${why}${lasting ? "" : kept}`;
  };

  /** A run beside this one finds it in the outbox too, and leaves it alone for that long. */
  const claimed = (item: OutboxItem): OutboxItem => ({ ...item, nextAt: clock.now() + claimMs });

  const first = async (item: OutboxItem): Promise<string | null> => {
    // A full disk is no reason to say nothing.
    await outbox.put(claimed(item)).catch((error: unknown) => {
      notes.push(`outbox: ${error instanceof Error ? error.message : "it cannot be written"}`);
    });
    return attempt(item);
  };

  /** Channel by channel, and no further once one fails: the others would fail as well. */
  const earlier = async (): Promise<null> => {
    const { items, dropped } = await outbox.due(clock.now());
    notes.push(...dropped);
    const idOf = ({ channel }: OutboxItem) => digestOf([channel.kind, channel.url]);
    const channels = [...new Set(items.map(idOf))];
    await Promise.all(channels.map((id) => catchUp(items.filter((item) => idOf(item) === id))));
    return null;
  };

  const catchUp = async (items: OutboxItem[]): Promise<void> => {
    for (const [index, item] of items.entries()) {
      await outbox.put(claimed(item));
      const note = await attempt(item);
      const left = items.length - index;
      if (note !== null && left > 1)
        notes.push(`${item.channel.kind}: ${left} messages of earlier runs wait; ${note}`);
      else if (note !== null) notes.push(note);
      if (note !== null || stop.signal.aborted) return;
    }
  };
  track(earlier(), null);

  return {
    send: (item) => track(first(item), untold(item)),
    settle: async (limitMs) => {
      if (under.size === 0) return notes;
      const over = new AbortController();
      const late = clock.sleep(limitMs, over.signal);
      let waiting = true;
      void late.then(() => {
        waiting = false;
      });
      while (under.size > 0 && waiting) await Promise.race([Promise.all(under.keys()), late]);
      over.abort();
      for (const name of under.values())
        if (name !== null) notes.push(`${name}: no answer came in time${kept}`);
      under.clear();
      stop.abort();
      return notes;
    },
  };
}

/** Longer than all tries of one run together (ms). */
const claimMs = 60_000;

const kept = "; it is kept, and the next run tries again";
