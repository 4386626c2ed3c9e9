import { type Client, DaggerSDKError, ReturnType } from "@dagger.io/dagger";
import semver from "semver";
import type { Failure } from "../../failure.ts";
import type { HermeticStep, ToolNeed } from "../../plan/plan.ts";
import { probeArgs } from "./commands.ts";
import type { Addresses } from "./images.ts";

/** One program to be looked for in one image. */
type Probe = { image: string; tool: ToolNeed; wantedBy: string };

/** Versions that the images' programs have, by image and tool (see `probeId`), and what is missing or out of range. */
export type Tools = { versions: Map<string, string>; failures: Failure[] };

export const probeId = (image: string, { name, probe }: ToolNeed): string =>
  JSON.stringify([image, name, probe]);

/** Looks for the tools in the steps' images; every pair is asked once. */
export async function findTools(client: Client, address: Addresses, steps: HermeticStep[]): Promise<Tools> {
  const probes = new Map<string, Probe>();
  for (const { id, image, tools } of steps)
    for (const tool of tools) {
      const key = JSON.stringify([image, tool]);
      if (!probes.has(key)) probes.set(key, { image, tool, wantedBy: id });
    }
  const all = [...probes.values()];
  const found = await Promise.all(all.map((probe) => ask(client, address, probe)));
  const tools: Tools = { versions: new Map(), failures: [] };
  for (const [at, { image, tool }] of all.entries()) {
    const answer = found[at];
    if (typeof answer === "string") tools.versions.set(probeId(image, tool), answer);
    else if (answer !== undefined) tools.failures.push(answer);
  }
  return tools;
}

async function ask(client: Client, address: Addresses, probe: Probe): Promise<string | Failure> {
  const { image, tool, wantedBy } = probe;
  const { name, range } = tool;
  const from = address(image);
  const asked = client.container().from(from).withExec(probeArgs(tool.probe), { expect: ReturnType.Any });
  try {
    const [exitCode, said] = await Promise.all([asked.exitCode(), asked.stdout()]);
    const got = exitCode === 0 ? semver.coerce(said, { includePrerelease: true }) : null;
    if (got === null) return { kind: "tool-missing", tool: name, range, wantedBy };
    if (semver.satisfies(got, range, { includePrerelease: true })) return got.version;
    const path = `${from}:${tool.probe[0] ?? name}`;
    return { kind: "tool-too-old", tool: name, range, got: got.version, path, wantedBy };
  } catch (error) {
    if (!(error instanceof DaggerSDKError)) throw error;
    return {
      kind: "unsupported",
      step: wantedBy,
      what: `the image ${from}: ${error.message}`,
      executor: "dagger",
      remedy: `Name an image that this engine can pull and that has a shell: by --images=${image}=ADDRESS, or by dagger.images in the config.`,
    };
  }
}
