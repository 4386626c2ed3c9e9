import { expect } from "vitest";
import { startTraffic, type TrafficSeen } from "../../pipeline/cli/life/traffic.ts";
import type { Ended } from "./bin.ts";
import type { System } from "./system.ts";

/** The arguments that run a release. */
export const released = (tag: string): string[] => ["run", "--event", "release", "--ref", tag];

/** Commits a new version to develop, with a fault where one is wanted (`, FAULT: "slow:700"`), and tags it. */
export async function newRelease(system: System, tag: string, fault = ""): Promise<void> {
  await system.git("checkout", "--quiet", "develop");
  await system.edit("bellwether.yaml", 'VERSION: "${version}"', `VERSION: "\${version}"${fault}`);
  await system.edit("service/server.mjs", "// The smallest", `// ${tag}\n// The smallest`);
  await system.commit(`What ${tag} brings`);
  await system.release(tag);
}

/** Runs a release of that tag to its gate, approves it, and runs it again. */
export async function ship(system: System, tag: string): Promise<Ended> {
  expect((await system.run(...released(tag))).code).toBe(3);
  expect((await system.run("approve", "production", tag)).code).toBe(0);
  return await system.run(...released(tag));
}

/** What `status` says of an environment. */
export async function statusOf(
  system: System,
  environment: string,
): Promise<{ url: string | null; live: string; warm: { version: string }[] } | undefined> {
  const { stdout } = await system.run("status", environment, "--json");
  return JSON.parse(stdout)[0];
}

/** Runs `work` under a load of GET and POST on production (requests a second); gives its result and what the load saw. */
export async function underLoad<T>(
  system: System,
  rate: number,
  work: () => Promise<T>,
): Promise<{ done: T; seen: TrafficSeen }> {
  const url = (await statusOf(system, "production"))?.url ?? "";
  const traffic = startTraffic({ url, rate, limit: 10_000, timeoutMs: 10_000 });
  try {
    return { done: await work(), seen: traffic.seen };
  } finally {
    await traffic.stop();
  }
}
