import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect } from "vitest";
import type { Report } from "../../pipeline/report/report.ts";
import { type Ended, type Running, shell, startBin } from "./bin.ts";
import { eventually, leftOf } from "./left.ts";

const execute = promisify(execFile);
const server = fileURLToPath(new URL("system/server.mjs", import.meta.url));

const author = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.invalid",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.invalid",
};

/** The configuration of the small system: instant checks, short holds, ports of the target's own choice. */
export const smallConfig = `app: small
checks:
  lint:
    style: grep -q createServer service/server.mjs
  unit: node --check service/server.mjs
components:
  api:
    build: { run: "rm -rf dist && cp -r service dist", outputs: [dist] }
    artifact: dist
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 2, span: 100ms, interval: 50ms, within: 10s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
  staging:
    on: { branch: develop }
    target: local
    strategy: blue-green
    smoke: [{ get: /quote, expect: { json: { symbol: AAPL }, within: 5s } }]
    watch: 300ms
    drain: 2s
  production:
    on: release
    extends: staging
    approval: { required: 1 }
    strategy: { canary: { weights: [50, 100], hold: 500ms, samples: 5, limit: 8s } }
    analysis: { slack: 200ms }
`;

/** The small one, its steps in a container image that has Node. */
export const containerConfig = smallConfig.replace(
  "checks:\n",
  'toolchains:\n  node: { version: ">=20", image: node:24-slim, setup: [], outputs: [] }\nchecks:\n',
);

/** A configuration of one service without a build, as fast as `health` says, and these environments. */
export const oneService = (health: string, environments: string): string => `app: small
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, ${health} }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64] }
environments:
${environments}`;

export type SystemOptions = {
  /** Files beside the service, by path; `bellwether.yaml` is the small one by default. */
  files?: Record<string, string>;
  /** Variables beside those of a plain shell. */
  variables?: Record<string, string>;
  /** No git repository. */
  bare?: boolean;
  /** Time (ms) that one call of the program may take; a minute by default. */
  limitMs?: number;
};

/** A small system of a user's own, in a git repository of its own in a temporary directory. */
export type System = {
  directory: string;
  state: string;
  /** The program in that directory, to its end. */
  run(...args: string[]): Promise<Ended>;
  /** The program in that directory, under way. */
  start(...args: string[]): Running;
  git(...args: string[]): Promise<string>;
  write(files: Record<string, string>): Promise<void>;
  chmod(file: string, mode: number): Promise<void>;
  /** Replaces text in a file; throws where it is not there. */
  edit(file: string, from: string, to: string): Promise<void>;
  commit(message: string): Promise<void>;
  /** Merges develop into main and tags it; main is checked out afterwards. */
  release(tag: string): Promise<void>;
  /** What the state directory holds, as text. */
  stored(file: string): Promise<string>;
  /** The report of the last run. */
  report(): Promise<Report>;
  /** The digest of the image `api` that the last run made or found; "" where it did neither. */
  imageDigest(): Promise<string>;
  /** Ends the environments; gives the processes that are still there then, which are killed. */
  close(): Promise<string[]>;
};

/** Makes systems with a configuration, each closed after its test with nothing left of it. */
export function systemsOfTests(): (config: string, files?: Record<string, string>) => Promise<System> {
  const systems: System[] = [];
  afterEach(async () => {
    for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
  });
  return async (config, files = {}) => {
    const system = await makeSystem({ files: { "bellwether.yaml": config, ...files } });
    systems.push(system);
    return system;
  };
}

export async function makeSystem(options: SystemOptions = {}): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-cli-"));
  const environment = { ...shell(), ...author, ...options.variables };
  const state = join(directory, ".bellwether");
  const started = new Set<Running>();
  const start = (...args: string[]): Running => {
    const running = startBin(args, {
      directory,
      environment,
      ...(options.limitMs === undefined ? {} : { limitMs: options.limitMs }),
    });
    started.add(running);
    void running.ended.then(() => started.delete(running));
    return running;
  };
  const system: System = {
    directory,
    state,
    start,
    run: (...args) => start(...args).ended,
    git: async (...args) => {
      const done = await execute("git", ["-C", directory, ...args], { env: environment, timeout: 30_000 });
      return done.stdout.trim();
    },
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), text);
      }
    },
    chmod: (file, mode) => chmod(join(directory, file), mode),
    edit: async (file, from, to) => {
      const text = await readFile(join(directory, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      await system.write({ [file]: text.replace(from, to) });
    },
    commit: async (message) => {
      await system.git("add", "--all");
      await system.git("commit", "--quiet", "--message", message);
    },
    release: async (tag) => {
      await system.git("checkout", "--quiet", "main");
      await system.git("merge", "--quiet", "--no-ff", "--message", `Release ${tag}`, "develop");
      await system.git("tag", tag);
    },
    stored: (file) => readFile(join(state, file), "utf8"),
    report: async () => JSON.parse(await system.stored("reports/last.json")),
    imageDigest: async () => {
      const { stages } = await system.report();
      return stages.flatMap(({ steps }) => steps).find(({ id }) => id === "image:api")?.digests?.api ?? "";
    },
    close: async () => {
      for (const running of started) running.kill("SIGKILL", true);
      await Promise.all([...started].map((running) => running.ended));
      const names = await readdir(join(state, "local")).catch(() => []);
      await Promise.all(names.map((name) => start("stop", name).ended));
      await eventually(async () => (await leftOf(directory)).length === 0, 5_000);
      const left = await leftOf(directory);
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      await rm(directory, { recursive: true, force: true });
      return left.map(({ pid, what }) => `${pid} ${what}`);
    },
  };
  await mkdir(join(directory, "service"));
  await cp(server, join(directory, "service", "server.mjs"));
  await system.write({
    ".gitignore": ".bellwether/\ndist/\n",
    "bellwether.yaml": smallConfig,
    ...options.files,
  });
  if (options.bare) return system;
  await system.git("init", "--quiet", "--initial-branch", "main");
  await system.git("config", "user.name", "Ada");
  await system.commit("A small system");
  await system.git("checkout", "--quiet", "-b", "develop");
  return system;
}
