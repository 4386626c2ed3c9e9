import type { DockerfileSpec } from "../../config/config.ts";
import { resolveSecret } from "../../config/secrets.ts";
import { ok, type Result } from "../../result.ts";
import type { ImageWork } from "./work.ts";

/** Values of the secrets that a Dockerfile's build sees, by name. */
export async function buildSecrets(
  { config, desk, root }: ImageWork,
  spec: DockerfileSpec,
): Promise<Result<Record<string, string>>> {
  const sources = { environment: desk.variables, directory: root, processes: desk.processes };
  const found: Record<string, string> = {};
  for (const name of spec.secrets) {
    const reference = config.secrets[name];
    if (reference === undefined) throw new Error(`secret ${name} is not in the config`);
    const secret = await resolveSecret(name, reference, sources);
    if (!secret.ok) return secret;
    found[name] = secret.value.reveal();
  }
  return ok(found);
}
