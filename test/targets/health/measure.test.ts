import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, expect, test } from "vitest";
import type { HealthCheck } from "../../../pipeline/config/config.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { createHttp } from "../../../pipeline/io/http-client.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { ok, type Result } from "../../../pipeline/result.ts";
import { type HealthSubject, measureHealth } from "../../../pipeline/targets/health/measure.ts";

const servers: { server: Server; sockets: Set<Socket> }[] = [];
const processes = createProcesses();
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server on a free port of loopback; `talk` gets each connection. */
async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  servers.push({ server, sockets });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const talking = (talk: (socket: Socket) => void): Promise<number> => listening(createServer(talk));

const serving = (answer: (path: string) => { status: number; body?: string }): Promise<number> =>
  listening(
    createHttpServer((request, response) => {
      const { status, body = "" } = answer(request.url ?? "");
      response.writeHead(status).end(body);
    }),
  );

/** A Redis that wants this password (null: none) and answers PING. */
const redis = (password: string | null): Promise<number> =>
  talking((socket) => {
    let trusted = password === null;
    socket.on("data", (chunk) => {
      const words = chunk.toString().split("\r\n");
      const given = words.includes("AUTH") ? words[words.lastIndexOf("PING") - 3] : null;
      if (given !== null) {
        trusted = words.includes(password ?? "");
        socket.write(trusted ? "+OK\r\n" : "-WRONGPASS invalid username-password pair\r\n");
      }
      if (words.includes("PING"))
        socket.write(trusted ? "+PONG\r\n" : "-NOAUTH Authentication required.\r\n");
    });
  });

type Change = { subject?: HealthSubject; fill?: (text: string) => Promise<Result<string, string>> };

const measured = (checks: HealthCheck[], { subject, fill }: Change = {}) =>
  measureHealth(checks, subject ?? { url: null, accessories: {} }, {
    processes,
    clock: systemClock,
    http: createHttp(),
    directory: tmpdir(),
    environment: { PATH: process.env.PATH ?? "" },
    disk: tmpdir(),
    fill: fill ?? (async (text) => ok(text)),
    redact: (line) => line.replaceAll("hunter2", "***"),
  });

const timing = { timeoutMs: 5_000, thresholds: [1_000, 2_000] as [number, number] };

/** What came of one check: "well", or why not. */
async function seen(check: HealthCheck, change: Change = {}): Promise<string> {
  const { measurements, notAsked } = await measured([check], change);
  if (notAsked.length > 0) return "not asked";
  const [one] = measurements;
  if (one?.problem) return `${one.problem.failed ? "failed" : "unknown"}: ${one.problem.reason}`;
  return one?.value !== null && (one?.value ?? -1) >= 0 && (one?.value ?? 0) < 5_000 ? "well" : "no time";
}

const http = (url: string, over: Partial<Extract<HealthCheck, { kind: "http" }>> = {}): HealthCheck => ({
  name: "api",
  kind: "http",
  url,
  status: 200,
  text: null,
  ...timing,
  ...over,
});

test("an HTTP check asks for status and text, and a redirect is not followed", async () => {
  const port = await serving((path) =>
    path === "/moved" ? { status: 301 } : { status: path === "/no" ? 503 : 200, body: "all is well" },
  );
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  expect(await seen(http(at("/yes")))).toBe("well");
  expect(await seen(http(at("/yes"), { text: "is well" }))).toBe("well");
  expect(await seen(http(at("/yes"), { text: "is ill" }))).toBe('failed: body without "is ill"');
  expect(await seen(http(at("/no")))).toBe("failed: got 503, expected 200");
  expect(await seen(http(at("/no"), { status: 503 }))).toBe("well");
  expect(await seen(http(at("/moved")))).toBe("failed: got 301, expected 200");
});

test("a path is asked of the environment, where it serves something", async () => {
  const port = await serving(() => ({ status: 200 }));
  const serves = { url: `http://127.0.0.1:${port}`, accessories: {} };
  expect(await seen(http("/ready"), { subject: serves })).toBe("well");
  expect(await seen(http("/ready"))).toBe("not asked");
});

test("a TCP check wants a connection, and nothing more", async () => {
  const port = await talking(() => {});
  const tcp = (address: string): HealthCheck => ({ name: "feed", kind: "tcp", address, ...timing });
  expect(await seen(tcp(`127.0.0.1:${port}`))).toBe("well");
  const free = await talking(() => {});
  await new Promise((resolve) => servers.at(-1)?.server.close(resolve));
  servers.pop();
  expect(await seen(tcp(`127.0.0.1:${free}`))).toBe("failed: connection refused");
  expect(await seen(tcp("nowhere"))).toBe("failed: the address is not HOST:PORT");
});

