import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { imageTag } from "../context/version.ts";
import { exitCode } from "../failure.ts";
import { documentsAbout } from "../image/about/attach.ts";
import { sbomType } from "../image/about/sbom.ts";
import { archiveImage } from "../image/archive.ts";
import { readJsonFile, writeFileAtomic } from "../io/files.ts";
import { factWords } from "../report/fact.ts";
import { fail, ok, type Result } from "../result.ts";
import { type EffectAnswer, type EffectCall, type EffectStep, effectFormat } from "../run/effect-call.ts";
import type { RolloutFact } from "../run/event.ts";
import type { EffectDone, EffectOptions, ImageMade } from "../run/executor.ts";
import { type Manner, plainly } from "../run/manner.ts";
import { openDesk } from "./desk.ts";
import { lazyEffects } from "./effects/lazy.ts";
import type { Work } from "./effects/work.ts";
import { makeImage } from "./images/make.ts";
import { layoutOf } from "./images/work.ts";
import { openNotifier } from "./notifier.ts";
import { preparePlaces } from "./places.ts";
import type { Settings } from "./settings.ts";
import { readConfig } from "./subject.ts";
import { say, tellFailure } from "./terminal.ts";
import { toolVersion } from "./tool-version.ts";

/**
 * Does one step with an effect for another process of this program, which made the plan: reads the call, and writes
 * what came of it to `out`, a failure too. Where the call cannot be done at all, nothing is written.
 */
export async function effect(settings: Settings, file: string, out: string): Promise<number> {
  const read = await readCall(settings, resolve(file));
  if (!read.ok) return tellFailure(read.failure);
  const facts: RolloutFact[] = [];
  const desk = openDesk();
  try {
    const { call } = read.value;
    const config = withGiven(read.value.config, call.given);
    const { root, state } = settings;
    const work: Work = { config, context: call.context, root, state, desk, aside: null, ...mannerOf(call) };
    const told = call.step.kind === "image" ? null : tellChannels(work, call.step);
    const result = await done(work, call, {
      signal: desk.interruption.signal,
      output: (stream, line) => void process[stream === "out" ? "stdout" : "stderr"].write(`${line}\n`),
      fact: (fact) => {
        facts.push(fact);
        say(false, [factWords(fact)]);
        told?.fact(fact);
      },
    });
    const untold = (await told?.end(result)) ?? [];
    say(false, untold);
    if (result.ok) result.value.notes.push(...untold);
    const answer: EffectAnswer = { format: effectFormat, result, facts };
    await writeFileAtomic(resolve(out), `${JSON.stringify(answer, null, 2)}\n`);
    if (result.ok) return 0;
    tellFailure(result.failure);
    return exitCode(result.failure);
  } finally {
    await desk.close();
  }
}

/** Tells an environment's channels what happens to it; the end gives what did not arrive. */
function tellChannels(work: Work, { kind, environment: stage }: Exclude<EffectStep, { kind: "image" }>) {
  const { clock } = work.desk;
  const notifier = openNotifier(work);
  const step = `${kind}:${stage}`;
  const run = randomUUID().slice(0, 8);
  const { version, ref } = work.context;
  const started = { kind: "run-started" as const, run, app: work.config.app, version, ref };
  notifier.listener({ at: clock.now(), ...started, executor: "dagger" });
  return {
    fact: (fact: RolloutFact): void =>
      notifier.listener({ at: clock.now(), kind: "rollout", stage, step, fact }),
    end: (result: Result<unknown>): Promise<string[]> => {
      if (!result.ok) {
        const failed = { outcome: "failed" as const, failure: result.failure };
        const finished = { kind: "step-finished" as const, stage, step, title: step, result: failed, ms: 0 };
        notifier.listener({ at: clock.now(), ...finished });
      }
      return notifier.settle();
    },
  };
}

async function readCall(
  settings: Settings,
  file: string,
): Promise<Result<{ config: Config; call: EffectCall }>> {
  const prepared = await preparePlaces(settings);
  if (!prepared.ok) return prepared;
  const [config, call] = await Promise.all([
    readConfig(settings),
    // The caller is this very version of the program, and it wrote the file a moment ago.
    readJsonFile(file, (json) => ok(json as EffectCall), {
      what: "call of an effect",
      remedy: "This command is for Bellwether itself: use `bellwether run`, `deploy` or `rollback`.",
    }),
  ]);
  if (!config.ok) return config;
  if (!call.ok) return call;
  const because = call.value === null ? "it is not there" : staleness(call.value, config.value.digest);
  if (call.value === null || because !== null)
    return fail({ kind: "plan-stale", file, because: because ?? "" });
  return ok({ config: config.value, call: call.value });
}

function staleness({ format, config }: EffectCall, digest: string): string | null {
  if (format !== effectFormat)
    return `it has format ${format}, and Bellwether ${toolVersion} knows ${effectFormat}`;
  return config === digest
    ? null
    : `it was made from config ${config.slice(0, 12)}, not ${digest.slice(0, 12)}`;
}

function mannerOf({ step }: EffectCall): Manner {
  if (step.kind === "rollback") return { ...plainly, why: step.why };
  if (step.kind === "approval") return { ...plainly, digests: step.digests };
  if (step.kind !== "rollout") return plainly;
  const { breakGlass, fix, supersede, digests } = step;
  return { ...plainly, breakGlass, fix, supersede, digests };
}

function done(
  work: Work,
  { step, facts }: EffectCall,
  options: EffectOptions,
): Promise<Result<ImageMade | EffectDone>> {
  const effects = lazyEffects(work);
  switch (step.kind) {
    case "image": {
      const { image, listed, handed } = step;
      const config = published(work, image, step.publish);
      const how = { ...work, config, listed, ...(handed === null ? {} : { handed }) };
      return makeImage(how, image, facts, options).then((made) => written(work, made, step));
    }
    case "approval":
      return effects.approval(step.environment, facts, options);
    case "rollout":
      return effects.rollout(step.environment, facts, options);
    case "rollback":
      return effects.rollback(step.environment, step.to, options);
  }
}

/** The image, and what it is made of, as files of their own, where the caller asks for them. */
async function written(
  { context, state }: Work,
  made: Result<ImageMade>,
  { image, archive, sbom }: Extract<EffectCall["step"], { kind: "image" }>,
): Promise<Result<ImageMade>> {
  if (!made.ok) return made;
  const layout = layoutOf(state, image);
  const { digest } = made.value;
  const archived =
    archive === null ? ok(undefined) : await archiveImage(layout, digest, imageTag(context.version), archive);
  if (!archived.ok) return archived;
  if (sbom === null) return made;
  const lists = await documentsAbout(layout, digest, sbomType);
  if (!lists.ok) return lists;
  const [list] = lists.value;
  if (list === undefined) return fail({ kind: "sbom-missing", image, notes: made.value.notes });
  await writeFileAtomic(sbom, `${JSON.stringify(list, null, 2)}\n`);
  return made;
}

/** The configuration with the secrets that the caller handed over in variables. */
const withGiven = (config: Config, given: string[]): Config => ({
  ...config,
  secrets: Object.fromEntries(
    Object.entries(config.secrets).map(([name, { minLength, ...source }]) => [
      name,
      given.includes(name) ? { from: "env", name, minLength } : { ...source, minLength },
    ]),
  ),
});

/** The configuration with the image published or not, as the call says. */
function published({ config }: Work, image: string, publish: boolean): Work["config"] {
  const spec = config.images[image];
  return spec === undefined
    ? config
    : { ...config, images: { ...config.images, [image]: { ...spec, publish } } };
}
