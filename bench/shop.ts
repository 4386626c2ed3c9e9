import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Running } from "./children.ts";
import type { Bench } from "./figure.ts";
import { commitAll } from "./repository.ts";

/** A small system of its own with one environment, `production`, that is shipped by the measured program. */
export type Shop = {
  directory: string;
  /** Runs the program to its end; gives its wall time (ms), throws unless it ends with 0. */
  run(...args: string[]): Promise<number>;
  start(...args: string[]): Running;
  /** Commits a new version of the service, with a fault, and tags it. */
  tag(version: string, fault?: string): Promise<void>;
  /** Ships a tag that is checked out. */
  ship(version: string): Promise<number>;
  /** Entries of production's journal, in order. */
  journal(): Promise<{ at: number; fact: Record<string, unknown> }[]>;
  /** Where production is reached. */
  url(): Promise<string>;
  close(): Promise<void>;
};

export async function createShop(
  { children, directory, program }: Bench,
  strategy: string,
  more = "watch: 0s",
): Promise<Shop> {
  const root = join(directory, "shop");
  const at = (...path: string[]): string => join(root, ...path);
  const command = (args: string[]) => ({ argv: [process.execPath, program, ...args], directory: root });
  const git = (...args: string[]) => children.time({ argv: ["git", ...args], directory: root }, 30_000);
  const run = (...args: string[]) => children.time(command(args), 180_000);
  await mkdir(at("service"), { recursive: true });
  await writeFile(at(".gitignore"), ".bellwether/\n");
  await writeFile(at("bellwether.yaml"), config(strategy, more));
  await writeFile(at("service", "server.mjs"), service(""));
  await commitAll(children, root);
  return {
    directory: root,
    run,
    start: (...args) => children.start(command(args)),
    tag: async (version, fault = "") => {
      await writeFile(at("service", "server.mjs"), `// ${version}\n${service(fault)}`);
      await git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-aqm", version);
      await git("tag", `v${version}`);
    },
    ship: (version) => run("run", "--event", "release", "--ref", `v${version}`),
    journal: async () => {
      const text = await readFile(at(".bellwether", "local", "production", "journal.ndjson"), "utf8");
      const lines = text.split("\n").slice(0, -1);
      return lines.map((line): { at: number; fact: Record<string, unknown> } => JSON.parse(line));
    },
    url: async () => {
      const state = await readFile(at(".bellwether", "local", "production", "state.json"), "utf8");
      return `http://127.0.0.1:${JSON.parse(state).port}`;
    },
    close: async () => void (await run("stop", "production")),
  };
}

const config = (strategy: string, more: string): string => `app: shop
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /ready, successes: 1, span: 0s, interval: 50ms, within: 20s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: { repository: registry.example/shop, platforms: [${process.arch === "arm64" ? "linux/arm64" : "linux/amd64"}] }
environments:
  production:
    on: release
    target: local
    strategy: ${strategy}
    warm: 15m
    drain: 1s
    ${more}
`;

/** Faults: `errors` (every request but the probe is a 500), `exit` (writes when, and ends while it starts). */
const service = (fault: string): string => `import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
const { PORT, VERSION } = process.env;
const fault = ${JSON.stringify(fault)};
if (fault === "exit") {
  await new Promise((resolve) => setTimeout(resolve, 300));
  writeFileSync("ended-at", String(Date.now()));
  process.exit(7);
}
const server = createServer((request, response) => {
  request.resume();
  const bad = fault === "errors" && request.url !== "/ready";
  response.writeHead(bad ? 500 : 200, { "x-app-version": VERSION });
  response.end("answer");
});
server.listen(Number(PORT), "127.0.0.1");
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), 20);
});
`;
