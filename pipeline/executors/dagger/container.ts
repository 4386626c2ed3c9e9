import {
  type Client,
  type Container,
  type Directory,
  ReturnType,
  type Secret,
  type Service,
} from "@dagger.io/dagger";
import { registryAccess } from "../../config/toolchain-defaults.ts";
import type { ProcessPlan } from "./components.ts";
import { type Addresses, ownImages, type Preparation, prepared, rustupAccess } from "./images.ts";
import { type ContainerPlan, excluded, keptRoot, root, waiter } from "./mapping.ts";
import { type Program, programContainer } from "./program.ts";
import type { ServicePlan } from "./services.ts";

/** What the plan's names stand for in this session. */
export type Session = {
  client: Client;
  /** The repository's files that a step may see (see `visible`). */
  source: Directory;
  /** What git knows, at .git; null where no step needs it. */
  history: Directory | null;
  secrets: Record<string, Secret>;
  address: Addresses;
  program: Program;
  /** What the caller hands on, by name. */
  variables: Record<string, string>;
};

/** What git does not ignore, without what set-up steps make anew. */
export const visible = (source: Directory): Directory =>
  source.filter({ exclude: excluded, gitignore: true });

/** The files of a step: its part of the source, with what the steps before it wrote laid over. */
export function filesOf({ source }: Session, { include }: ContainerPlan, before: Directory[]): Directory {
  const seen = include.length === 0 ? source : source.filter({ include });
  return before.reduce((under, over) => under.withDirectory("/", over), seen);
}

/** Says a container plan to the engine; nothing runs until somebody asks for a result. */
export function container(session: Session, plan: ContainerPlan, files: Directory): Container {
  const { client, address, history } = session;
  let made = plan.program
    ? programContainer(session, session.program, plan.image)
    : prepare(session, client.container().from(address(plan.image)), plan.prepare);
  for (const { image, from, to } of plan.binaries)
    made = made.withFile(to, client.container().from(address(image)).file(from));
  const known = plan.history && history !== null ? files.withDirectory(".git", history) : files;
  made = placed(made, known, plan);
  for (const { path, volume } of plan.caches) made = made.withMountedCache(path, client.cacheVolume(volume));
  if (plan.components.some(({ ready }) => ready !== null))
    made = made.withFile(
      `${waiter}/busybox`,
      client.container().from(address(ownImages.wait)).file("/bin/busybox"),
    );
  made = bound(session, plan, made, plan.components.length, files);
  return withValues(session, plan.id, made, plan).withExec(plan.args, { expect: ReturnType.Any });
}

/** What a container's step wrote, files and directories alike, at their places in the repository; null: nothing. */
export function written(made: Container, { outputs, kept }: ContainerPlan): Directory | null {
  const plain = outputs.filter((path) => !kept.includes(path));
  const copied = outputs.filter((path) => kept.includes(path));
  const parts = [
    ...(plain.length === 0 ? [] : [made.directory(root).filter({ include: plain })]),
    ...(copied.length === 0 ? [] : [made.directory(keptRoot).filter({ include: copied })]),
  ];
  const [first, more] = parts;
  return first === undefined ? null : more === undefined ? first : first.withDirectory("/", more);
}

/** Where in a step's container a path of the repository is found afterwards. */
export const placeIn = ({ kept }: ContainerPlan, path: string): string =>
  `${kept.includes(path) ? keptRoot : root}/${path}`;

/** Runs what prepares an image, by way of the caller's proxies and certificates, which later steps do not see. */
function prepare({ source, variables }: Session, image: Container, what: Preparation | null): Container {
  if (what === null) return image;
  const access = Object.entries(variables).filter(([name]) =>
    [...registryAccess, ...rustupAccess].includes(name),
  );
  const led = access.reduce((made, [name, value]) => made.withEnvVariable(name, value), image);
  const done = led.withDirectory(prepared, source.filter({ include: what.include })).withExec(what.args);
  return access.reduce((made, [name]) => made.withoutEnvVariable(name), done);
}

/** Puts the files in, and the step's own directories before the image's PATH. */
function placed(made: Container, files: Directory, { workdir, path }: ProcessPlan) {
  const at = made.withMountedDirectory(root, files).withWorkdir(workdir);
  return path.length === 0
    ? at
    : at.withEnvVariable("PATH", [...path, "${PATH}"].join(":"), { expand: true });
}

/** Binds the services, and the first so many components, each of which sees those before it. */
function bound(session: Session, plan: ContainerPlan, made: Container, count: number, files: Directory) {
  let all = made;
  for (const each of plan.services) all = all.withServiceBinding(each.facts.host, service(session, each));
  for (const [at, each] of plan.components.slice(0, count).entries())
    all = all.withServiceBinding(each.name, componentService(session, plan, at, files));
  return all;
}

/** A component as a service: its toolchain's image with the step's files, started once somebody is bound to it. */
export function componentService(
  session: Session,
  plan: ContainerPlan,
  at: number,
  files: Directory,
): Service {
  const component = plan.components[at];
  if (component === undefined) throw new Error(`${plan.id} has no component ${at}`);
  const { client, address } = session;
  const made = placed(client.container().from(address(component.image)), files, component);
  const ready = withValues(
    session,
    `${plan.id}/${component.name}`,
    bound(session, plan, made, at, files),
    component,
  );
  const open = component.port === null ? ready : ready.withExposedPort(component.port);
  return open.asService({ args: component.args });
}

type Values = Pick<ProcessPlan, "variables" | "derivedSecrets" | "secrets">;

/** Variables, those that hold a password, and the caller's secrets; a secret is handed over by reference. */
function withValues({ client, secrets }: Session, id: string, made: Container, values: Values): Container {
  let filled = made;
  for (const [name, value] of Object.entries(values.variables)) filled = filled.withEnvVariable(name, value);
  for (const [name, value] of Object.entries(values.derivedSecrets))
    filled = filled.withSecretVariable(name, client.setSecret(`${id}/${name}`, value));
  for (const name of values.secrets) {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`secret ${name} was not given: supports() should have refused`);
    filled = filled.withSecretVariable(name, secret);
  }
  return filled;
}

function service({ client, source, address }: Session, plan: ServicePlan): Service {
  let made = client.container().from(address(plan.image));
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
