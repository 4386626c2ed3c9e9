import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf } from "../../../pipeline/canonical.ts";
import type { Release, ReleaseComponent } from "../../../pipeline/deploy/release.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { connectLocal, type LocalDeployment } from "../../../pipeline/targets/local/client.ts";
import { type Daemon, startDaemon } from "../../../pipeline/targets/local/daemon.ts";
import { ensureDaemon } from "../../../pipeline/targets/local/launch.ts";
import type { DaemonParts } from "../../../pipeline/targets/local/parts.ts";
import { until } from "../../routers/support/backends.ts";
import { unwrap } from "../../support/unwrap.ts";
import { realParts } from "./parts.ts";

export const postgres = {
  name: "db",
  kind: "postgres" as const,
  version: ">=15",
  database: "quotes",
  user: "quotes",
  init: [],
  extensions: [],
};

/** A release of one listening component, or of those given. */
export function release(version: string, components: Partial<ReleaseComponent>[] = [{}]): Release {
  const body = {
    format: 1 as const,
    app: "quotes",
    environment: "staging",
    version,
    revision: null,
    configDigest: "0",
    components: components.map((given) => ({
      name: "api",
      digest: `sha256:${"a".repeat(64)}`,
      image: "api",
      command: `exec '${process.execPath}' service.mjs`,
      listens: true,
      environment: { PORT: "${port}", VERSION: "${version}" },
      secrets: [],
      health: {
        live: null,
        ready: "/ready",
        startup: null,
        successes: 1,
        spanMs: 0,
        intervalMs: 20,
        probeTimeoutMs: 1000,
        withinMs: 10_000,
      },
      after: [],
      ...given,
    })),
    migration: null,
    smoke: [],
    values: {},
    secrets: [],
  };
  return { ...body, id: digestOf(body) };
}

/** What a daemon may see of this test's environment. */
export const variables = (): Record<string, string> => ({ PATH: process.env.PATH ?? "", HOME: tmpdir() });

export const doorCommand = (state: string, environment: string, tied: boolean): string[] => [
  process.execPath,
  "--import",
  import.meta.resolve("tsx"),
  fileURLToPath(new URL("door.ts", import.meta.url)),
  state,
  environment,
  ...(tied ? ["tied"] : []),
];

/** Whether a process is there; one that only waits to be collected is not. */
export async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const { readFile } = await import("node:fs/promises");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" ? process.platform !== "linux" : stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
}

/** One state directory with the daemons and connections of a test; `close` leaves nothing. */
export async function world(environment = "staging") {
  const state = await mkdtemp(join(tmpdir(), "bellwether-local-"));
  const closing: (() => Promise<unknown>)[] = [];
  const address = { state, environment, tool: "test" };
  const configuration = {
    port: null,
    router: "built-in" as const,
    accessories: [],
    layouts: { api: "/nowhere" },
  };

  return {
    state,
    address,
    root: join(state, "local", environment),
    configuration,

    /** The daemon inside the test's own process. */
    async daemon(parts: Partial<DaemonParts> = {}): Promise<Daemon> {
      const daemon = unwrap(
        await startDaemon({
          ...realParts(),
          ...parts,
          state,
          environment,
          tool: "test",
          variables: variables(),
        }),
      );
      closing.push(() => daemon.stop());
      return daemon;
    },

    /** The daemon as a program of its own, started where none runs. */
    async launched(tied = false): Promise<LocalDeployment> {
      const made = unwrap(
        await ensureDaemon({
          ...address,
          command: doorCommand(state, environment, tied),
          variables: variables(),
          tied,
          clock: systemClock,
        }),
      );
      closing.push(() => made.inspect.shutdown());
      return made;
    },

    async connected(): Promise<LocalDeployment> {
      const made = unwrap(await connectLocal(address));
      closing.push(() => made.close());
      return made;
    },

    async close(): Promise<void> {
      for (const close of closing.reverse()) await close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

export const lease = (version: string, cause: "deploy" | "rollback" = "deploy") => ({
  actor: "ada",
  version,
  rollout: `rollout-${version}`,
  tool: "0.1.0",
  ttlMs: 30_000,
  cause,
});

export const retire = { warmMs: 60_000, drainMs: 2_000 };

/** Places a release, starts it and waits until what listens answers. */
export async function up(deployment: LocalDeployment, one: Release): Promise<void> {
  unwrap(await deployment.target.place(one, {}));
  for (const component of one.components) {
    unwrap(await deployment.target.start(one.id, component.name));
    if (!component.listens) continue;
    await until(async () => {
      const answer = await deployment.target.probe(one.id, component.name, {
        method: "GET",
        path: "/ready",
        timeoutMs: 1000,
      });
      return answer.kind === "answer";
    }, 15_000);
  }
}

/** The whole of a rollout without a strategy: the release is live afterwards, the lease given back. */
export async function deploy(deployment: LocalDeployment, one: Release): Promise<void> {
  unwrap(await deployment.store.acquire(lease(one.version)));
  await up(deployment, one);
  unwrap(await deployment.router.shift({ [one.id]: 100 }));
  unwrap(await deployment.store.commit(one.id, retire));
  await deployment.store.release();
}

export const body = async (url: string, path = "/"): Promise<string> => (await fetch(url + path)).text();
