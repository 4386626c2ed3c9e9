import type { Config } from "./config.ts";
import type { WrittenConfig } from "./schema.ts";
import type { Seed } from "./seed.ts";

/** A rule between parts of a config: what was typed tells where, the normalised config what it comes to. */
export type Rule = (written: WrittenConfig, config: Config) => Seed[];
