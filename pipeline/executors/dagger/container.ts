import { type Client, type Container, type Directory, ReturnType, type Secret } from "@dagger.io/dagger";
import { type ContainerPlan, excluded, root } from "./mapping.ts";
import type { ServicePlan } from "./services.ts";

/** What the plan's names stand for in this session. */
export type Session = {
  client: Client;
  /** The repository's files that a step may see (see `visible`). */
  source: Directory;
  secrets: Record<string, Secret>;
};

/** What git does not ignore, without what set-up steps make anew. */
export const visible = (source: Directory): Directory =>
  source.filter({ exclude: excluded, gitignore: true });

/** Says a container plan to the engine; nothing runs until somebody asks for a result. `before` is laid over the source. */
export function container(session: Session, plan: ContainerPlan, before: Directory[]): Container {
  const { client, source, secrets } = session;
  const seen = plan.include.length === 0 ? source : source.filter({ include: plan.include });
  const files = before.reduce((under, over) => under.withDirectory("/", over), seen);
  let made = client.container().from(plan.image).withDirectory(root, files).withWorkdir(plan.workdir);
  if (plan.path.length > 0)
    made = made.withEnvVariable("PATH", [...plan.path, "${PATH}"].join(":"), { expand: true });
  for (const { path, volume } of plan.caches) made = made.withMountedCache(path, client.cacheVolume(volume));
  for (const each of plan.services) made = made.withServiceBinding(each.facts.host, service(session, each));
  for (const [name, value] of Object.entries(plan.variables)) made = made.withEnvVariable(name, value);
  for (const [name, value] of Object.entries(plan.derivedSecrets))
    made = made.withSecretVariable(name, client.setSecret(`${plan.id}/${name}`, value));
  for (const name of plan.secrets) {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`secret ${name} was not given: supports() should have refused`);
    made = made.withSecretVariable(name, secret);
  }
  return made.withExec(plan.args, { expect: ReturnType.Any });
}

/** What a container's step wrote, files and directories alike, at their places in the repository. */
export const written = (made: Container, outputs: string[]): Directory =>
  made.directory(root).filter({ include: outputs });

function service({ client, source }: Session, plan: ServicePlan) {
  let made = client.container().from(plan.image);
  for (const [name, value] of Object.entries(plan.variables)) made = made.withEnvVariable(name, value);
  made = made.withSecretVariable(plan.passwordVariable, client.setSecret(plan.id, plan.facts.password));
  for (const { from, to } of plan.init)
    made =
      "file" in from
        ? made.withMountedFile(to, source.file(from.file))
        : made.withNewFile(to, from.text, { permissions: 0o644 });
  const exposed = made.withExposedPort(Number(plan.facts.port));
  // The image's own entry point prepares the server (PostgreSQL: initdb, the init file) before it listens.
  return exposed.asService(plan.args === null ? { useEntrypoint: true } : { args: plan.args });
}
