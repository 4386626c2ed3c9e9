import type { Platform } from "../config/config.ts";

/** Where the artifact of a platform is: `${platform}` is e.g. linux-arm64, `${target}` e.g. aarch64-unknown-linux-gnu. */
export const artifactPath = (path: string, platform: Platform): string =>
  path.replaceAll("${platform}", platform.replace("/", "-")).replaceAll("${target}", rustTarget[platform]);

const rustTarget: Record<Platform, string> = {
  "linux/amd64": "x86_64-unknown-linux-gnu",
  "linux/arm64": "aarch64-unknown-linux-gnu",
};
