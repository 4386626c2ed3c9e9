import { Agent, request } from "node:http";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { until } from "./backends.ts";

/** One connection on which a test writes bytes as it likes. */
export function raw(port: number, first: string) {
  const socket = connect(port, "127.0.0.1");
  let got = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    got += text;
  });
  socket.on("error", () => socket.destroy());
  socket.write(first);
  return {
    text: () => got,
    write: (text: string) => void socket.write(text),
    end: () => void socket.destroy(),
    /** Everything that came, once the other side has closed. */
    closed: new Promise<string>((resolve) => socket.once("close", () => resolve(got))),
  };
}

/** A client that keeps one connection for all its requests, one after the other. */
export function keptClient(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    /** `STATUS BODY` of the answer, or the code of what went wrong. */
    ask: (method: "GET" | "POST", body?: string) =>
      new Promise<string>((resolve) => {
        const sent = request({ agent, host: "127.0.0.1", port, method }, (answer) => {
          let text = "";
          answer.on("data", (chunk: Buffer) => {
            text += chunk.toString();
          });
          answer.on("end", () => resolve(`${answer.statusCode} ${text}`));
          answer.on("error", (error) => resolve(error.message));
        });
        sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        sent.end(body);
      }),
    end: () => agent.destroy(),
  };
}

/** An open WebSocket; `say` gives the answer to one message. */
export async function socketThrough(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/stream`);
  const messages: string[] = [];
  socket.on("message", (data) => messages.push(String(data)));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    socket,
    messages,
    closed,
    end: () => socket.terminate(),
    async say(text: string): Promise<string> {
      const before = messages.length;
      socket.send(text);
      await until(() => messages.length > before);
      return messages[before] ?? "";
    },
  };
}
