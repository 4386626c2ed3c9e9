import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { NotifyChannel, NotifyEvent } from "../../pipeline/config/config.ts";
import type { Failure } from "../../pipeline/failure.ts";
import type { HttpAnswer, HttpRequest } from "../../pipeline/io/http.ts";
import { createNotifier } from "../../pipeline/notify/notifier.ts";
import type { Outbox } from "../../pipeline/notify/outbox.ts";
import type { OutboxItem } from "../../pipeline/notify/outbox-item.ts";
import { slackPayload } from "../../pipeline/notify/slack.ts";
import { webhookPayload } from "../../pipeline/notify/webhook.ts";
import { ok } from "../../pipeline/result.ts";
import { Secret } from "../../pipeline/secret.ts";
import { ManualClock, settle } from "../support/manual-clock.ts";
import { returnedRelease, timed } from "../support/sample-events.ts";

const channel = (
  kind: NotifyChannel["kind"],
  on: NotifyEvent[],
  over: Partial<NotifyChannel> = {},
): NotifyChannel => ({
  kind,
  url: { from: "env", name: "HOOK", minLength: 0 },
  secret: null,
  on,
  ...over,
});
const answer = (status: number): HttpAnswer => ({ kind: "answer", status, headers: {}, body: "", ms: 1 });
const refused: HttpAnswer = {
  kind: "none",
  reason: "refused",
  message: "http://hook.test/secret refused",
  ms: 1,
};

/** An outbox in memory: what is in it, by id. */
function memory(kept: OutboxItem[] = []): Outbox & { kept: Map<string, OutboxItem> } {
  const items = new Map(kept.map((item) => [item.id, item]));
  return {
    kept: items,
    put: async (item) => void items.set(item.id, item),
    remove: async (id) => void items.delete(id),
    due: async (now) => ({ items: [...items.values()].filter((item) => item.nextAt <= now), dropped: [] }),
  };
}

function given(
  channels: NotifyChannel[],
  answers: (HttpAnswer | "silence")[] = [],
  outbox: Outbox & { kept: Map<string, OutboxItem> } = memory(),
) {
  const clock = new ManualClock();
  const sent: HttpRequest[] = [];
  const notifier = createNotifier({
    channels: { production: channels },
    outbox,
    clock,
    http: {
      send: async (request) => {
        sent.push(request);
        const next = answers[sent.length - 1] ?? answer(200);
        return next === "silence" ? new Promise(() => undefined) : next;
      },
    },
    resolve: async () => ok(new Secret("HOOK", "http://hook.test/secret")),
    actor: "asha",
    link: "http://ci.test/run/1",
    words: (failure) => `${failure.kind} happened`,
  });
  const told = (): NotifyEvent[] => sent.map((request) => JSON.parse(request.body ?? "").event);
  return { clock, sent, notifier, told, outbox };
}

const message = {
  id: "m1",
  event: "promoted",
  app: "quotes",
  environment: "production",
  version: "1.2.0",
  actor: "asha <a&b>",
  reason: null,
  link: "http://127.0.0.1:8080",
  journal: null,
  run: "r1",
  at: 5,
} as const;

test("a Slack message says app, environment, version, who, outcome and link, with its three characters escaped", () => {
  expect(slackPayload(message)).toEqual({
    text: "quotes 1.2.0 on production: is live",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "quotes 1.2.0 on production: is live" } },
      {
        type: "section",
        fields: [
          { type: "mrkdwn", text: "*App*\nquotes" },
          { type: "mrkdwn", text: "*Environment*\nproduction" },
          { type: "mrkdwn", text: "*Version*\n1.2.0" },
          { type: "mrkdwn", text: "*By*\nasha &lt;a&amp;b&gt;" },
        ],
      },
      { type: "section", text: { type: "mrkdwn", text: "<http://127.0.0.1:8080|Open>" } },
    ],
  });
});

test("a webhook gets the message as JSON with a version", () => {
  expect(webhookPayload(message)).toEqual({ format: 1, ...message });
});

test("B47: a channel is told what it asked for, and failures and ways back in any case", async () => {
  const { notifier, told, sent } = given([channel("webhook", ["started"])]);
  for (const event of returnedRelease()) notifier.listener(event);
  expect(await notifier.settle()).toEqual([]);
  expect(told()).toEqual(["started", "returned"]);
  expect(sent[0]).toMatchObject({ method: "POST", url: "http://hook.test/secret", timeoutMs: 5000 });
  expect(JSON.parse(sent[1]?.body ?? "")).toMatchObject({
    app: "quotes",
    reason: "p95 410 ms, stable 8 ms",
    link: "http://ci.test/run/1",
  });
});

test("a missing approval, a failed rollout and a completed rollback are news; a failed check is not", async () => {
  const { notifier, told } = given([channel("webhook", ["waiting"])]);
  const approval: Failure = {
    kind: "approval-missing",
    environment: "production",
    version: "1.2.0",
    digests: [],
    command: "x",
  };
  const failure: Failure = { kind: "target-failed", action: "start", reason: "no" };
  const finished = (step: string, failed: Failure) =>
    ({
      kind: "step-finished",
      stage: "s",
      step,
      title: step,
      result: { outcome: "failed", failure: failed },
      ms: 1,
    }) as const;
  const committed = { kind: "committed", version: "1.1.0", url: "http://127.0.0.1:8080" } as const;
  for (const event of timed([
    finished("approval:production", approval),
    finished("lint:biome", failure),
    finished("rollout:production", failure),
    { kind: "rollout", stage: "rollback", step: "rollback:production", fact: committed },
  ]))
    notifier.listener(event);
  await notifier.settle();
  expect(told()).toEqual(["waiting", "failed", "rolled-back"]);
});

