import { type Client, ReturnType } from "@dagger.io/dagger";
import semver from "semver";
import type { Failure } from "../../failure.ts";
import type { HermeticStep, ToolNeed } from "../../plan/plan.ts";
import { probeArgs } from "./commands.ts";

/** One program to be looked for in one image. */
type Probe = { image: string; tool: ToolNeed; wantedBy: string };

/** The tools that the steps' images lack or have in a version out of range; every pair is asked once. */
export async function missingTools(client: Client, steps: HermeticStep[]): Promise<Failure[]> {
  const probes = new Map<string, Probe>();
  for (const { id, image, tools } of steps)
    for (const tool of tools) {
      const key = JSON.stringify([image, tool]);
      if (!probes.has(key)) probes.set(key, { image, tool, wantedBy: id });
    }
  const found = await Promise.all([...probes.values()].map((probe) => ask(client, probe)));
  return found.filter((each) => each !== null);
}

async function ask(client: Client, { image, tool, wantedBy }: Probe): Promise<Failure | null> {
  const { name, range, probe } = tool;
  const asked = client.container().from(image).withExec(probeArgs(probe), { expect: ReturnType.Any });
  try {
    const [exitCode, said] = await Promise.all([asked.exitCode(), asked.stdout()]);
    const got = exitCode === 0 ? semver.coerce(said, { includePrerelease: true }) : null;
    if (got === null) return { kind: "tool-missing", tool: name, range, wantedBy };
    if (semver.satisfies(got, range, { includePrerelease: true })) return null;
    return {
      kind: "tool-too-old",
      tool: name,
      range,
      got: got.version,
      path: `${image}:${probe[0] ?? name}`,
      wantedBy,
    };
  } catch (error) {
    return {
      kind: "unsupported",
      step: wantedBy,
      what: `the image ${image}: ${error instanceof Error ? error.message : String(error)}`,
      executor: "dagger",
      remedy: "Name an image that this engine can pull and that has a shell.",
    };
  }
}
