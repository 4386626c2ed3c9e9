import type { NotifyChannel } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import type { Listener } from "../run/event.ts";
import type { Message } from "./message.ts";
import { alwaysTold, newsOf } from "./news.ts";
import { type SendOptions, send } from "./send.ts";

export type NotifierOptions = SendOptions & {
  /** Channels by environment. */
  channels: Record<string, NotifyChannel[]>;
  actor: string;
  /** Where the run can be seen, or null; the live system's URL goes first. */
  link: string | null;
  /** A failure as one sentence. */
  words(failure: Failure): string;
};

/** `settle` waits for what is under way, at most 10 s, and gives what did not arrive as sentences for the report. */
export type Notifier = { listener: Listener; settle(): Promise<string[]> };

const settleLimitMs = 10_000;

/** A listener that tells channels about rollouts; it never fails and never holds up a run (B47). */
export function createNotifier(options: NotifierOptions): Notifier {
  const stop = new AbortController();
  const sending = new Map<Promise<void>, string>();
  const notes: string[] = [];
  const run = { run: "", app: "", version: "" };

  const tell = (channel: NotifyChannel, message: Message): void => {
    const name = `${channel.kind} was not told that ${message.version} on ${message.environment} is ${message.event}`;
    const sent: Promise<void> = send(channel, message, options, stop.signal)
      .catch(() => "sending it broke off")
      .then((why) => {
        // What was given up at the end has its note already.
        if (sending.delete(sent) && why !== null) notes.push(`${name}: ${why}`);
      });
    sending.set(sent, name);
  };

  const listener: Listener = (event) => {
    if (event.kind === "run-started")
      Object.assign(run, { run: event.run, app: event.app, version: event.version });
    const news = newsOf(event, options.words);
    if (news === null) return;
    const { environment, reason } = news;
    const message: Message = {
      event: news.event,
      app: run.app,
      environment,
      version: news.version ?? run.version,
      actor: options.actor,
      reason,
      link: news.url ?? options.link,
      run: run.run,
      at: event.at,
    };
    for (const channel of options.channels[environment] ?? [])
      if (channel.on.includes(news.event) || alwaysTold.includes(news.event)) tell(channel, message);
  };

  const settle = async (): Promise<string[]> => {
    const done = new AbortController();
    await Promise.race([Promise.all(sending.keys()), options.clock.sleep(settleLimitMs, done.signal)]);
    done.abort();
    for (const name of sending.values()) notes.push(`${name}: no answer came in time`);
    sending.clear();
    stop.abort();
    return notes;
  };

  return { listener, settle };
}
