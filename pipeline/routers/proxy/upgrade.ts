import { type IncomingMessage, request as open } from "node:http";
import type { Socket } from "node:net";
import type { Backend } from "./backend.ts";
import type { Alternative } from "./forward.ts";
import { answerHeaders, requestHeaders } from "./headers.ts";

/** One WebSocket (or other upgraded connection): the handshake is forwarded, then bytes go both ways untouched. */
export type UpgradeRequest = { request: IncomingMessage; client: Socket; head: Buffer };

/** Forwards it; the handshake counts as one request, the open socket as open until it ends. */
export function upgrade(asked: UpgradeRequest, first: Backend, alternative: Alternative): void {
  const { request, client } = asked;
  const arrived = performance.now();
  client.on("error", () => client.destroy());
  attempt(first, true);

  function attempt(backend: Backend, mayRetry: boolean): void {
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      backend.leave();
    };
    const count = (failed: boolean) => backend.count(performance.now() - arrived, failed);
    backend.enter();
    const upstream = open({
      agent: false,
      host: "127.0.0.1",
      port: backend.port,
      method: request.method,
      path: request.url,
      headers: [
        ...requestHeaders(request),
        ...["Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? "websocket"],
      ],
    });
    const abandon = () => upstream.destroy();
    client.once("close", abandon);
    upstream.on("close", () => {
      client.off("close", abandon);
    });

    upstream.on("upgrade", (answer, peer, early) => {
      count(false);
      client.write(headOf(answer, answer.rawHeaders));
      join(asked, peer, early, backend, leave);
    });
    upstream.on("response", (answer) => {
      count((answer.statusCode ?? 502) >= 500);
      // Its connection ends with it: a second request on it would go past the choice of a backend.
      client.write(headOf(answer, [...answerHeaders(answer).kept, "Connection", "close"]));
      answer.pipe(client);
      answer.on("close", () => {
        client.destroySoon();
        leave();
      });
    });
    upstream.on("error", (error: NodeJS.ErrnoException) => {
      if (left) return;
      const gone = client.destroyed;
      count(!gone);
      const next = mayRetry && !gone && error.code === "ECONNREFUSED" ? alternative(backend) : null;
      leave();
      if (next) attempt(next, false);
      else refuseUpgrade(client, "502 Bad Gateway", `no answer from the release (${error.code})`);
    });
    upstream.end();
  }
}

function join(asked: UpgradeRequest, peer: Socket, early: Buffer, backend: Backend, leave: () => void): void {
  const { client, head } = asked;
  backend.sockets.add(client);
  client.setTimeout(0);
  client.setNoDelay(true);
  peer.setTimeout(0);
  peer.setNoDelay(true);
  if (early.length > 0) client.write(early);
  if (head.length > 0) peer.write(head);
  peer.on("error", () => peer.destroy());
  client.on("close", () => {
    backend.sockets.delete(client);
    peer.destroy();
  });
  peer.on("close", () => {
    client.destroySoon();
    leave();
  });
  client.pipe(peer);
  peer.pipe(client);
  if (client.destroyed) peer.destroy();
}

const headOf = (answer: IncomingMessage, headers: string[]): string => {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
};

/** An answer of the proxy itself on a connection that node's server has let go of. */
export function refuseUpgrade(client: Socket, status: string, text: string): void {
  const body = `bellwether: ${text}\n`;
  client.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    () => client.destroy(),
  );
}
