import type { NotifyChannel, SecretReference } from "../config/config.ts";
import type { Clock } from "../io/clock.ts";
import type { Http, HttpAnswer } from "../io/http.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Secret } from "../secret.ts";
import type { Message } from "./message.ts";
import { signature, signatureHeader, timestampHeader } from "./signature.ts";
import { slackPayload } from "./slack.ts";
import { webhookPayload } from "./webhook.ts";

export type SendOptions = {
  http: Http;
  clock: Clock;
  /** Gives the channel's URL, or the key that signs, at the last moment. */
  resolve(reference: SecretReference): Promise<Result<Secret>>;
};

/** What came of a message; `lasting`: it would be refused again. `why` never holds the URL, which is a secret. */
export type Sent = { arrived: true } | { arrived: false; why: string; lasting: boolean; tries: number };

const answerLimitMs = 5_000;
/** Pauses between tries: three tries in all. */
const pausesMs = [1_000, 3_000];

/** Sends a message to one channel, and again where that may help. */
export async function send(
  channel: NotifyChannel,
  message: Message,
  options: SendOptions,
  signal: AbortSignal,
): Promise<Sent> {
  const to = await addressOf(channel, options);
  if (!to.ok) return { arrived: false, why: to.failure, lasting: false, tries: 1 };
  const body = JSON.stringify(channel.kind === "slack" ? slackPayload(message) : webhookPayload(message));
  for (let tries = 1; ; tries++) {
    const answer = await post(to.value, body, options, signal);
    if (answer.kind === "answer" && answer.status >= 200 && answer.status < 300) return { arrived: true };
    const why = answer.kind === "answer" ? `it answered ${answer.status}` : noAnswer[answer.reason];
    const lasting =
      answer.kind === "answer" &&
      answer.status >= 400 &&
      answer.status < 500 &&
      !passing.includes(answer.status);
    const pauseMs = pausesMs[tries - 1];
    if (lasting || pauseMs === undefined || signal.aborted) return { arrived: false, why, lasting, tries };
    await options.clock.sleep(pauseMs, signal);
  }
}

/** Refusals that pass: a time-out, too many requests. */
const passing = [408, 429];

type Address = { url: string; key: string | null };

async function addressOf(channel: NotifyChannel, { resolve }: SendOptions): Promise<Result<Address, string>> {
  const url = await resolve(channel.url);
  if (!url.ok) return fail(`its URL could not be had (${url.failure.kind})`);
  if (channel.secret === null) return ok({ url: url.value.reveal(), key: null });
  const key = await resolve(channel.secret);
  // Better late than without the signature that the receiver counts on.
  if (!key.ok) return fail(`the key that signs could not be had (${key.failure.kind})`);
  return ok({ url: url.value.reveal(), key: key.value.reveal() });
}

async function post(
  { url, key }: Address,
  body: string,
  { http, clock }: SendOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const timestamp = Math.floor(clock.now() / 1_000);
  const signed =
    key === null
      ? {}
      : { [timestampHeader]: String(timestamp), [signatureHeader]: signature(key, timestamp, body) };
  const headers = { "content-type": "application/json", ...signed };
  if (!URL.canParse(url)) return { kind: "none", reason: "other", message: "no URL", ms: 0 };
  return http.send({ url, method: "POST", headers, body, timeoutMs: answerLimitMs }, signal);
}

const noAnswer = {
  refused: "the connection was refused",
  timeout: "no answer came in time",
  reset: "the connection was reset",
  other: "no answer came",
} as const;
