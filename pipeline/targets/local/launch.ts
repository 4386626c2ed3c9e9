import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import type { Clock } from "../../io/clock.ts";
import { fail, type Result } from "../../result.ts";
import { connectLocal, type LocalAddress, type LocalDeployment } from "./client.ts";
import { environmentMode, placesOf } from "./directory.ts";
import { refusalIn } from "./serve.ts";

export type LaunchOptions = LocalAddress & {
  /** Program and arguments that become the daemon: the process itself, not one that starts another. */
  command: string[];
  /** The daemon's whole environment; nothing is inherited. */
  variables: Record<string, string>;
  /** It ends when this program ends, however it ends: the daemon watches its standard input. */
  tied: boolean;
  clock: Clock;
};

/** Time (ms) for a daemon to answer: its live release and accessories may have to come up first. */
const launchLimitMs = 120_000;

/** Connects to the environment's daemon, and starts one where none runs. */
export async function ensureDaemon(options: LaunchOptions): Promise<Result<LocalDeployment>> {
  const running = await connectLocal(options);
  if (running.ok) return running;
  const { clock, command, environment, state } = options;
  const places = placesOf(state, environment);
  await mkdir(places.root, { recursive: true, mode: environmentMode });
  const log = await open(places.daemonLog, "w", 0o600);
  const [program = "", ...argv] = command;
  const child = spawn(program, argv, {
    cwd: places.root,
    env: options.variables,
    detached: true,
    stdio: [options.tied ? "pipe" : "ignore", log.fd, log.fd],
  });
  let over = false;
  const exited = new AbortController();
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      exited.abort();
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  child.unref();
  // Only the pipe must be open as long as this program lives; it must not keep it alive.
  if (child.stdin && "unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  await log.close();
  const deadline = clock.now() + launchLimitMs;
  for (;;) {
    const wasOver = over;
    const connected = await connectLocal(options);
    if (connected.ok) {
      // Ours came second; should the first one end soon, it would stay as a daemon that nobody asked for.
      if (connected.value.daemon.pid !== child.pid && !over) {
        child.kill("SIGTERM");
        await ended;
      }
      return connected;
    }
    // One that lost a race against another daemon has ended too: then the winner answered just now.
    if (wasOver || clock.now() > deadline) return await notStarted(options, places.daemonLog);
    await clock.sleep(20, exited.signal);
  }
}

async function notStarted({ environment }: LaunchOptions, log: string): Promise<Result<LocalDeployment>> {
  const text = await readFile(log, "utf8").catch(() => "");
  const refused = refusalIn(text);
  if (refused && refused.kind !== "state-held") return fail(refused);
  const last = text.trim().split("\n").slice(-5).join(" | ");
  return fail({
    kind: "target-unreachable",
    environment,
    reason: last === "" ? "its daemon did not start" : `its daemon did not start: ${last}`,
    remedy: `see ${log}`,
  });
}
