import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/** The front of the test's system. Its first word of mode.txt says how it behaves; it tells all that it was given. */
const { VERSION: version, GREETING: greeting, PORT: port, TOKEN: token, FEED: feed } = process.env;
const [mode] = readFileSync(new URL("mode.txt", import.meta.url), "utf8").split(" ");
if (mode === "dies") {
  console.error(`cannot open the order book with ${token}`);
  process.exit(7);
}
let asked = 0;
const server = createServer((request, response) => {
  request.resume();
  response.setHeader("x-app-version", version);
  if (request.url === "/ready") {
    response.statusCode = mode === "unready" ? 503 : 200;
    return response.end("the book is not loaded");
  }
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
server.keepAliveTimeout = 70_000;
server.listen(Number(port), "127.0.0.1", () => console.log(`listening as ${version}`));
process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
