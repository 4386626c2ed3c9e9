// A process of its own that puts load on one port of loopback when it is asked to, and answers with the result.
import { type Client, startClient } from "./client.ts";
import { createTally, type LoadResult } from "./tally.ts";

/** One round: it ends after so many requests or so much time, whichever comes first. */
export type Round = {
  port: number;
  clients: number;
  requests: number;
  limitMs: number;
  /** A message `{ sent }` each time so many more requests have begun; 0 for none. */
  reportEvery: number;
};

/** A request that waits longer than this has failed. */
const answerLimitMs = 10_000;

/** So many failures say enough: the round ends. */
const enoughFailures = 1_000;

function load(round: Round): Promise<LoadResult> {
  return new Promise((resolve) => {
    const tally = createTally();
    const clients: Client[] = [];
    const started = performance.now();
    let sent = 0;
    let open = round.clients;
    let overtime = false;
    const claim = (): boolean => {
      if (overtime || sent >= round.requests || tally.failed >= enoughFailures) return false;
      sent++;
      if (round.reportEvery > 0 && sent % round.reportEvery === 0) process.send?.({ sent });
      return true;
    };
    const limit = setTimeout(() => {
      overtime = true;
    }, round.limitMs);
    const expiry = setInterval(() => {
      for (const client of clients) client.expire(answerLimitMs);
    }, 500);
    const done = (): void => {
      if (--open > 0) return;
      clearTimeout(limit);
      clearInterval(expiry);
      resolve(tally.result(performance.now() - started));
    };
    for (let index = 0; index < round.clients; index++)
      clients.push(startClient(round.port, tally, claim, done));
  });
}

process.on("message", async (round: Round) => {
  process.send?.({ answer: await load(round) });
});
process.once("disconnect", () => process.exit());
process.send?.({ answer: "ready" });
