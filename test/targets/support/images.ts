import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildImage } from "../../../pipeline/image/build.ts";
import { unpackImage } from "../../../pipeline/image/unpack.ts";
import type { Unpack } from "../../../pipeline/targets/local/parts.ts";
import { unwrap } from "../../support/unwrap.ts";

/** Real images of the test's service in one layout; `/image` of the service answers with the image's name. */
export type ImageRig<Name extends string = string> = {
  layout: string;
  digests: Record<Name, string>;
  unpack: Unpack;
};

/** Builds one image for each name below `state`. */
export async function imageRig<Name extends string>(state: string, names: Name[]): Promise<ImageRig<Name>> {
  const layout = join(state, "image");
  const made: [Name, string][] = [];
  for (const name of names) {
    const artifact = join(state, `artifact-${name}`);
    await mkdir(artifact);
    await cp(fileURLToPath(new URL("service.mjs", import.meta.url)), join(artifact, "service.mjs"));
    await writeFile(join(artifact, "image.txt"), name);
    const image = {
      name: "api",
      component: "api",
      platforms: ["linux/amd64" as const, "linux/arm64" as const],
      workdir: "/app",
      owner: { uid: 0, gid: 0 },
      labels: {},
    };
    const rest = { base: "scratch", revision: null, created: 0, command: "node service.mjs", ports: [8080] };
    const built = await buildImage({ image, artifact, layout, tags: [name], environment: {}, ...rest });
    made.push([name, unwrap(built).digest]);
  }
  return { layout, digests: Object.fromEntries(made) as Record<Name, string>, unpack: unpackImage };
}
