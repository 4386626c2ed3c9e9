// A process of its own: the plainest proxy that node:http makes, the peer of ours. Argument: the backend's port.
import { Agent, createServer, request } from "node:http";
import { listening } from "./listening.ts";

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true });

const server = createServer((asked, answered) => {
  const { method, url, headers } = asked;
  const forwarded = request({ host: "127.0.0.1", port, agent, method, path: url, headers }, (answer) => {
    answered.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(answered);
  });
  forwarded.on("error", () => answered.writeHead(502).end());
  asked.pipe(forwarded);
});
await listening(server);
