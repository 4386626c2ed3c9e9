import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSocketServer, type Server as SocketServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { bodyLimit, createHttp } from "../../pipeline/io/http-client.ts";
import { freePort } from "../../pipeline/io/ports.ts";

const servers: (Server | SocketServer)[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server | SocketServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
const http = createHttp();

test("an answer has its status, headers and body", async () => {
  const url = await serve((request, response) => {
    response.writeHead(201, { "x-method": request.method, "x-connection": request.headers.connection });
    request.pipe(response);
  });
  const answer = await http.send({ url: `${url}/a`, method: "POST", body: "h€llo", timeoutMs: 5000 });
  expect(answer).toMatchObject({ kind: "answer", status: 201, body: "h€llo" });
  expect(answer).toHaveProperty("headers.x-method", "POST");
  expect(answer).toHaveProperty("headers.x-connection", "close");
});

test("B16: a redirect is not followed", async () => {
  const url = await serve((_request, response) => response.writeHead(301, { location: "/login" }).end());
  const answer = await http.send({ url, timeoutMs: 5000 });
  expect(answer).toMatchObject({ kind: "answer", status: 301, headers: { location: "/login" } });
});

test("a body is kept up to 64 KiB", async () => {
  const url = await serve((_request, response) => response.end("x".repeat(bodyLimit * 5)));
  const answer = await http.send({ url, timeoutMs: 5000 });
  expect(answer.kind === "answer" && answer.body.length).toBe(bodyLimit);
});

test("nobody there is refused", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await http.send({ url, timeoutMs: 5000 })).toMatchObject({ kind: "none", reason: "refused" });
});

test("the time limit holds for the head and for a body that never ends", async () => {
  const silent = await serve(() => {});
  const endless = await serve((_request, response) => void response.write("on and on"));
  for (const url of [silent, endless]) {
    const answer = await http.send({ url, timeoutMs: 50 });
    expect(answer).toMatchObject({ kind: "none", reason: "timeout", message: "no answer within 50 ms" });
  }
});

test("a connection that is cut, before or within the answer, is a reset", async () => {
  const before = await listen(
    createSocketServer((socket) => void socket.once("data", () => socket.destroy())),
  );
  const within = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.destroy());
  });
  for (const url of [before, within]) {
    expect(await http.send({ url, timeoutMs: 5000 })).toMatchObject({ kind: "none", reason: "reset" });
  }
});

test("what is no HTTP, and what is no URL, is other", async () => {
  const url = await listen(
    createSocketServer((socket) => void socket.once("data", () => socket.end("ssh\r\n\r\n"))),
  );
  expect(await http.send({ url, timeoutMs: 5000 })).toMatchObject({ kind: "none", reason: "other" });
  expect(await http.send({ url: "nonsense", timeoutMs: 5000 })).toMatchObject({
    kind: "none",
    reason: "other",
  });
});

test("an abort ends the exchange", async () => {
  const abort = new AbortController();
  const url = await serve(() => abort.abort());
  const answer = await http.send({ url, timeoutMs: 5000 }, abort.signal);
  expect(answer).toMatchObject({ kind: "none", reason: "other", message: "interrupted" });
});
