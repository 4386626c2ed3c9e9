import { posix } from "node:path";
import type { Command } from "./config.ts";

/**
 * Facts about the checkout that the defaults depend on; paths are relative to the repository's root. `text` gives a
 * file's content, or null where there is none.
 */
export type CheckoutFacts = { has(path: string): boolean; text(path: string): string | null };

/** What is known of a language; `setup` empty: there is nothing to prepare. Paths are relative to the root. */
export type ToolchainDefaults = {
  image: string;
  probe: string[];
  setup: Command[];
  inputs: string[];
  outputs: string[];
  caches: string[];
  path: string[];
  environment: Record<string, string>;
  /** Handed on to every step, and to the set-up alone. */
  pass: { steps: string[]; setup: string[] };
};

/** A file or directory of a toolchain's own directory, as seen from the root. */
export const below =
  (directory: string) =>
  (path: string): string =>
    posix.join(directory, path);

/** Nothing is known. */
export const unknownLanguage = (name: string): ToolchainDefaults => ({
  image: "",
  probe: [name, "--version"],
  setup: [],
  inputs: [],
  outputs: [],
  caches: [],
  path: [],
  environment: {},
  pass: { steps: [], setup: [] },
});

/** Variables that lead programs by way of a proxy, or past it. */
export const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** What decides how any package manager reaches its registry: never part of what it installs. */
export const registryAccess = [...proxies, "SSL_CERT_FILE", "SSL_CERT_DIR"];
