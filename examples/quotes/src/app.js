import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { readBody } from "./body.js";
import { log } from "./log.js";
import { Refused } from "./refused.js";
import { createRoutes } from "./routes.js";

/** The HTTP server of the service; it does not listen yet. */
export function createApp(parts) {
  const routes = createRoutes(parts);
  const server = createServer(async (request, response) => {
    const began = performance.now();
    const { route, answer } = await respond(routes, parts, request);
    const body = answer.text ?? JSON.stringify(answer.value);
    response.writeHead(answer.status, {
      "content-type":
        answer.text === undefined ? "application/json" : "text/plain; version=0.0.4; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "x-app-version": parts.config.version,
      ...(parts.state.draining || answer.status === 413 ? { connection: "close" } : {}),
      ...answer.headers,
    });
    response.end(request.method === "HEAD" ? undefined : body);
    parts.metrics.request(request.method, route, answer.status, (performance.now() - began) / 1000);
  });
  // Longer than the idle time of the usual proxies, so that it is they who close.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  return server;
}

async function respond(routes, { faults }, request) {
  const path = (request.url ?? "/").split("?", 1)[0];
  const found = routes.find(({ pattern }) => pattern.test(path));
  if (found === undefined)
    return { route: "none", answer: refusal(404, "not-found", `there is no ${path.slice(0, 100)}`) };
  const { route, pattern, traded } = found;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const handler = found[method];
  if (typeof handler !== "function") {
    const allow = ["GET", "POST"].filter((name) => name in found).join(", ");
    return { route, answer: { ...refusal(405, "method-not-allowed", `use ${allow}`), headers: { allow } } };
  }
  try {
    // Read first, whatever the answer will be: the connection is kept and must be at the next request.
    const body = await readBody(request);
    if (traded && faults.delay > 0) await wait(faults.delay);
    if (traded && faults.fails()) return { route, answer: refusal(500, "fault", "QUOTES_FAULT") };
    return { route, answer: await handler(decode(pattern.exec(path)?.[1]), request.headers, body) };
  } catch (error) {
    if (error instanceof Refused) return { route, answer: refusal(error.status, error.error, error.message) };
    log("error", `${method} ${route}: ${error instanceof Error ? error.message : error}`);
    return { route, answer: refusal(500, "internal", "the request could not be served") };
  }
}

const refusal = (status, error, message) => ({ status, value: { error, message }, headers: {} });

function decode(part = "") {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
