import { randomBytes } from "node:crypto";
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { arch, tmpdir } from "node:os";
import { dirname } from "node:path";
import type { Platform } from "../../config/config.ts";
import { inheritedVariables } from "../../deploy/variables.ts";
import { createRedactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import { Accessories } from "./accessories.ts";
import { chooseRouter, routerPlace } from "./choose-router.ts";
import { listen } from "./configure.ts";
import { type Core, exclusively, placedRun } from "./core.ts";
import { environmentMode, placesOf, socketPath } from "./directory.ts";
import { engineLost, findLost, serveLive } from "./fallback.ts";
import { claim, type DaemonFile } from "./instance.ts";
import { JournalFile } from "./journal-file.ts";
import { LeaseDesk } from "./lease.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { handle, handlersOf } from "./methods.ts";
import type { DaemonParts } from "./parts.ts";
import type { Request } from "./protocol.ts";
import { Session } from "./session.ts";
import { Shelf } from "./shelf.ts";
import { readLocalState, StateKeeper } from "./state.ts";
import { wireOver } from "./wire.ts";

export type DaemonOptions = DaemonParts & {
  /** The tool's state directory, absolute. */
  state: string;
  environment: string;
  /** Version of this program. */
  tool: string;
  /** The daemon's own environment: components see PATH, HOME, TMPDIR, the locale and TZ of it. */
  variables: Record<string, string | undefined>;
};

export type Daemon = {
  /** Settles when everything that it ran is gone. */
  readonly ended: Promise<void>;
  /** Stops in order: what is open ends or is cut, releases, accessories. */
  stop(): Promise<void>;
};

/** What can be asked while what an earlier daemon left is still being restored. */
const early = ["hello", "status", "logs", "shutdown"];

/** Times (ms) of an orderly end: together below the five seconds that a parent may wait. */
const endDrainMs = 1_000;
const endGraceMs = 2_000;

const platformOfThisMachine: Platform = arch() === "arm64" ? "linux/arm64" : "linux/amd64";

/**
 * Starts the daemon of an environment, or tells that one runs: `state-held`. It finds what an earlier one left,
 * serves the live release again, and answers on its socket from then on.
 */
export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon>> {
  const places = placesOf(options.state, options.environment);
  await mkdir(places.root, { recursive: true, mode: environmentMode });
  const name = `d${randomBytes(4).toString("hex")}`;
  const socket = socketPath(places.root, name, tmpdir(), String(process.getuid?.() ?? 0));
  const waiting: Socket[] = [];
  let serve = (client: Socket): void => void waiting.push(client);
  const server = await listenOn(socket, (client) => serve(client));
  const started = new Date(options.clock.now()).toISOString();
  const own: DaemonFile = { pid: process.pid, socket, started, tool: options.tool };
  const claimed = await claim(places.daemons, own);
  const close = async () => {
    for (const client of waiting) client.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await rm(socket, { force: true });
  };
  if (!claimed.won) {
    await close();
    const { pid, started: since } = claimed.by;
    return fail({ kind: "state-held", directory: places.root, pid, since });
  }
  const core = await assemble(options, places);
  if (!core.ok) {
    await close();
    return core;
  }
  const daemon = run(core.value, own, server, close);
  serve = daemon.serve;
  for (const client of waiting.splice(0)) daemon.serve(client);
  return ok(daemon);
}

function run(core: Core, own: DaemonFile, server: Server, close: () => Promise<void>) {
  const clients = new Set<Socket>();
  let ended: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  const handlers = handlersOf(core, { ...own, stop: () => void stop() });
  const restored = exclusively(core, () => restore(core));

  async function end(): Promise<void> {
    core.ending.abort();
    core.retirement.abort();
    core.desk.close();
    await core.proxy.close(endDrainMs);
    await Promise.all([...core.runs.values()].map((one) => one.stop(endGraceMs)));
    await core.accessories.stop();
    // What was still starting something meanwhile is refused from here on, and then has an end.
    await core.parts.processes.close();
    await core.busy;
    await Promise.all([...core.runs.values()].map((one) => one.flush()));
    await Promise.all([core.state.settled(), core.journal.settled()]);
    const closed = close();
    for (const client of clients) client.destroy();
    await closed;
    ended();
  }

  const serve = (client: Socket) => {
    clients.add(client);
    const wire = wireOver(client, (message) => {
      const request = message as Request;
      void (early.includes(request.method) ? Promise.resolve() : restored)
        .then(() => handle(handlers, request, session))
        .then((result) => wire.send({ id: request.id, result }));
    });
    const session = new Session(core, (message) => wire.send(message));
    void wire.closed
      .then(() => {
        clients.delete(client);
        return session.end();
      })
      .catch((error: unknown) => void core.notes.push(`after a lost connection: ${String(error)}`));
  };
  server.on("error", () => void stop());
  return { ended: over, stop, serve };
}

/** What an earlier daemon left: an engine that was lost with it, a port, a live release to serve. */
async function restore(core: Core): Promise<void> {
  await core.shelf.tidy();
  await findLost(core);
  await core.state.change({ warmUntil: null });
  const { live, port, router, stopped } = core.state.value;
  const chosen = await chooseRouter(core, router);
  if (!chosen.ok)
    core.notes.push(`the router ${router} cannot be had (${chosen.failure.kind}): nothing is served`);
  else if (port !== null) {
    const bound = await listen(core, port);
    if (!bound.ok) core.notes.push(`port ${port} is in use: nothing is served`);
  }
  if (live !== null && !stopped) await serveLive(core);
}

async function assemble(options: DaemonOptions, places: Core["places"]): Promise<Result<Core>> {
  const { environment, tool, variables, ...parts } = options;
  const read = await readLocalState(places.state);
  if (!read.ok) return read;
  const { journal: file, journalCopy: copy } = places;
  const opened = await JournalFile.open({ environment, file, copy }, () => parts.clock.now());
  const state = new StateKeeper(places.state, read.value.state);
  const notes = [...read.value.notes, ...opened.notes];
  const builtIn = await parts.routers["built-in"](await routerPlace(environment, places, "built-in", notes));
  if (!builtIn.ok) return builtIn;
  const redactor = createRedactor();
  const ending = new AbortController();
  const core: Core = {
    name: environment,
    tool,
    places,
    parts,
    inherited: inheritedVariables(variables),
    state,
    journal: opened.journal,
    desk: new LeaseDesk(environment, state, parts.clock, (by, silentMs) => {
      void engineLost(core, by, `the engine gave no sign of life for ${silentMs / 1_000} s`);
    }),
    shelf: new Shelf(places, {
      unpack: parts.unpack,
      platform: platformOfThisMachine,
      now: () => parts.clock.now(),
    }),
    accessories: new Accessories({
      servers: parts.servers,
      clock: parts.clock,
      directory: places.accessory,
      learned: (facts) => {
        redactor.add(facts.password);
        redactor.addUrl(facts.url);
      },
      moved: () => void restartLive(core),
    }),
    memory: new MemoryWatch(parts.clock, ending.signal),
    redactor,
    notes,
    runs: new Map(),
    touched: new Set(),
    clearing: new Set(),
    followers: new Set(),
    underway: new Set(),
    proxy: builtIn.value,
    router: "built-in",
    port: null,
    busy: Promise.resolve(),
    previous: null,
    retirement: new AbortController(),
    ending,
  };
  return ok(core);
}

/** The live release holds an address of an accessory that is not true any more. */
function restartLive(core: Core): Promise<void> {
  return exclusively(core, async () => {
    const { live } = core.state.value;
    const run = live === null ? null : await placedRun(core, live, "restart");
    if (!run?.ok || !run.value.running) return;
    await run.value.stop(endGraceMs);
    await serveLive(core);
  });
}

/** Listens for clients of this user only. */
async function listenOn(path: string, client: (socket: Socket) => void): Promise<Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // It fails where somebody else made the directory first: then it is not ours to listen in.
  await chmod(dirname(path), environmentMode);
  const server = createServer({ allowHalfOpen: false }, client);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return server;
}
