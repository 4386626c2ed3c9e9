import { Agent, type ClientRequest } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Idle time (ms) of a connection whose backend says nothing of its own limit. */
const silentIdleMs = 1000;

/** What a socket's inactivity limit raises. */
class SilentBackend extends Error {
  readonly code = "ETIMEDOUT";
}

/**
 * Keep-alive connections to one backend. A backend closes a connection that was idle for its keep-alive time; a
 * request sent at that very moment is answered by a reset and, being a POST perhaps, cannot be sent again. So we
 * close first: an idle connection is dropped well before the time that the backend announces (`Keep-Alive:
 * timeout=N`), and after one second where it announces nothing.
 */
export class BackendAgent extends Agent {
  readonly #port: number;
  readonly #answerTimeoutMs: number;
  #idleMs = silentIdleMs;

  constructor(port: number, answerTimeoutMs: number) {
    super({
      keepAlive: true,
      maxSockets: Number.POSITIVE_INFINITY,
      maxFreeSockets: 1024,
      scheduling: "lifo",
    });
    this.#port = port;
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  /** Takes the value of a backend's `Keep-Alive` header. */
  heed(keepAlive: string): void {
    const seconds = /(?:^|[\s,])timeout=(\d+)/i.exec(keepAlive)?.[1];
    if (seconds !== undefined) this.#idleMs = idleLimit(Number(seconds) * 1000);
  }

  override createConnection(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true });
    socket.setTimeout(this.#answerTimeoutMs);
    socket.on("timeout", () => socket.destroy(new SilentBackend("no answer in time")));
    return socket;
  }

  // The base class would set TCP keep-alive and unreference the socket after each request: system calls that
  // a connection of a second or two on loopback has no use for.
  override keepSocketAlive(socket: Duplex): boolean {
    if (this.#idleMs === 0) return false;
    (socket as Socket).setTimeout(this.#idleMs);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    (socket as Socket).setTimeout(this.#answerTimeoutMs);
    super.reuseSocket(socket, request);
  }
}

/** How long (ms) we keep a connection that the backend keeps for `announcedMs`: a second less, or half of it. */
export const idleLimit = (announcedMs: number): number => Math.max(announcedMs - 1000, announcedMs / 2);
