import type { IncomingMessage, Server } from "node:http";
import { hasBody } from "./headers.ts";
import type { UpgradeRequest } from "./upgrade.ts";

/** Names that make a request one for an upgrade. */
const offered = ["upgrade", "http2-settings"];

const words = (list: string): string[] =>
  list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/**
 * Whether a request for an upgrade is one for a tunnel: without a body, and to something else than HTTP/2. All others
 * are offers that may be passed over (RFC 9110 §7.8), as clients know that make them on every request.
 */
export const asksForTunnel = (request: IncomingMessage): boolean =>
  !hasBody(request) && words(request.headers.upgrade ?? "").some((protocol) => !/^h2c?$/i.test(protocol));

/** Lets the server read the request once more as one without the offer: its body is then read like any other's. */
export function serveAsOrdinary(server: Server, { request, client, head }: UpgradeRequest): void {
  client.unshift(Buffer.concat([Buffer.from(headWithout(request), "latin1"), head]));
  server.emit("connection", client);
}

function headWithout({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const value = rawHeaders[i + 1] ?? "";
    const lower = name.toLowerCase();
    if (offered.includes(lower)) continue;
    const kept = words(value).filter((word) => !offered.includes(word.toLowerCase()));
    if (lower !== "connection") lines.push(`${name}: ${value}`);
    else if (kept.length > 0) lines.push(`${name}: ${kept.join(", ")}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