test("a WebSocket check makes the hand-shake, and believes no other key", async () => {
  const accepting = (key: (sent: string) => string) =>
    talking((socket) =>
      socket.once("data", (chunk) => {
        const sent = /sec-websocket-key: (.*)\r\n/i.exec(chunk.toString())?.[1] ?? "";
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key(sent)}\r\n\r\n`,
        );
      }),
    );
  const right = await accepting((sent) =>
    createHash("sha1").update(`${sent}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64"),
  );
  const wrong = await accepting(() => "nonsense");
  const plain = await serving(() => ({ status: 404 }));
  const socket = (port: number): HealthCheck => ({
    name: "stream",
    kind: "websocket",
    url: `ws://127.0.0.1:${port}/stream`,
    ...timing,
  });
  expect(await seen(socket(right))).toBe("well");
  expect(await seen(socket(wrong))).toBe("failed: it answered the hand-shake with another key");
  expect(await seen(socket(plain))).toBe("failed: got 404 instead of a WebSocket");
});

test("a Redis check logs in and sends PING; a wrong password is no answer", async () => {
  const [open, closed] = [await redis(null), await redis("s3cret: é\r\n")];
  const check = (url: string): HealthCheck => ({ name: "redis", kind: "redis", url, ...timing });
  const password = encodeURIComponent("s3cret: é\r\n");
  expect(await seen(check(`redis://127.0.0.1:${open}`))).toBe("well");
  expect(await seen(check(`redis://127.0.0.1:${closed}`))).toBe(
    "failed: it answered: NOAUTH Authentication required.",
  );
  expect(await seen(check(`redis://u:wrong@127.0.0.1:${closed}`))).toBe(
    "failed: it answered: WRONGPASS invalid username-password pair",
  );
  expect(password).toContain("%0D%0A");
  expect(await seen(check("http://127.0.0.1"))).toBe(
    "failed: its URL does not begin with redis:// or rediss://",
  );
});

test("a PostgreSQL check says why no query was answered", async () => {
  const check = (url: string): HealthCheck => ({ name: "database", kind: "postgres", url, ...timing });
  const port = await talking((socket) => socket.once("data", () => socket.destroy()));
  expect(await seen(check("mysql://127.0.0.1"))).toBe("failed: its URL does not begin with postgres://");
  expect(await seen(check(`postgres://u:p@127.0.0.1:${port}/db`))).toMatch(/^failed: Connection terminated/);
});

test("a command is well with 0; else its last line says why, without secrets", async () => {
  const run = (command: string): HealthCheck => ({ name: "feed", kind: "command", run: command, ...timing });
  expect(await seen(run("echo fine"))).toBe("well");
  expect(await seen(run("echo one; echo 'lag 9 s, key hunter2' >&2; exit 3"))).toBe(
    "failed: lag 9 s, key ***",
  );
  expect(await seen(run("exit 4"))).toBe("failed: it ended with exit code 4");
  expect(await seen({ ...run("sleep 30"), timeoutMs: 100 } as HealthCheck)).toBe(
    "failed: no answer within 100 ms",
  );
});

test.each(["http", "websocket", "redis", "postgres"])(
  "a %s that is silent has failed at its time limit, and holds nothing open",
  async (kind) => {
    const port = await talking(() => {});
    const address = `127.0.0.1:${port}`;
    const checks: Record<string, HealthCheck> = {
      http: http(`http://${address}/`, { timeoutMs: 150 }),
      websocket: { name: "s", kind: "websocket", url: `ws://${address}`, ...timing, timeoutMs: 150 },
      redis: { name: "r", kind: "redis", url: `redis://${address}`, ...timing, timeoutMs: 150 },
      postgres: { name: "d", kind: "postgres", url: `postgres://u@${address}/d`, ...timing, timeoutMs: 150 },
    };
    const check = checks[kind];
    expect(check && (await seen(check))).toBe("failed: no answer within 150 ms");
    // The other side sees the connection end.
    const { sockets } = servers.at(-1) ?? { sockets: new Set<Socket>() };
    await Promise.all(
      [...sockets].map((socket) =>
        socket.destroyed || socket.readableEnded
          ? null
          : new Promise((resolve) => {
              socket.resume();
              socket.once("close", resolve);
            }),
      ),
    );
  },
);

test("the host is measured where it has limits, as shares between 0 and 1", async () => {
  const { measurements } = await measured([
    { name: "host", kind: "host", cpu: [0.75, 0.9], memory: null, disk: [0.85, 0.95] },
  ]);
  expect(measurements.map(({ name, unit, thresholds }) => [name, unit, thresholds])).toEqual([
    ["host cpu", "fraction", [0.75, 0.9]],
    ["host disk", "fraction", [0.85, 0.95]],
  ]);
  for (const { value } of measurements) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(1);
  }
});

test("an accessory's time is what its environment measured, and one that was never started is not asked", async () => {
  const check: HealthCheck = {
    name: "database",
    kind: "postgres",
    url: "${accessories.postgres.url}",
    ...timing,
  };
  const of = (accessories: Record<string, number | null>) =>
    measured([check], { subject: { url: null, accessories } });
  expect((await of({ postgres: 7 })).measurements).toEqual([
    { name: "database", unit: "ms", value: 7, problem: null, thresholds: [1_000, 2_000] },
  ]);
  expect((await of({ postgres: null })).measurements[0]?.problem).toEqual({
    failed: true,
    reason: "it does not answer",
  });
  expect(await of({})).toEqual({ measurements: [], notAsked: ["database"] });
});

test("what cannot even be asked is unknown, not unhealthy, and its reason holds no secret", async () => {
  const fill = async () => ({ ok: false as const, failure: "the secret X has no value (hunter2)" });
  expect(await seen(http("http://127.0.0.1/"), { fill })).toBe("unknown: the secret X has no value (***)");
});

test("all checks are asked at the same time", async () => {
  const waiting: Socket[] = [];
  const port = await talking((socket) => {
    waiting.push(socket);
    // Nobody is answered before all have come.
    if (waiting.length === 5)
      for (const one of waiting) one.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  const checks = Array.from({ length: 5 }, (_, i) => http(`http://127.0.0.1:${port}/${i}`));
  const { measurements } = await measured(checks);
  expect(measurements.map(({ problem }) => problem)).toEqual([null, null, null, null, null]);
});
