import { setTimeout as wait } from "node:timers/promises";
import type { RouterKind } from "../../../pipeline/config/config.ts";
import type { DaemonParts } from "../../../pipeline/targets/local/parts.ts";
import type { Rig } from "../../contract/deployment.ts";
import { load } from "../../routers/support/load.ts";
import { unwrap } from "../../support/unwrap.ts";
import { imageRig } from "./images.ts";
import { release, world } from "./world.ts";

/** The local target with nothing made up but its releases: their image is built and unpacked for real. */
export async function localRig(router: RouterKind, parts: Partial<DaemonParts> = {}): Promise<Rig> {
  const here = await world();
  const { layout, digests, unpack } = await imageRig(here.state, ["one"]);
  await here.daemon({ unpack, ...parts });
  const { port } = unwrap(
    await (await here.connected()).configure({ ...here.configuration, router, layouts: { api: layout } }),
  );
  return {
    releases: [release("1.0.0", [{ digest: digests.one }]), release("1.1.0", [{ digest: digests.one }])],
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
