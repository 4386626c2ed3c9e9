import { connect, type Socket } from "node:net";
import { readAnswer } from "./answers.ts";
import type { Tally } from "./tally.ts";

/** The body that each POST sends, and that its answer must bring back. */
export const posted = JSON.stringify({ symbol: "AAPL", side: "buy", quantity: 100, note: "x".repeat(160) });

const host = "Host: 127.0.0.1\r\n";
const get = Buffer.from(`GET /quotes/AAPL HTTP/1.1\r\n${host}Accept: application/json\r\n\r\n`);
const post = Buffer.from(
  `POST /orders HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${posted.length}\r\n\r\n${posted}`,
);

export type Client = {
  /** Ends the request under way as failed if it has waited longer than `limitMs`. */
  expire(limitMs: number): void;
};

/**
 * One keep-alive client: POST and GET in turn, the next as soon as the one before is answered, as long as `claim`
 * grants a request. It connects again where the connection was lost; a refused connection fails its request.
 */
export function startClient(port: number, tally: Tally, claim: () => boolean, done: () => void): Client {
  let socket: Socket | null = null;
  let pending = "";
  let posting = false;
  let waiting = false;
  let startedAt = 0;

  function next(): void {
    waiting = claim();
    if (!waiting) {
      drop();
      done();
      return;
    }
    posting = !posting;
    startedAt = performance.now();
    if (socket) send();
    else socket = open();
  }

  function open(): Socket {
    const opened = connect({ port, host: "127.0.0.1", noDelay: true });
    const lost = (reason: string): void => {
      if (opened !== socket) return;
      if (reason !== "ECONNREFUSED") tally.reset();
      fail(reason);
    };
    opened.on("connect", send);
    opened.on("data", (chunk) => take(chunk.toString("latin1")));
    opened.on("error", (error: NodeJS.ErrnoException) => lost(error.code ?? error.message));
    opened.on("end", () => lost("closed"));
    return opened;
  }

  function send(): void {
    socket?.write(posting ? post : get);
  }

  function take(text: string): void {
    pending = pending === "" ? text : pending + text;
    const answer = readAnswer(pending);
    if (!answer) return;
    pending = "";
    const [backend = "", body] = answer.body.split("|", 2);
    if (answer.status !== 200) tally.bad(`status ${answer.status}`);
    else if (body !== (posting ? posted : "quote")) tally.bad("wrong body");
    else if (answer.rest !== "") tally.bad("more than one answer");
    else tally.good(backend, performance.now() - startedAt);
    if (answer.closes) drop();
    next();
  }

  function fail(reason: string): void {
    if (waiting) tally.bad(reason);
    drop();
    next();
  }

  function drop(): void {
    socket?.destroy();
    socket = null;
    pending = "";
  }

  next();
  return {
    expire: (limitMs) => {
      if (waiting && performance.now() - startedAt > limitMs) fail(`no answer within ${limitMs} ms`);
    },
  };
}
