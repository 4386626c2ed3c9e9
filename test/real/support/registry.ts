import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed } from "./packages.ts";

const program = "/usr/bin/docker-registry";

export type RealRegistry = { host: string; close(): Promise<void> };

/** Debian's registry on a free port of this machine, with a directory of its own. */
export async function realRegistry(): Promise<RealRegistry> {
  await installed("docker-registry", [program]);
  const directory = await mkdtemp(join(tmpdir(), "bellwether-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const file = join(directory, "config.yml");
  await writeFile(
    file,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${join(directory, "data")} } }
http: { addr: ${host} }
`,
  );
  const child = spawn(program, ["serve", file], { stdio: "ignore" });
  await answering(`http://${host}/v2/`, child);
  return {
    host,
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}

/** Asks until there is an answer; throws where the process ends before. */
export async function answering(url: string, child: ChildProcess, withinMs = 20_000): Promise<Response> {
  const end = Date.now() + withinMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it answered`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return answer;
    if (Date.now() > end) throw new Error(`${url} did not answer within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
