import { argvOf } from "../config/command.ts";
import type { Command, HealthCommand, Platform } from "../config/config.ts";
import type { Base } from "./base.ts";
import { architecture } from "./elf.ts";
import type { ImageConfig } from "./shapes.ts";

/** What the image itself says about running the component. */
export type ImageRuntime = {
  command: Command;
  environment: Record<string, string>;
  /** Ports that it listens on. */
  ports: number[];
  /** What the command is an argument of; none by default. */
  entrypoint?: string[];
  /** Name or numbers, e.g. 1000:1000; null for the base's where it is not root, else 1000:1000. */
  user?: string | null;
  /** How a container engine asks whether it is well (Docker's extension of the OCI configuration). */
  healthcheck?: HealthCommand | null;
  /** E.g. SIGINT; SIGTERM where none is named. */
  stopSignal?: string | null;
  /** Absolute path, e.g. /app. */
  workdir: string;
  labels: Record<string, string>;
};

/** A layer of ours: its uncompressed digest and a word for the image's history. */
export type OwnLayer = { diffId: string; made: string };

/**
 * The image configuration (image-spec, config) of one platform. The base's environment and labels are kept below
 * ours; its entry point is dropped, so that what runs is the command alone. Nobody is root: a base's root is 1000.
 */
export function imageConfig(
  platform: Platform,
  base: Base,
  runtime: ImageRuntime,
  layers: OwnLayer[],
  created: number,
): ImageConfig {
  const time = new Date(created).toISOString();
  const below = base.config?.config;
  const labels = { ...below?.Labels, ...runtime.labels };
  const environment = { ...parseEnvironment(below?.Env ?? []), ...runtime.environment };
  return {
    created: time,
    architecture: architecture(platform),
    os: "linux",
    config: {
      User: runtime.user ?? (isRoot(below?.User) ? "1000:1000" : (below?.User ?? "")),
      WorkingDir: runtime.workdir,
      Env: Object.entries(environment)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      ...(runtime.entrypoint ? { Entrypoint: runtime.entrypoint } : {}),
      Cmd: argvOf(runtime.command),
      ...(runtime.ports.length === 0
        ? {}
        : { ExposedPorts: Object.fromEntries(runtime.ports.map((port) => [`${port}/tcp`, {}])) }),
      Labels: labels,
      ...(runtime.stopSignal ? { StopSignal: runtime.stopSignal } : {}),
      ...(runtime.healthcheck ? { Healthcheck: healthOf(runtime.healthcheck) } : {}),
    },
    rootfs: {
      type: "layers",
      diff_ids: [...(base.config?.rootfs.diff_ids ?? []), ...layers.map((layer) => layer.diffId)],
    },
    history: [
      ...(base.config?.history ?? []),
      ...layers.map((layer) => ({ created: time, created_by: `bellwether: ${layer.made}` })),
    ],
  };
}

/** Whether a user of an image is root, by name, by number or because none is named. */
export const isRoot = (user: string | null | undefined): boolean => /^(root|0*)(:|$)/.test(user ?? "");

/** Times in ns, as Docker counts them. */
const healthOf = ({ command, intervalMs, timeoutMs, startMs, retries }: HealthCommand) => ({
  Test: typeof command === "string" ? ["CMD-SHELL", command] : ["CMD", ...command],
  Interval: intervalMs * 1e6,
  Timeout: timeoutMs * 1e6,
  StartPeriod: startMs * 1e6,
  Retries: retries,
});

/** When an image, or what it stands on, was made (ms): its first step's time, else its own; null where it says none. */
export function parseConfigTime(config: ImageConfig | null): number | null {
  const [first] = config?.history ?? [];
  const born = first !== undefined && typeof first.created === "string" ? first.created : config?.created;
  const time = Date.parse(born ?? "");
  return Number.isFinite(time) && time > 0 ? time : null;
}

/** `NAME=value` lines as a record. */
export const parseEnvironment = (lines: string[]): Record<string, string> =>
  Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
