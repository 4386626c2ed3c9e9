import type { NotifyChannel, SecretReference } from "../config/config.ts";
import type { Clock } from "../io/clock.ts";
import type { Http } from "../io/http.ts";
import type { Result } from "../result.ts";
import type { Secret } from "../secret.ts";
import type { Message } from "./message.ts";
import { slackPayload } from "./slack.ts";
import { webhookPayload } from "./webhook.ts";

export type SendOptions = {
  http: Http;
  clock: Clock;
  /** Gives the channel's URL at the last moment. */
  resolve(reference: SecretReference): Promise<Result<Secret>>;
};

const answerLimitMs = 5_000;
/** Pauses between tries: three tries in all. */
const pausesMs = [1_000, 3_000];

/** Sends a message to one channel; null when it arrived, else why not, without the URL, which is a secret. */
export async function send(
  channel: NotifyChannel,
  message: Message,
  options: SendOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const url = await options.resolve(channel.url);
  if (!url.ok) return `its URL could not be had (${url.failure.kind})`;
  const body = JSON.stringify(channel.kind === "slack" ? slackPayload(message) : webhookPayload(message));
  for (let tries = 0; ; tries++) {
    const answer = await options.http.send(
      {
        url: url.value.reveal(),
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        timeoutMs: answerLimitMs,
      },
      signal,
    );
    if (answer.kind === "answer" && answer.status >= 200 && answer.status < 300) return null;
    const why = answer.kind === "answer" ? `it answered ${answer.status}` : noAnswer[answer.reason];
    const lasting = answer.kind === "answer" && answer.status < 500 && answer.status !== 429;
    const pauseMs = pausesMs[tries];
    if (lasting || pauseMs === undefined || signal.aborted) return why;
    await options.clock.sleep(pauseMs, signal);
  }
}

const noAnswer = {
  refused: "the connection was refused",
  timeout: "no answer came in time",
  reset: "the connection was reset",
  other: "no answer came",
} as const;
