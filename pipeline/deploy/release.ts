import { digestOf, sha256 } from "../canonical.ts";
import type {
  Command,
  Config,
  Environment,
  HealthPaths,
  ResourceLimits,
  SmokeCheck,
} from "../config/config.ts";
import { interpolate } from "../config/interpolate.ts";
import type { Context } from "../context/context.ts";
import { fail, ok, type Result } from "../result.ts";
import { limitsIn } from "./resources.ts";

/**
 * What is deployed and what a rollback restores: code (image digests), configuration, environment, limits.
 * Everything needed to run it again is inside, so that an older release comes back as it was.
 */
export type Release = {
  format: 1;
  app: string;
  environment: string;
  /** semver; unique name of the release for people. */
  version: string;
  revision: string | null;
  /** sha256 (hex) over everything else in this value: the release's identity. */
  id: string;
  configDigest: string;
  components: ReleaseComponent[];
  migration: { run: Command; in: string; timeoutMs: number } | null;
  smoke: SmokeCheck[];
  /** Digests (sha256, hex) of the non-secret values by name: what `diff` compares. */
  values: Record<string, string>;
  /** Names of the secrets that it needs; their values travel apart, mode 600. */
  secrets: string[];
};

export type ReleaseComponent = {
  name: string;
  /** Digest of the image index, sha256:… */
  digest: string;
  image: string;
  command: Command;
  /** It listens on `${port}`, a free one on the local target. */
  listens: boolean;
  /** Values may hold ${port}, ${version}, ${accessories.NAME.FACT}. */
  environment: Record<string, string>;
  secrets: string[];
  health: HealthPaths;
  /** What the target holds its processes to; none of them in releases of before. */
  limits?: ResourceLimits;
  after: string[];
  /** Lines of its systemd unit beside those that every unit has, by directive; none of them in releases of before. */
  unit?: Record<string, string>;
  /** SIGTERM to SIGKILL (ms), where it is not the target's default. */
  stopMs?: number;
};

/** What a release is made of: `images` gives the digest by image name; `values` and `secrets` (names) are those of the environment file. */
export type ReleaseParts = {
  config: Config;
  environment: string;
  context: Pick<Context, "version" | "sha">;
  images: Record<string, string>;
  values: Record<string, string>;
  secrets: string[];
};

/**
 * Makes the release of one environment. Later sources win: the component's values, the environment's, the
 * environment file's. Fails with `image-missing` where an image has no digest, with `artifact-missing` for a
 * component that no image holds, with `unknown-name` for the environment.
 */
export function makeRelease(parts: ReleaseParts): Result<Release> {
  const { config, context } = parts;
  const environment = config.environments[parts.environment];
  if (!environment) {
    const known = Object.keys(config.environments);
    return fail({ kind: "unknown-name", what: "environment", name: parts.environment, known, nearest: null });
  }
  const shared = { ...environment.environment, ...parts.values };
  const components: ReleaseComponent[] = [];
  for (const component of Object.values(config.components)) {
    const image = Object.values(config.images).find((one) => one.component === component.name);
    if (!image)
      return fail({ kind: "artifact-missing", component: component.name, path: component.artifact ?? "" });
    const digest = parts.images[image.name];
    if (!digest) {
      const available = Object.keys(parts.images).sort();
      return fail({ kind: "image-missing", image: image.name, version: context.version, available });
    }
    components.push({
      name: component.name,
      digest,
      image: image.name,
      command: component.command,
      listens: component.port !== null,
      environment: { ...component.environment, ...shared },
      secrets: sorted([...component.secrets, ...parts.secrets]),
      health: component.health,
      ...limitsIn(component.limits),
      after: component.after,
      ...(Object.keys(component.unit).length > 0 ? { unit: component.unit } : {}),
      ...(component.stopMs === null ? {} : { stopMs: component.stopMs }),
    });
  }
  const body = {
    format: 1 as const,
    app: config.app,
    environment: environment.name,
    version: context.version,
    revision: context.sha,
    configDigest: config.digest,
    components,
    migration: environment.migrate,
    smoke: smokeOf(environment, components, context.version),
    values: valueDigests(config, shared),
    secrets: sorted(components.flatMap((component) => component.secrets)),
  };
  return ok({ ...body, id: digestOf(body) });
}

/** The image digests of a release, each once, sorted: what an approval and a promotion are bound to. */
export const digestsOf = (release: Release): string[] =>
  sorted(release.components.map((component) => component.digest));

/**
 * Components in the order of their start: those of one wave start together once all earlier waves are ready.
 * What waits for an unknown component, or for itself, comes in a last wave.
 */
export function waves(components: Pick<ReleaseComponent, "name" | "after">[]): string[][] {
  const order: string[][] = [];
  const started = new Set<string>();
  let rest = [...components];
  while (rest.length > 0) {
    const free = rest.filter((component) => component.after.every((name) => started.has(name)));
    const wave = (free.length > 0 ? free : rest).map((component) => component.name);
    for (const name of wave) started.add(name);
    order.push(wave);
    rest = rest.filter((component) => !started.has(component.name));
  }
  return order;
}

/** A check without a component goes to the first that listens; `${version}` is the release's. */
function smokeOf(environment: Environment, components: ReleaseComponent[], version: string): SmokeCheck[] {
  const first = components.find((component) => component.listens)?.name ?? null;
  return environment.smoke.map((check) => {
    const filled: SmokeCheck = JSON.parse(interpolate(JSON.stringify(check), { version }));
    return { ...filled, component: filled.component ?? first };
  });
}

/** Values of the whole environment by their name, a component's own as `component.NAME`. */
function valueDigests(config: Config, shared: Record<string, string>): Record<string, string> {
  const digests = Object.entries(shared).map(([name, value]) => [name, sha256(value)]);
  for (const component of Object.values(config.components)) {
    for (const [name, value] of Object.entries(component.environment)) {
      if (!(name in shared)) digests.push([`${component.name}.${name}`, sha256(value)]);
    }
  }
  return Object.fromEntries(digests);
}

const sorted = (names: string[]): string[] => [...new Set(names)].sort();
