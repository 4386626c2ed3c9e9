import type { Config, Environment, LocalTarget, SystemdTarget } from "../../config/config.ts";
import { imageTag } from "../../context/version.ts";
import { openFollowUps } from "../../deploy/follow-up.ts";
import { unfinished } from "../../deploy/history.ts";
import { verify } from "../../deploy/journal.ts";
import { findImage } from "../../image/layout.ts";
import { portIsFree } from "../../io/ports.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { explain } from "../../report/failure.ts";
import { count, shortDigest } from "../../report/units.ts";
import type { Result } from "../../result.ts";
import type { JournalChoice } from "../../targets/journal/choice.ts";
import { areLimited } from "../effects/limited.ts";
import { holdsLimits } from "../effects/limits.ts";
import { environmentHealth } from "../health.ts";
import { layoutOf } from "../images/work.ts";
import { reach } from "../reach/reach.ts";
import type { ReachPlace, Standing } from "../reach/way.ts";
import { failed, okay, problem, warning } from "./finding.ts";

/** One environment's preconditions: port, lease, journal, follow-ups, resource limits and health. */
export async function lookAtEnvironment(work: ReachPlace): Promise<Finding[]> {
  const { environment } = work;
  const { name, target } = environment;
  const way = await reach(work);
  const standing = await way.standing();
  if (!standing.ok) return [failed(name, "environment", standing.failure)];
  return [
    ...(target.kind === "local" ? [await port(name, target, standing.value)] : hostFindings(name, target)),
    lease(environment, standing.value),
    ...(await journal(environment, await way.journals())),
    ...(await limits(work)),
    ...(await health(work, standing.value)),
  ];
}

/** The images of a version: a run builds what is missing, `deploy` does not. */
export async function lookAtImages(config: Config, state: string, version: string): Promise<Finding[]> {
  return Promise.all(
    Object.keys(config.images).map(async (image) => {
      const what = `image ${image}`;
      const found = await findImage(layoutOf(state, image), imageTag(version));
      if (!found.ok) return failed("repository", what, found.failure);
      if (found.value !== null) return okay("repository", what, `${version} is ${shortDigest(found.value)}`);
      return warning(
        "repository",
        what,
        `${version} is not built yet`,
        "`bellwether run` builds it; `bellwether deploy` needs it to be there",
      );
    }),
  );
}

/** Every one of them was reached, spoken with, and found with room: else the standing would have failed. */
const hostFindings = (name: string, { hosts, directory }: SystemdTarget): Finding[] =>
  hosts.map((host) => okay(name, host.name, `reached, provisioned, ${directory} can be written`));

async function port(name: string, target: LocalTarget, { status }: Standing): Promise<Finding> {
  const own = status === null ? null : Number(new URL(status.observation.url || "http://none:0").port);
  if (own !== null && (target.port === null || own === target.port) && own !== 0)
    return okay(name, `port ${own}`, "held by this environment");
  if (target.port === null) return okay(name, "port", "a free one is chosen by the first deploy");
  const what = `port ${target.port}`;
  if (await portIsFree(target.port)) return okay(name, what, "free");
  return problem(
    name,
    what,
    "in use by another program",
    `end that program, or give ${name} another port in the config`,
  );
}

function lease({ name }: Environment, { record, status }: Standing): Finding {
  const held = status?.lease ?? null;
  if (held !== null)
    return problem(
      name,
      "lease",
      `held by a rollout of ${held.version} by ${held.actor}, since ${held.since}`,
      `wait for it, or end it with \`bellwether abort ${name}\``,
    );
  const left = unfinished(record?.journal ?? []);
  if (left === null) return okay(name, "lease", "free");
  return warning(
    name,
    "lease",
    `free; a rollout of ${left.version} by ${left.actor} was left unfinished`,
    `the next rollout puts it right first, as does \`bellwether abort ${name}\``,
  );
}

async function journal({ name }: Environment, found: Result<JournalChoice>): Promise<Finding[]> {
  if (!found.ok) return [failed(name, "journal", found.failure)];
  const read = found.value;
  if (read.broken) return [failed(name, "journal", read.broken)];
  const whole = verify(read.entries);
  if (!whole.ok)
    return [
      problem(
        name,
        "journal",
        `broken at entry ${whole.altered}`,
        `see \`bellwether journal verify ${name}\``,
      ),
    ];
  const open = openFollowUps(read.entries);
  const intact = okay(name, "journal", `intact, ${count(read.entries.length, "entry", "entries")}`);
  if (open.length === 0) return [intact];
  const first = open[0];
  return [
    intact,
    problem(
      name,
      "follow-ups",
      `${count(open.length, "one", "ones")} open: ${open.map(({ id, version }) => `${id} (${version})`).join(", ")}`,
      `close it: \`bellwether follow-up ${name} ${first?.id ?? ""} --close "what was done"\``,
    ),
  ];
}

/** Whether this machine would hold what it ships to its resource limits; nothing where none is limited. */
async function limits({ config, environment: { name, target }, desk }: ReachPlace): Promise<Finding[]> {
  if (!areLimited(config.components) || target.kind !== "local") return [];
  const components = Object.values(config.components);
  const held = await holdsLimits(desk, { environment: name, version: "a release", components });
  if (held.ok) return [okay(name, "limits", "this machine holds them")];
  const [first] = held.failure.kind === "limit-not-held" ? held.failure.limits : [];
  const { next } = explain(held.failure);
  const detail = first
    ? `${first.component} ${first.limit} ${first.wanted} would not be held: ${first.reason}`
    : held.failure.kind;
  return [problem(name, "limits", detail, next)];
}

/** What the health gate would say; an environment in which nothing runs has little to ask. */
async function health(work: ReachPlace, { status }: Standing): Promise<Finding[]> {
  const { environment } = work;
  if (environment.health.length === 0) return [];
  const found = await environmentHealth(work, status, { whole: false, broken: false });
  const { name } = environment;
  const left = found.notAsked.length === 0 ? "" : `; not there yet: ${found.notAsked.join(", ")}`;
  const told = found.findings.filter((one) => one.status !== "HEALTHY");
  const detail = told.map((one) => `${one.name} ${one.status}: ${one.reason}`).join(", ");
  if (found.findings.length === 0) return [okay(name, "health", `nothing to ask${left}`)];
  if (told.length === 0) return [okay(name, "health", `${found.status}${left}`)];
  const remedy =
    told.find((one) => one.status === found.status)?.recommendation ?? `see \`bellwether status ${name}\``;
  return [(found.ready ? warning : problem)(name, "health", `${detail}${left}`, remedy)];
}