test("B47: a channel that is down is tried three times and recorded, without its URL", async () => {
  const { clock, notifier, sent } = given([channel("slack", [])], [refused, answer(503), refused]);
  for (const event of returnedRelease()) notifier.listener(event);
  const settled = notifier.settle();
  await clock.advance(9_000);
  const notes = await settled;
  expect(sent).toHaveLength(3);
  expect(notes).toEqual([
    "slack was not told that 1.2.0 on production is returned: the connection was refused; it is kept, and the next run tries again",
  ]);
  expect(notes.join("")).not.toContain("hook.test");
});

test("a channel that refuses the message is not asked again", async () => {
  const { notifier, sent } = given([channel("slack", [])], [answer(404)]);
  for (const event of returnedRelease()) notifier.listener(event);
  expect(await notifier.settle()).toEqual([
    "slack was not told that 1.2.0 on production is returned: it answered 404",
  ]);
  expect(sent).toHaveLength(1);
});

test("a channel that never answers holds up the end for 10 s at most", async () => {
  const { clock, notifier } = given([channel("slack", [])], ["silence"]);
  for (const event of returnedRelease()) notifier.listener(event);
  let done = false;
  const settled = notifier.settle().then((notes) => {
    done = true;
    return notes;
  });
  await clock.advance(9_999);
  expect(done).toBe(false);
  await clock.advance(1);
  await settle();
  expect(await settled).toEqual([
    "slack was not told that 1.2.0 on production is returned: no answer came in time; it is kept, and the next run tries again",
  ]);
});

test("B47: a message is in the outbox before it is sent, out of it once it has arrived", async () => {
  const outbox = memory();
  let atSending = 0;
  const { notifier } = given([channel("slack", ["returned"])], [], {
    ...outbox,
    put: async (item) => {
      await outbox.put(item);
      atSending = outbox.kept.size;
    },
  });
  for (const event of returnedRelease()) notifier.listener(event);
  expect(await notifier.settle()).toEqual([]);
  expect(atSending).toBe(1);
  expect([...outbox.kept]).toEqual([]);
});

test("B47: what did not arrive is kept by reference, and the next run delivers the very same message", async () => {
  const first = given([channel("slack", [])], [refused, refused, refused]);
  for (const event of returnedRelease()) first.notifier.listener(event);
  const settled = first.notifier.settle();
  await first.clock.advance(9_000);
  await settled;
  const [kept] = first.outbox.kept.values();
  expect(kept).toMatchObject({ attempts: 3, lastError: "the connection was refused" });
  expect(JSON.stringify(kept)).not.toContain("hook.test");
  const soon = given([], [], memory(kept ? [kept] : []));
  expect(await soon.notifier.settle()).toEqual([]);
  expect(soon.sent).toHaveLength(0);
  const later = given([], [], memory(kept ? [{ ...kept, nextAt: 0 }] : []));
  expect(await later.notifier.settle()).toEqual([]);
  expect(later.sent.map(({ body }) => body)).toEqual([first.sent[0]?.body]);
  expect([...later.outbox.kept]).toEqual([]);
});

test("B47: an outbox that cannot be written is noted, and the message goes out all the same", async () => {
  const broken = { ...memory(), put: () => Promise.reject(new Error("no space left")) };
  const { notifier, sent } = given([channel("webhook", [])], [], broken);
  for (const event of returnedRelease()) notifier.listener(event);
  expect(await notifier.settle()).toEqual(["outbox: no space left"]);
  expect(sent).toHaveLength(1);
});

test("a webhook with a key signs time and body, so that a receiver can tell who sent it and when", async () => {
  const secret = { from: "env", name: "HOOK_KEY", minLength: 0 } as const;
  const { notifier, sent, clock } = given([channel("webhook", [], { secret })]);
  for (const event of returnedRelease()) notifier.listener(event);
  await notifier.settle();
  const { headers, body = "" } = sent[0] ?? {};
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const wanted = createHmac("sha256", "http://hook.test/secret").update(`${timestamp}.${body}`).digest("hex");
  expect(headers).toMatchObject({
    "X-Bellwether-Timestamp": timestamp,
    "X-Bellwether-Signature": `sha256=${wanted}`,
  });
});

test("a recovery that failed is told to every channel, with the journal's head", async () => {
  const { notifier, sent } = given([channel("webhook", ["promoted"])]);
  const failure: Failure = {
    kind: "recovery-failed",
    environment: "production",
    live: null,
    weights: {},
    because: { kind: "target-failed", action: "start", reason: "no" },
    recovery: { kind: "target-failed", action: "shift", reason: "no" },
    command: "x",
  };
  const rollout = { kind: "rollout", stage: "production", step: "rollout:production" } as const;
  for (const event of timed([
    { ...rollout, fact: { kind: "journalled", environment: "production", sequence: 7, hash: "ab" } },
    {
      kind: "step-finished",
      stage: "production",
      step: "rollout:production",
      title: "x",
      result: { outcome: "failed", failure },
      ms: 1,
    },
  ]))
    notifier.listener(event);
  await notifier.settle();
  expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ event: "recovery-failed", journal: "7:ab" });
});
