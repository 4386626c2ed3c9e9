import { createReadStream } from "node:fs";
import { Agent as HttpAgent, type IncomingMessage, request as sendPlain } from "node:http";
import { Agent as HttpsAgent, request as sendSafe } from "node:https";
import { fail, ok, type Result } from "../result.ts";
import { headersOf } from "./http-client.ts";

/** What is sent with a request: bytes, or a file of a known size, which is streamed. */
export type Body = { bytes: Uint8Array } | { file: string; size: number };

export type ExchangeRequest = {
  url: string;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  body?: Body;
  signal?: AbortSignal;
};

/** An answer whose body is still to come: it must be read or destroyed. */
export type Exchange = { status: number; headers: Record<string, string>; body: IncomingMessage };

/** Requests whose bodies are streamed both ways, over connections that are kept for a while. */
export interface Exchanges {
  /** A failure is one sentence: refused, reset, nothing moved for `idleMs`, interrupted. */
  send(request: ExchangeRequest): Promise<Result<Exchange, string>>;
  close(): void;
}

/** `idleMs`: longest time without a byte in either direction. */
export function createExchanges(idleMs = 30_000): Exchanges {
  const agents = {
    "http:": new HttpAgent({ keepAlive: true }),
    "https:": new HttpsAgent({ keepAlive: true }),
  };
  return {
    send: (request) =>
      new Promise((resolve) => {
        const url = new URL(request.url);
        if (url.protocol !== "http:" && url.protocol !== "https:")
          return resolve(fail(`${request.url} is neither http nor https`));
        const send = url.protocol === "https:" ? sendSafe : sendPlain;
        const length = request.body === undefined ? 0 : sizeOf(request.body);
        const outgoing = send(url, {
          method: request.method,
          agent: agents[url.protocol],
          headers: {
            "user-agent": "bellwether",
            ...(request.body === undefined && request.method !== "POST"
              ? {}
              : { "content-length": String(length) }),
            ...request.headers,
          },
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        });
        outgoing.setTimeout(idleMs, () =>
          outgoing.destroy(new Error(`nothing moved for ${idleMs / 1000} s`)),
        );
        outgoing.once("response", (message) =>
          resolve(ok({ status: message.statusCode ?? 0, headers: headersOf(message), body: message })),
        );
        // A server may answer and close before it has read all of it: what follows the answer is no news.
        outgoing.on("error", (error) => resolve(fail(sentenceOf(error, request.signal))));
        if (request.body !== undefined && "file" in request.body) {
          const file = createReadStream(request.body.file);
          file.on("error", (error) => outgoing.destroy(error));
          outgoing.once("close", () => file.destroy());
          file.pipe(outgoing);
        } else outgoing.end(request.body?.bytes);
      }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const sizeOf = (body: Body): number => ("file" in body ? body.size : body.bytes.length);

function sentenceOf(error: Error, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return "it was interrupted";
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = "code" in first ? String(first.code) : "";
  if (code === "ECONNREFUSED") return "the connection was refused";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no such host";
  if (code === "ECONNRESET" || code === "EPIPE") return "the connection was cut";
  return first.message || code;
}

/** The bytes of an answer, at most `most`; a failure is one sentence. */
export async function bytesOf({ body }: Exchange, most: number): Promise<Result<Buffer, string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) {
        body.destroy();
        return fail(`its answer is larger than ${most} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    return fail(error instanceof Error ? sentenceOf(error, undefined) : String(error));
  }
  return ok(Buffer.concat(chunks));
}
