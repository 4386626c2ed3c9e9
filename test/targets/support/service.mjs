// The component of the local target's tests: its faults come from its environment.
import { createServer } from "node:http";

const { PORT, VERSION = "?", SLOW_MS = "0" } = process.env;
const server = createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
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
