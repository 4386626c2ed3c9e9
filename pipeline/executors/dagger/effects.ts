import { type Container, type Directory, type File, ReturnType, type Secret } from "@dagger.io/dagger";
import type { Config, DockerfileSpec, ImageSpec } from "../../config/config.ts";
import type { Pins } from "../../config/pins.ts";
import { namesTag } from "../../config/rules-images.ts";
import type { Context } from "../../context/context.ts";
import type { Failure } from "../../failure.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type EffectAnswer, type EffectCall, type EffectStep, effectFormat } from "../../run/effect-call.ts";
import type { EffectDone, EffectOptions, Effects, ImageMade, RunFacts } from "../../run/executor.ts";
import type { Manner } from "../../run/manner.ts";
import type { Session } from "./container.ts";
import { builtPlatforms } from "./dockerfile.ts";
import { engineFailure } from "./engine-words.ts";
import { type Ended, ended, tailOf } from "./exec.ts";
import { ownImages } from "./images.ts";
import { root } from "./mapping.ts";
import { programContainer } from "./program.ts";

/** What reaches the hosts and clusters of environments; each only where the caller gives it. */
export type Access = {
  sshKey?: Secret | undefined;
  knownHosts?: File | undefined;
  kubeconfig?: Secret | undefined;
  /** Docker's configuration file, with logins to registries. */
  dockerConfig?: Secret | undefined;
};

export type EffectSession = Session & {
  config: Config;
  context: Context;
  access: Access;
  pins: Pins;
  /** A record as `bellwether approve` writes it, for every environment of this call. */
  approval: File | null;
  /** Publishes every image, whatever the configuration says; false: none; null: as it says. */
  publish: boolean | null;
  /** Each image is also wanted as a file. */
  archives: boolean;
  /** The list of what each image is made of is wanted as a file, too. */
  sboms: boolean;
  /** How the rollouts of this call are shipped. */
  manner: Manner;
  /** What the steps before wrote, e.g. of build:api. */
  outputs(step: string): Directory | null;
  /** A value that no other exec has. */
  fresh(): string;
};

/** The steps with effects, each one exec of this program, and what the images are afterwards. */
export type ContainerEffects = Effects & {
  /** An image that was made or found here, as an archive of its own; null where none was asked for. */
  archive(image: string): File | null;
  /** What an image is made of; null where nobody asked. */
  sbom(image: string): File | null;
};

const stateDirectory = "/state";
const callFile = "/bellwether-call.json";
const answerFile = "/bellwether-answer.json";
const imageFile = "/bellwether-image.tar";
const sbomFile = "/bellwether-sbom.json";
const listed = "/listed";

export function containerEffects(session: EffectSession): ContainerEffects {
  const layouts = new Map<string, Directory>();
  const archives = new Map<string, File>();
  const sboms = new Map<string, File>();
  const { config, pins, manner } = session;
  const { breakGlass, fix, supersede, why, digests } = manner;

  const image = async (name: string, facts: RunFacts): Promise<Result<ImageMade>> => {
    const spec = config.images[name];
    if (spec === undefined) throw new Error(`image ${name} is not in the config`);
    const publish = session.publish ?? spec.publish;
    const dockerfile =
      spec.dockerfile === null ? ok(null) : await byDockerfile(session, spec, spec.dockerfile);
    if (!dockerfile.ok) return dockerfile;
    const built = dockerfile.value;
    const handed = built && Object.fromEntries(Object.keys(built).map((each) => [each, archivePath(each)]));
    const archive = session.archives ? imageFile : null;
    const sbom = session.sboms ? sbomFile : null;
    const step: EffectStep = { kind: "image", image: name, publish, handed, archive, sbom, listed };
    let made = program(session, ownImages.program)
      .withMountedDirectory(root, shipped(session))
      .withMountedDirectory(listed, session.source);
    for (const [platform, file] of Object.entries(built ?? {}))
      made = made.withMountedFile(archivePath(platform), file);
    // What asks a registry sees what is there now; the rest follows from its inputs, and may come from the cache.
    const asks = publish || (namesTag(spec.base) && !pins.bases[spec.base]);
    const done = await perform<ImageMade>(session, withSecrets(session, made), { facts, step, asks });
    if (done.answer.ok) layouts.set(name, done.after.directory(`${stateDirectory}/images/${name}`));
    if (done.answer.ok && archive !== null) archives.set(name, done.after.file(archive));
    if (done.answer.ok && sbom !== null) sboms.set(name, done.after.file(sbom));
    return done.answer;
  };

  const onEnvironment = async (
    step: Exclude<EffectStep, { kind: "image" }>,
    facts: RunFacts,
    fact: EffectOptions["fact"],
  ): Promise<Result<EffectDone>> => {
    let made = environmentContainer(session);
    for (const [name, layout] of layouts)
      made = made.withDirectory(`${stateDirectory}/images/${name}`, layout);
    if (session.approval !== null)
      made = made.withFile(
        `${stateDirectory}/approvals/${step.environment}/approval-given.json`,
        session.approval,
      );
    const done = await perform<EffectDone>(session, made, { facts, step, asks: true }, fact);
    return done.answer;
  };

  return {
    supports: (environments) =>
      Promise.resolve(environments.flatMap((name) => unreachable(config, name) ?? [])),
    image: (name, facts) => image(name, facts),
    approval: (environment, facts) =>
      onEnvironment({ kind: "approval", environment, digests }, facts, () => undefined),
    rollout: (environment, facts, { fact }) =>
      onEnvironment({ kind: "rollout", environment, breakGlass, fix, supersede, digests }, facts, fact),
    rollback: (environment, to, { fact }) =>
      onEnvironment({ kind: "rollback", environment, to, why }, { keys: {}, digests: {} }, fact),
    archive: (name) => archives.get(name) ?? null,
    sbom: (name) => sboms.get(name) ?? null,
  };
}

