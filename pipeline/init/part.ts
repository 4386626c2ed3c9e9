import type { Table } from "./repository.ts";

/** A check as it will be written; `run` alone becomes its short form. Report paths are the part's own. */
export type CheckDraft = {
  run: string;
  findings?: string;
  reports?: { junit?: string; coverage?: string };
  /** Files of its tests: what they mention tells which servers they need. */
  tests?: string[];
};

/** Something that runs: how it is built and started. */
export type ComponentDraft = {
  name: string;
  build: string[];
  /** Relative to the root. */
  artifact: string;
  command: string;
  /** Null: it does not listen, or nobody says where. */
  port: number | null;
  env: Record<string, string>;
  health: { live?: string; ready?: string; startup?: string };
  /** Command that migrates the database, in the artifact. */
  migrate: string | null;
  /** Files that development tools serve: it needs no servers. */
  served: boolean;
  /** Why this was guessed. */
  because: string;
};

/** One project of a repository: a language, a directory, what it checks and what it runs. */
export type Part = {
  language: "node" | "python" | "rust";
  /** Relative to the root; "." for the root itself. */
  directory: string;
  toolchain: Table;
  lint: Record<string, CheckDraft>;
  unit: CheckDraft | null;
  integration: CheckDraft | null;
  components: ComponentDraft[];
};
