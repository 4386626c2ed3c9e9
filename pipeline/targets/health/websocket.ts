import { createHash, randomBytes } from "node:crypto";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connectionReason, ill, type Sounding, well } from "./sounding.ts";

/** What RFC 6455 has both sides add to the key. */
const suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Makes the hand-shake of a WebSocket and closes it again. */
export function askWebSocket(url: string, signal: AbortSignal): Promise<Sounding> {
  if (!URL.canParse(url)) return Promise.resolve(ill("its URL cannot be read"));
  const place = new URL(url);
  const isSecure = place.protocol === "wss:" || place.protocol === "https:";
  place.protocol = isSecure ? "https:" : "http:";
  const key = randomBytes(16).toString("base64");
  const accept = createHash("sha1").update(`${key}${suffix}`).digest("base64");
  return new Promise((resolve) => {
    const request = (isSecure ? requestHttps : requestHttp)(place, {
      agent: false,
      signal,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
      },
    });
    request.once("upgrade", (answer, socket) => {
      socket.on("error", () => {});
      // A close frame, masked with zeros, so that the other side does not log a broken connection.
      socket.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
      const isRight = answer.headers["sec-websocket-accept"] === accept;
      resolve(isRight ? well : ill("it answered the hand-shake with another key"));
    });
    request.once("response", (answer) => {
      answer.destroy();
      resolve(ill(`got ${answer.statusCode} instead of a WebSocket`));
    });
    request.on("error", (error) => resolve(ill(connectionReason(error))));
    request.end();
  });
}
