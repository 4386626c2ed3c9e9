import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectionReason, ill, type Sounding, well } from "./sounding.ts";

/** Longest answer that is read, in characters: a PONG is seven. */
const longestAnswer = 4_096;

/** Whether the Redis of a URL (`redis://`, `rediss://`, with user and password where there are) answers a PING. */
export function askRedis(url: string, signal: AbortSignal): Promise<Sounding> {
  const place = URL.canParse(url) ? new URL(url) : null;
  if (!place || !/^rediss?:$/.test(place.protocol)) {
    return Promise.resolve(ill("its URL does not begin with redis:// or rediss://"));
  }
  const host = place.hostname.replace(/^\[|\]$/g, "");
  const port = Number(place.port || 6379);
  const [user, password] = [place.username, place.password].map(decodeURIComponent);
  const login = password ? [command("AUTH", ...(user ? [user] : []), password)] : [];
  return new Promise((resolve) => {
    const socket = place.protocol === "rediss:" ? connectTls({ host, port }) : connect({ host, port });
    let answer = "";
    const settle = (is: Sounding) => {
      signal.removeEventListener("abort", stop);
      resolve(is);
      socket.destroy();
    };
    const stop = () => settle(ill("interrupted"));
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", (error) => settle(ill(connectionReason(error))));
    socket.once("close", () => settle(ill("the connection was closed before an answer")));
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("utf8");
      if (answer.includes("+PONG\r\n")) settle(well);
      const refused = /^-(.*)\r\n/m.exec(answer);
      if (refused) settle(ill(`it answered: ${refused[1]}`));
      if (answer.length > longestAnswer) settle(ill("it does not answer like a Redis"));
    });
    socket.write([...login, command("PING")].join(""));
  });
}

/** A command as Redis reads it: words with their lengths, so that a password may hold anything. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
