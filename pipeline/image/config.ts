import type { Command, Platform } from "../config/config.ts";
import type { Base } from "./base.ts";
import { architecture } from "./elf.ts";
import type { ImageConfig } from "./media.ts";

/** What the image itself says about running the component. */
export type ImageRuntime = {
  command: Command;
  environment: Record<string, string>;
  port: number | null;
  /** Absolute path, e.g. /app. */
  workdir: string;
  labels: Record<string, string>;
};

/** A layer of ours: its uncompressed digest and a word for the image's history. */
export type OwnLayer = { diffId: string; made: string };

/** A command as argv: a string runs by `sh -c`. */
export const argvOf = (command: Command): string[] =>
  typeof command === "string" ? ["sh", "-c", command] : command;

/**
 * The image configuration (image-spec, config) of one platform. The base's environment and labels are kept below
 * ours; its entry point is dropped, so that what runs is the command alone; without a user of the base it is 1000.
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
      User: below?.User || "1000:1000",
      WorkingDir: runtime.workdir,
      Env: Object.entries(environment)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      Cmd: argvOf(runtime.command),
      ...(runtime.port === null ? {} : { ExposedPorts: { [`${runtime.port}/tcp`]: {} } }),
      Labels: labels,
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

/** `NAME=value` lines as a record. */
export const parseEnvironment = (lines: string[]): Record<string, string> =>
  Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
