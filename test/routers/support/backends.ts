import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { RouterCounters } from "../../../pipeline/deploy/target.ts";
import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";
import type { LocalRouter } from "../../../pipeline/targets/local/parts.ts";

/** How a backend answers; with a WebSocket it echoes, after the first word of `named`. */
export type Answer = ((request: IncomingMessage, response: ServerResponse) => void) & { id?: string };

/** A backend of a test; `seen` are the requests that it got. */
export type TestBackend = {
  port: number;
  server: Server;
  seen: IncomingMessage[];
  /** Its open WebSockets. */
  sockets: Set<WebSocket>;
  close(): Promise<void>;
};

export async function backend(answer: Answer): Promise<TestBackend> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  const sockets = new WebSocketServer({ noServer: true });
  if (answer.id !== undefined) {
    server.on("upgrade", (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (open) => {
        open.on("message", (data) => open.send(`${answer.id}:${data}`));
      });
    });
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const open of sockets.clients) open.terminate();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, server, seen, sockets: sockets.clients, close };
}

/** Answers its name, after it has read the request, and echoes through WebSockets. */
export const named = (id: string): Answer =>
  Object.assign(
    (request: IncomingMessage, response: ServerResponse): void => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => {
        body += chunk;
      });
      request.on("end", () => response.end(`${id}:${body}`));
    },
    { id },
  );

/** A port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const one = await backend((_, response) => response.end());
  await one.close();
  return one.port;
}

export async function listeningProxy(options: { answerTimeoutMs?: number } = {}) {
  const proxy = createProxy(options);
  const listening = await proxy.listen(null);
  if (!listening.ok) throw new Error(listening.failure);
  return { proxy, port: listening.value, url: `http://127.0.0.1:${listening.value}` };
}

/** A router's counters by release. */
export async function counted(
  proxy: Pick<LocalRouter, "statistics">,
): Promise<Record<string, RouterCounters>> {
  const read = await proxy.statistics();
  if (!read.ok) throw new Error(read.failure);
  return read.value;
}

/** Waits until a condition holds, at most five seconds. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 5000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("the condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
