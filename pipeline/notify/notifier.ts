import { digestOf } from "../canonical.ts";
import type { NotifyChannel } from "../config/config.ts";
import { headText } from "../deploy/journal.ts";
import type { Failure } from "../failure.ts";
import type { Listener, RunEvent } from "../run/event.ts";
import { type Delivery, deliver } from "./deliver.ts";
import type { Message } from "./message.ts";
import { alwaysTold, type News, newsOf } from "./news.ts";
import type { Outbox } from "./outbox.ts";
import type { OutboxItem } from "./outbox-item.ts";
import type { SendOptions } from "./send.ts";

export type NotifierOptions = SendOptions & {
  /** Where messages wait until they have arrived. */
  outbox: Outbox;
  /** Channels by environment. */
  channels: Record<string, NotifyChannel[]>;
  actor: string;
  /** Where the run can be seen, or null; the live system's URL goes first. */
  link: string | null;
  /** A failure as one sentence. */
  words(failure: Failure): string;
};

/**
 * `settle` waits for what is under way, at most 10 s, and gives what did not arrive as sentences for the report;
 * what may still arrive is kept in the outbox, and the next run tries again.
 */
export type Notifier = { listener: Listener; settle(): Promise<string[]> };

const settleLimitMs = 10_000;

/**
 * A listener that tells channels about rollouts; it never fails and never holds up a run (B47). It begins with
 * what earlier runs could not deliver.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const delivery: Delivery = deliver(options);
  const run = { run: "", app: "", version: "" };
  const heads = new Map<string, string>();

  const tell = (news: News, at: number): void => {
    const { environment, event, reason } = news;
    const version = news.version ?? run.version;
    const id = digestOf([run.run, event, environment, version, at, reason]).slice(0, 16);
    const link = news.url ?? options.link;
    const { actor } = options;
    const journal = heads.get(environment) ?? null;
    const { run: of, app } = run;
    const message: Message = {
      id,
      event,
      app,
      environment,
      version,
      actor,
      reason,
      link,
      journal,
      run: of,
      at,
    };
    for (const channel of channelsFor(news, options.channels))
      if (channel.on.includes(event) || alwaysTold.includes(event)) delivery.send(itemOf(channel, message));
  };

  const listener: Listener = (event) => {
    if (event.kind === "run-started")
      Object.assign(run, { run: event.run, app: event.app, version: event.version });
    // The head comes before what the rollout came to is told.
    const head = headIn(event);
    if (head !== null) heads.set(head.environment, head.text);
    const news = newsOf(event, options.words);
    if (news !== null) tell(news, event.at);
  };

  return { listener, settle: () => delivery.settle(settleLimitMs) };
}

/** The journal's head as people pass it on. */
function headIn(event: RunEvent): { environment: string; text: string } | null {
  if (event.kind !== "rollout" || event.fact.kind !== "journalled") return null;
  const { environment, sequence, hash } = event.fact;
  return { environment, text: headText({ sequence, hash }) };
}

const itemOf = (channel: NotifyChannel, message: Message): OutboxItem => ({
  format: 1,
  id: `${message.at}-${message.id}-${digestOf([channel.kind, channel.url]).slice(0, 8)}`,
  channel,
  message,
  attempts: 0,
  lastError: null,
  nextAt: message.at,
});

/** Who is told: the channels of the environment; of a break-glass everybody, each once (B45). */
function channelsFor({ event, environment }: News, channels: NotifierOptions["channels"]): NotifyChannel[] {
  if (event !== "break-glass") return channels[environment] ?? [];
  const all = new Map(
    Object.values(channels).flatMap((some) => some.map((one) => [digestOf([one.kind, one.url]), one])),
  );
  return [...all.values()];
}
