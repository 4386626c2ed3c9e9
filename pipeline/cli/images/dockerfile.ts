import { mkdtemp, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DockerfileSpec, ImageSpec, Platform } from "../../config/config.ts";
import { baseEnvironment } from "../../executors/host/environment.ts";
import { createRedactedLines } from "../../executors/host/redacted-lines.ts";
import type { Failure } from "../../failure.ts";
import { writeJson } from "../../image/blobs.ts";
import type { BuiltImage } from "../../image/build.ts";
import { type Compressor, openCompressor } from "../../image/compress.ts";
import { onDisk } from "../../image/disk.ts";
import {
  type Builder,
  buildCommand,
  buildVariables,
  exportCommand,
  probes,
} from "../../image/dockerfile/commands.ts";
import { takeBuilt } from "../../image/dockerfile/take.ts";
import { addToIndex } from "../../image/layout.ts";
import { media } from "../../image/media.ts";
import type { Descriptor } from "../../image/shapes.ts";
import { answerLimitMs, askProgram } from "../../io/program.ts";
import { inTemporary } from "../../io/temporary.ts";
import { createRedactor, type Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { StepOptions } from "../../run/executor.ts";
import { buildSecrets } from "./secrets.ts";
import type { ImageWork } from "./work.ts";

/** Time limit in ms of building one platform. */
const buildMs = 60 * 60_000;

/** Lines that a failed build shows. */
const tailLines = 40;

type Order = {
  labels: Record<string, string>;
  revision: string | null;
  created: number;
  layout: string;
  options: StepOptions;
};

/** Builds an image by its Dockerfile, each platform by itself, and joins them in one index. */
export async function buildByDockerfile(
  work: ImageWork,
  image: ImageSpec,
  order: Order,
): Promise<Result<BuiltImage>> {
  const spec = image.dockerfile;
  if (spec === null) throw new Error(`image ${image.name} has no Dockerfile`);
  const builder = work.handed === undefined ? await chosen(work, image, spec) : ok(null);
  if (!builder.ok) return builder;
  const compressor = openCompressor();
  return inTemporary(work.desk.processes, "bellwether-build-", async (directory) => {
    try {
      return await onDisk("take the image over", () =>
        built(work, image, spec, builder.value, order, directory, compressor),
      );
    } finally {
      await compressor.close();
    }
  });
}

async function built(
  work: ImageWork,
  image: ImageSpec,
  spec: DockerfileSpec,
  builder: Builder | null,
  order: Order,
  directory: string,
  compressor: Compressor,
): Promise<Result<BuiltImage>> {
  const labels = {
    ...order.labels,
    ...(order.revision === null ? {} : { "org.opencontainers.image.revision": order.revision }),
    "org.opencontainers.image.created": new Date(order.created).toISOString(),
  };
  const manifests: Descriptor[] = [];
  for (const platform of image.platforms) {
    const place = await mkdtemp(join(directory, `${platform.replace("/", "-")}-`));
    const handed = work.handed?.[platform];
    const into = handed ?? join(place, "image");
    const made =
      builder === null
        ? await handedOver(image, into)
        : await buildOne(work, image, spec, builder, { ...order, labels, platform, place, into });
    if (!made.ok) return made;
    const taken = await takeBuilt(into, platform, order.layout, labels, place, compressor);
    if (!taken.ok) return taken;
    manifests.push(taken.value);
  }
  const index = { schemaVersion: 2 as const, mediaType: media.index, manifests, annotations: labels };
  const written = await writeJson(order.layout, media.index, index);
  const added = await addToIndex(order.layout, written, [], work.desk.clock);
  return added.ok
    ? ok({ digest: written.digest, bytes: 0, notes: [...added.value, `built by ${builder ?? "the caller"}`] })
    : added;
}

/** The builder that was asked for, or the first one that is there. */
async function chosen(work: ImageWork, image: ImageSpec, spec: DockerfileSpec): Promise<Result<Builder>> {
  const wanted: Builder[] = spec.builder === "auto" ? ["buildx", "docker", "buildah"] : [spec.builder];
  const reasons: string[] = [];
  for (const builder of wanted) {
    const reason = await unusable(work, builder);
    if (reason === null) return ok(builder);
    reasons.push(`${builder} ${reason}`);
  }
  return fail({
    kind: "unsupported",
    step: `image:${image.name}`,
    what: `a Dockerfile (${spec.file}): ${reasons.join("; ")}`,
    executor: "host",
    remedy: "install buildah, or start Docker; an image of layers (artifact and base) needs neither",
  });
}

/** Why a builder cannot be used, in its own words where it has any; null where it can. */
async function unusable({ desk, root }: ImageWork, builder: Builder): Promise<string | null> {
  const environment = { ...environmentOf(desk.variables), ...buildVariables(builder, 0) };
  const { signal } = desk.interruption;
  for (const probe of probes[builder]) {
    const asked = await askProgram(desk.processes, { probe, directory: root, environment, signal });
    if (!asked.ok) return "is not there";
    const { lines, exitCode, timedOut } = asked.value;
    if (timedOut) return `gave no answer to \`${probe.join(" ")}\` in ${answerLimitMs / 1000} s`;
    const first = lines.map((line) => line.trim()).find((line) => line !== "");
    if (exitCode !== 0) return `does not work (${first ?? "it says nothing"})`;
  }
  return null;
}

type One = Order & { platform: Platform; place: string; into: string };

async function buildOne(
  work: ImageWork,
  image: ImageSpec,
  spec: DockerfileSpec,
  builder: Builder,
  one: One,
): Promise<Result<void>> {
  const { root, desk } = work;
  const secrets = await buildSecrets(work, spec);
  if (!secrets.ok) return secrets;
  const redactor = createRedactor(Object.values(secrets.value));
  const epoch = Math.floor(one.created / 1000);
  const idFile = join(one.place, "id");
  const command = buildCommand(builder, {
    spec,
    platform: one.platform,
    labels: one.labels,
    epoch,
    file: join(root, spec.file),
    context: join(root, spec.context),
    into: one.into,
    idFile,
  });
  const environment = {
    ...environmentOf(desk.variables),
    ...buildVariables(builder, epoch),
    ...secrets.value,
  };
  const ran = await run(work, image, command, environment, redactor, one.options);
  if (!ran.ok) return ran;
  const id = await readFile(idFile, "utf8").catch(() => "");
  const handing = exportCommand(builder, id.trim(), one.into);
  const handed =
    handing === null ? ok(undefined) : await run(work, image, handing, environment, redactor, one.options);
  if (!handed.ok) return handed;
  return handedOver(image, one.into);
}

/** Whether what a builder was to hand out is there. */
async function handedOver(image: ImageSpec, into: string): Promise<Result<void>> {
  const there = (await stat(into).catch(() => null)) !== null;
  return there ? ok(undefined) : fail({ kind: "output-missing", step: `image:${image.name}`, path: into });
}

async function run(
  { root, desk }: ImageWork,
  image: ImageSpec,
  argv: string[],
  environment: Record<string, string>,
  redactor: Redactor,
  { signal, output }: StepOptions,
): Promise<Result<void>> {
  const tail: string[] = [];
  const lines = (stream: "out" | "err") =>
    createRedactedLines(redactor, (line) => {
      if (tail.push(line) > tailLines) tail.shift();
      output(stream, line);
    });
  const streams = { out: lines("out"), err: lines("err") };
  const ended = await desk.processes.run(
    { argv, directory: root, environment, output: (stream, line) => streams[stream].line(line) },
    { timeoutMs: buildMs, graceMs: 5000, signal },
  );
  streams.out.end();
  streams.err.end();
  const step = `image:${image.name}`;
  if (signal.aborted) return fail({ kind: "interrupted", by: "SIGINT" });
  if (!ended.ok)
    return fail({ kind: "step-failed", step, end: { exitCode: 127, signal: null }, tail: [ended.failure] });
  const { exitCode, signal: by, timedOut } = ended.value;
  if (timedOut) return fail({ kind: "step-timeout", step, limitMs: buildMs, tail });
  if (exitCode === 0) return ok(undefined);
  const failure: Failure = { kind: "step-failed", step, end: { exitCode, signal: by }, tail };
  return fail(failure);
}

/** A builder's own settings are the caller's: where Docker listens, where its login is, where storage is. */
const passed =
  /^(DOCKER_|BUILDAH_|BUILDX_|BUILDKIT_|CONTAINERS_|STORAGE_|XDG_|REGISTRY_AUTH_FILE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)/;

const environmentOf = (variables: Record<string, string | undefined>): Record<string, string> => ({
  ...baseEnvironment(variables),
  ...Object.fromEntries(
    Object.entries(variables).filter(
      (pair): pair is [string, string] => passed.test(pair[0]) && pair[1] !== undefined,
    ),
  ),
});
