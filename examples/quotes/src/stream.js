import { WebSocketServer } from "ws";
import { quote, symbols, tickMs } from "./market.js";

const pingMs = 15_000;
/** Bytes that a slow reader may lag behind before ticks are left out for it. */
const maxLag = 1 << 20;

/**
 * The WebSocket stream at /stream?symbols=AAPL,MSFT. Clients may send {"type":"subscribe"|"unsubscribe",
 * "symbols":[…]}; they get {"type":"quote",…} every 250 ms for each symbol, and a ping every 15 s.
 */
export class Stream {
  #sockets = new WebSocketServer({ noServer: true, maxPayload: 4096, clientTracking: true });
  #timers;
  #now;

  constructor(server, now) {
    this.#now = now;
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#timers = [setInterval(() => this.#tick(), tickMs), setInterval(() => this.#ping(), pingMs)];
  }

  get size() {
    return this.#sockets.clients.size;
  }

  #upgrade(request, socket, head) {
    const url = new URL(request.url ?? "/", "http://localhost");
    socket.on("error", () => socket.destroy());
    if (url.pathname !== "/stream") {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      client.symbols = new Set();
      client.isAlive = true;
      client.on("pong", () => {
        client.isAlive = true;
      });
      client.on("error", () => client.terminate());
      client.on("message", (data) => receive(client, data.toString()));
      const wanted = (url.searchParams.get("symbols") ?? "").split(",").filter((symbol) => symbol !== "");
      if (wanted.length > 0) change(client, "subscribe", wanted);
    });
  }

  #tick() {
    const sent = new Map();
    for (const client of this.#sockets.clients) {
      if (client.readyState !== client.OPEN || client.bufferedAmount > maxLag) continue;
      for (const symbol of client.symbols) {
        if (!sent.has(symbol))
          sent.set(symbol, JSON.stringify({ type: "quote", ...quote(symbol, this.#now()) }));
        client.send(sent.get(symbol));
      }
    }
  }

  #ping() {
    for (const client of this.#sockets.clients) {
      if (!client.isAlive) client.terminate();
      client.isAlive = false;
      if (client.readyState === client.OPEN) client.ping();
    }
  }

  /** Says goodbye with 1001 to every client; those that do not answer are cut by the server's end. */
  close() {
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of this.#sockets.clients) client.close(1001, "shutting down");
  }

  terminate() {
    for (const client of this.#sockets.clients) client.terminate();
  }
}

function receive(client, text) {
  let message = null;
  try {
    message = JSON.parse(text);
  } catch {
    // Answered below like any other message that is not understood.
  }
  const isKnown = message?.type === "subscribe" || message?.type === "unsubscribe";
  if (!isKnown || !Array.isArray(message.symbols)) {
    client.send(JSON.stringify({ type: "error", message: "expected subscribe or unsubscribe with symbols" }));
    return;
  }
  change(client, message.type, message.symbols);
}

function change(client, type, wanted) {
  const unknown = wanted.filter((symbol) => !symbols.includes(symbol));
  if (unknown.length > 0) {
    client.send(
      JSON.stringify({ type: "error", message: `unknown symbols: ${unknown.join(", ").slice(0, 200)}` }),
    );
    return;
  }
  for (const symbol of wanted) {
    if (type === "subscribe") client.symbols.add(symbol);
    else client.symbols.delete(symbol);
  }
  client.send(JSON.stringify({ type: "subscribed", symbols: [...client.symbols] }));
}
