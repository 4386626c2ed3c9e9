/** What stands around a call of the pipeline in a workflow: context before it, evidence after it. */
import { begin } from "../pipeline/github/begin.ts";
import { recordRollouts } from "../pipeline/github/page.ts";
import { tellChecks, tellEnvironment, tellImages } from "../pipeline/github/tell.ts";

const [what, about = ""] = process.argv.slice(2);
const { env } = process;
const told = env.BELLWETHER_TOLD ?? "told";

const edges: Record<string, () => Promise<number>> = {
  begin: () => begin(env, about === "" ? null : about, told),
  "tell-checks": () => tellChecks(env, told),
  "tell-images": () => tellImages(env, told, about),
  "tell-environment": () => tellEnvironment(told),
  record: () => recordRollouts(env, about, told),
};

const edge = edges[what ?? ""];
if (edge === undefined) throw new Error(`got ${what}, expected one of ${Object.keys(edges).join(", ")}`);
process.exitCode = await edge();
