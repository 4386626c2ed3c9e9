import { digestOf } from "../../../canonical.ts";
import type { HermeticStep } from "../../../plan/plan.ts";
import type { Content } from "./content.ts";

/** Rises when the meaning of an entry changes: older ones are then not found. */
export const keyFormat = 3;

/** Everything that decides about a step's outcome; its digest is the key. Never a secret's value. */
export type KeyParts = {
  format: typeof keyFormat;
  /** "linux-x64" */
  platform: string;
  commands: HermeticStep["commands"];
  directory: string;
  outputs: string[];
  /** Directories before PATH. */
  path: string[];
  reports: HermeticStep["reports"];
  /** Digests of the step's own variables, `${version}` filled in: a value can hold a password. */
  environment: Record<string, string>;
  /** Digest of the values handed on from the caller: values themselves stay out of the cache's files. */
  passed: string;
  secrets: string[];
  /** Versions by tool. */
  tools: Record<string, string>;
  services: {
    name: string;
    kind: string;
    version: string;
    database: string;
    user: string;
    extensions: string[];
    init: (Content | null)[];
  }[];
  /** What runs beside it: how, and under which variables (their digests). */
  components: {
    name: string;
    command: HermeticStep["commands"][number];
    environment: Record<string, string>;
    secrets: string[];
  }[];
  /** Keys of the steps it needs, or digests of their outputs, by id. */
  needs: Record<string, string>;
  /** Digest of all input files: path, content, permission bits, targets of links. */
  inputs: string;
};

export const keyOf = (parts: KeyParts): string => digestOf(parts);
