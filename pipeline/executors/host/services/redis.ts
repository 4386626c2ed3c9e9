import { mkdir } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import type { Failure } from "../../../failure.ts";
import { freePort } from "../../../io/ports.ts";
import { askVersion, findProgram } from "../../../io/program.ts";
import type { RunningServer, ServerFacts, ServerOptions, ServerSpec } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { keepFacts, keptFacts } from "./kept-facts.ts";
import { freshPassword } from "./postgres-cluster.ts";
import type { ServerContext } from "./server-context.ts";
import { createTail } from "./tail.ts";

/** Time limit for the first PONG, and grace at the end, in ms. */
const readyMs = 20_000;
const graceMs = 5000;

export type RedisProgram = { program: string; version: string };

/** The `redis-server` on PATH, with its version checked. */
export async function findRedis(
  context: ServerContext,
  wanted: { version: string; name: string },
): Promise<Result<RedisProgram>> {
  const need = { tool: "redis-server", range: wanted.version, wantedBy: `service ${wanted.name}` };
  const program = findProgram("redis-server", context.path);
  if (program === null) return fail({ kind: "tool-missing", ...need });
  const probe = [program, "--version"];
  const version = await askVersion(context.processes, { probe, environment: {}, directory: "/" });
  if (!version.ok) return fail({ kind: "tool-missing", ...need });
  if (satisfies(version.value, wanted.version)) return ok({ program, version: version.value });
  return fail({ kind: "tool-too-old", ...need, got: version.value, path: program });
}

/** Starts Redis on 127.0.0.1 with a password; ready when PING was answered (see `Servers`). */
export async function startRedis(
  context: ServerContext,
  spec: ServerSpec,
  options: ServerOptions,
): Promise<Result<RunningServer>> {
  const failed = (reason: string, log: string[], remedy: string) =>
    fail<Failure>({ kind: "service-failed", service: spec.name, reason, log, remedy });
  if (spec.init.length > 0) {
    return failed("Redis runs no init file", [], `remove init from service ${spec.name}`);
  }
  const found = await findRedis(context, spec);
  if (!found.ok) return found;
  const kept = options.persistent ? await keptFacts(options.directory) : ok(null);
  if (!kept.ok) return kept;

  const data = join(options.directory, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  const password = kept.value?.password ?? freshPassword();
  const user = spec.user || "default";
  const database = /^\d+$/.test(spec.database) ? spec.database : "0";
  const port = await freePort(kept.value?.port || undefined);
  const facts: ServerFacts = {
    url: `redis://${encodeURIComponent(user)}:${password}@127.0.0.1:${port}/${database}`,
    host: "127.0.0.1",
    port: String(port),
    user,
    password,
    database,
  };
  if (options.persistent) await keepFacts(options.directory, { data, user, password, port, furnished: true });

  const tail = createTail(40);
  const begun = await context.processes.start({
    argv: [found.value.program, "-"],
    directory: data,
    environment: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    // The settings hold the password: neither argv nor a file.
    input: settingsOf(facts, data, options.persistent),
    output: (_stream, line) => tail.add(line),
  });
  if (!begun.ok) return failed(begun.failure, [], "see the server's last lines");
  const child = begun.value;
  let over = false;
  let stopping = false;
  const ended = child.ended.then(() => {
    over = true;
  });
  for (const limit = context.clock.now() + readyMs; !(await pong(facts)); ) {
    if (over)
      return failed("the server ended before it was ready", tail.lines(), "see the server's last lines");
    if (context.clock.now() > limit || options.signal?.aborted) {
      await child.stop(graceMs);
      return failed("PING was not answered", tail.lines(), "see the server's last lines");
    }
    await context.clock.sleep(5);
  }
  return ok({
    facts,
    died: new Promise((resolve) => {
      void ended.then(() => {
        if (!stopping) resolve(tail.lines());
      });
    }),
    ask: () => pong(facts),
    async stop() {
      stopping = true;
      await child.stop(graceMs);
    },
  });
}

function settingsOf(facts: ServerFacts, data: string, persistent: boolean): string {
  const lines = [
    `port ${facts.port}`,
    "bind 127.0.0.1",
    `dir ${JSON.stringify(data)}`,
    `requirepass ${facts.password}`,
    'save ""',
    `appendonly ${persistent ? "yes" : "no"}`,
    "daemonize no",
  ];
  if (facts.user !== "default") lines.push(`user ${facts.user} on >${facts.password} ~* &* +@all`);
  return `${lines.join("\n")}\n`;
}

/** Whether the server answers a PING to somebody with the password. */
function pong(facts: ServerFacts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: facts.host, port: Number(facts.port) });
    let answer = "";
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.on("error", () => settle(false));
    socket.on("close", () => settle(false));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      if (answer.includes("+PONG")) settle(true);
      if (answer.startsWith("-")) settle(false);
    });
    socket.write(`AUTH ${facts.user} ${facts.password}\r\nPING\r\n`);
  });
}
