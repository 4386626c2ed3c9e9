import { createServer } from "node:http";

// The smallest system worth shipping. FAULT, as a bad release has it: never-ready, crash-on-start,
// slow:MS, errors, moved. LEAK: names of variables that it prints.
const { PORT, VERSION = "none", FAULT = "", LEAK = "" } = process.env;
for (const name of LEAK.split(" ").filter(Boolean)) console.log(`${name} is ${process.env[name]}`);
const [fault, amount = "0"] = FAULT.split(":");
if (fault === "crash-on-start") {
  console.error("the last words of a release that crashes");
  process.exit(7);
}
const server = createServer((request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json", "x-app-version": VERSION });
    response.end(JSON.stringify(body));
  };
  if (request.url === "/health/ready" && fault === "moved") {
    response.writeHead(301, { location: "/login" });
    return response.end();
  }
  if (request.url === "/health/ready")
    return fault === "never-ready" ? answer(503, { ready: false }) : answer(200, { ready: true });
  if (request.url === "/version") return answer(200, { version: VERSION });
  request.resume();
  if (fault === "errors") return answer(500, { fault });
  setTimeout(() => answer(200, { symbol: "AAPL", version: VERSION }), Number(amount));
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`${VERSION} listens`));
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), 20);
});
