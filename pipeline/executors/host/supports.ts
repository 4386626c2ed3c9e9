import type { Failure } from "../../failure.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import type { HostServers } from "./services/servers.ts";
import type { Tools } from "./tools.ts";

/** Everything that this host cannot do for the steps; each tool and each server once, by its first step (B49). */
export async function unsupported(
  steps: HermeticStep[],
  host: { tools: Tools; servers: HostServers; platform: string },
): Promise<Failure[]> {
  const [first] = steps;
  if (host.platform === "win32" && first) {
    const what = "process groups";
    const remedy = "run on Linux or macOS, or with --executor dagger";
    return [{ kind: "unsupported", step: first.id, what, executor: "host", remedy }];
  }
  const questions = new Map<string, () => Promise<Failure | null>>();
  const once = (id: unknown[], ask: () => Promise<Failure | null>) => {
    const name = JSON.stringify(id);
    if (!questions.has(name)) questions.set(name, ask);
  };
  for (const step of steps) {
    for (const need of step.tools) {
      once(["tool", need.name, need.range, need.probe], async () => {
        const version = await host.tools.resolve(need, step.id);
        return version.ok ? null : version.failure;
      });
    }
    for (const service of step.services) {
      once(["service", service.kind, service.version], async () => {
        const found = await host.servers.find(service);
        return found.ok ? null : found.failure;
      });
    }
  }
  const answers = await Promise.all([...questions.values()].map((ask) => ask()));
  return answers.filter((answer) => answer !== null);
}
