// A process of its own: the server behind the proxies. Its answers say its name and bring the request's body back.
// Arguments: its name, and its keep-alive time-out in ms (Node's default where there is none).
import { createServer } from "node:http";
import { listening } from "./listening.ts";

const [name = "", keepAliveTimeout] = process.argv.slice(2);

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.from(
      `${name}|${request.method === "POST" ? Buffer.concat(parts).toString("latin1") : "quote"}`,
    );
    response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
    response.end(body);
  });
});
if (keepAliveTimeout !== undefined) server.keepAliveTimeout = Number(keepAliveTimeout);
await listening(server);