/** What the engine makes of a Dockerfile; a secret of it that cannot be read is told as what it is. */
async function byDockerfile(
  session: EffectSession,
  image: ImageSpec,
  spec: DockerfileSpec,
): Promise<Result<Record<string, File>>> {
  try {
    return ok(await builtPlatforms(session, image, spec));
  } catch (error) {
    return fail(engineFailure(`image:${image.name}`, error));
  }
}

/** Why a container cannot deploy there: the processes of the local target would end with it. Null: it can. */
export function unreachable({ environments }: Config, name: string): Failure | null {
  const kind = environments[name]?.target.kind;
  if (kind !== "local") return null;
  return {
    kind: "unsupported",
    step: name,
    what: `the target local of ${name}: its processes would end with the container`,
    executor: "dagger",
    remedy: `Deploy it from its own machine by \`bellwether deploy ${name}\`, or give it a target that a container reaches.`,
  };
}

/** The program with what reaches environments: git's history, keys and logins. It carries a value that changes. */
function environmentContainer(session: EffectSession): Container {
  const { client, address, access, source, history } = session;
  const files = history === null ? source : source.withDirectory(".git", history);
  let made = program(session, ownImages.tools).withMountedDirectory(root, files);
  if (access.sshKey) made = made.withMountedSecret("/root/.ssh/id_ed25519", access.sshKey);
  if (access.knownHosts) made = made.withFile("/root/.ssh/known_hosts", access.knownHosts);
  if (access.kubeconfig)
    made = made
      .withFile(
        "/usr/local/bin/kubectl",
        client.container().from(address(ownImages.kubectl)).file("/bin/kubectl"),
      )
      .withMountedSecret("/root/.kube/config", access.kubeconfig);
  return withSecrets(session, made).withEnvVariable("BELLWETHER_RUN", session.fresh());
}

/** What a command of this program says in a container that reaches the environments; never from the cache. */
export async function ask(session: EffectSession, words: string[]): Promise<{ end: Ended; text: string }> {
  const made = environmentContainer(session).withExec(programArguments(session, ...words), {
    expect: ReturnType.Any,
  });
  const end = await ended(made);
  return { end, text: end.exitCode === 0 ? await made.stdout() : "" };
}

/** What the caller hands on is there as well: how registries are reached, and what a workflow says of itself. */
const program = (session: EffectSession, image: string): Container =>
  Object.entries(session.variables).reduce(
    (made, [name, value]) => made.withEnvVariable(name, value),
    programContainer(session, session.program, image),
  );

/** What images are made of: the files, with what every build step wrote laid over them. */
const shipped = ({ config, source, outputs }: EffectSession): Directory =>
  Object.keys(config.components)
    .flatMap((name) => outputs(`build:${name}`) ?? [])
    .reduce((under, over) => under.withDirectory("/", over), source);

const archivePath = (platform: string): string => `/handed/${platform.replaceAll("/", "-")}.tar`;

/** The caller's secrets under their own names, and logins to registries. */
function withSecrets({ secrets, access }: EffectSession, made: Container): Container {
  const all = Object.entries(secrets).reduce(
    (under, [name, secret]) => under.withSecretVariable(name, secret),
    made,
  );
  return access.dockerConfig === undefined
    ? all
    : all.withMountedSecret("/root/.docker/config.json", access.dockerConfig);
}

/** This program's arguments in a container; its own state is thrown away but for what is taken out of it. */
const programArguments = ({ program: { entry }, config }: EffectSession, ...words: string[]): string[] => [
  ...entry,
  ...["-C", root, "--config", config.file, "--state", stateDirectory],
  ...words,
];

type Order = { facts: RunFacts; step: EffectStep; asks: boolean };

/** One exec, and what came of it: its answer, and its container afterwards. */
async function perform<T extends ImageMade | EffectDone>(
  session: EffectSession,
  made: Container,
  { facts, step, asks }: Order,
  fact: EffectOptions["fact"] = () => undefined,
): Promise<{ answer: Result<T>; after: Container }> {
  const { config, context, secrets } = session;
  // What may come from the cache must not name the moment.
  const at = asks ? context : { ...context, time: context.committedAt };
  const call: EffectCall = {
    ...{ format: effectFormat, config: config.digest, context: at, facts, step },
    given: Object.keys(secrets),
  };
  const prepared = made.withNewFile(callFile, JSON.stringify(call));
  const marked =
    asks && step.kind === "image" ? prepared.withEnvVariable("BELLWETHER_RUN", session.fresh()) : prepared;
  const after = marked.withExec(programArguments(session, "effect", callFile, "--out", answerFile), {
    expect: ReturnType.Any,
  });
  const failed = (failure: Failure) => ({ after, answer: fail(failure) });
  try {
    const end = await ended(after);
    if (!(await after.exists(answerFile))) {
      const ending = { exitCode: end.exitCode, signal: null };
      return failed({ kind: "step-failed", step: nameOf(step), end: ending, tail: tailOf(end) });
    }
    // This very program wrote it a moment ago.
    const answer: EffectAnswer = JSON.parse(await after.file(answerFile).contents());
    for (const told of answer.facts) fact(told);
    return { after, answer: answer.result.ok ? ok(answer.result.value as T) : answer.result };
  } catch (error) {
    return failed(engineFailure(nameOf(step), error));
  }
}

const nameOf = (step: EffectStep): string =>
  step.kind === "image" ? `image:${step.image}` : `${step.kind}:${step.environment}`;
