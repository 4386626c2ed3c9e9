import { createHash } from "node:crypto";
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { createServer } from "node:http";

/** The front of the test's system. Its first word of mode.txt says how it behaves; it tells all that it was given. */
const { VERSION: version, GREETING: greeting, PORT: port, TOKEN: token, FEED: feed } = process.env;
const [mode] = readFileSync(new URL("mode.txt", import.meta.url), "utf8").split(" ");
// Nobody reads what it prints before it is gone: it says when it is about to, and waits for a word.
if (mode === "dies-unread") {
  const place = "/opt/trade/shared";
  const go = new Promise((told) => {
    watch(place, () => existsSync(`${place}/go`) && told());
  });
  writeFileSync(`${place}/begun`, "");
  await go;
}
if (mode?.startsWith("dies")) {
  console.error(`cannot open the order book with ${token}`);
  process.exit(7);
}
let asked = 0;
let answered = 0;
const server = createServer((request, response) => {
  request.resume();
  response.setHeader("x-app-version", version);
  if (request.url === "/ready") {
    if (mode === "moved") return response.writeHead(301, { location: "/elsewhere" }).end();
    const well = mode !== "unready" && !(mode === "flaky" && ++answered > 1);
    response.statusCode = well ? 200 : 503;
    return response.end("the book is not loaded");
  }
  if (request.url === "/slow") return setTimeout(() => response.end("at last"), 20_000);
  if (request.url === "/exit") {
    response.end("gone");
    return process.exit(3);
  }
  if (mode === "errors" && ++asked % 2 === 0) {
    response.statusCode = 500;
    return response.end("broken");
  }
  request.on("end", () => response.end(JSON.stringify({ version, greeting, feed })));
});
// A stream of prices: it says what comes in, and which version it is.
server.on("upgrade", (request, socket) => {
  const key = createHash("sha1").update(
    `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
  );
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest("base64")}\r\n\r\n`,
  );
  socket.on("data", (bytes) => socket.write(`${version} ${bytes}`));
  socket.on("error", () => {});
});
server.keepAliveTimeout = 70_000;
server.listen(Number(port), "127.0.0.1", () => console.log(`listening as ${version}`));
process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
