import type { Container, File, Platform } from "@dagger.io/dagger";
import type { Wanted } from "../executors/dagger/context.ts";
import {
  type Access,
  type ContainerEffects,
  containerEffects,
  type EffectSession,
} from "../executors/dagger/effects.ts";
import type { Failure } from "../failure.ts";
import type { Plan } from "../plan/plan.ts";
import { imagePlan, makePlan } from "../plan/plan-for.ts";
import { fail, ok, type Result } from "../result.ts";
import { plainly as asAlways } from "../run/manner.ts";
import { contextOf, type Door, type Opened, open, orThrow, withHistory } from "./door.ts";
import { type Performed, perform, wordsOf } from "./perform.ts";

/** How a call ships what it makes. */
export type Shipping = Pick<
  EffectSession,
  "access" | "approval" | "publish" | "archives" | "sboms" | "manner"
>;

export const plainly: Shipping = {
  access: {},
  approval: null,
  publish: null,
  archives: false,
  sboms: false,
  manner: asAlways,
};

/** Performs a plan whose steps have effects, each of them one exec of this program. */
export async function ship(
  opened: Opened,
  plan: Plan,
  shipping: Shipping,
): Promise<Performed & { effects: ContainerEffects }> {
  orThrow(buildSecrets(opened, plan));
  const { config, pins } = opened;
  const session = withHistory(opened);
  const made: ContainerEffects[] = [];
  const performed = await perform(plan, {
    session: opened.session,
    effects: ({ outputs }) => {
      const { context } = plan;
      const effects = containerEffects({
        ...{ ...session, ...shipping, config, pins, context, outputs },
        fresh: () => crypto.randomUUID(),
      });
      made.push(effects);
      return effects;
    },
  });
  const [effects] = made;
  if (effects === undefined) throw new Error("the plan was performed without its effects");
  return { ...performed, effects };
}

/** Builds one image, by itself and unpublished, and gives its OCI layout as an archive. */
export const buildImage = (door: Door, wanted: Wanted, name?: string): Promise<File> =>
  fileOfImage(door, wanted, name, { archives: true }, (effects, image) => effects.archive(image));

/** What an image is made of (CycloneDX); builds it where it was not. */
export const sbomOf = (door: Door, wanted: Wanted, name?: string): Promise<File> =>
  fileOfImage(door, wanted, name, { sboms: true }, (effects, image) => effects.sbom(image));

async function fileOfImage(
  door: Door,
  wanted: Wanted,
  name: string | undefined,
  wish: Partial<Shipping>,
  file: (effects: ContainerEffects, image: string) => File | null,
): Promise<File> {
  const opened = await open(door);
  const image = orThrow(imageNamed(opened, name));
  const context = await contextOf(opened, wanted, true);
  const plan = orThrow(imagePlan(opened.config, context, image));
  const shipped = await ship(opened, plan, { ...plainly, publish: false, ...wish });
  wordsOf(shipped);
  const made = file(shipped.effects, image);
  if (made === null) throw new Error(`${image} was built, and its file is not there`);
  return made;
}

/** Our image of one platform, for the engine to run. */
export async function imageContainer(
  door: Door,
  wanted: Wanted,
  platform: Platform | undefined,
  name?: string,
): Promise<Container> {
  const archive = await buildImage(door, wanted, name);
  const chosen = platform === undefined ? {} : { platform };
  return door.client.container(chosen).import_(archive);
}

/** Runs the checks, makes the images and sends them to their repositories; gives their addresses by digest. */
export async function publishImages(
  door: Door,
  wanted: Wanted,
  access: Access,
  passed: string[] = [],
): Promise<string> {
  const opened = await open(door);
  const plan = orThrow(makePlan(opened.config, await contextOf(opened, wanted, true), ["image"], passed));
  if (plan.context.dirty) orThrow(fail(undecided));
  const shipped = await ship(opened, plan, { ...plainly, access, publish: true });
  wordsOf(shipped);
  const digests = shipped.report.stages.flatMap(({ steps }) =>
    steps.flatMap((step) => Object.entries(step.digests ?? {})),
  );
  return digests
    .map(([image, digest]) => `${opened.config.images[image]?.repository ?? image}@${digest}`)
    .join("\n");
}

const undecided: Failure = {
  kind: "usage",
  got: "a source that differs from its commit",
  expected: "what is published to be what the commit says",
  remedy: "Commit the changes, then publish again.",
};

/** The named image, or the only one. */
export function imageNamed({ config }: Opened, name: string | undefined): Result<string> {
  const known = Object.keys(config.images);
  const [only, ...more] = known;
  if (name !== undefined) return ok(name);
  if (only !== undefined && more.length === 0) return ok(only);
  return fail({
    kind: "usage",
    got: known.length === 0 ? "no images" : `the images ${known.join(", ")} and no name`,
    expected: known.length === 0 ? `an image in ${config.file}` : "the name of one of them",
    remedy: known.length === 0 ? `Add images to ${config.file}.` : `Write for example --name=${only}.`,
  });
}

/** Secrets of Dockerfiles that nobody gave. */
function buildSecrets({ config, session }: Opened, plan: Plan): Result<void> {
  const images = plan.stages.flatMap(({ due, steps }) =>
    steps.flatMap((step) => (due && step.kind === "image" ? [step.image] : [])),
  );
  for (const image of images)
    for (const name of config.images[image]?.dockerfile?.secrets ?? [])
      if (session.secrets[name] === undefined)
        return fail({
          kind: "secret-unresolved",
          name,
          source: "the call's arguments",
          reason: `image:${image} needs it: add --secret-names=${name} --secrets=env:${name}`,
        });
  return ok(undefined);
}
