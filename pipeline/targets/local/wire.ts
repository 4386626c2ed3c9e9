import type { Socket } from "node:net";

/** One JSON value a line, both ways. */
export type Wire = {
  send(message: unknown): void;
  end(): void;
  readonly closed: Promise<void>;
};

/** Longest line that is taken, in characters: a release with its environment fits many times. */
const longestLine = 16 * 1024 * 1024;

/** Frames a socket; a line that is not JSON, or too long, ends the connection. */
export function wireOver(socket: Socket, message: (value: unknown) => void): Wire {
  let pending: string[] = [];
  let length = 0;
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  socket.on("data", (chunk: string) => {
    let from = 0;
    for (let at = chunk.indexOf("\n"); at >= 0; at = chunk.indexOf("\n", from)) {
      const line = pending.join("") + chunk.slice(from, at);
      pending = [];
      length = 0;
      from = at + 1;
      const value = parse(line);
      if (value === undefined) {
        socket.destroy();
        return;
      }
      message(value);
    }
    pending.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > longestLine) socket.destroy();
  });
  return {
    send(value) {
      if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
    },
    end: () => socket.end(),
    closed: new Promise((resolve) => socket.once("close", () => resolve())),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
