import type { Rig } from "../../../contract/deployment.ts";
import { load, type Seen } from "../../../routers/support/load.ts";
import { eventually } from "../../../support/left.ts";
import { unwrap } from "../../../support/unwrap.ts";

/** What 50 clients with kept connections see, GET and POST, while all traffic goes from one release to the other so often. */
export async function switchesUnderLoad(rig: Rig, address: string, times: number): Promise<Seen> {
  const engine = await rig.open();
  const [first, second] = rig.releases;
  const request = { actor: "ada", version: "1.0.0", rollout: "r1", tool: "1.0.0", ttlMs: 120_000 };
  unwrap(await engine.store.acquire(request));
  for (const release of [first, second]) {
    unwrap(await engine.target.place(release, {}));
    unwrap(await engine.target.start(release.id, "api"));
    const ready = async () => {
      const answer = await engine.target.probe(release.id, "api", {
        method: "GET",
        path: "/",
        timeoutMs: 1_000,
      });
      return answer.kind === "answer" && answer.status === 200;
    };
    if (!(await eventually(ready, 20_000))) throw new Error(`${release.version} is not ready`);
  }
  unwrap(await engine.router.shift({ [first.id]: 100 }));
  let over = false;
  const loading = load(8080, { host: address, clients: 50, requests: 1_000_000, stopped: () => over });
  for (let done = 0; done < times; done++)
    unwrap(await engine.router.shift({ [done % 2 === 0 ? second.id : first.id]: 100 }));
  over = true;
  const seen = await loading;
  await engine.store.release();
  return seen;
}
