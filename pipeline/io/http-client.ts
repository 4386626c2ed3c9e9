import type { IncomingMessage } from "node:http";
import { type Clock, systemClock } from "./clock.ts";
import type { Http, HttpAnswer, HttpRequest } from "./http.ts";

/** Most bytes of a body that are kept; the rest is read and dropped. */
export const bodyLimit = 64 * 1024;

const refusedCodes = ["ECONNREFUSED"];
const timeoutCodes = ["ETIMEDOUT"];
const resetCodes = ["ECONNRESET", "EPIPE", "ECONNABORTED", "HPE_INVALID_EOF_STATE"];

/** Sends by node:http and node:https, each request on a connection of its own. */
export function createHttp(clock: Pick<Clock, "now"> = systemClock): Http {
  return {
    async send(request, signal) {
      const from = clock.now();
      const limit = AbortSignal.timeout(request.timeoutMs);
      const either = signal ? AbortSignal.any([limit, signal]) : limit;
      try {
        const message = await head(request, either);
        const body = await read(message);
        const ms = clock.now() - from;
        return { kind: "answer", status: message.statusCode ?? 0, headers: headersOf(message), body, ms };
      } catch (error) {
        const ms = clock.now() - from;
        if (signal?.aborted) return { kind: "none", reason: "other", message: "interrupted", ms };
        if (limit.aborted) return noAnswer("timeout", `no answer within ${request.timeoutMs} ms`, ms);
        return classified(error, ms);
      }
    },
  };
}

async function head(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(request.url);
  // Loaded with the first request: most commands send none.
  const { request: send } = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const outgoing = send(url, {
      method: request.method ?? "GET",
      agent: false,
      ...(request.socket === undefined ? {} : { socketPath: request.socket }),
      headers: {
        ...(body === undefined ? {} : { "content-length": String(body.length) }),
        ...request.headers,
        connection: "close",
      },
      signal,
    });
    outgoing.once("response", resolve);
    // A server may answer and close before it has read the request: what follows the answer is no news.
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function read(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let room = bodyLimit;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Headers of an answer, several of one name joined. */
export function headersOf(message: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(message.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(pairs);
}

function classified(error: unknown, ms: number): HttpAnswer {
  const code = codeOf(error);
  if (refusedCodes.includes(code)) return noAnswer("refused", "connection refused", ms);
  if (timeoutCodes.includes(code)) return noAnswer("timeout", "the connection timed out", ms);
  if (resetCodes.includes(code)) return noAnswer("reset", "the connection was reset", ms);
  return noAnswer("other", error instanceof Error ? error.message || code : String(error), ms);
}

function noAnswer(
  reason: "refused" | "timeout" | "reset" | "other",
  message: string,
  ms: number,
): HttpAnswer {
  return { kind: "none", reason, message, ms };
}

/** The system's code of an error; of the first one where several addresses were tried (localhost). */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (error instanceof Error && "code" in error) return String(error.code);
  return "";
}
