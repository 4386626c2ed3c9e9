import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";

/** A backend of a test; `seen` are the requests that it got. */
export type TestBackend = { port: number; server: Server; seen: IncomingMessage[]; close(): Promise<void> };

export async function backend(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestBackend> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, server, seen, close };
}

/** Answers its name, after it has read the request. */
export const named =
  (name: string) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => response.end(`${name}:${body}`));
  };

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

/** Waits until a condition holds, at most five seconds. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 5000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("the condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
