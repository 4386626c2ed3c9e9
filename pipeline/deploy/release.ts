import type { Command, HealthPaths, SmokeCheck } from "../config/config.ts";

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
  /** Digest of the image index, sha256:…; null for a component that has no image. */
  digest: string;
  image: string;
  command: Command;
  /** It listens on `${port}`, a free one on the local target. */
  listens: boolean;
  /** Values may hold ${port}, ${version}, ${accessories.NAME.FACT}. */
  environment: Record<string, string>;
  secrets: string[];
  health: HealthPaths;
  after: string[];
};
