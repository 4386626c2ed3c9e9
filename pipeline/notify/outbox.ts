import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, readJsonFile, writeFileAtomic } from "../io/files.ts";
import type { OutboxItem } from "./outbox-item.ts";

/** Older messages (ms) are no news any more; with more than this many the oldest are given up. */
export const outboxLimits = { ageMs: 24 * 3_600_000, count: 200 };

/** Time (ms) until the next run may try again: 30 s, doubled with each round, an hour at most. */
export const backoffMs = (attempts: number): number =>
  Math.min(3_600_000, 30_000 * 2 ** Math.max(0, Math.floor(attempts / 3) - 1));

/** What waits to be sent: written before the first try, removed when it arrived. */
export interface Outbox {
  put(item: OutboxItem): Promise<void>;
  remove(id: string): Promise<void>;
  /** What may be tried at `now`, oldest first. Damaged, old and surplus messages go, and `dropped` says so. */
  due(now: number): Promise<{ items: OutboxItem[]; dropped: string[] }>;
}

/** An outbox in the tool's state directory: a file a message. */
export function createOutbox(state: string): Outbox {
  const directory = join(state, "outbox");
  const file = (id: string): string => join(directory, `${id}.json`);
  const remove = (id: string): Promise<void> => rm(file(id), { force: true });
  return {
    put: (item) => writeFileAtomic(file(item.id), `${JSON.stringify(item)}\n`, { mode: 0o600 }),
    remove,
    async due(now) {
      const items: OutboxItem[] = [];
      const dropped: string[] = [];
      const names = namesIn(directory);
      if (names.length === 0) return { items, dropped };
      const { checkItem } = await import("./outbox-item.ts");
      for (const name of names) {
        const read = await readJsonFile(join(directory, name), checkItem);
        if (read.ok && read.value !== null) items.push(read.value);
        if (read.ok) continue;
        dropped.push(`outbox: ${name} is damaged and was removed`);
        await rm(join(directory, name), { force: true });
      }
      const { keep, giveUp } = sorted(items, now);
      for (const { item, why } of giveUp) {
        dropped.push(`${untold(item)}: ${item.lastError ?? "never tried"}; given up, ${why}`);
        await remove(item.id);
      }
      return { items: keep.filter((item) => item.nextAt <= now), dropped };
    },
  };
}

type GivenUp = { item: OutboxItem; why: string };

/** Oldest first; what is too old, or more than there may be, is given up. */
function sorted(items: OutboxItem[], now: number): { keep: OutboxItem[]; giveUp: GivenUp[] } {
  const byAge = items.toSorted((a, b) => a.message.at - b.message.at);
  const isOld = ({ message }: OutboxItem): boolean => now - message.at > outboxLimits.ageMs;
  const fresh = byAge.filter((item) => !isOld(item));
  const surplus = Math.max(0, fresh.length - outboxLimits.count);
  return {
    keep: fresh.slice(surplus),
    giveUp: [
      ...byAge.filter(isOld).map((item) => ({ item, why: "it is more than a day old" })),
      ...fresh.slice(0, surplus).map((item) => ({ item, why: "too many wait" })),
    ],
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^[\w-]+\.json$/.test(name))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** "slack was not told that 1.2.0 on production is returned". */
export const untold = ({ channel, message }: Pick<OutboxItem, "channel" | "message">): string =>
  `${channel.kind} was not told that ${message.version} on ${message.environment} is ${message.event}`;
