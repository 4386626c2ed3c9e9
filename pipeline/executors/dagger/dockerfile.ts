import { posix } from "node:path";
import type { Directory, File, Secret } from "@dagger.io/dagger";
import type { DockerfileSpec, ImageSpec } from "../../config/config.ts";
import type { Session } from "./container.ts";

/** Where a Dockerfile stands that is not in what it copies from. */
const brought = ".bellwether.Dockerfile";

/** What the engine makes of a Dockerfile, an archive for each platform; labels and the index are our writer's. */
export async function builtPlatforms(
  session: Session,
  { platforms }: Pick<ImageSpec, "platforms">,
  spec: DockerfileSpec,
): Promise<Record<string, File>> {
  const { directory, dockerfile } = contextOf(session.source, spec);
  const secrets = await Promise.all(spec.secrets.map((name) => named(session, name)));
  const built = platforms.map((platform): [string, File] => {
    const made = directory.dockerBuild({
      dockerfile,
      // The engine's platforms have the specification's names.
      platform: platform as never,
      ...(spec.target === null ? {} : { target: spec.target }),
      buildArgs: Object.entries(spec.arguments).map(([name, value]) => ({ name, value })),
      ...(secrets.length === 0 ? {} : { secrets }),
    });
    return [platform, made.asTarball()];
  });
  return Object.fromEntries(built);
}

function contextOf(
  source: Directory,
  { file, context }: DockerfileSpec,
): { directory: Directory; dockerfile: string } {
  const inside = posix.relative(context, file);
  const directory = posix.normalize(context) === "." ? source : source.directory(context);
  return inside.startsWith("..")
    ? { directory: directory.withFile(brought, source.file(file)), dockerfile: brought }
    : { directory, dockerfile: inside };
}

/** The engine mounts a build's secret by its own name, which the caller's may not have. */
async function named({ client, secrets }: Session, name: string): Promise<Secret> {
  const given = secrets[name];
  if (given === undefined) throw new Error(`secret ${name} was not given: supports() should have refused`);
  return client.setSecret(name, await given.plaintext());
}
