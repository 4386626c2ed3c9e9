import { type ClientRequest, type IncomingMessage, request as open, type ServerResponse } from "node:http";
import type { Backend } from "./backend.ts";
import { answerHeaders, hasBody, requestHeaders } from "./headers.ts";

/** Another backend for a second attempt, or null. */
export type Alternative = (than: Backend) => Backend | null;

/** One request on its way through the proxy, from its arrival to the end of its answer. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #alternative: Alternative;
  readonly #arrived: number;
  readonly #body: boolean;
  #backend: Backend;
  #upstream: ClientRequest | null = null;
  #bodyBegun = false;
  #attempts = 0;
  #failed = false;
  #over = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    backend: Backend,
    alternative: Alternative,
  ) {
    this.#request = request;
    this.#response = response;
    this.#backend = backend;
    this.#alternative = alternative;
    this.#arrived = performance.now();
    this.#body = hasBody(request);
    // It comes after the last byte went out, and when the client goes away.
    response.on("close", () => this.#finish());
  }

  send(): void {
    const { method, url } = this.#request;
    const backend = this.#backend;
    this.#attempts++;
    backend.enter();
    const upstream = open({
      agent: backend.agent,
      host: "127.0.0.1",
      port: backend.port,
      method,
      path: url,
      headers: requestHeaders(this.#request),
    });
    this.#upstream = upstream;
    upstream.on("response", (answer) => this.#answer(answer));
    upstream.on("error", (error: NodeJS.ErrnoException) => this.#broken(error));
    if (this.#body) this.#sendBody(upstream);
    else upstream.end();
  }

  /** The body stays in the client's connection until there is one to the backend: a refusal costs none of it. */
  #sendBody(upstream: ClientRequest): void {
    const begin = () => {
      if (this.#over) return;
      this.#bodyBegun = true;
      this.#request.pipe(upstream);
    };
    upstream.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", begin);
      else begin();
    });
  }

  #answer(answer: IncomingMessage): void {
    const status = answer.statusCode ?? 502;
    if (status >= 500) this.#failed = true;
    const { kept, keepAlive } = answerHeaders(answer);
    if (keepAlive !== null) this.#backend.agent.heed(keepAlive);
    this.#response.writeHead(status, answer.statusMessage, kept);
    answer.on("error", () => this.#cutShort());
    answer.pipe(this.#response);
  }

  /** The backend broke off in the middle of its answer: the client must not take it for a whole one. */
  #cutShort(): void {
    if (this.#over) return;
    this.#failed = true;
    this.#response.destroy();
  }

  #broken(error: NodeJS.ErrnoException): void {
    if (this.#over) return;
    if (this.#response.headersSent) {
      this.#cutShort();
      return;
    }
    const next = this.#attempts === 1 ? this.#second(error) : null;
    if (next !== null) {
      this.#backend.count(performance.now() - this.#arrived, true);
      this.#backend.leave();
      this.#backend = next;
      this.send();
      return;
    }
    this.#failed = true;
    this.#request.unpipe();
    this.#request.resume();
    refuse(
      this.#response,
      error.code === "ETIMEDOUT" ? 504 : 502,
      `no answer from the release (${error.code})`,
    );
  }

  /**
   * Who may get the request a second time: another backend where nothing of it was sent (a refused connection),
   * and the same one where a kept connection broke under a request without effect.
   */
  #second(error: NodeJS.ErrnoException): Backend | null {
    if (this.#bodyBegun || error.code === "ETIMEDOUT") return null;
    const other = this.#alternative(this.#backend);
    if (error.code === "ECONNREFUSED") return other;
    const { method } = this.#request;
    const harmless = method === "GET" || method === "HEAD";
    return harmless && this.#upstream?.reusedSocket === true ? (other ?? this.#backend) : null;
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#response.writableFinished) this.#upstream?.destroy();
    this.#backend.count(performance.now() - this.#arrived, this.#failed);
    this.#backend.leave();
  }
}

/** An answer of the proxy itself. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "retry-after": "1" });
  response.end(`bellwether: ${text}\n`);
}
