import type { Config, Environment, SecretReference } from "../../config/config.ts";
import { resolveSecret, type SecretSources, sourceOf } from "../../config/secrets.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { failed, okay, problem } from "./finding.ts";

const room = "secrets";

/** Every secret is resolved and thrown away; only whether it could be had is told. */
export function lookAtSecrets(config: Config, sources: SecretSources): Promise<Finding[]> {
  return Promise.all(
    Object.entries(config.secrets).map(async ([name, reference]) => {
      const found = await resolveSecret(name, reference, sources);
      return found.ok ? okay(room, name, `from ${sourceOf(reference)}`) : failed(room, name, found.failure);
    }),
  );
}

/** The channels' URLs and keys: they must be there and look right. Nothing is sent. */
export async function lookAtChannels(
  { name, notify }: Environment,
  sources: SecretSources,
): Promise<Finding[]> {
  const found = await Promise.all(
    notify.map(async ({ kind, url, secret }) => {
      const what = `notify ${kind}`;
      const address = await resolved(what, url, sources);
      if ("state" in address) return { ...address, room: name };
      const { value } = address;
      if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
        const remedy = `put the address of the channel into ${sourceOf(url)}`;
        return problem(name, what, `${sourceOf(url)} holds no http(s) URL`, remedy);
      }
      const key = secret && (await resolved(`${what} secret`, secret, sources));
      if (key && "state" in key) return { ...key, room: name };
      return okay(name, what, `${key ? "signed, " : ""}not tried: nothing is sent by asking`);
    }),
  );
  return found;
}

async function resolved(
  what: string,
  reference: SecretReference,
  sources: SecretSources,
): Promise<Finding | { value: string }> {
  const found = await resolveSecret(what, reference, sources);
  // A message that is not sent holds up nothing.
  return found.ok ? { value: found.value.reveal() } : failed(room, what, found.failure, "warning");
}
