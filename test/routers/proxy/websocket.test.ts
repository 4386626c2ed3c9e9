import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { backend, deadPort, listeningProxy, until } from "../support/backends.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function echo(name: string) {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(`${name}:${data}`));
    socket.send(`hello from ${name}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, clients: sockets.clients };
}

async function opened(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/stream`);
  const messages: string[] = [];
  socket.on("message", (data) => messages.push(String(data)));
  closing.push(() => socket.terminate());
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  await until(() => messages.length === 1);
  return { socket, messages };
}

async function proxied() {
  const made = await listeningProxy();
  closing.push(() => made.proxy.close(0));
  return made;
}

test("B19: an open WebSocket outlives the switch and is waited for until the drain's time limit, never cut", async () => {
  const { proxy, port } = await proxied();
  const [blue, green] = [await echo("blue"), await echo("green")];
  proxy.route("blue", blue.port);
  proxy.route("green", green.port);
  proxy.shift({ blue: 100 });
  const { socket, messages } = await opened(port);
  proxy.shift({ green: 100 });
  const drained = proxy.drain("blue", 10_000);
  socket.send("still there");
  await until(() => messages.length === 2);
  expect(messages).toEqual(["hello from blue", "blue:still there"]);
  expect((await opened(port)).messages).toEqual(["hello from green"]);
  socket.close();
  expect(await drained).toEqual({ leftOpen: 0 });
});

test("B20: what is still open at the drain's time limit is counted", async () => {
  const { proxy, port } = await proxied();
  const blue = await echo("blue");
  const slow = await backend(() => {});
  closing.push(slow.close);
  proxy.route("blue", blue.port);
  proxy.shift({ blue: 100 });
  const { socket, messages } = await opened(port);
  proxy.shift({});
  expect(await proxy.drain("blue", 30)).toEqual({ leftOpen: 1 });
  socket.send("after the limit");
  await until(() => messages.length === 2);
  proxy.route("slow", slow.port);
  proxy.shift({ slow: 100 });
  const asked = fetch(`http://127.0.0.1:${port}`).catch(() => "cut");
  await until(() => slow.seen.length === 1);
  proxy.shift({});
  expect(await proxy.drain("slow", 30)).toEqual({ leftOpen: 1 });
  proxy.forget("slow");
  await slow.close();
  await asked;
});

test("a handshake counts as one quick request, however long the socket stays open", async () => {
  const { proxy, port } = await proxied();
  const blue = await echo("blue");
  proxy.route("blue", blue.port);
  proxy.shift({ blue: 100 });
  await opened(port);
  expect(proxy.statistics().blue).toMatchObject({ requests: 1, failed: 0 });
});

test("a handshake refused by one release is tried on the other; where all refuse, the client gets 502", async () => {
  const { proxy, port } = await proxied();
  const blue = await echo("blue");
  const dead = await deadPort();
  proxy.route("dead", dead);
  proxy.route("blue", blue.port);
  proxy.shift({ dead: 99, blue: 1 });
  expect((await opened(port)).messages).toEqual(["hello from blue"]);
  expect(proxy.statistics().dead).toMatchObject({ requests: 1, failed: 1 });
  proxy.shift({ dead: 100 });
  await expect(opened(port)).rejects.toThrow("502");
});

test("a handshake that the release declines is answered with what the release says", async () => {
  const { proxy, port } = await proxied();
  const plain = createServer();
  plain.on("upgrade", (_, socket) => {
    socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  closing.push(() => plain.close());
  proxy.route("a", (plain.address() as AddressInfo).port);
  proxy.shift({ a: 100 });
  await expect(opened(port)).rejects.toThrow("401");
  expect(proxy.statistics().a).toMatchObject({ requests: 1, failed: 0 });
});

test("either side's end closes the other", async () => {
  const { proxy, port } = await proxied();
  const blue = await echo("blue");
  proxy.route("blue", blue.port);
  proxy.shift({ blue: 100 });
  const first = await opened(port);
  first.socket.terminate();
  await until(() => blue.clients.size === 0);
  const second = await opened(port);
  for (const client of blue.clients) client.terminate();
  await until(() => second.socket.readyState === WebSocket.CLOSED);
  expect(await proxy.drain("blue", 1000)).toEqual({ leftOpen: 0 });
});
