import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { createLineSplitter } from "../../io/lines.ts";

/** The socket that HAProxy's log comes in at, line by line. */
export class LogDoor {
  readonly #path: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(path: string, line: (text: string) => void) {
    this.#path = path;
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      const lines = createLineSplitter(line);
      socket.on("data", lines.write);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        lines.end();
        this.#open.delete(socket);
      });
    });
  }

  async open(): Promise<void> {
    await rm(this.#path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#path, resolve);
    });
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
    await rm(this.#path, { force: true });
  }
}
