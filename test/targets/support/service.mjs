// The component of the local target's tests: its faults come from its environment.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { PORT, VERSION = "?", SLOW_MS = "0" } = process.env;
const held = [];
const server = createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url === "/image") return response.end(readFileSync("image.txt"));
  if (request.url === "/limits") return response.end(readFileSync("/proc/self/limits"));
  if (request.url?.startsWith("/hold/")) {
    // Written to, so that it is really there.
    held.push(Buffer.alloc(Number(request.url.slice(6)) * 2 ** 20, 1));
    return response.end("held");
  }
  if (request.url === "/die") {
    response.end("dying");
    setImmediate(() => process.exit(3));
    return;
  }
  if (request.url === "/say") console.log(`the password is ${process.env.TOKEN}`);
  request.resume();
  request.on("end", () => setTimeout(() => response.end(VERSION), Number(SLOW_MS)));
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${PORT}`));
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
