import type { IncomingMessage } from "node:http";

/** Headers that belong to one connection only (RFC 9110 §7.6.1), and `expect`, which this hop has answered. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Names that a `Connection` header adds to those of its hop. */
const named = (connection: string | undefined): string[] =>
  connection === undefined
    ? []
    : connection
        .toLowerCase()
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "keep-alive" && name !== "close" && name !== "upgrade" && name !== "");

/** The request's headers for the backend, as a flat list of names and values in their written case and order. */
export function requestHeaders(request: IncomingMessage): string[] {
  const raw = request.rawHeaders;
  const { headers } = request;
  const dropped = named(headers.connection);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || lower === "x-forwarded-for" || dropped.includes(lower)) continue;
    kept.push(name, raw[i + 1] ?? "");
  }
  const from = request.socket.remoteAddress ?? "unknown";
  const before = headers["x-forwarded-for"];
  kept.push("X-Forwarded-For", before === undefined ? from : `${before}, ${from}`);
  if (headers["x-forwarded-proto"] === undefined) kept.push("X-Forwarded-Proto", "http");
  if (headers["x-forwarded-host"] === undefined && headers.host !== undefined) {
    kept.push("X-Forwarded-Host", headers.host);
  }
  if (headers["transfer-encoding"] !== undefined) kept.push("Transfer-Encoding", "chunked");
  return kept;
}

/** The answer's headers for the client, likewise; `keepAlive` is what the backend said of its idle limit. */
export function answerHeaders(answer: IncomingMessage): { kept: string[]; keepAlive: string | null } {
  const raw = answer.rawHeaders;
  const kept: string[] = [];
  let keepAlive: string | null = null;
  let connection: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower)) kept.push(name, value);
    else if (lower === "keep-alive") keepAlive = value;
    else if (lower === "connection") connection = value;
  }
  const dropped = named(connection);
  return { kept: dropped.length === 0 ? kept : without(kept, dropped), keepAlive };
}

const without = (flat: string[], names: string[]): string[] =>
  flat.filter((_, i) => !names.includes((flat[i - (i % 2)] ?? "").toLowerCase()));

/** A request has a body where one of these says so (RFC 9112 §6.3). */
export const hasBody = (request: IncomingMessage): boolean => {
  const { headers } = request;
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && headers["content-length"] !== "0")
  );
};
