import { expect, test } from "vitest";
import type { NotifyChannel, NotifyEvent } from "../../pipeline/config/config.ts";
import type { Failure } from "../../pipeline/failure.ts";
import type { HttpAnswer, HttpRequest } from "../../pipeline/io/http.ts";
import { createNotifier } from "../../pipeline/notify/notifier.ts";
import { slackPayload } from "../../pipeline/notify/slack.ts";
import { webhookPayload } from "../../pipeline/notify/webhook.ts";
import { ok } from "../../pipeline/result.ts";
import { Secret } from "../../pipeline/secret.ts";
import { ManualClock, settle } from "../support/manual-clock.ts";
import { returnedRelease, timed } from "../support/sample-events.ts";

const channel = (kind: NotifyChannel["kind"], on: NotifyEvent[]): NotifyChannel => ({
  kind,
  url: { from: "env", name: "HOOK", minLength: 0 },
  on,
});
const answer = (status: number): HttpAnswer => ({ kind: "answer", status, headers: {}, body: "", ms: 1 });
const refused: HttpAnswer = {
  kind: "none",
  reason: "refused",
  message: "http://hook.test/secret refused",
  ms: 1,
};

function given(channels: NotifyChannel[], answers: (HttpAnswer | "silence")[] = []) {
  const clock = new ManualClock();
  const sent: HttpRequest[] = [];
  const notifier = createNotifier({
    channels: { production: channels },
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
  return { clock, sent, notifier, told };
}

const message = {
  event: "promoted",
  app: "quotes",
  environment: "production",
  version: "1.2.0",
  actor: "asha <a&b>",
  reason: null,
  link: "http://127.0.0.1:8080",
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
    "slack was not told that 1.2.0 on production is returned: the connection was refused",
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
    "slack was not told that 1.2.0 on production is returned: no answer came in time",
  ]);
});
