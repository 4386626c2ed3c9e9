import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RouterKind } from "../../../pipeline/config/config.ts";
import { buildImage } from "../../../pipeline/image/build.ts";
import { unpackImage } from "../../../pipeline/image/unpack.ts";
import type { DaemonParts } from "../../../pipeline/targets/local/parts.ts";
import type { Rig } from "../../contract/deployment.ts";
import { load } from "../../routers/support/load.ts";
import { unwrap } from "../../support/unwrap.ts";
import { release, world } from "./world.ts";

/** The local target with nothing made up but its releases: their image is built and unpacked for real. */
export async function localRig(router: RouterKind, parts: Partial<DaemonParts> = {}): Promise<Rig> {
  const here = await world();
  const layout = join(here.state, "image");
  const artifact = join(here.state, "artifact");
  await mkdir(artifact);
  await cp(fileURLToPath(new URL("service.mjs", import.meta.url)), join(artifact, "service.mjs"));
  const { digest } = unwrap(
    await buildImage({
      image: {
        name: "api",
        component: "api",
        platforms: ["linux/amd64", "linux/arm64"],
        workdir: "/app",
        labels: {},
      },
      artifact,
      base: "scratch",
      revision: null,
      created: 0,
      layout,
      tags: ["1.0.0"],
      command: "node service.mjs",
      environment: {},
      port: 8080,
    }),
  );
  await here.daemon({ unpack: unpackImage, ...parts });
  const { port } = unwrap(
    await (await here.connected()).configure({ ...here.configuration, router, layouts: { api: layout } }),
  );
  return {
    releases: [release("1.0.0", [{ digest }]), release("1.1.0", [{ digest }])],
    exitsWith3: "test -f service.mjs && exit 3",
    open: () => here.connected(),
    lose: (deployment) => deployment.close(),
    load: async (count) => {
      const { failures } = await load(port, { clients: 4, requests: count });
      if (failures.length > 0) throw new Error(failures.join());
    },
    wait: (ms) => wait(ms),
    close: () => here.close(),
  };
}
