import { access, constants, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config, Environment, ServiceSpec } from "../../config/config.ts";
import { createTools } from "../../executors/host/tools.ts";
import { definedOnly } from "../../io/variables.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { bytes } from "../../report/units.ts";
import { findHaproxy } from "../../routers/haproxy/find.ts";
import type { Desk } from "../desk.ts";
import { failed, okay, problem, warning } from "./finding.ts";

const room = "machine";

/** Free space (bytes) below which a deploy is likely to fail, and below which it is worth a thought. */
const leastSpace = { problem: 256 * 1024 ** 2, warning: 2 * 1024 ** 3 };

/** The tools of the toolchains, the servers for tests and environments, and their routers, by their versions. */
export async function lookAtTools(
  config: Config,
  environments: Environment[],
  root: string,
  desk: Desk,
): Promise<Finding[]> {
  const variables = definedOnly(desk.variables);
  const tools = createTools(desk.processes, root, variables);
  const toolchains = Object.values(config.toolchains).map(async ({ name, version, probe }) => {
    const found = await tools.resolve({ name, range: version, probe }, `the toolchain ${name}`);
    return found.ok
      ? okay(room, name, `${found.value}, ${version} is asked for`)
      : failed(room, name, found.failure);
  });
  const wanted = new Map<string, ServiceSpec>(
    [...Object.values(config.services), ...environments.flatMap((one) => Object.values(one.accessories))].map(
      (spec) => [`${spec.kind} ${spec.version}`, spec],
    ),
  );
  const servers = [...wanted.values()].map(async (spec) => {
    const found = await desk.servers.find(spec);
    if (!found.ok) return failed(room, spec.kind, found.failure);
    return okay(room, spec.kind, `${found.value.version}, ${spec.version} is asked for`);
  });
  const routed = environments
    .filter(({ target }) => target.kind === "local" && target.router === "haproxy")
    .map(({ name }) => name);
  const routers = (routed.length > 0 ? ["haproxy"] : []).map(async (what) => {
    const wanted = { path: variables.PATH ?? "", wantedBy: routed.join(" and ") };
    const found = await findHaproxy(desk.processes, wanted);
    return found.ok
      ? okay(room, what, `${found.value.version}, >=2.4 is asked for`)
      : failed(room, what, found.failure);
  });
  return Promise.all([...toolchains, ...servers, ...routers]);
}

/** Whether the state can be written, and space for what it will hold; nothing is made. */
export async function lookAtState(state: string): Promise<Finding[]> {
  const there = await nearestThere(state);
  const writable = await access(there, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const where = there === state ? state : `${state} (to be made)`;
  const writing = writable
    ? okay(room, "state directory", where)
    : problem(
        room,
        "state directory",
        `${there} cannot be written`,
        "give it to this user, or name another with `--state DIR`",
      );
  const space = await statfs(there).catch(() => null);
  if (!space) return [writing];
  const free = space.bavail * space.bsize;
  const what = "disk space";
  const detail = `${bytes(free)} free`;
  const remedy = "free some space, or move the state with `--state DIR`";
  if (free < leastSpace.problem) return [writing, problem(room, what, detail, remedy)];
  return [
    writing,
    free < leastSpace.warning ? warning(room, what, detail, remedy) : okay(room, what, detail),
  ];
}

/** The directory itself, or the nearest above it that is there. */
async function nearestThere(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await access(at).then(
      () => true,
      () => false,
    );
    if (there || at === dirname(at)) return at;
  }
}
